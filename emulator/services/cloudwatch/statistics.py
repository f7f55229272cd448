"""CloudWatch's statistics: the five simple ones, percentiles, and the trimmed ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from emulator.services.cloudwatch.metrics import Distribution

SIMPLE: dict[str, Callable[[Distribution], float]] = {
    "SampleCount": lambda samples: samples.count,
    "Sum": lambda samples: samples.sum,
    "Average": lambda samples: samples.sum / samples.count,
    "Minimum": lambda samples: samples.minimum,
    "Maximum": lambda samples: samples.maximum,
}
_NUMBER = r"\d+(?:\.\d{1,10})?"
_SHORT = re.compile(rf"(p|tm|tc|ts|wm)({_NUMBER})", re.IGNORECASE)
_RANGE = re.compile(rf"(TM|TC|TS|WM|PR)\(({_NUMBER}%?)?:({_NUMBER}%?)?\)", re.IGNORECASE)


class StatisticError(ValueError):
    """There is no such statistic."""


@dataclass(frozen=True)
class Trimming:
    """`kind` is P, TM, TC, TS, WM or PR; the bounds are values, or percentages where `percent`."""

    kind: str
    lower: float | None
    upper: float | None
    percent: bool


def parse(name: str) -> Callable[[Distribution], float | None]:
    """The statistic of this name, as a function from samples to its value.

    The value is None where there is none: of statistic sets, CloudWatch knows no percentiles.

    Raises:
        StatisticError: CloudWatch has no statistic of this name.
    """
    if name in SIMPLE:
        return SIMPLE[name]
    trimming = _trimming(name)
    return lambda samples: _trimmed(trimming, samples)


def percentile_of(name: str) -> float | None:
    """The percentile that a statistic such as ``p99.9`` names, as 99.9; None for others."""
    found = re.fullmatch(rf"p({_NUMBER})", name)
    return float(found.group(1)) if found else None


def _trimming(name: str) -> Trimming:
    if name.upper() == "IQM":
        return Trimming("TM", 25.0, 75.0, True)
    short, ranged = _SHORT.fullmatch(name), _RANGE.fullmatch(name)
    if short and float(short.group(2)) <= 100:
        return Trimming(short.group(1).upper(), None, float(short.group(2)), True)
    if not ranged or not any(ranged.groups()[1:]):
        raise StatisticError(name)
    kind, bounds = ranged.group(1).upper(), [bound for bound in ranged.groups()[1:] if bound]
    percent = [bound.endswith("%") for bound in bounds]
    if len(set(percent)) > 1 or (kind == "PR" and percent[0]):
        raise StatisticError(name)
    lower, upper = (None if bound is None else float(bound.rstrip("%")) for bound in ranged.groups()[1:])
    return Trimming(kind, lower, upper, percent[0])


def _trimmed(trimming: Trimming, samples: Distribution) -> float | None:
    values = _values(samples)
    if values is None:
        return None
    if trimming.kind == "P":
        return percentile(values, trimming.upper or 0.0)
    kept = _kept(values, trimming)
    count = sum(weight for _, weight in kept)
    if trimming.kind in ("TC", "PR"):
        return count if trimming.kind == "TC" else 100.0 * count / samples.count
    if not kept:
        return None
    if trimming.kind == "WM":
        low, high = kept[0][0], kept[-1][0]
        return sum(min(max(value, low), high) * weight for value, weight in values) / samples.count
    total = sum(value * weight for value, weight in kept)
    return total if trimming.kind == "TS" else total / count


def _values(samples: Distribution) -> list[tuple[float, float]] | None:
    """Values and weights, sorted; a statistic set says what its values are only where all are the same."""
    merged = Distribution(dict(samples.values))
    for each in samples.sets:
        if each.minimum != each.maximum:
            return None
        merged.add(each.minimum, each.count)
    return sorted(merged.values.items())


def _kept(values: list[tuple[float, float]], trimming: Trimming) -> list[tuple[float, float]]:
    lower, upper = trimming.lower, trimming.upper
    if trimming.percent:
        low = percentile(values, lower) if lower is not None else values[0][0]
        high = percentile(values, upper) if upper is not None else values[-1][0]
        return [(value, weight) for value, weight in values if low <= value <= high]
    # Of bounds that are values, the lower one is excluded and the upper one included.
    return [
        (value, weight)
        for value, weight in values
        if (lower is None or value > lower) and (upper is None or value <= upper)
    ]


def percentile(values: list[tuple[float, float]], percent: float) -> float:
    """The value below which `percent` of the samples lie, between two samples in proportion."""
    rank = (sum(weight for _, weight in values) - 1) * percent / 100
    seen = 0.0
    for (value, weight), following in zip(values, [*values[1:], values[-1]], strict=True):
        seen += weight
        if rank <= seen - 1:
            return value
        if rank < seen:
            return value + (following[0] - value) * (rank - (seen - 1))
    return values[-1][0]

"""Functions of CloudWatch Logs Insights: of the values of one event, and of those of many."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emulator import clock

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PERIOD = re.compile(r"(\d+)\s*(ms|s|m|h|d|w)[a-z]*")


class QueryError(ValueError):
    """A query that CloudWatch Logs would refuse, or that is not supported here; the message says why."""


class Time(float):
    """Milliseconds since 1970, shown as a time."""


def number(value: Any) -> float | None:
    """A value as a number, None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def text(value: Any) -> str:
    """A value as results show it."""
    if isinstance(value, Time):
        moment = datetime.fromtimestamp(value / 1000, UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{int(value) % 1000:03d}"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else str(round(value, 4))
    return str(value)


def period(given: str) -> int:
    """The milliseconds of a period such as ``5m``.

    Raises:
        QueryError: it is none.
    """
    found = _PERIOD.fullmatch(given.strip().lower())
    if found is None or int(found[1]) == 0:
        raise QueryError(f"Invalid period: {given}")
    return int(found[1]) * _UNITS[found[2]]


def floor_to(time: Any, step: int) -> Time | None:
    """The start of the period that a time is in."""
    found = number(time)
    return None if found is None else Time(found // step * step)


def _numeric(compute: Callable[..., float]) -> Callable[..., Any]:
    def over(*values: Any) -> float | None:
        numbers = [number(value) for value in values]
        if any(each is None for each in numbers):
            return None
        try:
            return float(compute(*numbers))
        except ValueError:  # outside of the function's domain
            return None

    return over


def _textual(compute: Callable[..., Any]) -> Callable[..., Any]:
    def over(value: Any, *rest: Any) -> Any:
        return None if value is None else compute(text(value), *rest)

    return over


def _substring(value: str, start: Any, length: Any = None) -> str:
    first = int(number(start) or 0)
    return value[first:] if length is None else value[first : first + int(number(length) or 0)]


SCALAR: Mapping[str, Callable[..., Any]] = {
    "abs": _numeric(abs),
    "ceil": _numeric(math.ceil),
    "floor": _numeric(math.floor),
    "sqrt": _numeric(math.sqrt),
    "log": _numeric(math.log),
    "greatest": _numeric(max),
    "least": _numeric(min),
    "ispresent": lambda value: value is not None,
    "isempty": lambda value: value is None or text(value) == "",
    "isblank": lambda value: value is None or not text(value).strip(),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "concat": lambda *values: "".join("" if value is None else text(value) for value in values),
    "strlen": _textual(lambda value: float(len(value))),
    "toupper": _textual(str.upper),
    "tolower": _textual(str.lower),
    "trim": _textual(str.strip),
    "ltrim": _textual(str.lstrip),
    "rtrim": _textual(str.rstrip),
    "substr": _textual(_substring),
    "replace": _textual(lambda value, old, new: value.replace(text(old), text(new))),
    "strcontains": _textual(lambda value, part: float(text(part) in value)),
    "frommillis": lambda value: None if number(value) is None else Time(number(value) or 0),
    "tomillis": number,
    "now": lambda: float(int(clock.seconds())),
}


def _numbers(values: Sequence[Any]) -> list[float]:
    return [found for value in values if (found := number(value)) is not None]


def _present(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _of_numbers(compute: Callable[[list[float]], float]) -> Callable[[Sequence[Any]], Any]:
    def over(values: Sequence[Any]) -> Any:
        found = _numbers(values)
        if not found:
            return None
        result = compute(found)
        # The extremes of times are times.
        return Time(result) if all(isinstance(each, Time) for each in _present(values)) else float(result)

    return over


def percentile(values: Sequence[Any], percent: float) -> float | None:
    """The value below which `percent` of the numbers lie, in proportion between two."""
    found = sorted(_numbers(values))
    if not found:
        return None
    rank = (len(found) - 1) * percent / 100
    low, high = found[math.floor(rank)], found[math.ceil(rank)]
    return low + (high - low) * (rank - math.floor(rank))


AGGREGATES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "count": lambda values: float(len(_present(values))),
    "count_distinct": lambda values: float(len({text(value) for value in _present(values)})),
    "sum": _of_numbers(math.fsum),
    "avg": _of_numbers(statistics.fmean),
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "median": _of_numbers(statistics.median),
    "stddev": _of_numbers(lambda values: statistics.stdev(values) if len(values) > 1 else 0.0),
    "sortsfirst": lambda values: min(map(text, _present(values)), default=None),
    "sortslast": lambda values: max(map(text, _present(values)), default=None),
    "earliest": lambda values: values[0] if values else None,
    "latest": lambda values: values[-1] if values else None,
}

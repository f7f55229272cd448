"""What the profile suggests for the plan of data preparation, each with its reason.

A suggestion is no decision: nothing is prepared by it until a person has put it into the charter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.charter import Charter
from crispstack.data_preparation.text_normalization import normalized
from crispstack.preparation_plan import Cleaning, DatePart, Derivation, Exclusion, Outliers, TextStep

FEWEST_ROWS = 100
"""Fewer values say too little."""
_MOST_MISSING = 0.6
_SENTINELS = frozenset({-9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0, 99999.0})
_SENTINEL_SHARE = 0.01
_SKEW = 10.0
"""How many times further from the median the 99th percentile lies than the 75th, where a logarithm helps."""
_ALIKE: tuple[TextStep, ...] = ("nfkc", "collapse_whitespace", "casefold")


@dataclass(frozen=True)
class Suggestion:
    """An entry for one part of `preparation`, and why."""

    part: Literal["exclude", "derive_only", "clean", "derive"]
    entry: Exclusion | Cleaning | Derivation | str
    reason: str

    def plain(self) -> Any:
        """The entry as the charter writes it: only what differs from the defaults."""
        return self.entry if isinstance(self.entry, str) else _plain(self.entry)


def suggested_plan(profile: DataProfile, charter: Charter) -> tuple[Suggestion, ...]:
    """What the profile suggests for columns that the plan does not treat yet, in the order of the columns."""
    plan = charter.preparation
    treated = {each.column for each in plan.clean} | {each.column for each in plan.derive} | {*plan.derive_only}
    names = {column.name for column in charter.feature_columns} - treated
    personal = {column.name for column in charter.source.columns if column.personal}
    return tuple(
        suggestion
        for column in profile.columns
        if column.name in names and column.count >= FEWEST_ROWS
        for suggestion in _column(column, column.name in personal)
    )


def _column(column: ColumnProfile, personal: bool) -> Iterator[Suggestion]:
    present = column.count - column.nulls
    if reason := _useless(column, present):
        yield Suggestion("exclude", Exclusion(column.name, reason), reason)
        return
    if column.type == "text":
        yield Suggestion("derive_only", column.name, "free text is no feature, its length can be one")
        yield Suggestion("derive", Derivation(f"{column.name}_length", "length", column.name), "as above")
    if column.type in ("integer", "number"):
        yield from _number(column, present, personal)
    if column.type == "category" and not personal and (pair := _alike(column)):
        reason = f"{pair[0]!r} and {pair[1]!r} differ in their writing only"
        yield Suggestion("clean", Cleaning(column.name, text=_ALIKE), reason)
    if column.type in ("date", "timestamp"):
        yield from _time(column)


def _useless(column: ColumnProfile, present: int) -> str:
    if column.distinct <= 1:
        return "one value only"
    if column.nulls / column.count > _MOST_MISSING:
        return f"{column.nulls / column.count:.0%} of the values are missing"
    if column.distinct == present and column.type in ("integer", "category"):
        return "every row has a value of its own"
    return ""


def _number(column: ColumnProfile, present: int, personal: bool) -> Iterator[Suggestion]:
    cleaning, reasons = Cleaning(column.name), []
    if column.unparsable:
        cleaning = dataclasses.replace(cleaning, invalid="missing")
        reasons.append(f"{column.unparsable} of {present} values are no {column.type}")
    if not personal and (words := _sentinels(column, present)):
        cleaning = dataclasses.replace(cleaning, missing_values=words)
        reasons.append(f"{', '.join(words)} is frequent and far out, as where it stands for no value")
    quantiles = {float(key): value for key, value in (column.quantiles or {}).items()}
    if reason := _far_out(column, quantiles):
        cleaning = dataclasses.replace(cleaning, outliers=(Outliers("clip", "quantiles"),))
        reasons.append("some values lie far out" if personal else reason)
    if reasons:
        yield Suggestion("clean", cleaning, "; ".join(reasons))
    if reason := _skewed(column, quantiles):
        yield Suggestion("derive", Derivation(f"{column.name}_log", "log1p", column.name), reason)


def _sentinels(column: ColumnProfile, present: int) -> tuple[str, ...]:
    """Frequent values at an end of the range that are often written for none."""
    ends = {column.minimum, column.maximum} & _SENTINELS
    frequent = [each.value for each in column.top_values if each.count >= _SENTINEL_SHARE * present]
    return tuple(word for word in frequent if any(float(word) == end for end in ends))


def _far_out(column: ColumnProfile, quantiles: dict[float, float]) -> str:
    first, third = quantiles.get(0.25), quantiles.get(0.75)
    if first is None or third is None or column.minimum is None or column.maximum is None or third <= first:
        return ""
    low, high = first - 3 * (third - first), third + 3 * (third - first)
    beyond = [f"{each:g}" for each in (column.minimum, column.maximum) if not low <= each <= high]
    return f"{' and '.join(beyond)} lie beyond {low:g} to {high:g}, three interquartile ranges" if beyond else ""


def _skewed(column: ColumnProfile, quantiles: dict[float, float]) -> str:
    median, third, last = (quantiles.get(share) for share in (0.5, 0.75, 0.99))
    if median is None or third is None or last is None or column.minimum is None or column.minimum < 0:
        return ""
    if third > median and last - median > _SKEW * (third - median):
        return f"the 99th percentile is {last:g}, the median {median:g}"
    return ""


def _alike(column: ColumnProfile) -> tuple[str, str] | None:
    """Two frequent values that are one after case, spaces and Unicode forms are made the same."""
    seen: dict[str, str] = {}
    for each in column.top_values:
        other = seen.setdefault(normalized(each.value, Cleaning(column.name, text=_ALIKE)), each.value)
        if other != each.value:
            return other, each.value
    return None


def _time(column: ColumnProfile) -> Iterator[Suggestion]:
    reason = "a model knows no calendar: years never come back, months, days and hours do"
    yield Suggestion("derive_only", column.name, reason)
    parts: tuple[DatePart, ...] = ("month", "weekday", "hour") if column.type == "timestamp" else ("month", "weekday")
    for part in parts:
        name = f"{column.name}_{part}"
        yield Suggestion("derive", Derivation(f"{name}_sine", "sine", column.name, part=part), reason)
        yield Suggestion("derive", Derivation(f"{name}_cosine", "cosine", column.name, part=part), reason)


def _plain(entry: Any) -> dict[str, Any]:
    result = {}
    for field in dataclasses.fields(entry):
        value = getattr(entry, field.name)
        if field.default is not dataclasses.MISSING and value == field.default:
            continue
        if isinstance(value, tuple):
            value = [_plain(item) if dataclasses.is_dataclass(item) else item for item in value]
        result[field.name] = value
    return result

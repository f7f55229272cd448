"""Quality rules that the profile suggests, each with its reason. They hold for the profiled rows, with room to spare.

A draft is a suggestion for the charter: nothing is checked by it until a person has put it there, since rules that were
made from the data they check always pass. Personal columns are drafted without their values.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Sequence

from crispstack.artifacts import ColumnProfile, JoinCheck, RuleDraft
from crispstack.charter import Source

FEWEST_ROWS = 100
"""Fewer rows say too little about the next ones."""
_MOST_MISSING = 0.05
_MOST_UNMATCHED = 0.5
_MOST_VALUES = 10
_FEWEST_OF_A_VALUE = 5
_ROOM = 0.5
"""By how much of its width a range is widened on either side."""
_DATA_TYPES = {"integer": "Integer", "number": "Double", "boolean": "Boolean", "date": "Date"}
_EPOCH = dt.date(1970, 1, 1)
_YEARS_OF_A_WINDOW = 3


def drafts(
    source: Source, rows: int, profiles: Sequence[ColumnProfile], personal: frozenset[str], today: dt.date
) -> tuple[RuleDraft, ...]:
    """The rules that the profile of one source suggests, in the order of its columns; none for fewer than 100 rows.

    Args:
        source: what was profiled.
        rows: of the source, test rows included.
        profiles: of its columns, over the rows that are not set aside.
        personal: names of the columns whose values must not be told.
        today: what the age of dates is counted from.
    """
    if rows < FEWEST_ROWS:
        return ()
    found = [(f"RowCount between {rows // 2} and {rows * 2}", f"there are {rows} rows")]
    for profile in profiles:
        present = profile.count - profile.nulls
        if present < FEWEST_ROWS:
            continue
        found += _completeness(profile)
        found += _type(profile)
        found += _uniqueness(profile)
        if profile.name not in personal:
            found += _values(profile)
            found += _dates(profile, today) if profile.type == "date" else _range(profile)
    return tuple(RuleDraft(rule, source.name, reason) for rule, reason in found)


def of_joins(joins: Sequence[JoinCheck]) -> tuple[RuleDraft, ...]:
    """The rules that the fit of keys suggests, where most rows meet one."""
    found = []
    for join in joins:
        share = 1 - join.unmatched / join.checked if join.checked >= FEWEST_ROWS else 0.0
        if share > _MOST_UNMATCHED:
            least = math.floor((share - 3 * math.sqrt(share * (1 - share) / join.checked)) * 100) / 100
            left, right = ",".join(join.columns), ",".join(join.reference_columns)
            target = f"{join.reference}.{right}" if len(join.columns) == 1 else f"{join.reference}.{{{right}}}"
            rule = f'ReferentialIntegrity "{left}" "{target}" >= {least:g} where "{_present(join.columns)}"'
            found.append(RuleDraft(rule, join.source, f"{share:.2%} of the rows with a key meet a row"))
        if not join.repeated and join.checked >= FEWEST_ROWS:
            columns = " ".join(f'"{column}"' for column in join.reference_columns)
            found.append(RuleDraft(f"IsUnique {columns}", join.reference, "rows are joined to it, and no key repeats"))
    return tuple(found)


def _present(columns: Sequence[str]) -> str:
    return " and ".join(f"{column} is not null" for column in columns)


def _completeness(profile: ColumnProfile) -> Iterator[tuple[str, str]]:
    share = profile.nulls / profile.count
    if not profile.nulls:
        yield f"IsComplete {_quoted(profile)}", f"none of {profile.count} values is missing"
    elif share <= _MOST_MISSING:
        # Three standard errors above the share that was seen.
        worst = share + 3 * math.sqrt(share * (1 - share) / profile.count)
        least = math.floor((1 - worst) * 100) / 100
        yield f"Completeness {_quoted(profile)} >= {least:g}", f"{share:.2%} of the values are missing"


def _type(profile: ColumnProfile) -> Iterator[tuple[str, str]]:
    if profile.type in _DATA_TYPES and not profile.unparsable:
        rule = f'ColumnDataType {_quoted(profile)} = "{_DATA_TYPES[profile.type]}"'
        yield rule, f"every value can be read as {profile.type}"


def _uniqueness(profile: ColumnProfile) -> Iterator[tuple[str, str]]:
    # Numbers with a fraction seldom repeat, which makes them no key.
    if profile.type in ("integer", "category", "text") and profile.distinct == profile.count - profile.nulls:
        yield f"IsUnique {_quoted(profile)}", f"{profile.distinct} values, none of them twice"


def _values(profile: ColumnProfile) -> Iterator[tuple[str, str]]:
    top, present = profile.top_values, profile.count - profile.nulls
    if profile.type != "category" or not top or profile.distinct == present:
        return
    listed = len(top) <= _MOST_VALUES and sum(value.count for value in top) == present
    if listed and min(value.count for value in top) >= _FEWEST_OF_A_VALUE:
        values = [json.dumps(value.value, ensure_ascii=False) for value in sorted(top, key=lambda each: each.value)]
        words = ", ".join([*values, "NULL"] if profile.nulls else values)
        yield f"ColumnValues {_quoted(profile)} in [{words}]", f"only these {len(top)} values occur"
    elif profile.distinct <= present // 10:
        most = math.ceil(profile.distinct * (1 + _ROOM))
        yield f"DistinctValuesCount {_quoted(profile)} <= {most}", f"{profile.distinct} values occur"


def _range(profile: ColumnProfile) -> Iterator[tuple[str, str]]:
    low, high = profile.minimum, profile.maximum
    unique = profile.distinct == profile.count - profile.nulls
    if profile.type not in ("integer", "number") or profile.unparsable or low is None or high is None or low == high:
        return
    if profile.type == "integer" and unique:
        return  # an identifier grows
    step = 10.0 ** math.floor(math.log10(high - low) - 1)
    least = math.floor((low - _ROOM * (high - low)) / step) * step
    most = math.ceil((high + _ROOM * (high - low)) / step) * step
    least = 0 if low >= 0 else least
    column = f"ColumnValues {_quoted(profile)}"
    reason = f"values lie from {low:g} to {high:g}, with half of that range on either side"
    yield _or_missing(profile, f"({column} >= {least:.10g}) and ({column} <= {most:.10g})"), reason


def _dates(profile: ColumnProfile, today: dt.date) -> Iterator[tuple[str, str]]:
    if profile.minimum is None or profile.maximum is None or profile.unparsable:
        return
    first, last = (_EPOCH + dt.timedelta(days=value) for value in (profile.minimum, profile.maximum))
    if last <= today:
        rule = f"ColumnValues {_quoted(profile)} < (now() + 1 days)"
        yield _or_missing(profile, rule), f"no date lies in the future; the last is {last}"
    oldest = (today - first).days
    if 0 < oldest <= 366 * _YEARS_OF_A_WINDOW:
        rule = f"DataFreshness {_quoted(profile)} <= {math.ceil(oldest * (1 + _ROOM))} days"
        yield _or_missing(profile, rule), f"the oldest is {oldest} days old"


def _or_missing(profile: ColumnProfile, rule: str) -> str:
    """The rule, kept by missing values too where there are any."""
    return f"({rule}) or (ColumnValues {_quoted(profile)} = NULL)" if profile.nulls else rule


def _quoted(profile: ColumnProfile) -> str:
    return f'"{profile.name}"'

"""A first look at a source: types, missing words, times and personal data, guessed from its rows."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from crispstack.business_understanding.drafting.found import FoundColumn, FoundData
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.data_understanding import personal_data, personal_data_sample
from crispstack.data_understanding.type_guess import days, guess
from crispstack.preparation_plan import Preparation

ROWS = 50_000
"""Rows that are looked at."""
_MISSING = frozenset({"na", "n/a", "nan", "null", "none", "#n/a", "?", "-", "--", "missing", "unknown", "\\n"})
_AMBIGUOUS = frozenset({"none", "-", "--"})
"""Words that are a value of a category as often as not: they mean missing only among numbers and times."""
_MIDNIGHT = " 00:00:00.000"
_KEPT_VALUES = 100
_ODD = 3
_BEFORE_TEST = 0.8

Row = Mapping[str, str | None]


def look(source: Source, rows: Sequence[Row], count: int) -> FoundData:
    """What the rows show.

    Args:
        source: its columns' types are text, or what the format says itself.
        rows: the first rows, as text, by column.
        count: how many rows the source has.
    """
    counts = {column.name: _counts(rows, column.name) for column in source.columns}
    found = [_column(column, source, counts[column.name], len(rows)) for column in source.columns]
    typed = dataclasses.replace(source, columns=tuple(each.column for each in found))
    words = dict.fromkeys(word for each in found for word in _missing_words(each.column, counts[each.name]))
    return FoundData(typed, count, tuple(_with_personal_data(typed, found, rows, tuple(words))), tuple(words))


def _counts(rows: Sequence[Row], name: str) -> Counter[str]:
    found = Counter((row.get(name) or "").strip(" ") for row in rows)
    del found[""]
    if all(value.endswith(_MIDNIGHT) for value in found):  # how a spreadsheet's days are read
        found = Counter({value.removesuffix(_MIDNIGHT): count for value, count in found.items()})
    return found


def _missing_words(column: Column, counts: Counter[str]) -> Iterator[str]:
    for word in counts:
        if word.lower() in _MISSING and (column.type not in ("category", "text") or word.lower() not in _AMBIGUOUS):
            yield word


def _column(column: Column, source: Source, counts: Counter[str], rows: int) -> FoundColumn:
    values = [value for value in counts if value.lower() not in _MISSING]
    guessed = guess(column.name, values)
    kind, odd = guessed.column, guessed.odd
    if column.type != "text":  # the format knows its type
        kind, odd = column, ()
    elif source.format == "parquet" and kind.stored_type != "string":
        kind = dataclasses.replace(kind, stored="string")
    missing = set(_missing_words(kind, counts))
    present = Counter({value: count for value, count in counts.items() if value not in missing})
    found = FoundColumn(kind, rows, present.total(), len(present), tuple(present.most_common(_KEPT_VALUES)), odd[:_ODD])
    return _with_days(found, present) if kind.type in ("date", "timestamp") else found


def _with_days(found: FoundColumn, counts: Counter[str]) -> FoundColumn:
    by_day: Counter[str] = Counter()
    for value, day in days(found.column, counts).items():
        by_day[day] += counts[value]
    before, last = 0, ""
    ordered = sorted(by_day)
    for day in ordered:
        if before >= _BEFORE_TEST * by_day.total():
            last = day
            break
        before += by_day[day]
    return dataclasses.replace(
        found,
        first_day=ordered[0] if ordered else "",
        last_day=ordered[-1] if ordered else "",
        four_fifths=last,
    )


def _with_personal_data(
    source: Source, found: Sequence[FoundColumn], rows: Sequence[Row], missing: tuple[str, ...]
) -> Iterator[FoundColumn]:
    preparation = Preparation(missing_values=("", *missing))
    draft = Charter("draft", "", "", (source,), Target(""), Money(""), preparation=preparation)
    values = {source.name: personal_data_sample.values(rows[: personal_data_sample.ROWS], draft)}
    personal = {each.column: each for each in personal_data.report(draft, values).columns}
    for each in found:
        seen = personal.get(each.name)
        yield dataclasses.replace(each, personal=seen.kind, remedy=seen.remedy) if seen else each

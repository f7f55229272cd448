"""What a text of a column is, in Athena's SQL: missing, the number it stands for, and what else it looks like.

Every expression is over ``cell``, the stripped text, and ``column_index``, which counts a source's columns from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crispstack.charter import Charter, Column, Source
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    ISO_TIMESTAMP_PATTERN,
    NUMBER_PATTERN,
    NUMERIC_TYPES,
    TRUE,
    grouped_pattern,
)
from crispstack.data_understanding.raw_table import literal

SCRIPTS = {
    "Latin": "A-Za-z\u00c0-\u024f",
    "Greek": "\u0370-\u03ff",
    "Cyrillic": "\u0400-\u04ff",
    "Hebrew": "\u05d0-\u05ea",
    "Arabic": "\u0620-\u064a",
    "Devanagari": "\u0905-\u0939",
    "Kana": "\u3041-\u30fa",
    "Han": "\u4e00-\u9fff",
    "Hangul": "\uac00-\ud7a3",
}
"""The letters of the commonest scripts, as a regular expression's ranges."""

COMPACT_DATE_PATTERN = "^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$"
EPOCH_PATTERN = "^(9[5-9][0-9]{7}|1[0-9]{9}|20[0-7][0-9]{7})$"
"""Seconds since 1970 from the year 2000 to 2036."""


_OFFSET = "[+-][0-9]{2}:?[0-9]{2}"


def missing(charter: Charter, source: Source, numbered: Sequence[tuple[int, Column]]) -> str:
    """Whether the text means missing: for every column, or for this one."""
    preparation = charter.preparation
    everywhere = frozenset({"", *preparation.missing_values})
    if source != charter.source:
        return _in(everywhere)
    own = {index: preparation.missing_words(column.name) - everywhere for index, column in numbered}
    parts = [f"(column_index = {index} AND {_in(words)})" for index, words in own.items() if words]
    return " OR ".join([_in(everywhere), *parts])


def number(numbered: Sequence[tuple[int, Column]]) -> str:
    """The number that the text stands for by its column's type, double, null where none.

    Booleans 0 or 1, dates days and timestamps seconds since 1970-01-01 UTC.
    """
    conversions: dict[str, list[int]] = {}
    for index, column in numbered:
        if column.type in NUMERIC_TYPES:
            conversions.setdefault(_conversion(column), []).append(index)
    cases = [
        f"WHEN column_index IN ({', '.join(map(str, indexes))}) THEN {conversion}"
        for conversion, indexes in conversions.items()
    ]
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS double)"


def indexes(numbered: Sequence[tuple[int, Column]], kinds: Iterable[str]) -> str:
    """Whether the column is of one of these types."""
    found = ", ".join(str(index) for index, column in numbered if column.type in kinds)
    return f"column_index IN ({found})" if found else "false"


def likenesses() -> Mapping[str, str]:
    """What a text can look like, whatever its column's type: a name, and a condition."""
    return {
        "integer_like": _matches(INTEGER_PATTERN),
        "number_like": _matches(NUMBER_PATTERN),
        "boolean_like": f"lower(cell) IN ({_words((*TRUE, *FALSE, 't', 'f', 'y', 'n'))})",
        "date_like": f"({_matches(DATE_PATTERN)} AND try_cast(cell AS date) IS NOT NULL)",
        "timestamp_like": f"({_matches(ISO_TIMESTAMP_PATTERN)} AND length(cell) > 10)",
        "compact_date_like": _matches(COMPACT_DATE_PATTERN),
        "epoch_like": _matches(EPOCH_PATTERN),
        "decimal_comma_like": _matches(grouped_pattern(",", ".")),
    }


def _conversion(column: Column) -> str:
    if column.type == "boolean":
        return f"CASE WHEN lower(cell) IN ({_words(TRUE)}) THEN 1e0 WHEN lower(cell) IN ({_words(FALSE)}) THEN 0e0 END"
    if column.type == "date":
        return f"CAST(date_diff('day', DATE '1970-01-01', {_day(column)}) AS double)"
    if column.type == "timestamp":
        return _seconds(column)
    if column.decimal == "." and not column.thousands:
        pattern = INTEGER_PATTERN if column.type == "integer" else NUMBER_PATTERN
        return f"CASE WHEN {_matches(pattern)} THEN try_cast(cell AS double) END"
    plain = f"replace(cell, {literal(column.thousands)}, '')" if column.thousands else "cell"
    plain = f"replace({plain}, {literal(column.decimal)}, '.')"
    return (
        f"CASE WHEN {_matches(grouped_pattern(column.decimal, column.thousands))} THEN try_cast({plain} AS double) END"
    )


def _day(column: Column) -> str:
    if not column.formats:
        return f"CASE WHEN {_matches(DATE_PATTERN)} THEN try_cast(cell AS date) END"
    return f"CAST({_parsed(column.formats)} AS date)"


def _seconds(column: Column) -> str:
    """Seconds, whole ones, since 1970; a time without a zone is UTC."""
    since = "date_diff('second', TIMESTAMP '1970-01-01 00:00:00', {})"
    if column.formats:
        return f"CAST({since.format(_parsed(column.formats))} AS double)"
    local = f"replace(regexp_replace(cell, '(Z|{_OFFSET})$', ''), 'T', ' ')"
    rest = "WHEN 10 THEN ' 00:00:00' WHEN 13 THEN ':00:00' WHEN 16 THEN ':00' ELSE ''"
    padded = f"concat({local}, CASE length({local}) {rest} END)"
    moment = since.format(f"try_cast({padded} AS timestamp)")
    offset = f"replace(regexp_extract(cell, '{_OFFSET}$'), ':', '')"
    seconds = (
        f"CAST(concat(substr({offset}, 1, 1), '1') AS integer) * "
        f"(CAST(substr({offset}, 2, 2) AS integer) * 3600 + CAST(substr({offset}, 4, 2) AS integer) * 60)"
    )
    zone = f"CASE WHEN regexp_like(cell, '{_OFFSET}$') THEN {seconds} ELSE 0 END"
    return f"CASE WHEN {_matches(ISO_TIMESTAMP_PATTERN)} THEN CAST({moment} - {zone} AS double) END"


def _parsed(formats: tuple[str, ...]) -> str:
    found = [f"try(date_parse(cell, {literal(each)}))" for each in formats]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def _matches(pattern: str) -> str:
    return f"regexp_like(cell, {literal(pattern)})"


def _in(words: Iterable[str]) -> str:
    return f"cell IN ({_words(sorted(words))})"


def _words(words: Iterable[str]) -> str:
    return ", ".join(map(literal, words))

"""What type a column of texts seems to have, and how it writes numbers and times."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from crispstack.charter import Column, ColumnType
from crispstack.data_understanding.column_types import (
    DATE_PATTERN,
    FALSE,
    INTEGER_PATTERN,
    ISO_TIMESTAMP_PATTERN,
    NUMBER_PATTERN,
    TRUE,
    grouped_pattern,
)

_FITTING = 0.99
"""The share of distinct values that must be of a type; the others are told."""
_IDENTIFIER_DIGITS = 15
"""Digits beyond which an integer is a number of something, which doubles do not hold either."""
_WORDS_OF_TEXT = 4
_DATE_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d")
_TIMES = (" %H:%M:%S", " %H:%M", "T%H:%M:%S")


@dataclass(frozen=True)
class Guess:
    """A column with its type, and the values that do not fit it."""

    column: Column
    odd: tuple[str, ...] = ()


def guess(name: str, values: Sequence[str]) -> Guess:
    """The type of a column with these distinct values, none of them missing; a category where there are none.

    Of two formats in which all dates can be read, as 01/02/2024, the first is taken: the day before the month.
    """
    if not values:
        return Guess(Column(name, "category"))
    candidates = (_boolean, _whole, _number, _date, _timestamp)
    found = (candidate(name, values) for candidate in candidates)
    return next((each for each in found if each), None) or Guess(Column(name, _wordy(values)))


def _boolean(name: str, values: Sequence[str]) -> Guess | None:
    words = {value.lower() for value in values}
    pairs = ({yes, no} for yes, no in zip(TRUE, FALSE, strict=True))
    return Guess(Column(name, "boolean")) if any(words == pair for pair in pairs) else None


def _whole(name: str, values: Sequence[str]) -> Guess | None:
    odd = _misfits(values, re.compile(INTEGER_PATTERN).fullmatch)
    if odd is None:
        return None
    digits = [value.lstrip("+-") for value in values if value not in odd]
    coded = any(len(each) > 1 and each.startswith("0") for each in digits)
    if coded or any(len(each) > _IDENTIFIER_DIGITS for each in digits):
        return Guess(Column(name, "category"))  # 01234 is a code: as a number it would lose its zero
    return Guess(Column(name, "integer"), odd)


def _number(name: str, values: Sequence[str]) -> Guess | None:
    odd = _misfits(values, re.compile(NUMBER_PATTERN).fullmatch)
    if odd is not None:
        return Guess(Column(name, "number"), odd)
    for decimal, thousands in ((".", ","), (",", ""), (",", ".")):
        odd = _misfits(values, re.compile(grouped_pattern(decimal, thousands)).fullmatch)
        if odd is not None:
            kind: ColumnType = "number" if any(decimal in value for value in values) else "integer"
            return Guess(Column(name, kind, decimal=decimal, thousands=thousands), odd)  # type: ignore[arg-type]
    return None


def _date(name: str, values: Sequence[str]) -> Guess | None:
    odd = _misfits(values, lambda text: re.fullmatch(DATE_PATTERN, text) and _is_time(text, "%Y-%m-%d"))
    if odd is not None:
        return Guess(Column(name, "date"), odd)
    return _by_format(name, "date", values, _DATE_FORMATS)


def _timestamp(name: str, values: Sequence[str]) -> Guess | None:
    odd = _misfits(values, lambda text: re.fullmatch(ISO_TIMESTAMP_PATTERN, text) and _is_time(text[:10], "%Y-%m-%d"))
    if odd is not None:
        return Guess(Column(name, "timestamp"), odd)
    return _by_format(name, "timestamp", values, [day + time for day in _DATE_FORMATS for time in _TIMES])


def _by_format(name: str, kind: ColumnType, values: Sequence[str], formats: Iterable[str]) -> Guess | None:
    for form in formats:
        odd = _misfits(values, lambda text, form=form: _is_time(text, form))  # type: ignore[misc]
        if odd is not None:
            return Guess(Column(name, kind, formats=(form,)), odd)
    return None


def _is_time(text: str, form: str) -> bool:
    try:
        return dt.datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def _misfits(values: Sequence[str], fits: Callable[[str], object]) -> tuple[str, ...] | None:
    """The values that do not fit; None where they are too many for the column to be of this type."""
    allowed, odd = len(values) * (1 - _FITTING), []
    for value in values:
        if not fits(value):
            odd.append(value)
            if len(odd) > allowed:
                return None
    return tuple(odd)


def _wordy(values: Sequence[str]) -> ColumnType:
    """Free text where values are sentences, on average; else a category."""
    words = sum(len(value.split()) for value in values) / len(values)
    return "text" if words >= _WORDS_OF_TEXT else "category"


def days(column: Column, values: Iterable[str]) -> dict[str, str]:
    """The day, YYYY-MM-DD, that each value of a column of dates or times says; values that say none are left out."""
    return {value: day for value in values if (day := _day(value, column))}


def _day(text: str, column: Column) -> str:
    for form in column.formats:
        try:
            return dt.datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    pattern = DATE_PATTERN if column.type == "date" else ISO_TIMESTAMP_PATTERN
    return text[:10] if not column.formats and re.fullmatch(pattern, text) else ""

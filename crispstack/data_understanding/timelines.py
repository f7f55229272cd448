"""Rows and positives over the time of a column of dates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from crispstack.data_understanding.exploration import Period, Timeline
from crispstack.data_understanding.sample_columns import SampleColumn

Length = Literal["day", "week", "month", "quarter", "year"]
_DAYS: dict[Length, float] = {"day": 1, "week": 7, "month": 30.4, "quarter": 91.3, "year": 365.25}
MOST_PERIODS = 48


def timeline(column: SampleColumn, is_positive: Any) -> Timeline | None:
    """The column's periods, the shortest of which there are at most `MOST_PERIODS`; None without two different dates.

    is_positive: bool (n,).
    """
    present = column.present
    days = column.numbers[present]
    if len(days) < 2 or days.min() == days.max():
        return None
    span = float(days.max() - days.min())
    length: Length = next((name for name, size in _DAYS.items() if span / size <= MOST_PERIODS), "year")
    starts = [_start(_date(float(day)), length) for day in days]
    rows = dict.fromkeys(_starts(min(starts), max(starts), length), 0)
    positives = dict(rows)
    for start, positive in zip(starts, is_positive[present].tolist(), strict=True):
        rows[start] += 1
        positives[start] += positive
    periods = tuple(Period(start.isoformat(), rows[start], positives[start]) for start in rows)
    return Timeline(column.name, length, periods)


def _date(days: float) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date()


def _start(day: date, length: Length) -> date:
    if length == "day":
        return day
    if length == "week":
        return day - timedelta(days=day.weekday())
    months = {"month": 1, "quarter": 3, "year": 12}[length]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _starts(first: date, last: date, length: Length) -> Iterator[date]:
    """First days of all periods from the first to the last, empty ones too."""
    if length in ("day", "week"):
        step = timedelta(days=1 if length == "day" else 7)
        yield from itertools.takewhile(lambda day: day <= last, (first + index * step for index in itertools.count()))
        return
    step_months = {"month": 1, "quarter": 3, "year": 12}[length]
    for index in itertools.count(first.year * 12 + first.month - 1, step_months):
        start = date(index // 12, index % 12 + 1, 1)
        if start > last:
            return
        yield start

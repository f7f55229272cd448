"""What is at stake in a row beside its score: its own amount of money, and its place among those that can be acted on.

A capacity of so many cases a week is kept week by week: in each, the cases that rank highest can be acted on, no more
than there is room for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.money import Money, Period

Numbers = NDArray[np.float64]
_SECONDS_PER_DAY = 86_400
_THURSDAY = 3
"""1970-01-01 was one; weeks begin on Monday."""


@dataclass(frozen=True, eq=False)
class Stakes:
    """Per row its `amount`, in units of its column, and the `group` of rows that share a capacity; shape (n,).

    Of group k at most `quota[k]` rows can be acted on. None means that there is no such thing.
    """

    amount: Numbers | None = None
    group: NDArray[np.int64] | None = None
    quota: NDArray[np.int64] | None = None

    def within_capacity(self, scores: Numbers) -> NDArray[np.bool_]:
        """The rows that capacity leaves, shape (n,): those of each group that score highest, earlier ones first."""
        if self.group is None or self.quota is None:
            return np.ones(len(scores), dtype=bool)
        order = np.lexsort((-scores, self.group))
        counts = np.bincount(self.group, minlength=len(self.quota))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        rank = np.empty(len(scores), dtype=np.int64)
        rank[order] = np.arange(len(scores)) - starts[self.group[order]]
        return rank < self.quota[self.group]

    @property
    def share(self) -> Numbers | None:
        """Per row the share of its group that can be acted on, shape (n,); None without a capacity."""
        if self.group is None or self.quota is None:
            return None
        counts = np.bincount(self.group, minlength=len(self.quota))
        return np.minimum(1.0, self.quota / np.maximum(counts, 1))[self.group]


def stakes_of(
    money: Money,
    rows: int,
    amount: Numbers | None = None,
    time: Numbers | None = None,
    repeat: NDArray[np.int64] | None = None,
) -> Stakes:
    """What is at stake in these rows.

    With a volume the rows are a sample of it, and the same share of them can be acted on as of all; without, every
    period that their times fall into is complete.

    Args:
        money: capacity and volume.
        rows: how many there are.
        amount: of each, shape (n,).
        time: of each, in seconds since 1970, NaN where not known; such rows share a period of their own.
        repeat: of each: rows that are held out again in another repeat do not compete with themselves.
    """
    if money.capacity is None:
        return Stakes(amount)
    period = np.zeros(rows, dtype=np.int64) if time is None else period_numbers(time, money.capacity.period)
    again = np.zeros(rows, dtype=np.int64) if repeat is None else repeat
    _, group = np.unique(np.stack([again, period]), axis=1, return_inverse=True)
    group = group.reshape(-1).astype(np.int64)
    counts = np.bincount(group)
    if money.volume is not None:
        share = money.capacity.per_year / money.volume.per_year
        # A hair more, or a share of exactly a tenth leaves 9 of 100.
        return Stakes(amount, group, np.floor(counts * share + 1e-9).astype(np.int64))
    return Stakes(amount, group, np.full(len(counts), money.capacity.cases))


def period_numbers(time: Numbers, period: Period) -> NDArray[np.int64]:
    """The number of the calendar period (UTC) that each moment falls into, shape (n,); -1 where it is not known."""
    known = ~np.isnan(time)
    days = np.floor(np.where(known, time, 0.0) / _SECONDS_PER_DAY).astype(np.int64)
    if period == "week":
        numbers = (days + _THURSDAY) // 7
    elif period == "day":
        numbers = days
    else:
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        numbers = months // {"month": 1, "quarter": 3, "year": 12}[period]
    # Numbers before 1970 are negative: moved, so that -1 is free.
    return np.where(known, numbers - min(0, int(numbers.min(initial=0))), -1)

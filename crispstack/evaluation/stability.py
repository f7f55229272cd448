"""Whether the model's advantage lasts: the test cases period by period."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Criterion, PeriodValue
from crispstack.charter import Charter
from crispstack.evaluation.significance import bounds, holm, no_less_than_zero, total_with_error
from crispstack.modeling.stakes import period_numbers
from crispstack.money import Period
from crispstack.phases import Phase

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]
_PERIODS: tuple[Period, ...] = ("year", "quarter", "month", "week", "day")
_FEWEST, _MOST, _OTHERWISE = 3, 12, 6
SMALLEST_PERIOD = 30
"""Cases of a period that is judged: the first and the last may be cut short."""


def periods_of(
    charter: Charter, time: Numbers | None, value: Numbers, advantage: Numbers, blocks: Labels | None
) -> tuple[tuple[PeriodValue, ...], Criterion]:
    """What the model earned in each period, and whether it surely lost in one.

    Args:
        charter: confidence of intervals; one less it is the chance of a false alarm in any of the periods.
        time: of each case in seconds since 1970, NaN where not known, shape (n,).
        value: what the model earned in each case, shape (n,).
        advantage: what it earned there more than the best alternative, shape (n,).
        blocks: which cases depend on each other, labels of shape (n,).
    """
    if time is None or np.isnan(time).all():
        reason = "the charter names no time (split.time) by which cases could be told apart"
        return (), Criterion("stability", None, 0.0, "not_measured", reason, "periods")
    labels = _labels(time)
    numbers, counts = np.unique(labels[labels >= 0], return_counts=True)
    found, p_values = [], []
    for own in (labels == number for number in numbers[counts >= SMALLEST_PERIOD]):
        total, error = total_with_error(advantage[own], None if blocks is None else blocks[own])
        low, high = bounds(total, error, charter.acceptance.confidence)
        first, last = float(time[own].min()), float(time[own].max())
        value_of = float(value[own].sum())
        found.append(PeriodValue(_moment(first), _moment(last), int(own.sum()), value_of, total, low, high))
        p_values.append(no_less_than_zero(total, error))
    if not found:
        reason = f"no period holds {SMALLEST_PERIOD} cases"
        return (), Criterion("stability", None, 0.0, "not_measured", reason, "periods")
    return tuple(found), _criterion(charter, found, holm(np.array(p_values)))


def _criterion(charter: Charter, found: list[PeriodValue], adjusted: Numbers) -> Criterion:
    currency = charter.money.currency
    worst = int(np.argmin([each.advantage / each.rows for each in found]))
    each = found[worst]
    lost = int((adjusted < 1 - charter.acceptance.confidence).sum())
    return Criterion(
        "stability",
        float(lost),
        0.0,
        "condition" if lost else "met",
        f"in {lost} of {len(found)} periods the model surely earned less than the best alternative; it did worst from "
        f"{each.start[:10]} to {each.end[:10]}: {each.advantage:+,.0f} {currency} on {each.rows:,} cases"
        + ("; find out what was different then, and watch for it" if lost else ""),
        "periods",
        Phase.DATA_UNDERSTANDING,
    )


def _labels(time: Numbers) -> Labels:
    """A number for each case's period, -1 where its time is not known: calendar periods, or as many cases in each."""
    for period in _PERIODS:
        numbers = period_numbers(time, period)
        if _FEWEST <= len(np.unique(numbers[numbers >= 0])) <= _MOST:
            return numbers
    labels = np.full(len(time), -1)
    known = np.flatnonzero(~np.isnan(time))
    ordered = known[np.argsort(time[known], kind="stable")]
    labels[ordered] = np.arange(len(ordered)) * _OTHERWISE // max(1, len(ordered))
    return labels


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

"""What a run's model earns more than an earlier run's, and how sure that is: from their stored predictions alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage
from crispstack.charter import Charter
from crispstack.errors import DataError
from crispstack.evaluation.comparison import MODEL
from crispstack.evaluation.decision import JUDGES
from crispstack.evaluation.exposure import Amounts, amounts_of
from crispstack.evaluation.resampling import Sums, resampling_of
from crispstack.evaluation.scoring import Rival, Scored

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Predicted:
    """A run's test cases as they were predicted, with what turned that into decisions."""

    charter: Charter
    package: ModelPackage
    scored: Scored


@dataclass(frozen=True)
class ValueDifference:
    """Money that the later model earns more on a case of the test set, with the bounds of its interval.

    `paired` says that both were asked about the same cases; `before` and `after` are each one's value per case.
    """

    currency: str
    paired: bool
    cases: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    confidence: float
    resampling: str


def stored(lines: bytes) -> Scored:
    """Test cases as evaluation kept them."""
    rows = [json.loads(line) for line in lines.splitlines()]

    def numbers(name: str) -> Numbers | None:
        known = name in rows[0]
        return np.array([np.nan if row[name] is None else float(row[name]) for row in rows]) if known else None

    group = np.array([row["group"] for row in rows], dtype=np.int64) if "group" in rows[0] else None
    return Scored(
        actual=np.array([float(row["actual"]) for row in rows]),
        predicted=np.array([row["predicted"] for row in rows], dtype=np.float64),
        today=numbers("today"),
        amount=numbers("amount"),
        time=numbers("time"),
        group=group,
    )


def value_difference(before: Predicted, after: Predicted) -> ValueDifference:
    """Each model decides by its own charter and threshold; the later charter's money says what that earns.

    On the same cases the difference is paired; otherwise each test set is resampled by itself.

    Raises:
        DataError: the models predict different things, or the money is of another currency.
    """
    _comparable(before, after)
    amounts, charter = amounts_of(after.charter), after.charter
    first, second = (_value_per_case(each, amounts) for each in (before, after))
    paired = _same_cases(before.scored, after.scored)
    if paired:
        means, words = _resampled(after, second - first)
    else:
        earlier, _ = _resampled(before, first)
        later, words = _resampled(after, second)
        means, words = _independent(later, earlier, charter.modeling.seed), f"{words}, and of those of the earlier run"
    low, high = means.interval(0, charter.acceptance.confidence)
    return ValueDifference(
        currency=charter.money.currency,
        paired=paired,
        cases=len(second),
        before=float(first.mean()),
        after=float(second.mean()),
        difference=float(second.mean() - first.mean()),
        low=low,
        high=high,
        confidence=charter.acceptance.confidence,
        resampling=words,
    )


def _comparable(before: Predicted, after: Predicted) -> None:
    if before.charter.money.currency != after.charter.money.currency:
        currencies = f"{before.charter.money.currency} and {after.charter.money.currency}"
        raise DataError(f"values in {currencies} cannot be subtracted")
    kinds = [(each.package.framing, each.package.classes) for each in (before, after)]
    if kinds[0] != kinds[1]:
        raise DataError("the models predict different things, so that their values cannot be subtracted")


def _value_per_case(run: Predicted, amounts: Amounts) -> Numbers:
    """What each decision of the run's model earns at these amounts, shape (n,)."""
    model = Rival(MODEL, "model", run.scored.predicted, run.package.threshold, run.package.shift)
    judged = JUDGES[run.package.framing](run.charter, run.package, run.scored, amounts, (model,))
    value: Numbers = judged.policies[0].exposures @ amounts.stated
    return value


def _same_cases(before: Scored, after: Scored) -> bool:
    """Whether both test sets hold the same cases in the same order, by all that is kept of them but predictions."""
    kept: Sequence[tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]] = (
        (before.actual, after.actual),
        (before.amount, after.amount),
        (before.time, after.time),
    )
    return all(
        (one is None) == (other is None)
        and (one is None or other is None or np.array_equal(one, other, equal_nan=True))
        for one, other in kept
    )


def _resampled(run: Predicted, per_case: Numbers) -> tuple[Sums, str]:
    """The mean per case, as the sum of each case's part of it, and in words what was drawn."""
    scored, rows = run.scored, len(per_case)
    strata = None if run.package.framing == "regression" else scored.actual.astype(np.int64)
    resampling = resampling_of(run.charter, rows, strata, scored.time, scored.group)
    return resampling.sums(per_case[:, None] / rows), resampling.words


def _independent(later: Sums, earlier: Sums, seed: int) -> Sums:
    """Differences of resamples drawn apart from each other: the same seed would have drawn the same positions."""
    generator, samples = np.random.default_rng(seed), min(len(later.drawn), len(earlier.drawn))
    one, other = (generator.permutation(len(each.drawn))[:samples] for each in (later, earlier))
    return Sums(
        observed=later.observed - earlier.observed,
        error=np.hypot(later.error, earlier.error),
        drawn=later.drawn[one] - earlier.drawn[other],
        errors=np.hypot(later.errors[one], earlier.errors[other]),
    )

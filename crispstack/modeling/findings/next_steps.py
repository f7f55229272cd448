"""What to try next: rules over the findings, each with the figure that speaks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crispstack.artifacts import ModelFindings, NextStep, Slice
from crispstack.modeling.findings.words import figure

DOMINANT = 0.6
"""Share of all importance from which on one feature carries the model."""
NEEDLESS = 3
"""So many features that change nothing are worth a word."""
BIASED = 0.2
"""Residuals' mean in their standard deviation."""
OF_THE_MEAN = ("rmse", "r2")
"""Metrics by which the best prediction is the mean."""
WIDENING = 2.0
OFTEN_TAKEN_FOR = 0.2
OFF = 0.02


def next_steps(found: ModelFindings) -> tuple[NextStep, ...]:
    """The steps that these findings suggest, the most urgent first."""
    return tuple(step for rule in _RULES for step in rule(found))


def _skill(found: ModelFindings) -> Iterator[NextStep]:
    gap = found.gap
    if gap is None:
        return
    if gap.verdict == "no_skill":
        reason = f"skill on new rows {gap.validation_skill:.0%} of the way to a perfect score"
        yield NextStep("Look for other data: nothing here tells the outcome of new rows.", reason)
    if gap.verdict == "overfits":
        reason = f"skill {gap.training_skill:.0%} on its own rows, {gap.validation_skill:.0%} on new ones"
        yield NextStep("Try fewer features or stronger regularization; it learns in part by heart.", reason)
    if gap.verdict == "underfits":
        reason = f"skill {gap.training_skill:.0%} even on its own rows"
        yield NextStep("Derive features that say more: ratios, differences in time, other sources.", reason)


def _rows(found: ModelFindings) -> Iterator[NextStep]:
    curve, gap = found.learning_curve, found.gap
    if curve is None or gap is None or curve.gain is None or curve.gain_low is None or curve.gain_high is None:
        return
    reason = f"the last doubling, to {curve.points[-1].rows:,} rows, gained {figure(curve.gain, 2)}"
    if gap.more_rows == "would_help":
        yield NextStep("Collect more rows of the same kind.", f"{reason}, at least {figure(curve.gain_low, 2)}")
    if gap.more_rows == "would_hardly_help":
        step = "Do not wait for more rows of the same kind; more columns would be worth more."
        yield NextStep(step, f"{reason}, at most {figure(curve.gain_high, 2)}")


def _features(found: ModelFindings) -> Iterator[NextStep]:
    useful = [each for each in found.importances if each.lost > 0]
    total = sum(each.lost for each in useful)
    if len(useful) > 1 and useful[0].lost > DOMINANT * total:
        reason = f"{useful[0].lost / total:.0%} of all importance is that of {useful[0].feature}"
        yield NextStep(f"Make sure that {useful[0].feature} is known before the outcome, and comes reliably.", reason)
    needless = [each.feature for each in found.importances if each.draws > 1 and each.lost <= each.deviation]
    if len(needless) >= NEEDLESS:
        named = ", ".join(needless[:6]) + (f" and {len(needless) - 6} more" if len(needless) > 6 else "")
        reason = f"{len(needless)} of {len(found.importances)} lose no more than their spread when shuffled: {named}"
        yield NextStep("Try it without the features that change nothing: fewer to collect and to watch.", reason)


def _slices(found: ModelFindings) -> Iterator[NextStep]:
    for each in found.slices.slices[:2]:
        if each.low <= 0:
            continue
        times = each.loss / each.loss_elsewhere if each.loss_elsewhere else float("inf")
        where = " and ".join(one.words for one in each.conditions)
        reason = f"{found.slices.loss} {times:.1f} times that of the others, in {each.rows:,} rows"
        yield NextStep(f"Look into {where}: {_remedy(each)}", reason)


def _remedy(each: Slice) -> str:
    if each.actual is not None and each.predicted is not None:
        off = each.predicted - each.actual
        if abs(off) > max(OFF, 0.1 * abs(each.actual)):
            direction = "high" if off > 0 else "low"
            return (
                f"predictions are too {direction} there ({figure(each.predicted)}, where {figure(each.actual)} came "
                "true); a feature that tells these rows apart is missing, or they are too few."
            )
    return "outcomes there are harder to tell; collect what tells them apart, or leave them to a person."


def _classes(found: ModelFindings) -> Iterator[NextStep]:
    if not found.confusion or len(found.confusion.classes) < 3:
        return
    names = [each.name for each in found.confusion.classes]
    pairs = [
        (count / sum(row), names[actual], names[decided], count)
        for actual, row in enumerate(found.confusion.counts)
        for decided, count in enumerate(row)
        if actual != decided and count
    ]
    if pairs and max(pairs)[0] > OFTEN_TAKEN_FOR:
        share, actual, decided, count = max(pairs)
        reason = f"{share:.0%} of {actual} are taken for {decided}, {count:,} rows"
        yield NextStep(f"Look for what tells {actual} from {decided}, or ask whether they need be told apart.", reason)


def _residuals(found: ModelFindings) -> Iterator[NextStep]:
    left = found.residuals
    if not left:
        return
    # Where a unit too much costs otherwise than a unit too little, predictions are not to be right on average.
    unbiased = found.metric in OF_THE_MEAN
    if unbiased and left.root_mean_square and abs(left.mean) > BIASED * left.root_mean_square:
        direction = "too low" if left.mean > 0 else "too high"
        reason = f"mean residual {figure(left.mean)} with a root mean square of {figure(left.root_mean_square)}"
        yield NextStep(f"Predictions are {direction} on average: check for a change over time.", reason)
    if left.spread_ratio and left.spread_ratio > WIDENING:
        reason = (
            f"residuals of the highest third of predictions are {left.spread_ratio:.1f} times as wide as of the lowest"
        )
        yield NextStep("Try the logarithm of the target, or a loss of relative errors.", reason)


_RULES: tuple[Callable[[ModelFindings], Iterator[NextStep]], ...] = (
    _skill,
    _features,
    _slices,
    _classes,
    _residuals,
    _rows,
)

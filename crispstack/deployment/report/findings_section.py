"""What the report shows of the findings about the chosen model: pictures, and a sentence for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crispstack.artifacts import Confusion, Dependence, Explanation, Importance, ModelFindings, Residuals, SliceSearch
from crispstack.charter import Charter
from crispstack.deployment.report import finding_plots
from crispstack.deployment.report.pictures import safe
from crispstack.modeling.findings.words import figure, metric_name


@dataclass(frozen=True)
class Told:
    """A picture as markup, empty where there is nothing to draw, and what it says in a sentence."""

    picture: Any
    sentence: str


@dataclass(frozen=True)
class Section:
    """Everything the section needs beside the artifact itself."""

    metric: str
    curve: Told | None
    importances: Told | None
    contributions: Told | None
    dependences: tuple[tuple[Dependence, Told], ...]
    slices: Told
    confusion: Told | None
    residuals: tuple[Told, ...]


def section(found: ModelFindings, charter: Charter) -> Section:
    """Draw and say everything that was found."""
    metric = metric_name(found.metric)
    limits = finding_plots.limits(found.dependences)
    regression = found.residuals is not None
    unit = f"in units of {charter.target.column}" if regression else "in points of probability"
    scale = "Prediction" if regression else "Probability"
    return Section(
        metric=metric,
        curve=_curve(found, metric),
        importances=Told(
            safe(finding_plots.importances(found.importances, metric)), importances_in_words(found.importances, metric)
        )
        if found.importances
        else None,
        contributions=Told(
            safe(finding_plots.contributions(found.explanation, unit)), _contributions(found.explanation, regression)
        )
        if found.explanation
        else None,
        dependences=tuple(
            (each, Told(safe(finding_plots.dependence(each, scale, limits)), _dependence(each, regression)))
            for each in found.dependences
        ),
        slices=Told(safe(finding_plots.slices(found.slices)) if found.slices.slices else "", _slices(found.slices)),
        confusion=Told(safe(finding_plots.confusion(found.confusion)), _confusion(found.confusion))
        if found.confusion
        else None,
        residuals=_residuals(found.residuals, charter) if found.residuals else (),
    )


def _curve(found: ModelFindings, metric: str) -> Told | None:
    if not found.learning_curve or not found.gap:
        return None
    picture = finding_plots.learning_curve(found.learning_curve, metric, found.gap.constant)
    return Told(safe(picture) if len(found.learning_curve.points) > 1 else "", found.gap.words)


def importances_in_words(found: Sequence[Importance], metric: str) -> str:
    """What the model leans on most, and how much of it is idle."""
    first = found[0]
    if first.lost <= 0:
        return f"Shuffling any one of {len(found)} features costs nothing: the model leans on none of them alone."
    idle = sum(each.draws > 1 and each.lost <= each.deviation for each in found)
    said = f"The model leans most on {first.feature}: without it, {metric} would be worse by {figure(first.lost, 2)}"
    return f"{said}. Of {len(found)} features, {idle or 'none'} could go without a loss that can be told from chance."


def _contributions(found: Explanation, regression: bool) -> str:
    leading = [each for each in found.contributions if len(each.features) == 1][:3]
    moved = ", ".join(
        f"{each.features[0]} by {_amount(sum(each.mean_absolute) / len(each.mean_absolute), regression)}"
        for each in leading
    )
    how = (
        "every combination of features was looked at, so the values are exact for this background"
        if not found.rounds
        else f"{found.rounds} orders of features were drawn, each with its reverse: a row's value is off by about "
        f"{_amount(max(each.standard_error for each in found.contributions), regression)} (one standard error) at most"
    )
    return (
        f"What moves the prediction of a row away from the average, on average over {found.rows} rows: {moved}. "
        f"Against {found.background} background rows; {how}."
    )


def _amount(value: float, regression: bool) -> str:
    return figure(value) if regression else f"{figure(100 * value, 2)} points"


def _dependence(found: Dependence, regression: bool) -> str:
    def rate(value: float) -> str:
        return figure(value) if regression else f"{value:.1%}"

    position = max(range(max(1, len(found.outputs))), key=lambda output: _range(found, output))
    low, high = (pick(found.points, key=lambda point: point.mean[position]) for pick in (min, max))
    of = f"of {found.outputs[position]} " if found.outputs else ""
    return f"{of}{rate(low.mean[position])} at {low.label}, {rate(high.mean[position])} at {high.label}"


def _range(found: Dependence, output: int) -> float:
    means = [point.mean[output] for point in found.points]
    return max(means) - min(means)


def _slices(found: SliceSearch) -> str:
    if not found.looked_at:
        return "There were too few rows to compare slices."
    looked = (
        f"{found.looked_at:,} slices of one or two features with at least {found.smallest:,} rows were compared with "
        "the rest of the rows"
    )
    if not found.significant:
        return f"{looked}; none is worse than chance explains."
    worst = found.slices[0]
    where = " and ".join(one.words for one in worst.conditions)
    are = "is" if found.significant == 1 else "are"
    return (
        f"{looked}; {found.significant:,} {are} worse than chance explains, corrected for so many looks. The most "
        f"certain is {where}: {found.loss} {figure(worst.loss)} in {worst.rows:,} rows, "
        f"{figure(worst.loss_elsewhere)} elsewhere."
    )


def _confusion(found: Confusion) -> str:
    rows = sum(each.actual for each in found.classes)
    right = sum(each.right for each in found.classes)
    said = f"{right:,} of {rows:,} held-out rows ({right / rows:.0%}) are decided right (rule: {found.rule})"
    known = [each for each in found.classes if each.recall is not None]
    least = min(known, key=lambda each: each.recall or 0.0)
    return f"{said}. The class found least is {least.name}: {least.right:,} of {least.actual:,} ({least.recall:.0%})."


def _residuals(found: Residuals, charter: Charter) -> tuple[Told, ...]:
    target = charter.target.column
    low, high = found.quantiles["0.05"], found.quantiles["0.95"]
    explained = "" if found.r_squared is None else f" {max(0.0, found.r_squared):.0%} of the variance is explained."
    if charter.money.over_estimate != charter.money.under_estimate:
        explained = " They are not meant to be right on average: a unit too low costs otherwise than one too high."
    direction = "too low" if found.mean > 0 else "too high"
    missed = (
        f"Predictions miss by {figure(found.mean_absolute)} on average and are {direction} by "
        f"{figure(abs(found.mean), 2)}.{explained}"
    )
    spread = f"Nine of ten outcomes lie between {figure(low)} and {figure(high)} from their prediction"
    if found.spread_ratio is not None:
        spread += f"; the highest third of predictions misses {found.spread_ratio:.1f} times as widely as the lowest"
    return (
        Told(safe(finding_plots.residuals(found, target)), missed),
        Told(safe(finding_plots.residual_quantiles(found)), f"{spread}."),
    )

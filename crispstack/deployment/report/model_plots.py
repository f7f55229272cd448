"""The report's pictures of models: how they rank, how they are calibrated, how candidates compare."""

from __future__ import annotations

from collections.abc import Sequence

from crispstack.artifacts import CalibrationBin, CurvePoint, Leaderboard
from crispstack.charter import Framing
from crispstack.deployment.report.pictures import INK, MODEL, MUTED, OTHER, axes, wilson
from crispstack.modeling.findings.words import metric_name


def roc(points: Sequence[CurvePoint], area: float) -> str:
    """The ROC curve against the diagonal of chance."""
    with axes("roc", 3.6, 3.2) as (ax, svg):
        rates = [(point.false_positive_rate, point.true_positive_rate) for point in points]
        ax.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1.2)
        ax.plot(*zip(*rates, strict=True), color=MODEL, linewidth=2.2)
        ax.fill_between(*zip(*rates, strict=True), color=MODEL, alpha=0.08, linewidth=0)
        ax.text(0.96, 0.06, f"area {area:.3f}", ha="right", color=INK)
        ax.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="False positive rate", ylabel="True positive rate")
        return svg(f"ROC curve on the test set, area {area:.3f}; the diagonal is chance.")


def precision(points: Sequence[CurvePoint], base_rate: float, average: float) -> str:
    """Precision against recall; the dashed line is the base rate."""
    with axes("precision", 3.6, 3.2) as (ax, svg):
        acted = [point for point in points if point.share > 0]
        ax.axhline(base_rate, linestyle="--", color=MUTED, linewidth=1.2)
        ax.plot([p.true_positive_rate for p in acted], [p.precision for p in acted], color=MODEL, linewidth=2.2)
        ax.text(0.96, 0.93, f"average {average:.3f}", ha="right", color=INK)
        ax.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="Recall (true positive rate)", ylabel="Precision")
        return svg(f"Precision against recall, average precision {average:.3f}; the base rate is {base_rate:.1%}.")


def calibration(bins: Sequence[CalibrationBin], framing: Framing = "binary") -> str:
    """What came true against what was predicted, per bin: rates with 95% Wilson intervals, or means of numbers."""
    if framing == "regression":
        return _calibration_of_numbers(bins)
    # One of three pictures in a row, or one of two.
    size = (3.6, 3.2) if framing == "binary" else (5.4, 3.6)
    with axes("calibration", *size) as (ax, svg):
        bounds = [wilson(found.observed * found.count, found.count) for found in bins]
        limit = 1.05 * max([high for _, high in bounds] + [found.predicted for found in bins])
        ax.plot([0, limit], [0, limit], "--", color=MUTED, linewidth=1.2)
        for found, (low, high) in zip(bins, bounds, strict=True):
            ax.plot([found.predicted] * 2, [low, high], color=MODEL, alpha=0.45, linewidth=2)
            ax.plot(found.predicted, found.observed, "o", color=MODEL, markersize=6, markeredgecolor="white")
        of = "Predicted probability" if framing == "binary" else "Probability of the likeliest class"
        ax.set(xlim=(0, limit), ylim=(0, limit), xlabel=of, ylabel="Observed rate")
        said = ", ".join(f"{found.predicted:.2f} observed {found.observed:.2f}" for found in bins)
        return svg(f"Calibration: predicted {said}. The diagonal is perfect calibration.")


def _calibration_of_numbers(bins: Sequence[CalibrationBin]) -> str:
    with axes("calibration", 3.6, 3.2) as (ax, svg):
        ends = [value for found in bins for value in (found.predicted, found.observed)]
        ax.plot([min(ends), max(ends)], [min(ends), max(ends)], "--", color=MUTED, linewidth=1.2)
        ax.plot(
            [found.predicted for found in bins], [found.observed for found in bins], "o",
            color=MODEL, markersize=6, markeredgecolor="white",
        )  # fmt: skip
        ax.set(xlabel="Mean prediction", ylabel="Mean of what came true")
        said = ", ".join(f"{found.predicted:.4g} came out as {found.observed:.4g}" for found in bins)
        return svg(f"Groups of cases by prediction: {said}. On the diagonal both are the same.")


def leaderboard(board: Leaderboard) -> str:
    """The metric on every fold per candidate, with its mean, and the mean on the rows it was fitted on."""
    scored = [candidate for candidate in reversed(board.candidates) if len(candidate.scores) > 1]
    with axes("leaderboard", 5.4, 1.1 + 0.4 * len(scored)) as (ax, svg):
        for height, candidate in enumerate(scored):
            color = MODEL if candidate.name == board.winner else OTHER
            ax.plot(candidate.scores, [height] * len(candidate.scores), "o", color=color, alpha=0.4, markersize=6)
            ax.plot(candidate.mean_score, height, "|", color=INK, markersize=20, markeredgewidth=2)
            if not candidate.note:
                ax.plot(candidate.fitted_score, height, "D", color="white", markeredgecolor=color, markersize=6)
        ax.set_yticks(range(len(scored)), [candidate.name.replace("_", " ") for candidate in scored], color=INK)
        ax.set_ylim(-0.6, len(scored) - 0.4)
        ax.grid(axis="y", visible=False)
        metric = metric_name(board.metric)
        ax.set_xlabel(f"{metric[0].upper()}{metric[1:]}{'' if board.greater_is_better else ', less is better'}")
        said = ", ".join(f"{c.name.replace('_', ' ')} {c.mean_score:.4g}" for c in reversed(scored))
        return svg(f"Mean {metric} on rows held out: {said}.")

"""The report's pictures: inline SVG by matplotlib, text kept as text, each with a description for those who listen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

from crispstack.artifacts import CalibrationBin, Candidate, ColumnProfile, CurvePoint, PolicyValue

INK, MUTED, GRID = "#1d2733", "#5b6876", "#e3e8ee"
MODEL, OTHER, GOOD, WARM = "#0b6e8f", "#9aa7b4", "#1a7f5a", "#b4532a"
ROWS_FOR_A_RATE = 10
"""Fewer rows say nothing about a rate."""
MOST_VALUES = 12
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in the data is a "$"
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}


@contextmanager
def _axes(name: str, width: float, height: float) -> Iterator[tuple[Any, Callable[[str], str]]]:
    """Axes of this size in inches, and a function that turns them into SVG with a description."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # The salt keeps identifiers of several pictures on one page apart, and the same from run to run.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)

        def svg(description: str) -> str:
            target = io.StringIO()
            figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
            return _inline(target.getvalue(), description)

        yield figure.subplots(), svg


def _inline(text: str, description: str) -> str:
    """The bare element: scales with the page, speaks through its label, uses the page's fonts."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = body.replace("'DejaVu Sans', sans-serif", FONT.replace("'", "&apos;")).replace("'DejaVu Sans'", FONT)
    viewbox = re.search(r'viewBox="([^"]+)"', body)
    opening = f'<svg role="img" aria-label="{escape(description)}" viewBox="{viewbox[1] if viewbox else ""}"'
    return re.sub(r"<svg[^>]*>", f'{opening} xmlns:xlink="http://www.w3.org/1999/xlink">', body, count=1)


def policies(found: Sequence[PolicyValue], names: dict[str, str], currency: str) -> str:
    """Value of every policy with its interval, the highest on top."""
    ordered = sorted(found, key=lambda policy: policy.value)
    with _axes("policies", 5.4, 2.5) as (axes, svg):
        for height, policy in enumerate(ordered):
            color = MODEL if policy.policy == "model" else OTHER
            axes.plot([policy.low, policy.high], [height, height], color=color, linewidth=5, solid_capstyle="round")
            axes.plot(policy.value, height, "o", color=color, markersize=9, markeredgecolor="white")
            axes.annotate(
                f"{policy.value:,.0f}", (policy.high, height), (9, 0), textcoords="offset points", va="center",
                color=INK, fontsize=9,
            )  # fmt: skip
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.set_yticks(range(len(ordered)), [names[policy.policy] for policy in ordered], color=INK)
        axes.set_ylim(-0.5, len(ordered) - 0.5)
        axes.margins(x=0.12)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(f"Value on the test set, {currency}")
        _thousands(axes.xaxis)
        said = ", ".join(f"{names[policy.policy]} {policy.value:,.0f}" for policy in reversed(ordered))
        return svg(f"Value of each policy in {currency}: {said}.")


def value_curve(points: Sequence[CurvePoint], chosen_share: float, chosen_value: float, currency: str) -> str:
    """Value against the share of cases acted on; the straight line is acting at random."""
    with _axes("value-curve", 5.4, 3.3) as (axes, svg):
        axes.plot([0, 100], [points[0].value, points[-1].value], "--", color=MUTED, linewidth=1.2, label="At random")
        shares, values = [100 * point.share for point in points], [point.value for point in points]
        axes.plot(shares, values, color=MODEL, linewidth=2.2, label="By the model's ranking")
        axes.plot(100 * chosen_share, chosen_value, "o", color=WARM, markersize=8, label="At the chosen threshold")
        axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.set_xlabel("Share of cases acted on, %")
        axes.set_ylabel(f"Value, {currency}")
        axes.legend(frameon=False, fontsize=9)
        _thousands(axes.yaxis)
        best = max(points, key=lambda point: point.value)
        return svg(
            f"Value by share of cases acted on. At the chosen threshold {chosen_share:.0%} are acted on for "
            f"{chosen_value:,.0f} {currency}; the curve's highest value is {best.value:,.0f} at {best.share:.0%}."
        )


def roc(points: Sequence[CurvePoint], area: float) -> str:
    """The ROC curve against the diagonal of chance."""
    with _axes("roc", 3.6, 3.2) as (axes, svg):
        rates = [(point.false_positive_rate, point.true_positive_rate) for point in points]
        axes.plot([0, 1], [0, 1], "--", color=MUTED, linewidth=1.2)
        axes.plot(*zip(*rates, strict=True), color=MODEL, linewidth=2.2)
        axes.fill_between(*zip(*rates, strict=True), color=MODEL, alpha=0.08, linewidth=0)
        axes.text(0.96, 0.06, f"area {area:.3f}", ha="right", color=INK)
        axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="False positive rate", ylabel="True positive rate")
        return svg(f"ROC curve on the test set, area {area:.3f}; the diagonal is chance.")


def precision(points: Sequence[CurvePoint], base_rate: float, average: float) -> str:
    """Precision against recall; the dashed line is the base rate."""
    with _axes("precision", 3.6, 3.2) as (axes, svg):
        acted = [point for point in points if point.share > 0]
        axes.axhline(base_rate, linestyle="--", color=MUTED, linewidth=1.2)
        axes.plot([p.true_positive_rate for p in acted], [p.precision for p in acted], color=MODEL, linewidth=2.2)
        axes.text(0.96, 0.93, f"average {average:.3f}", ha="right", color=INK)
        axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="Recall (true positive rate)", ylabel="Precision")
        return svg(f"Precision against recall, average precision {average:.3f}; the base rate is {base_rate:.1%}.")


def calibration(bins: Sequence[CalibrationBin]) -> str:
    """Observed rate against mean probability per bin, with 95% Wilson intervals."""
    with _axes("calibration", 3.6, 3.2) as (axes, svg):
        bounds = [_wilson(found) for found in bins]
        limit = 1.05 * max([high for _, high in bounds] + [found.predicted for found in bins])
        axes.plot([0, limit], [0, limit], "--", color=MUTED, linewidth=1.2)
        for found, (low, high) in zip(bins, bounds, strict=True):
            axes.plot([found.predicted] * 2, [low, high], color=MODEL, alpha=0.45, linewidth=2)
            axes.plot(found.predicted, found.observed, "o", color=MODEL, markersize=6, markeredgecolor="white")
        axes.set(xlim=(0, limit), ylim=(0, limit), xlabel="Predicted probability", ylabel="Observed rate")
        said = ", ".join(f"{found.predicted:.2f} observed {found.observed:.2f}" for found in bins)
        return svg(f"Calibration: predicted {said}. The diagonal is perfect calibration.")


def _wilson(found: CalibrationBin, z: float = 1.96) -> tuple[float, float]:
    """Score interval of a rate: Wilson, Journal of the American Statistical Association 22 (1927)."""
    n, rate = found.count, found.observed
    center = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, center - half), min(1.0, center + half)


def leaderboard(candidates: Sequence[Candidate], winner: str) -> str:
    """ROC AUC of every fold per candidate, with its mean, and the mean on the rows it was fitted on."""
    scored = [candidate for candidate in reversed(candidates) if candidate.roc_auc]
    with _axes("leaderboard", 5.4, 1.1 + 0.55 * len(scored)) as (axes, svg):
        for height, candidate in enumerate(scored):
            color = MODEL if candidate.technique == winner else OTHER
            axes.plot(candidate.roc_auc, [height] * len(candidate.roc_auc), "o", color=color, alpha=0.4, markersize=6)
            axes.plot(candidate.mean_roc_auc, height, "|", color=INK, markersize=20, markeredgewidth=2)
            axes.plot(candidate.train_roc_auc, height, "D", color="white", markeredgecolor=color, markersize=6)
        axes.set_yticks(range(len(scored)), [candidate.technique.replace("_", " ") for candidate in scored], color=INK)
        axes.set_ylim(-0.6, len(scored) - 0.4)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("ROC AUC")
        said = ", ".join(f"{c.technique.replace('_', ' ')} {c.mean_roc_auc:.3f}" for c in reversed(scored))
        return svg(f"Mean ROC AUC in cross-validation: {said}.")


def importances(lost: dict[str, float], most: int = 12) -> str:
    """ROC AUC lost when a feature is shuffled, the largest on top."""
    shown = list(sorted(lost.items(), key=lambda item: -item[1])[:most])[::-1]
    with _axes("importances", 5.4, 0.8 + 0.25 * len(shown)) as (axes, svg):
        axes.barh([name for name, _ in shown], [value for _, value in shown], color=MODEL, height=0.62)
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.grid(axis="y", visible=False)
        axes.tick_params(axis="y", colors=INK)
        axes.set_xlabel("ROC AUC lost when the feature is shuffled")
        said = ", ".join(f"{name} {value:.3f}" for name, value in reversed(shown))
        return svg(f"Most important features: {said}.")


def profile(column: ColumnProfile, base_rate: float) -> str:
    """How a column is distributed (bars) and how often the target is positive there (line)."""
    if column.histogram:
        places = [(found.lower + found.upper) / 2 for found in column.histogram]
        widths = [0.94 * max(found.upper - found.lower, 1e-9) for found in column.histogram]
        counts = [(found.count, found.positives) for found in column.histogram]
    else:
        counts = [(found.count, found.positives) for found in column.top_values[:MOST_VALUES]]
        places, widths = [float(place) for place in range(len(counts))], [0.8] * len(counts)
    with _axes(f"profile-{column.name}", 2.7, 1.75) as (axes, svg):
        axes.bar(places, [count for count, _ in counts], widths, color="#cfd9e2")
        rates = axes.twinx()
        rates.grid(visible=False)
        seen = [(at, 100 * hits / n) for at, (n, hits) in zip(places, counts, strict=True) if n >= ROWS_FOR_A_RATE]
        rates.axhline(100 * base_rate, linestyle=":", color=WARM, linewidth=1)
        rates.plot([at for at, _ in seen], [rate for _, rate in seen], "o-", color=WARM, markersize=3, linewidth=1.3)
        rates.set_ylim(0, max([2.2 * 100 * base_rate, *(1.1 * rate for _, rate in seen)]))
        rates.tick_params(labelsize=8, colors=WARM)
        axes.tick_params(labelsize=8)
        axes.grid(axis="x", visible=False)
        axes.locator_params(axis="y", nbins=3)
        rates.locator_params(axis="y", nbins=3)
        if column.histogram:
            axes.locator_params(axis="x", nbins=4)
        else:
            names = [_short(found.value) for found in column.top_values[:MOST_VALUES]]
            axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor", fontsize=7)
        _thousands(axes.yaxis)
        said = ", ".join(f"{rate:.0f}%" for _, rate in seen)
        return svg(f"{column.name}: share of positives over {len(counts)} groups of rows: {said}.")


def _short(value: str, length: int = 9) -> str:
    return value if len(value) <= length else value[: length - 1] + "…"


def _thousands(axis: Any) -> None:
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:g}")

"""The report's pictures of what was found about the chosen model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from crispstack.artifacts import (
    Confusion,
    Contributions,
    Dependence,
    Explanation,
    Importance,
    LearningCurve,
    Residuals,
    Slice,
    SliceSearch,
)
from crispstack.deployment.report.pictures import (
    GRID,
    INK,
    MODEL,
    MUTED,
    OTHER,
    WARM,
    axes,
    short,
    short_name,
    thousands,
)
from crispstack.modeling.findings.words import figure

MOST_BARS = 15
OF_CLASSES = (MODEL, WARM, "#7a5c9e", "#1a7f5a", "#b8860b", OTHER)
"""Colors of up to six classes, told apart in grey, too."""
LINES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1)))
LOW, HIGH = "#2f7fb5", "#c2542d"


def learning_curve(curve: LearningCurve, metric: str, constant: float) -> str:
    """Training and validation score by rows fitted on, with one standard deviation; dotted: knowing no feature."""
    rows = [point.rows for point in curve.points]
    with axes("learning-curve", 5.4, 3.1) as (ax, svg):
        for name, color, marker, line in (("training", OTHER, "D", "--"), ("validation", MODEL, "o", "-")):
            mean = [getattr(point, name) for point in curve.points]
            spread = [getattr(point, f"{name}_deviation") for point in curve.points]
            low, high = ([m + sign * s for m, s in zip(mean, spread, strict=True)] for sign in (-1, 1))
            ax.fill_between(rows, low, high, color=color, alpha=0.15, linewidth=0)
            ax.plot(rows, mean, line, marker=marker, color=color, linewidth=2, markersize=5, label=_SIDES[name])
        ax.axhline(constant, linestyle=":", color=WARM, linewidth=1.2, label="Knowing no feature")
        ax.set_xscale("log", base=2)
        ax.set_xticks(rows, [f"{each:,}" for each in rows])
        ax.minorticks_off()
        ax.set(xlabel="Rows fitted on", ylabel=metric[0].upper() + metric[1:])
        ax.legend(frameon=False, fontsize=9)
        said = ", ".join(f"{p.rows:,} rows: {figure(p.training)} and {figure(p.validation)}" for p in curve.points)
        return svg(
            f"{metric} on fitted rows and on new rows by rows fitted on: {said}. Knowing no feature {figure(constant)}."
        )


_SIDES = {"training": "On the rows it was fitted on", "validation": "On new rows"}


def importances(found: Sequence[Importance], metric: str) -> str:
    """What the score loses when a feature is shuffled, with one standard deviation; the largest on top."""
    shown = list(found[:MOST_BARS])[::-1]
    with axes("importances", 5.4, 0.8 + 0.27 * len(shown)) as (ax, svg):
        for height, each in enumerate(shown):
            ax.barh(height, each.lost, 0.62, color=MODEL, alpha=0.85)
            ax.plot([each.lost - each.deviation, each.lost + each.deviation], [height] * 2, color=INK, linewidth=1.2)
        ax.set_yticks(range(len(shown)), [short_name(each.feature, 24) for each in shown], color=INK)
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.set_ylim(-0.6, len(shown) - 0.4)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"Loss of {metric} when the feature is shuffled")
        said = ", ".join(
            f"{each.feature} {figure(each.lost)} ± {figure(each.deviation, 2)}" for each in reversed(shown)
        )
        return svg(f"Most important features, {metric} lost: {said}.")


def contributions(found: Explanation, unit: str) -> str:
    """Shapley values: a dot per row and feature, or bars of their means by class where there are several."""
    if len(found.outputs) > 1:
        return _mean_contributions(found, unit)
    drawn = [each for each in found.contributions if each.values][::-1]
    with axes("contributions", 5.4, 0.9 + 0.36 * len(drawn)) as (ax, svg):
        for height, each in enumerate(drawn):
            offsets = _swarm(each.values, max(abs(v) for one in drawn for v in one.values) or 1.0)
            colors = [_color(place) for place in each.places]
            ax.scatter(each.values, [height + offset for offset in offsets], s=9, c=colors, linewidths=0, alpha=0.8,
                       rasterized=True)  # fmt: skip
        ax.set_yticks(range(len(drawn)), [short_name(each.features[0], 24) for each in drawn], color=INK)
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.set_ylim(-0.7, len(drawn) - 0.3)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"Moves the prediction by, {unit}")
        for label, color in (("low value", LOW), ("high value", HIGH), ("category or missing", OTHER)):
            ax.scatter([], [], s=16, color=color, label=label)
        ax.legend(frameon=False, fontsize=8.5, loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3, handletextpad=0.1,
                  columnspacing=1.2)  # fmt: skip
        said = ", ".join(f"{_named(each)} {figure(each.mean_absolute[0])}" for each in reversed(drawn))
        return svg(f"Shapley values of {found.rows} rows, mean size by feature in {unit}: {said}.")


def _mean_contributions(found: Explanation, unit: str) -> str:
    shown = list(found.contributions[:MOST_BARS])[::-1]
    with axes("contributions", 5.4, 1.1 + 0.27 * len(shown)) as (ax, svg):
        before = [0.0] * len(shown)
        for output, (name, color) in enumerate(zip(found.outputs, OF_CLASSES, strict=False)):
            sizes = [each.mean_absolute[output] for each in shown]
            ax.barh(range(len(shown)), sizes, 0.62, left=before, color=color, label=short(name, 18))
            before = [a + b for a, b in zip(before, sizes, strict=True)]
        ax.set_yticks(range(len(shown)), [short_name(_named(each), 24) for each in shown], color=INK)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"Mean size, {unit}, by class")
        ax.legend(frameon=False, fontsize=8.5, loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3)
        said = ", ".join(f"{_named(each)} {figure(sum(each.mean_absolute))}" for each in reversed(shown))
        return svg(f"Mean size of Shapley values, sum over {', '.join(found.outputs)}: {said}.")


def _named(each: Contributions) -> str:
    return each.features[0] if len(each.features) == 1 else f"{len(each.features)} others"


def _color(place: float | None) -> Any:
    """From low over grey to high; grey for what has no place."""
    if place is None:
        return OTHER
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    return LinearSegmentedColormap.from_list("low-high", [LOW, "#b9a9b4", HIGH])(place)


def _swarm(values: Sequence[float], widest: float, bins: int = 80, most: float = 0.36) -> list[float]:
    """Heights of dots around their line, so that those with about the same value stand above and below each other."""
    places: dict[int, int] = {}
    ranks = []
    for value in values:
        at = round(value / widest * bins)
        places[at] = places.get(at, 0) + 1
        ranks.append(places[at] // 2 * (-1 if places[at] % 2 else 1))
    step = min(0.09, most / max(1, *map(abs, ranks)))
    return [step * rank for rank in ranks]


def limits(found: Sequence[Dependence]) -> tuple[float, float]:
    """One vertical axis for all, so that they can be compared."""
    points = [point for each in found for point in each.points]
    several = any(each.outputs for each in found)
    low = min((value for point in points for value in (point.mean if several else point.low)), default=0.0)
    high = max((value for point in points for value in (point.mean if several else point.high)), default=1.0)
    margin = 0.04 * (high - low) or 1.0
    return low - margin, high + margin


def dependence(found: Dependence, unit: str, limits: tuple[float, float]) -> str:
    """Mean score by a feature's value; the band holds 80% of the single rows' scores. A line per class."""
    numbers = [point for point in found.points if point.at is not None]
    by_number = len(numbers) > 1 and len(numbers) >= len(found.points) - 1
    with axes(f"dependence-{found.feature}", 3.4, 2.5) as (ax, svg):
        shown = numbers if by_number else list(found.points)
        places = [point.at for point in numbers] if by_number else list(range(len(shown)))
        for output in range(max(1, len(found.outputs))):
            color, line = OF_CLASSES[output], LINES[output]
            mean = [point.mean[output] for point in shown]
            bounds = [(point.low[output], point.high[output]) for point in shown]
            if by_number:
                if not found.outputs:
                    ax.fill_between(places, *zip(*bounds, strict=True), color=color, alpha=0.14, linewidth=0)
                ax.plot(places, mean, linestyle=line, color=color, linewidth=2, label=_class(found, output))
            else:
                if not found.outputs:
                    ax.vlines(places, *zip(*bounds, strict=True), color=color, alpha=0.3, linewidth=5)
                marker = "osD^vP"[output]
                ax.plot(places, mean, marker, color=color, markersize=5.5, label=_class(found, output))
        _axis_of_values(ax, found, by_number)
        if found.outputs:
            ax.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.45, 1), ncols=3)
        ax.set_ylim(limits)
        ax.set_ylabel(unit, fontsize=8)
        ax.tick_params(labelsize=8)
        low, high = (pick(found.points, key=lambda point: point.mean[0]) for pick in (min, max))
        of = f" of {found.outputs[0]}" if found.outputs else ""
        ends = f"from {figure(low.mean[0])} at {low.label} to {figure(high.mean[0])} at {high.label}"
        return svg(f"{found.feature}: mean prediction{of} {ends}.")


def _class(found: Dependence, output: int) -> str:
    return short(found.outputs[output], 14) if found.outputs else ""


def _axis_of_values(ax: Any, found: Dependence, by_number: bool) -> None:
    if by_number:
        ax.locator_params(axis="x", nbins=5)
        missing = next((point for point in found.points if point.at is None), None)
        if missing:
            for output, value in enumerate(missing.mean):
                ax.axhline(value, color=OF_CLASSES[output], linewidth=1, linestyle=(0, (1, 3)))
            ax.annotate("missing", (1, missing.mean[0]), (0, 2), xycoords=("axes fraction", "data"), ha="right",
                        textcoords="offset points", fontsize=7.5, color=MUTED)  # fmt: skip
        return
    ax.set_xticks(range(len(found.points)), [short(point.label, 13) for point in found.points], rotation=40,
                  ha="right", rotation_mode="anchor")  # fmt: skip
    ax.grid(axis="x", visible=False)
    ax.margins(x=0.06)


def slices(found: SliceSearch) -> str:
    """How much worse the slices are than all other rows, with intervals that hold for all slices looked at."""
    shown = list(found.slices)[::-1]
    with axes("slices", 5.4, 0.8 + 0.42 * len(shown)) as (ax, svg):
        for height, each in enumerate(shown):
            color = WARM if each.low > 0 else OTHER
            difference = each.loss - each.loss_elsewhere
            ax.plot([each.low, each.high], [height] * 2, color=color, linewidth=3, alpha=0.5, solid_capstyle="round")
            ax.plot(difference, height, "o", color=color, markersize=7, markeredgecolor="white")
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.set_yticks(range(len(shown)), ["\n".join(_conditions(each)) for each in shown], color=INK, fontsize=8.5)
        ax.set_ylim(-0.6, len(shown) - 0.4)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"{found.loss.capitalize()}, more than elsewhere", fontsize=9)
        said = "; ".join(
            f"{' and '.join(_conditions(each))}, {each.rows:,} rows: {figure(each.loss)}, elsewhere "
            f"{figure(each.loss_elsewhere)}"
            for each in reversed(shown)
        )
        return svg(f"Slices with the largest {found.loss}: {said}.")


def _conditions(each: Slice) -> list[str]:
    return [short(one.words, 44) for one in each.conditions]


def confusion(found: Confusion) -> str:
    """Share of each actual class that was decided for each; the diagonal is right."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    names = [short(each.name, 18) for each in found.classes]
    size = len(names)
    shares = [[count / max(1, sum(row)) for count in row] for row in found.counts]
    with axes("confusion", 5.4, 1.3 + 0.5 * min(size, 9)) as (ax, svg):
        ax.grid(visible=False)
        colors = LinearSegmentedColormap.from_list("shares", ["#ffffff", MODEL])
        ax.pcolormesh(shares, cmap=colors, vmin=0, vmax=1, edgecolors=GRID, linewidth=1)
        for actual in range(size):
            for decided in range(size):
                share, count = shares[actual][decided], found.counts[actual][decided]
                said = f"{share:.0%}\n{count:,}" if size <= 6 else f"{100 * share:.0f}" if share >= 0.005 else ""
                color = "white" if share > 0.55 else INK
                ax.text(decided + 0.5, actual + 0.5, said, ha="center", va="center", fontsize=8.5, color=color)
        ticks = [at + 0.5 for at in range(size)]
        turned = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if size > 2 else {}
        ax.set_xticks(ticks, names, color=INK, **turned)
        ax.set_yticks(ticks, names, color=INK)
        ax.invert_yaxis()
        ax.set(xlabel="Decided", ylabel="Actual")
        said = "; ".join(f"of {each.actual:,} {each.name}, {each.right:,} right" for each in found.classes)
        return svg(f"Confusion: {said}.")


def residuals(found: Residuals, target: str) -> str:
    """Actual against predicted, in groups of rising prediction: means, and where 80% of the outcomes lie."""
    with axes("residuals", 5.4, 3.4) as (ax, svg):
        places = [each.predicted for each in found.bins]
        ends = [min(places + [each.low for each in found.bins]), max(places + [each.high for each in found.bins])]
        ax.plot(ends, ends, "--", color=MUTED, linewidth=1.2)
        ax.vlines(places, [each.low for each in found.bins], [each.high for each in found.bins], color=MODEL, alpha=0.3,
                  linewidth=5)  # fmt: skip
        ax.plot(places, [each.actual for each in found.bins], "o", color=MODEL, markersize=6, markeredgecolor="white")
        ax.set(xlabel=f"Predicted {short_name(target, 24)}", ylabel=f"Actual {short_name(target, 24)}")
        ax.locator_params(nbins=6)
        for axis in (ax.xaxis, ax.yaxis):
            if max(map(abs, ends)) >= 1000:
                thousands(axis)
        said = ", ".join(f"{figure(each.predicted)} was {figure(each.actual)}" for each in found.bins)
        return svg(f"Mean outcome by prediction: {said}. The diagonal is a perfect prediction.")


def residual_quantiles(found: Residuals) -> str:
    """Distribution of outcome minus prediction, by quantiles."""
    with axes("residual-quantiles", 5.4, 3.4) as (ax, svg):
        shares = [100 * float(share) for share in found.quantiles]
        values = list(found.quantiles.values())
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.plot(values, shares, "o-", color=MODEL, linewidth=2, markersize=5)
        ax.set(xlabel="Actual minus predicted", ylabel="Share of rows at or below, %", ylim=(0, 100))
        if max(map(abs, values)) >= 1000 and math.isfinite(max(values)):
            thousands(ax.xaxis)
        ax.locator_params(axis="x", nbins=6)
        said = ", ".join(f"{share}% up to {figure(value)}" for share, value in zip(shares, values, strict=True))
        return svg(f"Residuals: {said}.")

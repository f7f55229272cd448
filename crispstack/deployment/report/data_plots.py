"""The report's pictures of the data: what is missing, what goes together, what tells the target, where rows lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crispstack.data_understanding.exploration import (
    Association,
    MissingColumn,
    MissingTogether,
    Projection,
    TargetAssociation,
    Timeline,
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
    wilson,
)

MOST_BARS = 20
FEW, NUMBERED = 10, 20
"""Matrices of up to `FEW` columns fit half a page; of more than `NUMBERED`, only large numbers are written."""
TOGETHER = 0.1
"""A phi coefficient below it is as good as none."""
_MEASURES = {"pearson": "r", "cramers_v": "V", "correlation_ratio": "η"}


def missing_shares(found: Sequence[MissingColumn]) -> str:
    """Share of missing values per column, most on top."""
    shown = list(found[:MOST_BARS])[::-1]
    with axes("missing-shares", 5.4, 0.7 + 0.26 * len(shown)) as (ax, svg):
        ax.barh(range(len(shown)), [100 * each.share for each in shown], 0.62, color=MODEL)
        ax.set_yticks(range(len(shown)), [short_name(each.column, 24) for each in shown])
        for height, each in enumerate(shown):
            said = f"{100 * each.share:.1f}%"
            ax.annotate(said, (100 * each.share, height), (4, 0), textcoords="offset points", va="center", fontsize=9)
        ax.set_xlim(0, 112)
        ax.set_xticks(range(0, 101, 25))
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", colors=INK)
        ax.set_xlabel("Missing, % of the sample's rows")
        listed = ", ".join(f"{each.column} {each.share:.1%}" for each in reversed(shown))
        return svg(f"Missing values: {listed}.")


def missing_together(found: Sequence[MissingTogether]) -> str:
    """Phi coefficients of being missing, as a matrix of the columns that reach `TOGETHER`; empty if none does."""
    strong = [pair for pair in found if abs(pair.phi) >= TOGETHER]
    if not strong:
        return ""
    order = list(dict.fromkeys(name for pair in strong for name in (pair.first, pair.second)))[:NUMBERED]
    values = {(pair.first, pair.second): pair.phi for pair in found}
    strongest = strong[0]
    description = (
        f"Values that are missing together, phi coefficient, {len(order)} columns. The strongest pair is "
        f"{strongest.first} and {strongest.second} with {strongest.phi:.2f}; {strongest.both} rows lack both."
    )
    return _matrix("missing-together", order, values, description)


def associations(pairs: Sequence[Association], order: Sequence[str]) -> str:
    """Pearson's r, Cramer's V or the correlation ratio of every pair, similar columns beside each other."""
    values = {(pair.first, pair.second): pair.value for pair in pairs}
    strongest = sorted(pairs, key=lambda pair: -abs(pair.value))[:5]
    said = ", ".join(f"{p.first} and {p.second} {_MEASURES[p.measure]} {p.value:.2f}" for p in strongest)
    return _matrix("associations", order, values, f"Associations of {len(order)} columns. The strongest: {said}.")


def _matrix(name: str, order: Sequence[str], values: dict[tuple[str, str], float], description: str) -> str:
    """The lower triangle: a color and a number per pair; blue for together, red for against each other."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    size = len(order)
    width = 5.4 if size <= FEW else 8.4
    grid = [[float("nan")] * size for _ in order]
    for (first, second), value in values.items():
        if first in order and second in order:
            i, j = sorted((order.index(first), order.index(second)))
            grid[j][i] = value
    colors = LinearSegmentedColormap.from_list("against-together", [WARM, "#ffffff", MODEL])
    with axes(name, width, 0.9 + 0.3 * size) as (ax, svg):
        ax.grid(visible=False)
        shown = [row[:-1] for row in grid[1:]]
        ax.pcolormesh(shown, cmap=colors, vmin=-1, vmax=1, edgecolors="white", linewidth=1)
        for j in range(1, size):
            for i in range(j):
                _numbered(ax, i, j, grid[j][i], size)
        ax.set_xticks([i + 0.5 for i in range(size - 1)], [short_name(each, 16) for each in order[:-1]], rotation=45,
                      ha="right", rotation_mode="anchor", color=INK, fontsize=9 if size <= NUMBERED else 8)  # fmt: skip
        ax.set_yticks([j - 0.5 for j in range(1, size)], [short_name(each, 22) for each in order[1:]], color=INK,
                      fontsize=9 if size <= NUMBERED else 8)  # fmt: skip
        ax.invert_yaxis()
        for spine in ax.spines.values():
            spine.set_visible(False)
        return svg(description)


def _numbered(ax: Any, i: int, j: int, value: float, size: int) -> None:
    if value != value or abs(value) < (0.05 if size <= NUMBERED else 0.3):  # noqa: PLR0124 (not a number)
        return
    said = f"{value:.2f}".replace("0.", ".").replace("-", "\N{MINUS SIGN}")
    color = "white" if abs(value) > 0.6 else INK
    ax.text(i + 0.5, j - 0.5, said, ha="center", va="center", fontsize=8.5 if size <= NUMBERED else 6.5, color=color)


def target_strength(found: Sequence[TargetAssociation]) -> str:
    """ROC AUC of each column by itself, with its 95% interval; hollow where the charter excludes the column."""
    shown = list(found[:MOST_BARS])[::-1]
    with axes("target-strength", 5.4, 0.8 + 0.27 * len(shown)) as (ax, svg):
        for height, each in enumerate(shown):
            color = OTHER if each.excluded else MODEL
            ax.plot([each.roc_auc_low, each.roc_auc_high], [height] * 2, color=color, linewidth=3, alpha=0.5)
            fill = "white" if each.excluded else color
            ax.plot(each.roc_auc, height, "o", color=fill, markeredgecolor=color, markersize=7, markeredgewidth=1.6)
        names = [short_name(each.column, 22) + (" (excluded)" if each.excluded else "") for each in shown]
        ax.set_yticks(range(len(shown)), names, color=INK)
        ax.axvline(0.5, color=MUTED, linewidth=0.8)
        ax.set_ylim(-0.6, len(shown) - 0.4)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("ROC AUC of the column alone; 0.5 is chance")
        said = ", ".join(f"{e.column} {e.roc_auc:.2f}{' (excluded)' if e.excluded else ''}" for e in reversed(shown))
        return svg(f"How well each column alone ranks the target, ROC AUC: {said}.")


def target_rates(found: TargetAssociation, base_rate: float) -> str:
    """Share of positives per group of rows with its 95% interval; the dotted line is the overall share."""
    groups = list(found.groups)[::-1]
    with axes(f"target-rates-{found.column}", 3.4, 0.75 + 0.21 * len(groups)) as (ax, svg):
        ax.axvline(100 * base_rate, linestyle=":", color=WARM, linewidth=1.2)
        for height, group in enumerate(groups):
            low, high = wilson(group.positives, group.rows)
            ax.plot([100 * low, 100 * high], [height] * 2, color=MODEL, linewidth=2.5, alpha=0.4)
            ax.plot(100 * group.positives / group.rows, height, "o", color=MODEL, markersize=5)
        ax.set_yticks(range(len(groups)), [short(group.label, 24) for group in groups], color=INK, fontsize=8)
        ax.set_ylim(-0.6, len(groups) - 0.4)
        rows = ax.twinx()
        rows.set_yticks(range(len(groups)), [f"{group.rows:,}" for group in groups], color=MUTED, fontsize=8)
        rows.set_ylim(ax.get_ylim())
        rows.grid(visible=False)
        ax.set_xlim(left=0)
        ax.locator_params(axis="x", nbins=5)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("Positive, %", fontsize=8)
        ax.tick_params(axis="x", labelsize=8)
        said = ", ".join(f"{group.label} {group.positives / group.rows:.0%} of {group.rows}" for group in found.groups)
        return svg(f"{found.column}: share of positives by group: {said}.")


def timeline(found: Timeline, base_rate: float) -> str:
    """Rows per period (bars), and the share of positives with its 95% interval (line)."""
    starts, periods = [each.start for each in found.periods], found.periods
    places = list(range(len(periods)))
    with axes(f"timeline-{found.column}", 9.4, 2.7) as (ax, svg):
        ax.bar(places, [each.rows for each in periods], 0.86, color="#cfd9e2")
        ax.set_ylabel("Rows of the sample")
        ax.grid(axis="x", visible=False)
        thousands(ax.yaxis)
        rates = ax.twinx()
        rates.grid(visible=False)
        seen = [(at, each) for at, each in zip(places, periods, strict=True) if each.rows]
        bounds = [wilson(each.positives, each.rows) for _, each in seen]
        rates.axhline(100 * base_rate, linestyle=":", color=WARM, linewidth=1)
        rates.vlines([at for at, _ in seen], [100 * low for low, _ in bounds], [100 * high for _, high in bounds],
                     color=WARM, alpha=0.4, linewidth=2)  # fmt: skip
        rates.plot([at for at, _ in seen], [100 * each.positives / each.rows for _, each in seen], "o-", color=WARM,
                   markersize=4, linewidth=1.3)  # fmt: skip
        rates.set_ylim(bottom=0)
        rates.set_ylabel("Positive, %", color=WARM)
        rates.tick_params(colors=WARM)
        step = max(1, -(-len(places) // 12))
        ax.set_xticks(places[::step], [start[:7] if found.period not in ("day", "week") else start for start in starts]
                      [::step], rotation=30, ha="right", rotation_mode="anchor", fontsize=8)  # fmt: skip
        return svg(
            f"Rows and share of positives per {found.period} of {found.column}, {starts[0]} to {starts[-1]}: from "
            f"{min(each.positives / each.rows for _, each in seen):.0%} to "
            f"{max(each.positives / each.rows for _, each in seen):.0%}."
        )


def explained_variance(shares: Sequence[float]) -> str:
    """Share of the variance per principal component, and in all so far."""
    with axes("explained-variance", 3.6, 3.2) as (ax, svg):
        places = list(range(1, len(shares) + 1))
        so_far = [100 * sum(shares[:place]) for place in places]
        ax.bar(places, [100 * share for share in shares], 0.7, color="#cfd9e2")
        ax.plot(places, so_far, "o-", color=MODEL, markersize=4, linewidth=1.6)
        ax.set_ylim(0, 105)
        ax.set_xticks(places)
        ax.grid(axis="x", visible=False)
        ax.set(xlabel="Principal component", ylabel="Variance, %")
        ax.annotate(f"{so_far[-1]:.0f}% in all", (places[-1], so_far[-1]), (0, 7), textcoords="offset points",
                    ha="right", fontsize=9)  # fmt: skip
        said = ", ".join(f"{share:.0%}" for share in shares)
        return svg(f"Variance explained by the first {len(shares)} principal components: {said}.")


def principal_components(found: Projection) -> str:
    """The rows on the first two principal components."""
    first, second = found.explained_variance[:2]
    labels = (f"1st component, {first:.0%} of variance", f"2nd component, {second:.0%} of variance")
    said = f"{len(found.positive)} rows on the first two principal components, {first + second:.0%} of the variance."
    return _points("pca", found.pca_1, found.pca_2, found.positive, labels, said)


def tsne(found: Projection) -> str:
    """The rows as t-SNE places them: neighbors are alike."""
    said = f"{len(found.positive)} rows placed by t-SNE, perplexity {found.perplexity:.0f}: neighbors are alike."
    return _points("tsne", found.tsne_1, found.tsne_2, found.positive, ("", ""), said)


def _points(
    name: str, x: Sequence[float], y: Sequence[float], positive: Sequence[int], labels: tuple[str, str], said: str
) -> str:
    """Circles for negatives and, above them, triangles for positives; as an image, for thousands of shapes are slow."""
    with axes(name, 3.6, 3.2) as (ax, svg):
        for kind, marker, color, size, label in ((0, "o", OTHER, 6, "not positive"), (1, "^", WARM, 15, "positive")):
            chosen = [(a, b) for a, b, found in zip(x, y, positive, strict=True) if found == kind]
            ax.scatter([a for a, _ in chosen], [b for _, b in chosen], s=size, marker=marker, color=color,
                       linewidths=0, alpha=0.75, label=label, rasterized=True)  # fmt: skip
        ax.set(xlabel=labels[0], ylabel=labels[1])
        if not any(labels):
            ax.set_xticks([])
            ax.set_yticks([])
        ax.spines[["left", "bottom"]].set_color(GRID)
        ax.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, handletextpad=0.2)
        return svg(said)

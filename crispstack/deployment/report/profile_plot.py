"""The report's picture of one column."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispstack.artifacts import ColumnProfile
from crispstack.deployment.report.pictures import WARM, axes, short_name, thousands

ROWS_FOR_A_RATE = 10
"""Fewer rows say nothing about a rate."""
MOST_VALUES = 12
_SECONDS = {"date": 86_400, "timestamp": 1}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def profile(column: ColumnProfile, base_rate: float | None, source: str = "") -> str:
    """How a column is distributed (bars) and how often the target is positive there (line), where it can be."""
    if column.histogram:
        places = [(found.lower + found.upper) / 2 for found in column.histogram]
        widths = [0.94 * max(found.upper - found.lower, 1e-9) for found in column.histogram]
        counts = [(found.count, found.positives) for found in column.histogram]
    else:
        counts = [(found.count, found.positives) for found in column.top_values[:MOST_VALUES]]
        places, widths = [float(place) for place in range(len(counts))], [0.8] * len(counts)
    with axes(f"profile-{source}-{column.name}", 2.7, 1.75) as (ax, svg):
        ax.bar(places, [count for count, _ in counts], widths, color="#cfd9e2")
        said = (
            f"{column.name}: {len(counts)} groups of rows, the largest of {max((n for n, _ in counts), default=0):,}."
        )
        if base_rate is not None:
            said = _rates(ax, column.name, places, counts, base_rate)
        ax.tick_params(labelsize=8)
        ax.grid(axis="x", visible=False)
        ax.locator_params(axis="y", nbins=3)
        if column.histogram:
            _axis_of_numbers(ax, column)
        else:
            names = [short_name(found.value, 11) for found in column.top_values[:MOST_VALUES]]
            ax.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor", fontsize=7)
        thousands(ax.yaxis)
        return svg(said)


def _axis_of_numbers(ax: Any, column: ColumnProfile) -> None:
    """Whole numbers where all are, days where the numbers stand for them."""
    seconds = _SECONDS.get(column.type)
    ax.locator_params(axis="x", nbins=2 if seconds else 4, **({"integer": True} if column.type == "integer" else {}))
    if seconds:
        ax.xaxis.set_major_formatter(lambda value, _: f"{_EPOCH + dt.timedelta(seconds=value * seconds):%Y-%m-%d}")


def _rates(ax: Any, name: str, places: list[float], counts: list[tuple[int, int]], base_rate: float) -> str:
    """Draw the share of positives over the bars; the picture in words."""
    rates = ax.twinx()
    rates.grid(visible=False)
    seen = [(at, 100 * hits / n) for at, (n, hits) in zip(places, counts, strict=True) if n >= ROWS_FOR_A_RATE]
    rates.axhline(100 * base_rate, linestyle=":", color=WARM, linewidth=1)
    rates.plot([at for at, _ in seen], [rate for _, rate in seen], "o-", color=WARM, markersize=3, linewidth=1.3)
    rates.set_ylim(0, max([2.2 * 100 * base_rate, *(1.1 * rate for _, rate in seen)]))
    rates.tick_params(labelsize=8, colors=WARM)
    rates.locator_params(axis="y", nbins=3)
    said = ", ".join(f"{rate:.0f}%" for _, rate in seen)
    return f"{name}: share of positives over {len(counts)} groups of rows: {said}."

"""The report's pictures of how far a decision holds: in slices, over time, and if the money were otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crispstack.artifacts import CostSensitivity, PeriodValue, SliceValue
from crispstack.deployment.report.pictures import INK, MODEL, MUTED, OTHER, WARM, axes, short, short_name, thousands

FEW_CASES = 50


def slices(found: Sequence[SliceValue], named: Callable[[str, str], str], currency: str) -> str:
    """Advantage a case in each slice with its interval, as given from top to bottom; hollow where cases are few."""
    ordered = list(reversed(found))
    with axes("slices", 5.4, 0.8 + 0.28 * len(ordered)) as (ax, svg):
        for height, each in enumerate(ordered):
            color = WARM if each.advantage < 0 else MODEL
            low, high, middle = (
                value / each.rows for value in (each.advantage_low, each.advantage_high, each.advantage)
            )
            ax.plot([low, high], [height, height], color=color, linewidth=2.5, alpha=0.45)
            fill = "white" if each.rows < FEW_CASES else color
            ax.plot(
                middle, height, "v" if each.advantage < 0 else "o", color=fill, markeredgecolor=color, markersize=6
            )  # fmt: skip
        ax.axvline(0, color=MUTED, linewidth=0.8)
        names = [f"{short_name(each.column, 16)} {short(named(each.column, each.group), 18)}" for each in ordered]
        ax.set_yticks(range(len(ordered)), names, color=INK, fontsize=9)
        ax.set_ylim(-0.6, len(ordered) - 0.4)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"Advantage a case, {currency}")
        said = ", ".join(
            f"{each.column} {named(each.column, each.group)} {each.advantage / each.rows:+.2f}" for each in found
        )
        return svg(f"Advantage a case by slice in {currency}: {said}.")


def periods(found: Sequence[PeriodValue], currency: str) -> str:
    """Advantage a case in each period, with its interval."""
    with axes("periods", 9.0, 2.7) as (ax, svg):
        for at, each in enumerate(found):
            low, high = each.advantage_low / each.rows, each.advantage_high / each.rows
            ax.plot([at, at], [low, high], color=MODEL, linewidth=3, alpha=0.45, solid_capstyle="round")
            ax.plot(at, each.advantage / each.rows, "o", color=MODEL, markersize=7, markeredgecolor="white")
        ax.axhline(0, color=MUTED, linewidth=0.8)
        ax.set_xticks(range(len(found)), [f"{each.start[:10]}\n{each.rows:,} cases" for each in found], fontsize=8)
        ax.set_xlim(-0.6, len(found) - 0.4)
        ax.grid(axis="x", visible=False)
        ax.set_ylabel(f"{currency} a case")
        said = ", ".join(f"from {each.start[:10]} {each.advantage / each.rows:+.2f}" for each in found)
        return svg(f"Advantage a case by period in {currency}: {said}.")


def sensitivity(found: Sequence[CostSensitivity], named: Callable[[str], str], advantage: float, currency: str) -> str:
    """Advantage between each amount's low and high value, the widest on top; the line is as stated."""
    ordered = sorted(found, key=lambda each: abs(each.advantage_at_high - each.advantage_at_low))
    with axes("sensitivity", 5.4, 0.9 + 0.42 * len(ordered)) as (ax, svg):
        for height, each in enumerate(ordered):
            low, high = sorted((each.advantage_at_low, each.advantage_at_high))
            ax.barh(height, high - low, 0.5, left=low, color=OTHER if each.assumed else MODEL)
            for value, reached in ((each.low, each.advantage_at_low), (each.high, each.advantage_at_high)):
                inner = reached >= (low + high) / 2
                ax.annotate(
                    f"{value:,.6g}", (reached, height), (5 if inner else -5, 0), textcoords="offset points",
                    ha="left" if inner else "right", va="center", fontsize=8, color=INK,
                )  # fmt: skip
        ax.axvline(advantage, color=INK, linewidth=1.2)
        ax.axvline(0, color=MUTED, linewidth=0.8, linestyle="--")
        ax.set_yticks(range(len(ordered)), [short(named(each.cost), 34) for each in ordered], color=INK)
        ax.set_ylim(-0.6, len(ordered) - 0.4)
        ax.margins(x=0.15)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"Advantage, {currency}")
        thousands(ax.xaxis)
        said = ", ".join(
            f"{named(each.cost)} from {each.low:g} to {each.high:g} gives {each.advantage_at_low:,.0f} to "
            f"{each.advantage_at_high:,.0f}"
            for each in reversed(ordered)
        )
        return svg(f"Advantage if one amount changes, in {currency}: {said}; as stated {advantage:,.0f}.")

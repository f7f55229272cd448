"""Whether what the charter asks to be watched can be: shares, days and rows that make sense."""

from __future__ import annotations

from collections.abc import Iterator

from crispstack.business_understanding.problem import Problem
from crispstack.charter import Charter

_RANGES: dict[str, tuple[float, float]] = {
    "capture": (0, 1),
    "keep_days": (1, 3650),
    "every_hours": (1, 24 * 31),
    "window_days": (1 / 24, 365),
    "minimum_rows": (100, 1_000_000),
}
"""Of fewer than 100 rows, chance alone moves shares by so much that only a landslide could be told from it."""


def problems(charter: Charter) -> Iterator[Problem]:
    """A number out of its range; a window that reaches back beyond what is kept."""
    plan = charter.monitoring
    for name, (low, high) in _RANGES.items():
        value = getattr(plan, name)
        if not low <= value <= high:
            remedy = f"choose from {low:.2g} to {high:,}"
            yield Problem(("monitoring", name), f"{value:g} makes no sense", remedy)
    if plan.window_days > plan.keep_days:
        cause = f"a window of {plan.window_days:g} days asks for predictions that are gone after {plan.keep_days}"
        yield Problem(("monitoring", "window_days"), cause, "keep them for longer, or look at a shorter window")
    if plan.on_drift == "retrain" and not plan.capture:
        cause = "nothing can be retrained on drift where no prediction is captured"
        yield Problem(("monitoring", "on_drift"), cause, "set capture above 0, or on_drift to tell")

"""What the report shows of columns together and of rows in two dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crispstack.data_understanding.exploration import Exploration, TargetAssociation, Timeline
from crispstack.deployment.report import data_plots
from crispstack.deployment.report.pictures import safe

MOST_RATES = 9
"""Columns whose rates are drawn; the table lists all."""


@dataclass(frozen=True)
class Pictures:
    """Every picture as markup; empty where there is nothing to draw."""

    strength: Any
    rates: tuple[tuple[TargetAssociation, Any], ...]
    associations: Any
    missing_shares: Any
    missing_together: Any
    timelines: tuple[tuple[Timeline, Any], ...]
    projection: tuple[Any, ...]


def pictures(found: Exploration) -> Pictures:
    """Draw everything that was found."""
    base_rate = found.sample.positives / found.sample.rows
    drawn = [each for each in found.target if each.groups][:MOST_RATES]
    return Pictures(
        strength=safe(data_plots.target_strength(found.target)) if found.target else "",
        rates=tuple((each, safe(data_plots.target_rates(each, _base_rate(each)))) for each in drawn),
        associations=safe(data_plots.associations(found.pairs, found.order)) if found.pairs else "",
        missing_shares=safe(data_plots.missing_shares(found.missing)) if found.missing else "",
        missing_together=safe(data_plots.missing_together(found.missing_together)) if found.missing_together else "",
        timelines=tuple((each, safe(data_plots.timeline(each, base_rate))) for each in found.timelines),
        projection=tuple(map(safe, _projection(found))),
    )


def _base_rate(found: TargetAssociation) -> float:
    """Share of what is called positive in this column's groups, which are all rows."""
    return sum(group.positives for group in found.groups) / sum(group.rows for group in found.groups)


def _projection(found: Exploration) -> Iterator[str]:
    if found.projection:
        yield data_plots.explained_variance(found.projection.explained_variance)
        yield data_plots.principal_components(found.projection)
        yield data_plots.tsne(found.projection)

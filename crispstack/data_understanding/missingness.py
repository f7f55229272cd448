"""Which values are missing, which are missing together, and whether that says something about the target."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from crispstack.data_understanding.associations import cramers_v, holm, pearson
from crispstack.data_understanding.exploration import MissingColumn, MissingTogether
from crispstack.data_understanding.sample_columns import SampleColumn

MOST_COLUMNS = 30
FEWEST = 5
"""Columns with fewer missing values are left out of the pairs."""


def missing_columns(columns: Sequence[SampleColumn], is_positive: Any) -> list[MissingColumn]:
    """Columns with missing values, most first; p-values of the difference of rates by chi-squared, adjusted by Holm.

    is_positive: bool (n,).
    """
    lacking = [column for column in columns if column.missing.any()]
    p_values = []
    for column in lacking:
        tested = cramers_v(column.missing.astype(int), is_positive.astype(int))
        p_values.append(tested[1] if tested else 1.0)
    found = [
        MissingColumn(
            column.name,
            int(column.missing.sum()),
            float(column.missing.mean()),
            float(is_positive[column.missing].mean()),
            float(is_positive[~column.missing].mean()) if not column.missing.all() else None,
            p_value,
        )
        for column, p_value in zip(lacking, holm(p_values), strict=True)
    ]
    return sorted(found, key=lambda each: (-each.missing, each.column))


def missing_together(columns: Sequence[SampleColumn]) -> list[MissingTogether]:
    """Every pair of the `MOST_COLUMNS` columns that miss most, the strongest first."""
    lacking = [column for column in columns if column.missing.sum() >= FEWEST and not column.missing.all()]
    lacking = sorted(lacking, key=lambda column: -int(column.missing.sum()))[:MOST_COLUMNS]
    found = []
    for first, second in itertools.combinations(lacking, 2):
        phi = pearson(first.missing.astype(float), second.missing.astype(float)) or 0.0
        found.append(MissingTogether(first.name, second.name, phi, int((first.missing & second.missing).sum())))
    return sorted(found, key=lambda pair: -abs(pair.phi))

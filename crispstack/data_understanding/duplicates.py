"""Rows of the sample that repeat others. Equal rows were drawn together, so their share is an unbiased estimate.

Rows that are equal but for an identifier or the target come together only by chance, unless the sample is complete:
their numbers are lower bounds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from crispstack.data_understanding.exploration import Duplicates
from crispstack.data_understanding.sample import Sample, rows_of


def duplicates(
    sample: Sample, outcomes: Sequence[float | None], identifiers: Collection[str], target: str
) -> Duplicates:
    """Repeated rows, with and without `identifiers`, and rows whose twins in all but `target` have another outcome.

    outcomes: one for each row.
    """
    names = [column.name for column in sample.columns]
    described = [name for name in names if name not in identifiers]
    features = rows_of(sample, [name for name in described if name != target])
    seen: defaultdict[tuple[str, ...], Counter[float | None]] = defaultdict(Counter)
    for row, outcome in zip(features, outcomes, strict=True):
        seen[row][outcome] += 1
    return Duplicates(
        rows=len(sample.cells) - len(set(sample.cells)),
        rows_but_identifiers=len(sample.cells) - len(set(rows_of(sample, described))),
        contradicting=sum(sum(counts.values()) for counts in seen.values() if len(counts) > 1),
    )

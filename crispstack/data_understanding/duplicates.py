"""Rows of the sample that repeat others. Equal rows were drawn together, so their share is an unbiased estimate.

Rows that are equal but for an identifier or the target come together only by chance, unless the sample is complete:
their numbers are lower bounds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from crispstack.data_understanding.exploration import Duplicates
from crispstack.data_understanding.sample import Sample, rows_of


def duplicates(sample: Sample, identifiers: Collection[str], target: str) -> Duplicates:
    """Repeated rows, with and without `identifiers`, and rows whose twins have another value of `target`."""
    names = [column.name for column in sample.columns]
    described = [name for name in names if name not in identifiers]
    features = rows_of(sample, [name for name in described if name != target])
    targets = rows_of(sample, [target])
    seen: defaultdict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for row, value in zip(features, targets, strict=True):
        seen[row][value] += 1
    return Duplicates(
        rows=len(sample.cells) - len(set(sample.cells)),
        rows_but_identifiers=len(sample.cells) - len(set(rows_of(sample, described))),
        contradicting=sum(sum(values.values()) for values in seen.values() if len(values) > 1),
    )

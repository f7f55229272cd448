"""A small regression tree whose leaves can be said in a sentence.

Breiman, Friedman, Olshen and Stone, Classification and Regression Trees (1984): each split takes most of the squared
error away; categories are ordered by their means, among whose cuts is the best of all (section 9.4). It grows where it
gains most, to a few leaves, and cuts numbers at figures that one can say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.data_preparation.values import MISSING

MOST_LEAVES, DEEPEST = 6, 3
FEWEST_ROWS, SMALLEST_SHARE = 30, 0.05
SMALLEST_GAIN = 0.01
"""Share of the whole squared error that a split must take away."""
MOST_CATEGORIES, MOST_NAMED = 40, 6
"""A feature with more categories describes nothing; nor does a split that would name more on both sides."""
MOST_DISTINCT, _CUTS = 100, 50
"""Numbers of few different values are cut at any of them, others at some quantiles."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class CodedFeature:
    """A feature's values as codes: of numbers the interval between `edges`, of categories their place in `names`.

    The last code stands for missing values.
    """

    name: str
    codes: NDArray[np.int64]
    edges: tuple[float, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Number of codes."""
        return (len(self.names) if self.names else len(self.edges) + 1) + 1


@dataclass(frozen=True)
class Leaf:
    """Positions of rows, and per feature on the way to them which of its codes are allowed."""

    rows: NDArray[np.int64]
    allowed: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Split:
    gain: float
    leaf: Leaf
    inside: Leaf
    outside: Leaf


def coded(name: str, values: NDArray[Any]) -> CodedFeature | None:
    """The feature's codes from numbers with NaN, or from texts; None where it cannot describe anything."""
    if values.dtype == object:
        known, codes = np.unique(values.astype(str), return_inverse=True)
        missing = known == MISSING
        names = known[~missing]
        if not 0 < len(names) <= MOST_CATEGORIES:
            return None
        place = np.where(missing, len(names), np.cumsum(~missing) - 1)
        return CodedFeature(name, place[codes], names=tuple(str(each) for each in names))
    numbers = values.astype(np.float64)
    edges = _readable_edges(numbers[np.isfinite(numbers)])
    places = np.where(np.isfinite(numbers), np.searchsorted(edges, numbers, side="left"), len(edges) + 1)
    return CodedFeature(name, places.astype(np.int64), edges=tuple(edges.tolist())) if len(edges) else None


def _readable_edges(numbers: Values) -> Values:
    """The values below the largest where there are few, else some quantiles rounded to two digits."""
    distinct = np.unique(numbers)
    if len(distinct) <= MOST_DISTINCT:
        return distinct[:-1]
    edges = np.quantile(numbers, np.linspace(0, 1, _CUTS + 1), method="inverted_cdf")
    rounded = np.unique([float(f"{edge:.2g}") for edge in edges])
    inner: Values = rounded[(rounded >= distinct[0]) & (rounded < distinct[-1])]
    return inner


def grow(features: list[CodedFeature], values: Values) -> list[Leaf]:
    """The leaves that tell these values apart; a single one where nothing does.

    Args:
        features: each with one code per row.
        values: what is to be told apart, shape (n,).
    """
    smallest = max(FEWEST_ROWS, int(SMALLEST_SHARE * len(values)))
    least_gain = SMALLEST_GAIN * float(((values - values.mean()) ** 2).sum())
    whole = Leaf(np.arange(len(values)))
    leaves, splits = [whole], list(_best(whole, features, values, smallest))
    while splits and len(leaves) < MOST_LEAVES:
        best = max(splits, key=lambda split: split.gain)
        if best.gain <= max(least_gain, 0.0):
            break
        leaves = [leaf for leaf in leaves if leaf is not best.leaf] + [best.inside, best.outside]
        splits = [split for split in splits if split is not best]
        for leaf in (best.inside, best.outside):
            splits += _best(leaf, features, values, smallest)
    return leaves


def _best(leaf: Leaf, features: list[CodedFeature], values: Values, smallest: int) -> Iterator[_Split]:
    """The leaf's best split, if it may be split at all."""
    found: tuple[float, CodedFeature, NDArray[np.bool_]] | None = None
    of_rows = values[leaf.rows]
    for feature in features:
        if len(leaf.allowed) >= DEEPEST and feature.name not in leaf.allowed:
            continue
        codes = feature.codes[leaf.rows]
        counts = np.bincount(codes, minlength=feature.size)
        sums = np.asarray(np.bincount(codes, of_rows, minlength=feature.size), dtype=np.float64)
        for inside in _cuts(feature, counts, sums):
            rows, total = int(counts[inside].sum()), float(sums[inside].sum())
            others, rest = len(codes) - rows, float(of_rows.sum()) - total
            if min(rows, others) < smallest:
                continue
            gain = total**2 / rows + rest**2 / others - float(of_rows.sum()) ** 2 / len(codes)
            if found is None or gain > found[0]:
                found = gain, feature, inside
    if found:
        gain, feature, inside = found
        yield _Split(gain, leaf, _part(leaf, feature, inside), _part(leaf, feature, ~inside))


def _cuts(feature: CodedFeature, counts: NDArray[np.int64], sums: Values) -> Iterator[NDArray[np.bool_]]:
    """Sets of codes to split off: numbers up to an edge, with and without missing ones; categories of lowest mean."""
    missing = np.arange(feature.size) == feature.size - 1
    if not feature.names:
        for cut in range(len(feature.edges)):
            below = np.arange(feature.size) <= cut
            yield from (below, below | missing)
        if counts[-1]:
            yield missing
        return
    present = np.flatnonzero(counts)
    order = present[np.argsort(sums[present] / counts[present], kind="stable")]
    for cut in range(1, len(order)):
        if min(cut, len(order) - cut) <= MOST_NAMED:
            yield np.isin(np.arange(feature.size), order[:cut])


def _part(leaf: Leaf, feature: CodedFeature, inside: NDArray[np.bool_]) -> Leaf:
    before = leaf.allowed.get(feature.name, np.ones(feature.size, dtype=bool))
    rows = leaf.rows[inside[feature.codes[leaf.rows]]]
    return Leaf(rows, {**leaf.allowed, feature.name: before & inside})

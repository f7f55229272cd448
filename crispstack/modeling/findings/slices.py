"""The slices in which the model is worst: rows that share one or two values and are predicted worse than the rest.

In the manner of Chung, Kraska, Polyzotis, Tae and Whang, Slice Finder, ICDE (2019): slices are fixed before losses are
looked at, each is compared with all other rows by Welch's test, and as many are looked at, Holm's correction
(Scandinavian Journal of Statistics 6 (1979)) keeps chance from finding one; intervals hold for all of them together.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Slice, SliceCondition, SliceSearch
from crispstack.modeling.findings.held_out import LOSSES, HeldOut
from crispstack.modeling.findings.subject import weights
from crispstack.modeling.findings.worst_rows import said
from crispstack.modeling.training_data import TrainingData

SINGLE, PAIRED = 30, 8
"""Features, the most important first, that are looked at alone and in pairs."""
MOST_CATEGORIES, QUARTILES = 8, (0.25, 0.5, 0.75)
FEWEST_ROWS, SMALLEST_SHARE = 30, 0.01
SIGNIFICANT = 0.05
MOST, MOST_BY_CHANCE = 8, 3
OVERLAP = 0.5
"""Slices that share more of their rows than this (Jaccard) are one finding."""
_CANDIDATES = 200


@dataclass(frozen=True)
class _Coded:
    """A feature's values as codes, -1 for rare ones, with each code's meaning."""

    codes: NDArray[np.int64]
    meanings: tuple[SliceCondition, ...]


@dataclass(frozen=True)
class _Found:
    conditions: tuple[SliceCondition, ...]
    members: tuple[tuple[NDArray[np.int64], int], ...]
    rows: int
    loss: float
    elsewhere: float
    error: float

    @property
    def mask(self) -> NDArray[np.bool_]:
        together: NDArray[np.bool_] = np.all([codes == code for codes, code in self.members], axis=0)
        return together

    @property
    def z(self) -> float:
        return (self.loss - self.elsewhere) / self.error if self.error else 0.0


def worst_slices(data: TrainingData, found: HeldOut, features: Sequence[str]) -> SliceSearch:
    """Compare every slice of one feature, and of two, with the rest of the rows.

    Args:
        data: the training rows.
        found: held-out rows and their scores.
        features: those whose values may be shown, the most important first.
    """
    losses, weight = found.losses(data), weights(data, found.rows)
    weight = np.ones(len(losses)) if weight is None else weight
    smallest = max(FEWEST_ROWS, math.ceil(SMALLEST_SHARE * len(losses)))
    coded = [_coded(name, data.columns[name][found.rows]) for name in features[:SINGLE]]
    alone = [each for one in coded for each in _slices((one,), losses, weight, smallest)]
    best = {each.conditions[0]: each.loss for each in alone}
    pairs = [
        each for two in itertools.combinations(coded[:PAIRED], 2) for each in _slices(two, losses, weight, smallest)
    ]
    looked_at = alone + pairs
    corrected = _holm([_one_sided(each.z) for each in looked_at])
    # A pair says something of its own where it is worse than each of its two alone.
    own = [
        (each, p)
        for each, p in zip(looked_at, corrected, strict=True)
        if len(each.conditions) == 1 or each.loss > max(best.get(one, 0.0) for one in each.conditions)
    ]
    width = NormalDist().inv_cdf(1 - 0.025 / max(1, len(looked_at)))
    shown = [_slice(each, p, width, data, found) for each, p in _distinct(own, width)]
    return SliceSearch(
        loss=LOSSES[data.framing],
        looked_at=len(looked_at),
        significant=sum(p < SIGNIFICANT for p in corrected),
        smallest=smallest,
        slices=tuple(shown),
    )


def _coded(feature: str, values: NDArray[Any]) -> _Coded:
    if values.dtype == object:
        known, codes, counts = np.unique(values.astype(str), return_inverse=True, return_counts=True)
        kept = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
        place = np.full(len(known), -1)
        place[kept] = np.arange(len(kept))
        meanings = tuple(SliceCondition(feature, said(str(each))) for each in known[kept])
        return _Coded(place[codes], meanings)
    finite = values[np.isfinite(values)].astype(np.float64)
    distinct = np.unique(finite)
    if len(distinct) <= len(QUARTILES) + 2:
        codes = np.searchsorted(distinct, values)
        meanings = tuple(SliceCondition(feature, f"{each:.6g}") for each in distinct)
    else:
        edges = np.unique(np.quantile(finite, QUARTILES, method="nearest"))
        codes = np.searchsorted(edges, values, side="left")
        meanings = tuple(SliceCondition(feature, each, is_range=True) for each in _ranges(edges))
    missing = ~np.isfinite(values)
    codes = np.where(missing, len(meanings), codes)
    return _Coded(codes.astype(np.int64), (*meanings, SliceCondition(feature, "(missing)")))


def _ranges(edges: NDArray[np.float64]) -> list[str]:
    named = [f"{edge:.4g}" for edge in edges]
    between = [f"over {low} up to {high}" for low, high in itertools.pairwise(named)]
    return [f"up to {named[0]}", *between, f"over {named[-1]}"]


def _slices(
    features: tuple[_Coded, ...], losses: NDArray[np.float64], weight: NDArray[np.float64], smallest: int
) -> Iterator[_Found]:
    """Every slice of enough rows, with its mean loss and that of all other rows."""
    sizes = [len(each.meanings) for each in features]
    cell, known = np.zeros(len(losses), dtype=np.int64), np.ones(len(losses), dtype=bool)
    for each, size in zip(features, sizes, strict=True):
        cell, known = cell * size + each.codes, known & (each.codes >= 0)
    cells = math.prod(sizes)
    sums = [
        np.bincount(cell[known], amount[known], minlength=cells)
        for amount in (np.ones_like(losses), weight, weight**2, weight * losses, weight * losses**2)
    ]
    totals = [float(amount.sum()) for amount in (weight, weight**2, weight * losses, weight * losses**2)]
    for at in np.flatnonzero((sums[0] >= smallest) & (len(losses) - sums[0] >= smallest)):
        inside = [float(each[at]) for each in sums[1:]]
        outside = [total - part for total, part in zip(totals, inside, strict=True)]
        if inside[0] <= 0 or outside[0] <= 0:
            continue
        (loss, variance), (elsewhere, other) = _mean(*inside), _mean(*outside)
        codes = [int(each) for each in np.unravel_index(at, sizes)]
        yield _Found(
            conditions=tuple(each.meanings[code] for each, code in zip(features, codes, strict=True)),
            members=tuple((each.codes, code) for each, code in zip(features, codes, strict=True)),
            rows=int(sums[0][at]),
            loss=loss,
            elsewhere=elsewhere,
            error=math.sqrt(variance + other),
        )


def _mean(weight: float, squares: float, losses: float, squared_losses: float) -> tuple[float, float]:
    """Weighted mean and the variance of it; the number of rows is Kish's effective one."""
    mean, effective = losses / weight, weight**2 / squares
    spread = max(0.0, squared_losses / weight - mean**2)
    return mean, spread / max(1.0, effective - 1)


def _one_sided(z: float) -> float:
    """Probability of such a difference, or a larger one, if the slice were like the rest."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def _holm(p_values: Sequence[float]) -> list[float]:
    """Holm's corrected p-values, in the order given."""
    corrected, so_far, count = [0.0] * len(p_values), 0.0, len(p_values)
    for rank, at in enumerate(sorted(range(count), key=lambda each: p_values[each])):
        so_far = max(so_far, min(1.0, (count - rank) * p_values[at]))
        corrected[at] = so_far
    return corrected


def _distinct(found: Sequence[tuple[_Found, float]], width: float) -> Iterator[tuple[_Found, float]]:
    """The slices that are surely worst first, none that is nearly another; few of those that chance could explain."""
    order = sorted(found, key=lambda each: width * each[0].error - (each[0].loss - each[0].elsewhere))
    masks: list[NDArray[np.bool_]] = []
    by_chance = 0
    for each, p in order[:_CANDIDATES]:
        mask = each.mask
        if each.loss <= each.elsewhere or any((mask & one).sum() > OVERLAP * (mask | one).sum() for one in masks):
            continue
        by_chance += p >= SIGNIFICANT
        if len(masks) == MOST or (p >= SIGNIFICANT and by_chance > MOST_BY_CHANCE):
            continue
        masks.append(mask)
        yield each, p


def _slice(each: _Found, p_value: float, width: float, data: TrainingData, found: HeldOut) -> Slice:
    difference, mask = each.loss - each.elsewhere, each.mask
    single = data.framing != "multiclass"
    return Slice(
        conditions=each.conditions,
        rows=each.rows,
        loss=each.loss,
        loss_elsewhere=each.elsewhere,
        low=difference - width * each.error,
        high=difference + width * each.error,
        p_value=p_value,
        actual=float(data.target[found.rows[mask]].mean()) if single else None,
        predicted=float(found.scores[mask].mean()) if single else None,
    )

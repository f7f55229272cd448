"""The encodings of `crispstack.modeling.encoding` from statistics of all rows: one graph results, as elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.data_preparation.values import MISSING
from crispstack.modeling.category_encoding import Categories, Dictionary, Indicators, fit_dictionary, indicators
from crispstack.modeling.distributed.statistics import CategoryStatistics, NumberStatistics
from crispstack.modeling.encoding import MOST_INDICATORS, Encoding, Kind, Part, Zero, averaged_targets, by_kind
from crispstack.modeling.filling import Constants, Filling, fit_filling
from crispstack.modeling.number_encoding import Numbers, ScaledNumbers
from crispstack.modeling.standardization import Standardization
from crispstack.modeling.target_means import TargetMeans, smoothed_tables
from crispstack.modeling.text_encoding import fit_words
from crispstack.modeling.training_data import TrainingData
from crispstack.training_plan import Imputation

Floats = NDArray[np.float64]
Texts = Mapping[str, Mapping[str, CategoryStatistics]]


@dataclass(frozen=True)
class RowStatistics:
    """What is known of all rows: by numeric column, by category of each categorical one, and by fold.

    `totals` holds weights and weighted sums of targets, shape (folds, m + 1).
    """

    numbers: Mapping[str, NumberStatistics]
    categories: Texts
    totals: Floats


@dataclass(frozen=True)
class FoldedEncoding:
    """`whole` is the model's; training rows of fold i are encoded by `of_fold[i]`, which has not seen their targets."""

    whole: Encoding
    of_fold: tuple[Encoding, ...]


def encoding_of(
    kind: Kind, statistics: RowStatistics, sample: TrainingData, imputation: Imputation, seed: int
) -> FoldedEncoding:
    """The encoding of all rows.

    Args:
        kind: what the matrix is for.
        statistics: of all rows.
        sample: some of the rows. What their texts say, and what replaces missing numbers where that is a regression or
            the nearest rows, is fitted on them alone.
        imputation: how missing values are replaced in the dense encoding.
        seed: of the folds of the sample.
    """
    names = by_kind(sample.features, sample.columns)
    varying = tuple(name for name in names["numeric"] if statistics.numbers[name].varies)
    before: list[Part] = []
    if varying:
        numbers = Numbers(varying)
        before.append(numbers if kind == "trees" else _scaled(numbers, statistics.numbers, sample, imputation))
    replaced = kind == "dense" and imputation.categories == "mode"
    found = _categories(kind, names["categorical"], statistics, replaced)
    targets = averaged_targets(sample.target, sample.framing, max(2, len(sample.classes)))
    words = (
        fit_words(sample.columns, name, targets, sample.weight, seed, kind == "dense")[0] for name in names["text"]
    )
    after = [part for part in words if part]
    if not (before or found or after):
        alone = Encoding((Zero(sample.features[0]),))
        return FoldedEncoding(alone, (alone,))
    whole, *of_fold = (Encoding((*before, *part, *after)) for part in (found or [()]))
    return FoldedEncoding(whole, tuple(of_fold) or (whole,))


def _scaled(
    numbers: Numbers, statistics: Mapping[str, NumberStatistics], sample: TrainingData, imputation: Imputation
) -> ScaledNumbers:
    known = [statistics[name] for name in numbers.names]
    if imputation.numbers in ("regression", "nearest"):
        matrix = numbers.transform(sample.columns)
        filling: Filling = fit_filling(imputation, matrix)
        standardization = Standardization.of(filling.transform(matrix))
    else:
        fill = np.array([getattr(each, imputation.numbers) for each in known])
        filling = Constants(fill.astype(np.float32))
        standardization = _standardization(known, fill)
    gaps = np.array([each.missing > 0 for each in known])
    flagged = gaps & (imputation.indicator | (standardization.factor == 0))
    return ScaledNumbers(numbers, filling, standardization, np.flatnonzero(flagged))


def _standardization(known: Sequence[NumberStatistics], fill: Floats) -> Standardization:
    """Of columns whose gaps are filled: mean and variance of two groups together (Chan, Golub and LeVeque, 1983)."""
    present, missing = (np.array([getattr(each, what) for each in known], float) for what in ("present", "missing"))
    mean, deviation = (np.array([getattr(each, what) for each in known]) for what in ("mean", "deviation"))
    share = missing / (present + missing)
    center = mean * (1 - share) + fill * share
    variance = deviation**2 * (1 - share) + (mean - fill) ** 2 * share * (1 - share)
    return Standardization.from_moments(center, np.sqrt(variance))


def _categories(
    kind: Kind, names: Sequence[str], statistics: RowStatistics, replace_missing: bool
) -> list[tuple[Categories, ...]]:
    """The part of the whole, then those of the folds where these differ; nothing where no column says anything."""
    rows = {name: {text: each.rows for text, each in statistics.categories[name].items()} for name in names}
    dictionary = fit_dictionary({name: _with_mode(rows[name]) for name in names}, names, replace_missing)
    if not dictionary.names:
        return []
    sizes = np.array([len(set(known.values())) for known in dictionary.codes])
    few, many = np.flatnonzero(sizes <= MOST_INDICATORS[kind]), np.flatnonzero(sizes > MOST_INDICATORS[kind])
    shown: tuple[Indicators, ...] = ()
    if len(few):
        shown = (indicators(dictionary, _rarer_codes(dictionary, rows), few.tolist()),)
    if not len(many):
        return [(Categories(dictionary, shown),)]
    per_fold = _per_fold(dictionary, statistics, many)
    table, others = smoothed_tables(per_fold, statistics.totals)
    standardization = _of_means(table, per_fold.sum(axis=0)[:, 0], dictionary, many) if kind == "dense" else None
    return [(Categories(dictionary, (*shown, TargetMeans(many, each, standardization))),) for each in (table, *others)]


def _with_mode(rows: Mapping[str, int]) -> NDArray[np.object_]:
    """All texts, and once more the most frequent one, of several the first in order."""
    present = {text: count for text, count in rows.items() if text != MISSING}
    most = min(present, key=lambda text: (-present[text], text), default=None)
    return np.array([*rows, *([] if most is None else [most])], dtype=object)


def _rarer_codes(dictionary: Dictionary, rows: Mapping[str, Mapping[str, int]]) -> NDArray[np.int64]:
    """Codes in which, of two categories of a column, the one of fewer rows occurs once and the other twice."""
    result = np.zeros((3, len(dictionary.names)), dtype=np.int64)
    for position, (name, known) in enumerate(zip(dictionary.names, dictionary.codes, strict=True)):
        counts = dict.fromkeys(known.values(), 0)
        for text, code in known.items():
            counts[code] += rows[name].get(text, 0)
        ranked = sorted(counts, key=lambda code: (counts[code], code))
        result[:, position] = [ranked[0], ranked[-1], ranked[-1]]
    return result


def _per_fold(dictionary: Dictionary, statistics: RowStatistics, positions: NDArray[np.int64]) -> Floats:
    folds, width = statistics.totals.shape
    result = np.zeros((folds, dictionary.size, width))
    for position in positions:
        for text, code in dictionary.codes[position].items():
            known = statistics.categories[dictionary.names[position]].get(text)
            if known is not None:
                result[:, code] += known.sums
    return result


def _of_means(
    table: NDArray[np.float32], weights: Floats, dictionary: Dictionary, positions: NDArray[np.int64]
) -> Standardization:
    """Scale of the encoded columns: each category counts as its rows weigh."""
    centers, deviations = [], []
    for position in positions:
        codes = np.array(sorted(set(dictionary.codes[position].values())))
        shares = weights[codes] / weights[codes].sum()
        center = shares @ table[codes].astype(np.float64)
        centers.append(center)
        deviations.append(np.sqrt(shares @ (table[codes] - center) ** 2))
    return Standardization.from_moments(np.concatenate(centers), np.concatenate(deviations))

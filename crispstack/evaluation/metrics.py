"""How well probabilities rank and how far they can be believed. numpy alone, so that it runs in a small function.

`actual` is int of shape (n,), 0 or 1; `predicted` float of shape (n,), probabilities.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import CalibrationBin

Actual = NDArray[np.int64]
Predicted = NDArray[np.float64]
BINS = 10
SMALLEST_PROBABILITY = 1e-15
"""Or one impossible case would make the logarithm infinite."""


def roc_auc(actual: Actual, predicted: Predicted) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs ranked right, ties counting half.

    The Mann-Whitney statistic over the number of pairs: (sum of the positives' mid-ranks - p (p + 1) / 2) / (p q).
    Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143 (1982).
    """
    _, inverse, counts = np.unique(predicted, return_inverse=True, return_counts=True)
    mid_ranks = np.cumsum(counts) - (counts - 1) / 2
    positives = int(actual.sum())
    pairs = positives * (len(actual) - positives)
    return float((mid_ranks[inverse][actual == 1].sum() - positives * (positives + 1) / 2) / pairs)


def average_precision(actual: Actual, predicted: Predicted) -> float:
    """Precision averaged over the recall it is reached at: sum of (R_k - R_{k-1}) P_k over distinct thresholds.

    Without interpolation, as in Manning, Raghavan and Schuetze, Introduction to Information Retrieval (2008), 8.4.
    """
    order = np.argsort(-predicted, kind="stable")
    last_of_ties = np.flatnonzero(np.append(np.diff(predicted[order]) != 0, True))
    true_positives = np.cumsum(actual[order])[last_of_ties]
    precision = true_positives / (last_of_ties + 1)
    recall = true_positives / actual.sum()
    return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * precision))


def brier_score(actual: Actual, predicted: Predicted) -> float:
    """Mean squared difference of probability and outcome.

    Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950).
    """
    return float(np.mean((predicted - actual) ** 2))


def mean_roc_auc(actual: Actual, predicted: Predicted) -> float:
    """ROC AUC of each class against the others, their mean; of classes that no case or every case has, none.

    Provost and Domingos, Tree induction for probability-based ranking, Machine Learning 52 (2003), without weights.
    `predicted` has shape (n, k).
    """
    outcomes = [(actual == k).astype(np.int64) for k in range(predicted.shape[1])]
    areas = [roc_auc(outcome, predicted[:, k]) for k, outcome in enumerate(outcomes) if 0 < outcome.sum() < len(actual)]
    return float(np.mean(areas))


def brier_score_of_classes(actual: Actual, predicted: Predicted) -> float:
    """As Brier defined it for k classes: squared differences summed over classes, mean over cases; from 0 to 2.

    `predicted` has shape (n, k).
    """
    outcome = actual[:, None] == np.arange(predicted.shape[1])
    return float(((predicted - outcome) ** 2).sum(axis=1).mean())


def log_loss(actual: Actual, predicted: Predicted) -> float:
    """Mean negative logarithm of the probability, shape (n, k), that was given to what came true."""
    given = predicted[np.arange(len(actual)), actual]
    return float(-np.log(np.maximum(given, SMALLEST_PROBABILITY)).mean())


def balanced_accuracy(actual: Actual, taken_for: Actual) -> float:
    """Share of each actual class that was taken for it, the mean over classes; both int of shape (n,)."""
    return float(np.mean([(taken_for[actual == k] == k).mean() for k in np.unique(actual)]))


def calibration_bins(actual: Actual | Predicted, predicted: Predicted, bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Mean probability against observed rate in up to `bins` groups of nearly equal size, by rising probability.

    Of numbers, the mean prediction against the mean of what came true.
    """
    groups = _groups(predicted, bins)
    return tuple(CalibrationBin(float(predicted[at].mean()), float(actual[at].mean()), len(at)) for at in groups)


def _groups(predicted: Predicted, bins: int) -> list[NDArray[np.intp]]:
    """Positions by quantile of the probability. Equal probabilities stay together: nothing tells their rows apart."""
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, bins + 1)[1:-1]))
    group = np.searchsorted(edges, predicted, side="left")
    return [np.flatnonzero(group == number) for number in np.unique(group)]


def calibration_error(actual: Actual, predicted: Predicted, bins: int = BINS) -> float:
    """Expected calibration error: |mean probability - observed rate| averaged over the rows of all bins.

    Naeini, Cooper and Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning, AAAI (2015).
    """
    found = calibration_bins(actual, predicted, bins)
    return sum(group.count * abs(group.predicted - group.observed) for group in found) / len(actual)


def calibration_error_by_chance(predicted: Predicted, quantile: float, samples: int, seed: int) -> float:
    """The calibration error that a perfectly calibrated model stays below with this probability.

    Outcomes are drawn from the probabilities themselves (consistency resampling: Broecker and Smith, Increasing the
    reliability of reliability diagrams, Weather and Forecasting 22 (2007)). A small test set shows large errors by
    chance alone.
    """
    generator = np.random.default_rng(seed)
    error = np.zeros(samples)
    for group in _groups(predicted, BINS):
        probability = predicted[group]
        positives = (generator.random((samples, len(group))) < probability).sum(axis=1)
        error += np.abs(positives - probability.sum()) / len(predicted)
    return float(np.quantile(error, quantile))

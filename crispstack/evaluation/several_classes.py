"""A model that says which class: every case is taken for the class of highest expected value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage
from crispstack.charter import Acceptance, Charter
from crispstack.evaluation import judgement, metrics
from crispstack.evaluation.comparison import FORESIGHT, MODEL, RANDOM, TODAY, Comparison, compared
from crispstack.evaluation.judgement import Judgement
from crispstack.evaluation.policy_names import ALWAYS
from crispstack.evaluation.scoring import Scored
from crispstack.modeling.findings.confusion import confusion
from crispstack.modeling.value import best_classes, class_values

Classes = NDArray[np.int64]
"""Indexes of classes, shape (n,)."""


def judge(charter: Charter, package: ModelPackage, scored: Scored) -> Judgement:
    """Judge probabilities of every class, shape (n, k), in the order of the package's classes."""
    actual, predicted, names = scored.actual.astype(np.int64), scored.predicted, package.classes
    values = class_values(charter.money, names)
    taken_for = best_classes(values, predicted)
    money = compare(values, names, actual, taken_for, charter.acceptance, charter.modeling.seed, scored.today)
    roc_auc = metrics.mean_roc_auc(actual, predicted)
    # Of each case the probability of the class that is most likely, and whether it is that class.
    surest, hit = predicted.max(axis=1), (predicted.argmax(axis=1) == actual).astype(np.int64)
    right = int((taken_for == actual).sum())
    return Judgement(
        comparison=money,
        criteria=judgement.of_classes(charter, package, money, roc_auc, hit, surest),
        did=f"the model took {right:,} for what they are",
        fields={
            "roc_auc": roc_auc,
            "brier_score": metrics.brier_score_of_classes(actual, predicted),
            "calibration": metrics.calibration_bins(hit, surest),
            "confusion": confusion(actual, taken_for, names, "the class of highest expected value"),
            "figures": {
                "accuracy": right / len(actual),
                "balanced_accuracy": metrics.balanced_accuracy(actual, taken_for),
                "log_loss": metrics.log_loss(actual, predicted),
            },
        },
    )


def compare(
    values: NDArray[np.float64],
    names: tuple[str, ...],
    actual: Classes,
    taken_for: Classes,
    acceptance: Acceptance,
    seed: int,
    today: NDArray[np.float64] | None = None,
) -> Comparison:
    """What the model's choice earns beside one class for all, as many of each at random, and what is done today.

    Args:
        values: by actual class and the class it is taken for, shape (k, k).
        names: of the k classes.
        actual: what cases are, shape (n,).
        taken_for: what the model takes them for, shape (n,).
        acceptance: confidence and number of resamples, which are stratified by actual class.
        seed: of the resampling.
        today: what they are taken for today, NaN where that is not known: the best class for all is taken then.
    """
    earned = {MODEL: values[actual, taken_for]}
    earned |= {f"{ALWAYS}{name}": values[actual, k] for k, name in enumerate(names)}
    shares = np.bincount(taken_for, minlength=len(names)) / len(actual)
    earned[RANDOM] = (values @ shares)[actual]
    if today is not None:
        best = int(values[actual].sum(axis=0).argmax())
        earned[TODAY] = values[actual, np.where(np.isnan(today), best, today).astype(np.int64)]
    simple = tuple(name for name in earned if name != MODEL)
    earned[FORESIGHT] = values.max(axis=1)[actual]
    return compared(earned, simple, acceptance, seed, strata=actual)

"""Repeated stratified cross-validation, one task per candidate and fold, so that tasks may run anywhere."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Candidate, Feature
from crispstack.charter import Modeling, Money, Technique
from crispstack.modeling.sklearn_pipelines import PARAMETERS, pipeline
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.value import best_threshold
from crispstack.training_plan import TrainingRows


@dataclass(frozen=True)
class FoldTask:
    """One candidate on one split. `split` counts folds of all repeats: 0 to folds * repeats - 1."""

    technique: Technique
    split: int
    modeling: Modeling


@dataclass(frozen=True)
class FoldResult:
    """What one candidate did on one split; `rows` are the positions held out, `predicted` their probabilities."""

    task: FoldTask
    rows: NDArray[np.int64]
    predicted: NDArray[np.float64]
    roc_auc: float
    train_roc_auc: float
    average_precision: float
    brier_score: float
    fit_seconds: float


@dataclass(frozen=True)
class FoldFailure:
    """A candidate that could not be fitted or scored on one split, and why."""

    task: FoldTask
    error: str


Spread = Callable[[Callable[[TrainingData, Any], Any], TrainingData, Sequence[Any]], list[Any]]
"""Runs function(data, task) for every task, in parallel where it can: Spark's executors, or a plain loop."""


def tasks(modeling: Modeling) -> list[FoldTask]:
    """Every candidate on every split."""
    splits = range(modeling.folds * modeling.repeats)
    return [FoldTask(technique, split, modeling) for technique in modeling.techniques for split in splits]


def split_rows(data: TrainingData, task: FoldTask) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the rows to fit on and of those held out; the same for every candidate."""
    from sklearn.model_selection import RepeatedStratifiedKFold  # noqa: PLC0415

    modeling = task.modeling
    folds = RepeatedStratifiedKFold(n_splits=modeling.folds, n_repeats=modeling.repeats, random_state=modeling.seed)
    fitted, held_out = list(folds.split(data.target, data.target))[task.split]
    return fitted, held_out


def fit(technique: Technique, data: TrainingData, rows: NDArray[np.int64], modeling: Modeling) -> Any:
    """A pipeline fitted on these rows, balanced and augmented as the charter says."""
    matrix, target = resampled(
        data.matrix[rows], data.target[rows], data.features, modeling.training_rows, modeling.seed
    )
    return pipeline(technique, data.features, modeling.seed, modeling.imputation).fit(matrix, target)


def run_fold(data: TrainingData, task: FoldTask) -> FoldResult | FoldFailure:
    """Fit and score one candidate on one split. An error is an answer too: it must cost this candidate only."""
    try:
        return _run_fold(data, task)
    except Exception as error:  # noqa: BLE001 (whatever a technique raises, the others go on)
        return FoldFailure(task, f"{type(error).__name__}: {error}")


def _run_fold(data: TrainingData, task: FoldTask) -> FoldResult:
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score  # noqa: PLC0415

    fitted, held_out = split_rows(data, task)
    matrix, actual = data.matrix, data.target[held_out]
    started = time.perf_counter()
    model = fit(task.technique, data, fitted, task.modeling)
    seconds = time.perf_counter() - started
    predicted = model.predict_proba(matrix[held_out])[:, 1]
    return FoldResult(
        task,
        held_out,
        predicted,
        roc_auc=float(roc_auc_score(actual, predicted)),
        train_roc_auc=float(roc_auc_score(data.target[fitted], model.predict_proba(matrix[fitted])[:, 1])),
        average_precision=float(average_precision_score(actual, predicted)),
        brier_score=float(brier_score_loss(actual, predicted)),
        fit_seconds=seconds,
    )


def run_importance(data: TrainingData, task: FoldTask) -> NDArray[np.float64]:
    """Permutation importance on rows held out, shape (features,): ROC AUC lost when a feature is shuffled.

    Breiman, Random Forests, Machine Learning 45 (2001), section 10.
    """
    from sklearn.inspection import permutation_importance  # noqa: PLC0415

    fitted, held_out = split_rows(data, task)
    matrix, seed = data.matrix, task.modeling.seed
    model = fit(task.technique, data, fitted, task.modeling)
    result = permutation_importance(
        model, matrix[held_out], data.target[held_out], scoring="roc_auc", n_repeats=2, random_state=seed
    )
    importances: NDArray[np.float64] = result.importances_mean
    return importances


def candidate(
    technique: Technique, results: Sequence[FoldResult | FoldFailure], data: TrainingData, money: Money
) -> Candidate:
    """A candidate's line on the leaderboard, from all its folds; with figures of zero where a fold failed.

    The threshold is the one that earns most on the out-of-fold predictions of all repeats together.
    """
    failures = [result for result in results if isinstance(result, FoldFailure)]
    done = [result for result in results if isinstance(result, FoldResult)]
    if failures:
        return _failed(technique, failures[0].error)
    roc_auc = tuple(result.roc_auc for result in done)
    rows = np.concatenate([result.rows for result in done])
    predicted = np.concatenate([result.predicted for result in done])
    threshold, value = best_threshold(money, data.target[rows], predicted)
    return Candidate(
        technique=technique,
        parameters=dict(PARAMETERS[technique]),
        roc_auc=roc_auc,
        mean_roc_auc=statistics.fmean(roc_auc),
        standard_deviation_roc_auc=statistics.stdev(roc_auc),
        train_roc_auc=statistics.fmean(result.train_roc_auc for result in done),
        average_precision=statistics.fmean(result.average_precision for result in done),
        brier_score=statistics.fmean(result.brier_score for result in done),
        value_per_row=value,
        threshold=threshold,
        fit_seconds=statistics.fmean(result.fit_seconds for result in done),
    )


def _failed(technique: Technique, error: str) -> Candidate:
    return Candidate(
        technique=technique,
        parameters=dict(PARAMETERS[technique]),
        roc_auc=(),
        mean_roc_auc=0.0,
        standard_deviation_roc_auc=0.0,
        train_roc_auc=0.0,
        average_precision=0.0,
        brier_score=0.0,
        value_per_row=0.0,
        threshold=0.0,
        fit_seconds=0.0,
        error=error,
    )


Matrix = NDArray[Any]
Target = NDArray[np.int64]


def resampled(
    matrix: Matrix, target: Target, features: tuple[Feature, ...], plan: TrainingRows, seed: int
) -> tuple[Matrix, Target]:
    """Rows to fit on: of shape (m, features) and (m,), from those of shape (n, features) and (n,).

    Args:
        matrix: one row per case, an object matrix in the features' order; it is not changed.
        target: 0 or 1 per row.
        features: say which columns are numbers.
        plan: how to balance, how much to augment.
        seed: the same seed gives the same rows.
    """
    generator = np.random.default_rng(seed)
    rows = _balanced(target, plan, generator)
    matrix, target = matrix[rows], target[rows]
    noisy = [_with_noise(matrix, features, plan.noise, generator) for _ in range(plan.copies)]
    if not noisy:
        return matrix, target
    return np.concatenate([matrix, *noisy]), np.tile(target, 1 + plan.copies)


def _balanced(target: Target, plan: TrainingRows, generator: np.random.Generator) -> NDArray[np.int64]:
    """Positions of the rows to keep, in their order; repeated ones beside each other."""
    everything = np.arange(len(target))
    positives = int(target.sum())
    rarer = int(positives * 2 <= len(target))
    few, many = np.flatnonzero(target == rarer), np.flatnonzero(target != rarer)
    if plan.balance == "none" or not len(few) or len(few) >= plan.rarer_share * len(target):
        return everything
    if plan.balance == "oversample":
        wanted = round(len(many) * plan.rarer_share / (1 - plan.rarer_share)) - len(few)
        return np.sort(np.concatenate([everything, generator.choice(few, wanted)]))
    wanted = round(len(few) * (1 - plan.rarer_share) / plan.rarer_share)
    return np.sort(np.concatenate([few, generator.choice(many, wanted, replace=False)]))


def _with_noise(matrix: Matrix, features: tuple[Feature, ...], noise: float, generator: np.random.Generator) -> Matrix:
    """A copy whose numbers are shifted a little; missing ones stay missing, numbers of two values stay as they are."""
    copy = matrix.copy()
    for position, feature in enumerate(features):
        if feature.kind != "numeric":
            continue
        numbers = matrix[:, position].astype(np.float64)
        present = numbers[~np.isnan(numbers)]
        if len(np.unique(present)) > 2:
            shifted = numbers + generator.normal(0.0, noise * present.std(), len(numbers))
            copy[:, position] = shifted.astype(np.float32)
    return copy

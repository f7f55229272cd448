"""Gradient boosting over histograms, by scikit-learn."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.techniques.links import IMPOSSIBLE
from crispstack.modeling.techniques.sklearn_trees import read_histogram_boosting
from crispstack.modeling.techniques.target_scale import TargetScale
from crispstack.modeling.techniques.threads import limited
from crispstack.modeling.techniques.tree_model import TreeModel

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.technique import Matrix, Resources, Rows, Shape
    from crispstack.modeling.tree_ensemble import TreeEnsemble

_MOST_TREES, _FIRST_STEP = 500, 25
_PATIENCE = 30
"""Trees without a gain on the rows to stop by before the fit ends."""


@dataclass(frozen=True)
class HistogramLibrary:
    """A fitted estimator of scikit-learn; `outputs` says to which sum each of its raw scores belongs."""

    estimator: Any
    outputs: NDArray[np.int64]
    start: NDArray[np.float64]
    threads: int

    def sums(self, matrix: Matrix) -> NDArray[np.float64]:
        """Raw scores, shape (n, outputs)."""
        # There is no public way to its logits.
        raw = self.estimator._raw_predict(matrix.astype(np.float64), n_threads=self.threads)
        result = np.tile(self.start, (len(matrix), 1))
        result[:, self.outputs] = raw
        return result

    def trees(self) -> TreeEnsemble:
        """The same as plain trees."""
        return read_histogram_boosting(self.estimator._predictors, self.start, self.outputs)


class HistogramBoosting:
    """Boosted trees over histograms, grown leaf by leaf."""

    name = "histogram_boosting"
    family = "boosted trees"
    encoding: Literal["trees", "dense"] = "trees"

    def unsuited(self, shape: Shape) -> str:
        """It needs rows for more than one leaf."""
        return "" if shape.rows >= 20 else "boosted trees need at least 20 rows"

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Small steps, leaves that suit the number of rows."""
        return {
            "learning_rate": 0.06,
            "max_leaf_nodes": 31 if shape.rows >= 2_000 else 15,
            "min_samples_leaf": 20 if shape.rows >= 1_000 else max(3, shape.rows // 50),
            "l2_regularization": 1.0,
            "max_features": 0.8,
        }

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """The parameters that matter most, around the defaults."""
        most_leaves = int(np.clip(shape.rows // 20, 7, 255))
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, most_leaves, log=True),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 2, 100, log=True),
            "l2_regularization": trial.suggest_float("l2_regularization", 1e-2, 30.0, log=True),
            "max_features": trial.suggest_float("max_features", 0.2, 1.0),
        }

    def fit(
        self, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], shape: Shape, resources: Resources
    ) -> TreeModel:
        """Grow ever more trees, until the rows to stop by no longer gain, there are enough or time is over."""
        scale = TargetScale.of(rows, shape)
        estimator = _unfitted(parameters, shape, resources.seed)
        target = scale.scaled(rows.target) if shape.framing == "regression" else rows.target.astype(np.int64)
        most, grown, best = parameters.get("trees", _MOST_TREES if stop else _MOST_TREES // 2), 0, 0
        with limited(resources.threads):
            while grown < most:
                grown = min(max(_FIRST_STEP, 2 * grown), most)
                estimator.set_params(max_iter=grown).fit(rows.matrix, target, sample_weight=rows.weight)
                best = _best(estimator, stop, scale, shape) if stop else grown
                late = resources.deadline is not None and time.monotonic() >= resources.deadline
                if late or best + _PATIENCE < grown:
                    break
        # Nor is there one back to fewer trees.
        del estimator._predictors[best:]
        return TreeModel(
            _library(estimator, shape, resources.threads), shape.framing, scale, {**parameters, "trees": best}
        )


def _unfitted(parameters: Mapping[str, Any], shape: Shape, seed: int) -> Any:
    from sklearn import ensemble  # noqa: PLC0415

    own = {name: value for name, value in parameters.items() if name != "trees"}
    settings = {**own, "warm_start": True, "early_stopping": False, "random_state": seed, "categorical_features": None}
    if shape.framing != "regression":
        return ensemble.HistGradientBoostingClassifier(**settings)
    if shape.quantile is None:
        return ensemble.HistGradientBoostingRegressor(**settings)
    return ensemble.HistGradientBoostingRegressor(loss="quantile", quantile=shape.quantile, **settings)


def _best(estimator: Any, stop: Rows, scale: TargetScale, shape: Shape) -> int:
    """After how many trees the rows to stop by were predicted best."""
    from sklearn.metrics import log_loss, mean_pinball_loss, mean_squared_error  # noqa: PLC0415

    if shape.framing != "regression":
        staged, target = estimator.staged_predict_proba(stop.matrix), stop.target.astype(np.int64)
        known = np.isin(target, estimator.classes_)
        weight = None if stop.weight is None else stop.weight[known]
        losses = [
            log_loss(target[known], each[known], sample_weight=weight, labels=estimator.classes_) for each in staged
        ]
    else:
        staged, number = estimator.staged_predict(stop.matrix), scale.scaled(stop.target)
        if shape.quantile is None:
            losses = [mean_squared_error(number, each, sample_weight=stop.weight) for each in staged]
        else:
            losses = [
                mean_pinball_loss(number, each, sample_weight=stop.weight, alpha=shape.quantile) for each in staged
            ]
    return int(np.argmin(losses)) + 1


def _library(estimator: Any, shape: Shape, threads: int) -> HistogramLibrary:
    """Classes that are not among the rows get next to no probability."""
    start: NDArray[np.float64] = np.ravel(estimator._baseline_prediction).astype(np.float64)
    if shape.framing != "multiclass":
        return HistogramLibrary(estimator, np.zeros(1, dtype=np.int64), start, threads)
    present: NDArray[np.int64] = estimator.classes_.astype(np.int64)
    outputs = present if len(start) == len(present) else present[1:]
    complete: NDArray[np.float64] = np.full(shape.classes, IMPOSSIBLE)
    complete[present] = 0.0
    complete[outputs] = start
    return HistogramLibrary(estimator, outputs, complete, threads)

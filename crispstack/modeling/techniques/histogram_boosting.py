"""Gradient boosting over histograms, by scikit-learn."""

from __future__ import annotations

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
    stops_early = True

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
        target = scale.scaled(rows.target) if shape.framing == "regression" else rows.target.astype(np.int64)
        watched = _watched(stop, target, scale, shape) if stop else {}
        estimator = _unfitted(parameters, shape, resources.seed, bool(watched))
        most = parameters.get("trees", _MOST_TREES if watched else _MOST_TREES // 2)
        steps = [most] if resources.deadline is None else _steps(most)
        with limited(resources.threads):
            for trees in steps:
                estimator.set_params(max_iter=trees).fit(rows.matrix, target, sample_weight=rows.weight, **watched)
                if resources.late or estimator.n_iter_ < trees:
                    break
        # Scores begin with that of no tree at all.
        best = int(np.argmax(estimator.validation_score_[1:])) + 1 if watched else estimator.n_iter_
        # There is no public way back to fewer trees.
        del estimator._predictors[best:]
        library = _library(estimator, shape, resources.threads)
        return TreeModel(library, shape.framing, scale, {**parameters, "trees": best})


def _steps(most: int) -> list[int]:
    """How many trees there are each time the clock is looked at: every time twice as many, so that little is lost."""
    return [*(trees for trees in (_FIRST_STEP * 2**doubled for doubled in range(10)) if trees < most), most]


def _watched(stop: Rows, target: NDArray[Any], scale: TargetScale, shape: Shape) -> dict[str, Any]:
    """The rows to stop by as scikit-learn takes them, without those of classes that are not fitted."""
    if shape.framing == "regression":
        return {"X_val": stop.matrix, "y_val": scale.scaled(stop.target), "sample_weight_val": stop.weight}
    known = np.isin(stop.target, target)
    weight = None if stop.weight is None else stop.weight[known]
    return {"X_val": stop.matrix[known], "y_val": stop.target[known].astype(np.int64), "sample_weight_val": weight}


def _unfitted(parameters: Mapping[str, Any], shape: Shape, seed: int, watched: bool) -> Any:
    from sklearn import ensemble  # noqa: PLC0415

    own = {name: value for name, value in parameters.items() if name != "trees"}
    settings = {
        **own,
        "warm_start": True,
        "early_stopping": watched,
        "n_iter_no_change": _PATIENCE,
        "random_state": seed,
        "categorical_features": None,
    }
    if shape.framing != "regression":
        return ensemble.HistGradientBoostingClassifier(**settings)
    if shape.quantile is None:
        return ensemble.HistGradientBoostingRegressor(**settings)
    return ensemble.HistGradientBoostingRegressor(loss="quantile", quantile=shape.quantile, **settings)


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

"""Gradient boosting by LightGBM."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.techniques.lightgbm_trees import read_lightgbm
from crispstack.modeling.techniques.target_scale import TargetScale
from crispstack.modeling.techniques.tree_model import TreeModel, most_steps

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.technique import Matrix, Resources, Rows, Shape
    from crispstack.modeling.tree_ensemble import TreeEnsemble

_TREES = 300
_PATIENCE = 50
"""Trees without a gain before a fit with rows to stop by ends."""


@dataclass(frozen=True)
class LightGbmLibrary:
    """A booster; it travels between processes as LightGBM's text."""

    booster: Any
    threads: int

    def sums(self, matrix: Matrix) -> NDArray[np.float64]:
        """Raw scores, shape (n, outputs)."""
        raw = np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=self.threads), dtype=np.float64)
        return raw.reshape(len(matrix), -1)

    def trees(self) -> TreeEnsemble:
        """The trees up to the best one."""
        return read_lightgbm(self.booster.model_to_string(num_iteration=self.booster.best_iteration))


class LightGbm:
    """Boosted trees grown leaf by leaf (Ke et al., NIPS 2017)."""

    name = "lightgbm"
    family = "boosted trees"
    encoding: Literal["trees", "dense"] = "trees"
    stops_early = True

    def unsuited(self, shape: Shape) -> str:
        """It needs rows for more than one leaf."""
        return "" if shape.rows >= 20 else "trees grown leaf by leaf need at least 20 rows"

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Small steps, leaves that suit the number of rows, and a floor under the curvature that rare classes leave."""
        return {
            # Of several classes, every step grows a tree for each.
            "learning_rate": 0.1 if shape.framing == "multiclass" else 0.05,
            "num_leaves": 31 if shape.rows >= 2000 else 15,
            "min_child_samples": 20 if shape.rows >= 1000 else max(3, shape.rows // 50),
            "colsample_bytree": 0.8,
            "subsample": 0.9,
            "reg_lambda": 1.0,
            "reg_alpha": 0.0,
            "max_bin": 255,
        }

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """The parameters that matter most, around the defaults."""
        most_leaves = int(np.clip(shape.rows // 20, 7, 255))
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 4, most_leaves, log=True),
            "min_child_samples": trial.suggest_int("min_child_samples", 2, 100, log=True),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-2, 30.0, log=True),
            "reg_alpha": trial.suggest_float("reg_alpha", 1e-3, 10.0, log=True),
            "max_bin": trial.suggest_categorical("max_bin", [63, 255, 1023]),
        }

    def fit(
        self, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], shape: Shape, resources: Resources
    ) -> TreeModel:
        """Fit until the rows to stop by no longer gain, the trees are enough or time is over."""
        import lightgbm  # noqa: PLC0415

        scale = TargetScale.of(rows, shape)
        settings = _settings(parameters, shape, resources)
        own = lightgbm.Dataset(rows.matrix, scale.scaled(rows.target), weight=rows.weight, params=settings)
        callbacks: list[Callable[..., None]] = []
        if resources.deadline is not None:
            callbacks.append(_until(resources.deadline))
        valid = []
        if stop is not None:
            valid.append(lightgbm.Dataset(stop.matrix, scale.scaled(stop.target), weight=stop.weight, reference=own))
            callbacks.append(lightgbm.early_stopping(_PATIENCE, verbose=False))
        trees = parameters.get("trees", _TREES if stop is None else most_steps(shape))
        booster = lightgbm.train(settings, own, trees, valid, callbacks=callbacks)
        found = {
            **parameters,
            "trees": booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration(),
        }
        return TreeModel(LightGbmLibrary(booster, resources.threads), shape.framing, scale, found)


def _settings(parameters: Mapping[str, Any], shape: Shape, resources: Resources) -> dict[str, Any]:
    settings = {
        # LightGBM's objectives are called like the framings.
        "objective": shape.framing,
        "verbosity": -1,
        "num_threads": resources.threads,
        "seed": resources.seed,
        "deterministic": True,
        "force_col_wise": True,
        "bagging_freq": 1,
        # Where a class is rare its rows bend the loss so little that a leaf's step would have no bound.
        "min_sum_hessian_in_leaf": 1e-2,
        "max_delta_step": 0.0 if shape.framing == "regression" else 5.0,
        **{name: value for name, value in parameters.items() if name != "trees"},
    }
    if shape.framing == "multiclass":
        settings["num_class"] = shape.classes
    if shape.quantile is not None:
        settings |= {"objective": "quantile", "alpha": shape.quantile}
    return settings


def _until(deadline: float) -> Callable[[Any], None]:
    from lightgbm.callback import EarlyStopException  # noqa: PLC0415

    def stop_in_time(environment: Any) -> None:
        if time.monotonic() >= deadline:
            raise EarlyStopException(environment.iteration, environment.evaluation_result_list)

    return stop_in_time

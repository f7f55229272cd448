"""Gradient boosting by XGBoost."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.techniques.target_scale import TargetScale
from crispstack.modeling.techniques.tree_model import TreeModel, most_steps
from crispstack.modeling.techniques.xgboost_segments import Segments
from crispstack.modeling.techniques.xgboost_trees import read_xgboost

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.technique import Matrix, Resources, Rows, Shape
    from crispstack.modeling.tree_ensemble import TreeEnsemble

_TREES = 300
_PATIENCE = 50
"""Trees without a gain before a fit with rows to stop by ends."""


@dataclass(frozen=True)
class XgBoostLibrary:
    """A booster that holds the trees up to the best one."""

    booster: Any

    def sums(self, matrix: Matrix) -> NDArray[np.float64]:
        """Margins, shape (n, outputs)."""
        margins = self.booster.inplace_predict(matrix, predict_type="margin")
        return np.asarray(margins, dtype=np.float64).reshape(len(matrix), -1)

    def trees(self) -> TreeEnsemble:
        """The same as plain trees."""
        return read_xgboost(self.booster.save_raw("json"))


class XgBoost:
    """Boosted trees grown level by level (Chen and Guestrin, KDD 2016)."""

    name = "xgboost"
    family = "boosted trees"
    encoding: Literal["trees", "dense"] = "trees"
    stops_early = True

    def unsuited(self, shape: Shape) -> str:
        """It needs rows for more than one leaf."""
        return "" if shape.rows >= 20 else "boosted trees need at least 20 rows"

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Small steps, trees that suit the number of rows."""
        return {
            # Of several classes, every step grows a tree for each.
            "learning_rate": 0.1 if shape.framing == "multiclass" else 0.05,
            "max_depth": 6 if shape.rows >= 2_000 else 4,
            "min_child_weight": 1.0,
            "colsample_bytree": 0.8,
            "subsample": 0.9,
            "reg_lambda": 1.0,
            "reg_alpha": 0.0,
            "max_bin": 256,
        }

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """The parameters that matter most, around the defaults."""
        deepest = int(np.clip(np.log2(max(shape.rows, 2) / 10), 3, 10))
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "max_depth": trial.suggest_int("max_depth", 2, deepest),
            "min_child_weight": trial.suggest_float("min_child_weight", 1e-2, 50.0, log=True),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-2, 30.0, log=True),
            "reg_alpha": trial.suggest_float("reg_alpha", 1e-3, 10.0, log=True),
            "max_bin": trial.suggest_categorical("max_bin", [64, 256, 1024]),
        }

    def fit(
        self, rows: Rows, stop: Rows | None, parameters: Mapping[str, Any], shape: Shape, resources: Resources
    ) -> TreeModel:
        """Fit until the rows to stop by no longer gain, the trees are enough or time is over."""
        import xgboost  # noqa: PLC0415

        scale = TargetScale.of(rows, shape)
        settings = _settings(parameters, shape, resources)
        own = xgboost.QuantileDMatrix(
            rows.matrix,
            scale.scaled(rows.target),
            weight=rows.weight,
            max_bin=settings["max_bin"],
            nthread=resources.threads,
        )
        held = None
        if stop is not None:
            held = xgboost.QuantileDMatrix(
                stop.matrix,
                scale.scaled(stop.target),
                weight=stop.weight,
                ref=own,
                max_bin=settings["max_bin"],
                nthread=resources.threads,
            )
        trees = parameters.get("trees", _TREES if stop is None else most_steps(shape))
        if resources.checkpoints:
            checkpoint = resources.checkpoints.of(self.name, rows, stop, parameters, resources)
            booster = Segments(settings, own, held, _PATIENCE).run(trees, resources.deadline, checkpoint)
        else:
            booster = _boosted(settings, own, held, trees, resources.deadline)
        # Trained on a GPU, it answers on a CPU, as the graph does.
        booster.set_param({"device": "cpu", "nthread": resources.threads})
        found = {**parameters, "trees": booster.num_boosted_rounds()}
        return TreeModel(XgBoostLibrary(booster), shape.framing, scale, found)


def _boosted(settings: Mapping[str, Any], own: Any, held: Any | None, trees: int, deadline: float | None) -> Any:
    """The booster, with the trees up to the best one where there are rows to stop by."""
    import xgboost  # noqa: PLC0415

    callbacks = [] if deadline is None else [_deadline(deadline)]
    if held is None:
        return xgboost.train(settings, own, trees, callbacks=callbacks, verbose_eval=False)
    # The first one that stops keeps the others from being asked: even a fit of one tree has a best iteration.
    callbacks.insert(0, xgboost.callback.EarlyStopping(rounds=_PATIENCE, save_best=False))
    booster = xgboost.train(settings, own, trees, evals=[(held, "stop")], callbacks=callbacks, verbose_eval=False)
    return booster[: booster.best_iteration + 1]


def _settings(parameters: Mapping[str, Any], shape: Shape, resources: Resources) -> dict[str, Any]:
    import xgboost  # noqa: PLC0415

    settings = {
        "tree_method": "hist",
        # The package comes with and without support of GPUs.
        "device": resources.device if xgboost.build_info()["USE_CUDA"] else "cpu",
        "nthread": resources.threads,
        "seed": resources.seed,
        "verbosity": 0,
        **{name: value for name, value in parameters.items() if name != "trees"},
    }
    if shape.framing == "multiclass":
        return {**settings, "objective": "multi:softprob", "num_class": shape.classes}
    if shape.framing == "binary":
        return {**settings, "objective": "binary:logistic"}
    if shape.quantile is not None:
        return {**settings, "objective": "reg:quantileerror", "quantile_alpha": shape.quantile}
    return {**settings, "objective": "reg:squarederror"}


def _deadline(moment: float) -> Any:
    import xgboost  # noqa: PLC0415

    class Deadline(xgboost.callback.TrainingCallback):
        """Ends the training at a moment of the monotonic clock."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002 (XGBoost's names)
            """True: no further trees."""
            return time.monotonic() >= moment

    return Deadline()

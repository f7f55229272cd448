"""Techniques that Spark fits on rows of any number, each as the model of the technique of that name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling.distributed.mllib_trees import read_forest
from crispstack.modeling.distributed.rows import FEATURES, TARGET
from crispstack.modeling.distributed.statistics import WEIGHT
from crispstack.modeling.techniques.linear import LinearModel
from crispstack.modeling.techniques.target_scale import TargetScale
from crispstack.modeling.techniques.tree_model import TreeModel
from crispstack.modeling.techniques.xg_boost import XgBoostLibrary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from crispstack.modeling.technique import Matrix, Model, Shape
    from crispstack.modeling.tree_ensemble import TreeEnsemble

_ITERATIONS = 100
_DEEPEST = 12
"""Levels of a forest's trees: MLlib grows them level by level, and a graph must bear them."""


@dataclass(frozen=True)
class Job:
    """Encoded rows, how many, with what parameters; `workers` are the tasks that boost together."""

    frame: DataFrame
    parameters: Mapping[str, Any]
    shape: Shape
    seed: int
    workers: int


@dataclass(frozen=True)
class SparkForest:
    """A forest of MLlib, as plain trees: its own predictions are Spark's."""

    ensemble: TreeEnsemble

    def sums(self, matrix: Matrix) -> NDArray[np.float64]:
        """The mean over the trees, shape (n, outputs)."""
        return self.ensemble.sums(matrix)

    def trees(self) -> TreeEnsemble:
        """The same."""
        return self.ensemble


def logistic(job: Job) -> Model:
    """Logistic regression by L-BFGS; MLlib divides the loss by the rows' weight, scikit-learn does not."""
    from pyspark.ml.classification import LogisticRegression  # noqa: PLC0415

    penalty = 1.0 / (job.parameters["C"] * _total_weight(job))
    line = LogisticRegression(
        **_columns(), maxIter=_ITERATIONS, regParam=penalty, standardization=False, family=_family(job.shape)
    ).fit(job.frame)
    weights, intercepts = line.coefficientMatrix.toArray().T, line.interceptVector.toArray()
    if job.shape.framing == "multiclass" and weights.shape[1] != job.shape.classes:
        raise ModelingError("the last classes have no rows to learn from")
    return LinearModel(weights, intercepts, job.shape.framing, dict(job.parameters))


def ridge(job: Job) -> Model:
    """Linear regression with an L2 penalty. MLlib divides loss by rows, and penalty by the target's deviation."""
    from pyspark.ml.regression import LinearRegression  # noqa: PLC0415

    penalty = job.parameters["alpha"] / _total_weight(job)
    frame, scale = _scaled(job)
    line = LinearRegression(**_columns(), maxIter=_ITERATIONS, regParam=penalty, standardization=False).fit(frame)
    weights = line.coefficients.toArray().reshape(-1, 1) * scale.deviation
    return LinearModel(weights, scale.restored(np.array([line.intercept])), job.shape.framing, dict(job.parameters))


def forest(job: Job) -> Model:
    """A random forest; what is at most `max_features` of the columns is drawn for each split."""
    from pyspark.ml.classification import RandomForestClassifier  # noqa: PLC0415
    from pyspark.ml.regression import RandomForestRegressor  # noqa: PLC0415

    regression = job.shape.framing == "regression"
    learner = (RandomForestRegressor if regression else RandomForestClassifier)(
        **_columns(),
        numTrees=job.parameters["trees"],
        minInstancesPerNode=job.parameters["min_samples_leaf"],
        featureSubsetStrategy=str(job.parameters["max_features"]),
        maxDepth=_DEEPEST,
        seed=job.seed,
    )
    frame, scale = _scaled(job)
    ensemble = read_forest(learner.fit(frame))
    return TreeModel(SparkForest(ensemble), job.shape.framing, scale, dict(job.parameters), not regression)


def xgboost(job: Job) -> Model:
    """XGBoost over several tasks, which add up their histograms."""
    from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor  # noqa: PLC0415

    regression = job.shape.framing == "regression"
    settings = {name: value for name, value in job.parameters.items() if name != "trees"}
    if job.shape.quantile is not None:
        settings |= {"objective": "reg:quantileerror", "quantile_alpha": job.shape.quantile}
    learner = (SparkXGBRegressor if regression else SparkXGBClassifier)(
        features_col=FEATURES,
        label_col=TARGET,
        weight_col=WEIGHT,
        num_workers=job.workers,
        n_estimators=job.parameters["trees"],
        random_state=job.seed,
        tree_method="hist",
        missing=float("nan"),
        **settings,
    )
    frame, scale = _scaled(job)
    booster = learner.fit(frame).get_booster()
    booster.set_param({"device": "cpu", "nthread": 1})
    return TreeModel(XgBoostLibrary(booster), job.shape.framing, scale, dict(job.parameters))


BY_NAME: Mapping[str, Callable[[Job], Model]] = {
    "logistic_regression": logistic,
    "ridge_regression": ridge,
    "random_forest": forest,
    "xgboost": xgboost,
}
"""What can be fitted so, by the name of the technique it belongs to."""


def encoding_of(technique: str, usual: Literal["trees", "dense"]) -> Literal["trees", "dense"]:
    """What its matrix holds: MLlib refuses missing numbers, in trees too."""
    return "dense" if technique == "random_forest" else usual


def _columns() -> dict[str, Any]:
    return {"featuresCol": FEATURES, "labelCol": TARGET, "weightCol": WEIGHT}


def _total_weight(job: Job) -> float:
    from pyspark.sql import functions  # noqa: PLC0415

    return float(job.frame.agg(functions.sum(WEIGHT)).collect()[0][0])


def _scaled(job: Job) -> tuple[DataFrame, TargetScale]:
    """The rows with their target centered and scaled, and how; classes stay as they are."""
    from pyspark.sql import functions as f  # noqa: PLC0415

    if job.shape.framing != "regression":
        return job.frame, TargetScale()
    weight, target = f.col(WEIGHT), f.col(TARGET)
    center = float(job.frame.agg(f.sum(weight * target) / f.sum(weight)).collect()[0][0])
    variance = job.frame.agg(f.sum(weight * (target - center) ** 2) / f.sum(weight)).collect()[0][0]
    scale = TargetScale(center, float(np.sqrt(variance)) or 1.0)
    return job.frame.withColumn(TARGET, (target - scale.center) / scale.deviation), scale


def _family(shape: Shape) -> str:
    return "multinomial" if shape.framing == "multiclass" else "binomial"

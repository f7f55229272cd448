"""Forests: many deep trees, each grown on other rows or other splits, and their mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.techniques.sklearn_trees import read_forest
from crispstack.modeling.techniques.target_scale import TargetScale
from crispstack.modeling.techniques.tree_model import TreeModel

if TYPE_CHECKING:
    import optuna

    from crispstack.modeling.technique import Matrix, Resources, Rows, Shape
    from crispstack.modeling.tree_ensemble import TreeEnsemble

_TREES, _STEP = 100, 25
_MOST_LEAVES = 300_000
"""Of a whole forest: some ten megabytes in a graph."""


@dataclass(frozen=True)
class ForestLibrary:
    """A forest of scikit-learn. `outputs` says which of its values adds to which sum; -1 to none."""

    forest: Any
    outputs: NDArray[np.int64]

    def sums(self, matrix: Matrix) -> NDArray[np.float64]:
        """The trees' mean, shape (n, outputs)."""
        regression = not hasattr(self.forest, "predict_proba")
        # scikit-learn adds all numbers up to see whether they are finite; of extreme ones the sum is not.
        with np.errstate(over="ignore", invalid="ignore"):
            means = self.forest.predict(matrix).reshape(-1, 1) if regression else self.forest.predict_proba(matrix)
        result = np.zeros((len(matrix), int(self.outputs.max()) + 1))
        result[:, self.outputs[self.outputs >= 0]] = means[:, self.outputs >= 0]
        return result

    def trees(self) -> TreeEnsemble:
        """The same as plain trees."""
        return read_forest(self.forest, self.outputs)


class Forest:
    """Random forest (Breiman, 2001), or extremely randomized trees (Geurts et al., 2006)."""

    family = "bagged trees"
    encoding: Literal["trees", "dense"] = "trees"
    stops_early = False

    def __init__(self, name: Literal["random_forest", "extra_trees"]) -> None:
        self.name: str = name

    def unsuited(self, shape: Shape) -> str:  # noqa: ARG002 (the interface's)
        """Never."""
        return ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        """Leaves of few rows; many columns to choose from: one indicator of a category alone says little."""
        features = {"random_forest": 0.4, "extra_trees": 0.6}[self.name]
        return {"trees": _TREES, "min_samples_leaf": 3 if shape.rows < 20_000 else 5, "max_features": features}

    def suggest(self, trial: optuna.Trial, shape: Shape) -> Mapping[str, Any]:
        """How large leaves are, and how many columns a split may choose from."""
        most = int(np.clip(shape.rows // 20, 2, 100))
        return {
            "trees": _TREES,
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, most, log=True),
            "max_features": trial.suggest_float("max_features", 0.05, 1.0),
        }

    def fit(
        self,
        rows: Rows,
        stop: Rows | None,  # noqa: ARG002
        parameters: Mapping[str, Any],
        shape: Shape,
        resources: Resources,
    ) -> TreeModel:
        """Grow some trees after the other until there are enough or time is over."""
        scale = TargetScale.of(rows, shape)
        forest = self._unfitted(parameters, shape, resources)
        target = scale.scaled(rows.target) if shape.framing == "regression" else rows.target.astype(np.int64)
        grown = 0
        while grown < parameters["trees"]:
            grown = min(grown + _STEP, parameters["trees"])
            forest.set_params(n_estimators=grown).fit(rows.matrix, target, sample_weight=rows.weight)
            if resources.late:
                break
        library = ForestLibrary(forest, _outputs(forest, shape))
        probabilities = shape.framing != "regression"
        return TreeModel(library, shape.framing, scale, {**parameters, "trees": grown}, probabilities)

    def _unfitted(self, parameters: Mapping[str, Any], shape: Shape, resources: Resources) -> Any:
        from sklearn import ensemble  # noqa: PLC0415

        kind = "RandomForest" if self.name == "random_forest" else "ExtraTrees"
        task = "Regressor" if shape.framing == "regression" else "Classifier"
        return getattr(ensemble, kind + task)(
            min_samples_leaf=parameters["min_samples_leaf"],
            max_features=parameters["max_features"],
            max_leaf_nodes=max(2, _MOST_LEAVES // parameters["trees"]),
            warm_start=True,
            n_jobs=resources.threads,
            random_state=resources.seed,
        )


def _outputs(forest: Any, shape: Shape) -> NDArray[np.int64]:
    """The positive class alone, every class, or the number."""
    if shape.framing == "regression":
        return np.zeros(1, dtype=np.int64)
    classes = forest.classes_.astype(np.int64)
    return np.where(classes == 1, 0, -1) if shape.framing == "binary" else classes

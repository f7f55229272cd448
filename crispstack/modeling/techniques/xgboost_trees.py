"""XGBoost's JSON form of a model as a `TreeEnsemble`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling.tree_ensemble import Tree, TreeEnsemble

_LOGISTIC = ("binary:logistic", "reg:logistic")
_AS_IT_IS = (
    "binary:logitraw",
    "multi:softmax",
    "multi:softprob",
    "reg:absoluteerror",
    "reg:pseudohubererror",
    "reg:quantileerror",
    "reg:squarederror",
)


def read_xgboost(content: bytes | bytearray) -> TreeEnsemble:
    """The model of ``Booster.save_raw("json")``; its sums are margins.

    Raises:
        ModelingError: the model has parts that only XGBoost computes: another booster, categorical splits, trees of
            vectors, an objective with a margin of its own.
    """
    learner = json.loads(content)["learner"]
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] != "gbtree":
        raise ModelingError(f"XGBoost's booster {booster['name']} cannot be exported: use gbtree")
    if objective not in (*_LOGISTIC, *_AS_IT_IS):
        raise ModelingError(f"XGBoost's objective {objective} cannot be exported")
    outputs = max(
        1, int(learner["learner_model_param"]["num_class"]), int(learner["learner_model_param"]["num_target"])
    )
    model = booster["model"]
    trees = [_tree(tree, output) for tree, output in zip(model["trees"], model["tree_info"], strict=True)]
    return TreeEnsemble.of(
        trees, _start(learner["learner_model_param"], objective, outputs), strict=True, precision=np.float32
    )


def _start(model: Mapping[str, str], objective: str, outputs: int) -> NDArray[np.float64]:
    """Of XGBoost 2 a number, of XGBoost 3 one per output; a probability where the objective is logistic."""
    text = model["base_score"].strip("[]")
    base = np.array(text.split(","), dtype=np.float32).astype(np.float64)
    margins = np.log(base / (1.0 - base)) if objective in _LOGISTIC else base
    return np.broadcast_to(margins, (outputs,)).copy()


def _tree(tree: Mapping[str, Any], output: int) -> Tree:
    if any(tree["split_type"]):
        raise ModelingError("an XGBoost model with categorical splits cannot be exported: encode categories before it")
    if int(tree["tree_param"]["size_leaf_vector"]) > 1:
        raise ModelingError("an XGBoost model with trees of vectors cannot be exported: use one_output_per_tree")
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    leaf = left < 0
    leaves = np.flatnonzero(leaf)
    # The text is the shortest that leads to the float32: what is between must not be rounded up from.
    conditions = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    return Tree(
        feature=np.where(leaf, -1, np.array(tree["split_indices"])),
        threshold=np.where(leaf, 0.0, conditions),
        left=np.where(leaf, 0, left),
        right=np.where(leaf, 0, right),
        missing_left=np.array(tree["default_left"], dtype=bool) & ~leaf,
        leaf_node=leaves,
        leaf_output=np.full(len(leaves), output),
        leaf_value=conditions[leaves],
    )

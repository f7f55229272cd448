"""scikit-learn's trees as a `TreeEnsemble`: forests and histogram boosting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling.tree_ensemble import Tree, TreeEnsemble


def read_forest(forest: Any, outputs: NDArray[np.int64]) -> TreeEnsemble:
    """A fitted forest of regression or classification trees; its sums are the trees' mean.

    Args:
        forest: a `RandomForest...` or `ExtraTrees...`, with classes of one target.
        outputs: to which sum each of the trees' values adds, shape (values,); -1 leaves it out.
    """
    kept = np.flatnonzero(outputs >= 0)
    share = 1.0 / len(forest.estimators_)
    trees = [_forest_tree(each.tree_, kept, outputs[kept], share) for each in forest.estimators_]
    return TreeEnsemble.of(trees, np.zeros(int(outputs.max()) + 1), strict=False, precision=np.float64)


def read_histogram_boosting(
    predictors: Sequence[Sequence[Any]], start: NDArray[np.float64], outputs: NDArray[np.int64]
) -> TreeEnsemble:
    """The predictors of histogram boosting; its sums are raw scores.

    Args:
        predictors: of each iteration, one tree per raw score.
        start: what each sum starts from, shape (outputs,).
        outputs: to which sum each raw score belongs.

    Raises:
        ModelingError: a split asks for categories.
    """
    trees = [
        _boosted_tree(tree.nodes, output)
        for iteration in predictors
        for tree, output in zip(iteration, outputs, strict=True)
    ]
    return TreeEnsemble.of(trees, start, strict=False, precision=np.float64)


def _forest_tree(tree: Any, kept: NDArray[np.int64], outputs: NDArray[np.int64], share: float) -> Tree:
    leaf = tree.children_left < 0
    leaves = np.flatnonzero(leaf)
    nodes = tree.__getstate__()["nodes"]
    return Tree(
        feature=np.where(leaf, -1, tree.feature).astype(np.int64),
        threshold=np.where(leaf, 0.0, tree.threshold),
        left=np.where(leaf, 0, tree.children_left).astype(np.int64),
        right=np.where(leaf, 0, tree.children_right).astype(np.int64),
        missing_left=nodes["missing_go_to_left"].astype(bool) & ~leaf,
        leaf_node=np.repeat(leaves, len(kept)),
        leaf_output=np.tile(outputs, len(leaves)),
        leaf_value=(tree.value[leaves, 0][:, kept] * share).ravel(),
    )


def _boosted_tree(nodes: Any, output: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    if nodes["is_categorical"][~leaf].any():
        raise ModelingError("histogram boosting with categorical splits cannot be exported: encode categories before")
    leaves = np.flatnonzero(leaf)
    return Tree(
        feature=np.where(leaf, -1, nodes["feature_idx"]).astype(np.int64),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"]),
        left=np.where(leaf, 0, nodes["left"]).astype(np.int64),
        right=np.where(leaf, 0, nodes["right"]).astype(np.int64),
        missing_left=nodes["missing_go_to_left"].astype(bool) & ~leaf,
        leaf_node=leaves,
        leaf_output=np.full(len(leaves), output, dtype=np.int64),
        leaf_value=nodes["value"][leaves].astype(np.float64),
    )

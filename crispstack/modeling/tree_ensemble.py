"""Ensembles of decision trees in one form, whatever library grew them, and how a graph computes them.

A graph compares and adds in the library's own precision. In float64 every float32 number goes exactly the library's
way, and the sum of a thousand trees keeps its digits; XGBoost itself compares and adds in float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """One tree, the root first; `feature` and the three below it have one entry per node, the last three one per value.

    See `TreeEnsemble`, where `left`, `right` and `leaf_node` count through the nodes of all trees instead.
    """

    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    missing_left: NDArray[np.bool_]
    leaf_node: Integers
    leaf_output: Integers
    leaf_value: Floats


@dataclass(frozen=True)
class TreeEnsemble:
    """All nodes of all trees in a row, each tree's root first.

    Attributes:
        roots: index of each tree's root, ascending.
        feature: matrix column that each node asks for; -1 for a leaf. As all below of shape (nodes,).
        threshold: what it is compared with, float64.
        left: index of the next node if the comparison holds; the node's own for a leaf.
        right: index of the next node if not.
        missing_left: whether a missing number goes left.
        strict: whether the comparison is `x < threshold`; else it is `x <= threshold`.
        precision: in which the library compares and adds, np.float32 or np.float64.
        leaf_node: index of the node that adds a value; as the next two of shape (values,).
        leaf_output: which of the sums it adds to, from 0 to outputs - 1.
        leaf_value: what it adds.
        outputs: the number of sums.
    """

    roots: Integers
    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    missing_left: NDArray[np.bool_]
    strict: bool
    precision: type[np.float32 | np.float64]
    leaf_node: Integers
    leaf_output: Integers
    leaf_value: Floats
    outputs: int

    @classmethod
    def of(
        cls,
        trees: Sequence[Tree],
        start: Floats,
        *,
        strict: bool,
        precision: type[np.float32 | np.float64] = np.float64,
    ) -> TreeEnsemble:
        """These trees in a row, after one that only adds what each sum starts from, shape (outputs,)."""
        trees = [_constant(start), *trees]
        first = np.cumsum([0, *(len(tree.feature) for tree in trees)])[:-1]
        return cls(
            roots=first,
            feature=np.concatenate([tree.feature for tree in trees]),
            threshold=np.concatenate([tree.threshold for tree in trees]),
            left=np.concatenate([tree.left + root for tree, root in zip(trees, first, strict=True)]),
            right=np.concatenate([tree.right + root for tree, root in zip(trees, first, strict=True)]),
            missing_left=np.concatenate([tree.missing_left for tree in trees]),
            strict=strict,
            precision=precision,
            leaf_node=np.concatenate([tree.leaf_node + root for tree, root in zip(trees, first, strict=True)]),
            leaf_output=np.concatenate([tree.leaf_output for tree in trees]),
            leaf_value=np.concatenate([tree.leaf_value for tree in trees]),
            outputs=len(start),
        )

    def sums(self, matrix: Matrix) -> Floats:
        """What the leaves of each row add up to, shape (n, outputs)."""
        result = np.zeros((len(matrix), self.outputs), dtype=self.precision)
        values = np.zeros((len(self.feature), self.outputs), dtype=self.precision)
        np.add.at(values, (self.leaf_node, self.leaf_output), self.leaf_value)
        rows = np.arange(len(matrix))
        for root in self.roots:
            node = np.full(len(matrix), root)
            while (inner := self.feature[node] >= 0).any():
                asked = matrix[rows, np.maximum(self.feature[node], 0)]
                holds = asked < self.threshold[node] if self.strict else asked <= self.threshold[node]
                left = np.where(np.isnan(asked), self.missing_left[node], holds)
                node = np.where(inner, np.where(left, self.left[node], self.right[node]), node)
            result += values[node]
        return result.astype(np.float64)

    def export(self, nodes: Nodes, matrix: str) -> str:
        """Nodes that compute the same from a float32 tensor; their float32 output, of shape (n, outputs)."""
        from onnx import numpy_helper  # noqa: PLC0415

        def numbers(values: Floats) -> Any:
            return numpy_helper.from_array(values.astype(self.precision))

        sizes = np.diff(np.append(self.roots, len(self.feature)))
        tree = np.repeat(np.arange(len(self.roots)), sizes)
        own = np.arange(len(self.feature)) - np.repeat(self.roots, sizes)
        leaf = self.feature < 0
        inner = "BRANCH_LT" if self.strict else "BRANCH_LEQ"
        first = self.roots[tree]
        return nodes.add(
            "TreeEnsembleRegressor",
            [as_double(nodes, matrix) if self.precision is np.float64 else matrix],
            domain="ai.onnx.ml",
            n_targets=self.outputs,
            aggregate_function="SUM",
            post_transform="NONE",
            nodes_values_as_tensor=numbers(np.where(leaf, 0.0, self.threshold)),
            target_weights_as_tensor=numbers(self.leaf_value),
            nodes_treeids=tree.tolist(),
            nodes_nodeids=own.tolist(),
            nodes_featureids=np.where(leaf, 0, self.feature).tolist(),
            nodes_modes=["LEAF" if each else inner for each in leaf],
            nodes_truenodeids=np.where(leaf, 0, self.left - first).tolist(),
            nodes_falsenodeids=np.where(leaf, 0, self.right - first).tolist(),
            nodes_missing_value_tracks_true=np.where(leaf, 0, self.missing_left).astype(int).tolist(),
            target_treeids=tree[self.leaf_node].tolist(),
            target_nodeids=own[self.leaf_node].tolist(),
            target_ids=self.leaf_output.tolist(),
        )


def _constant(start: Floats) -> Tree:
    """A tree of one leaf. ONNX's base values are not used: the runtime passes over those of a sum without a tree."""
    leaf = np.zeros(1, dtype=np.int64)
    nodes = np.zeros(len(start), dtype=np.int64)
    return Tree(leaf - 1, np.zeros(1), leaf, leaf, leaf > 0, nodes, np.arange(len(start)), start)

"""Forests of Spark's MLlib as a `TreeEnsemble`.

Nodes are read through the form in which MLlib saves them, as JSON by the Jackson that comes with Spark: one request per
tree, and no file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling.tree_ensemble import Tree, TreeEnsemble

_CONTINUOUS = -1
"""What MLlib saves as the number of categories of a split by a threshold."""


def read_forest(model: Any) -> TreeEnsemble:
    """The trees of a fitted random forest; its sums are the mean over the trees.

    Of a classifier these are the probabilities of the classes (of two, of the second alone), each tree's the shares of
    its leaf's rows; of a regression the number.

    Raises:
        ModelingError: a split is by categories; columns must reach MLlib without nominal attributes.
    """
    classes = int(getattr(model, "numClasses", 1))
    outputs = 1 if classes == 2 else classes
    trees = [_tree(nodes, classes, len(model.trees)) for nodes in _saved(model)]
    # A missing number is not at most any threshold, in MLlib as in Java.
    return TreeEnsemble.of(trees, np.zeros(outputs), strict=False, precision=np.float64)


def _saved(model: Any) -> Sequence[Sequence[Mapping[str, Any]]]:
    """The nodes of each tree, as MLlib would write them to a file."""
    from pyspark.sql import SparkSession  # noqa: PLC0415

    jvm: Any = SparkSession.active()._jvm
    jackson = jvm.com.fasterxml.jackson
    visibility = getattr(jackson.annotation, "JsonAutoDetect$Visibility")
    mapper = jackson.databind.ObjectMapper()
    # Getters compute, and refuse to for leaves; fields are what is saved.
    mapper.setVisibility(jackson.annotation.PropertyAccessor.ALL, visibility.NONE)
    mapper.setVisibility(jackson.annotation.PropertyAccessor.FIELD, visibility.ANY)
    companion = getattr(jvm.org.apache.spark.ml.tree, "DecisionTreeModelReadWrite$NodeData$")
    node_data = getattr(companion, "MODULE$")
    found = []
    for tree in model._java_obj.trees():
        nodes = node_data.build(tree.rootNode(), 0)._1()
        found.append(json.loads(mapper.writeValueAsString(jvm.scala.collection.JavaConverters.seqAsJavaList(nodes))))
    return found


def _tree(nodes: Sequence[Mapping[str, Any]], classes: int, trees: int) -> Tree:
    if any(node["leftChild"] >= 0 and node["split"]["numCategories"] != _CONTINUOUS for node in nodes):
        raise ModelingError("a forest of MLlib with splits by categories cannot be exported: encode them before it")
    position: dict[int, int] = {node["id"]: index for index, node in enumerate(nodes)}
    leaf = np.array([node["leftChild"] < 0 for node in nodes])
    leaves = np.flatnonzero(leaf)
    values = np.array([_values(node, classes) for node, end in zip(nodes, leaf, strict=True) if end]) / trees
    return Tree(
        feature=np.array([-1 if end else node["split"]["featureIndex"] for node, end in zip(nodes, leaf, strict=True)]),
        threshold=np.array([0.0 if end else _threshold(node) for node, end in zip(nodes, leaf, strict=True)]),
        left=np.array([position.get(node["leftChild"], 0) for node in nodes]),
        right=np.array([position.get(node["rightChild"], 0) for node in nodes]),
        missing_left=np.zeros(len(nodes), dtype=bool),
        leaf_node=np.repeat(leaves, values.shape[1]),
        leaf_output=np.tile(np.arange(values.shape[1]), len(leaves)),
        leaf_value=values.ravel(),
    )


def _threshold(node: Mapping[str, Any]) -> float:
    return float(node["split"]["leftCategoriesOrThreshold"][0])


def _values(leaf: Mapping[str, Any], classes: int) -> NDArray[np.float64]:
    """What a leaf says: shares of its rows by class, or their mean."""
    if classes == 1:
        return np.array([leaf["prediction"]], dtype=np.float64)
    counts = np.array(leaf["impurityStats"], dtype=np.float64)
    shares = counts / counts.sum()
    return np.asarray(shares[1:] if classes == 2 else shares)

"""LightGBM's text form of a model as a `TreeEnsemble`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling.tree_ensemble import Tree, TreeEnsemble

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_ZERO, _MISSING_NAN = 0b1, 0b10, 1, 2
_ZERO = float(np.float32(1e-35))
"""LightGBM's kZeroThreshold."""


def read_lightgbm(text: str) -> TreeEnsemble:
    """The model of `Booster.model_to_string`; its sums are raw scores.

    Raises:
        ModelingError: the model has parts that only LightGBM computes: categorical splits, zeros taken for missing,
            linear leaves, averages of trees.
    """
    header, *trees = text.partition("end of trees")[0].split("\nTree=")
    if "average_output" in header.splitlines():
        raise ModelingError("a LightGBM model that averages its trees cannot be exported: train it by boosting")
    outputs = int(_fields(header.splitlines())["num_tree_per_iteration"])
    read = [_tree(_fields(tree.splitlines()), number % outputs) for number, tree in enumerate(trees)]
    return TreeEnsemble.of(read, np.zeros(outputs), strict=False, precision=np.float64)


def _fields(lines: Iterable[str]) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _tree(fields: Mapping[str, str], output: int) -> Tree:
    if fields.get("is_linear", "0") != "0":
        raise ModelingError("a LightGBM model with linear leaves cannot be exported: set linear_tree to false")
    leaves = int(fields["num_leaves"])
    inner = leaves - 1
    kinds = _integers(fields, "decision_type", inner)
    missing = kinds >> 2
    if (kinds & _CATEGORICAL).any():
        raise ModelingError("a LightGBM model with categorical splits cannot be exported: encode categories before it")
    if (missing == _MISSING_ZERO).any():
        raise ModelingError("a LightGBM model that takes zeros for missing cannot be exported")
    threshold = _around_zero(_floats(fields, "threshold", inner))
    default_left = (kinds & _DEFAULT_LEFT) != 0
    rest = np.zeros(leaves, dtype=np.int64)
    return Tree(
        feature=np.append(_integers(fields, "split_feature", inner), rest - 1),
        threshold=np.append(threshold, rest),
        left=np.append(_nodes(_integers(fields, "left_child", inner), inner), rest),
        right=np.append(_nodes(_integers(fields, "right_child", inner), inner), rest),
        # Where training met no missing number, LightGBM takes it for zero.
        missing_left=np.append(np.where(missing == _MISSING_NAN, default_left, threshold >= 0), rest > 0),
        leaf_node=np.arange(inner, inner + leaves),
        leaf_output=np.full(leaves, output),
        leaf_value=_floats(fields, "leaf_value", leaves),
    )


def _around_zero(threshold: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds by which numbers next to zero go the way of zero, for which LightGBM takes them when it predicts."""
    below = (threshold >= -_ZERO) & (threshold < 0)
    above = (threshold >= 0) & (threshold < _ZERO)
    return np.where(below, np.nextafter(-_ZERO, -np.inf), np.where(above, _ZERO, threshold))


def _nodes(children: NDArray[np.int64], inner: int) -> NDArray[np.int64]:
    """LightGBM counts leaves as -1, -2, ...; here they follow the inner nodes."""
    return np.where(children < 0, inner + ~children, children)


def _integers(fields: Mapping[str, str], name: str, count: int) -> NDArray[np.int64]:
    return np.array(fields[name].split() if count else [], dtype=np.int64)


def _floats(fields: Mapping[str, str], name: str, count: int) -> NDArray[np.float64]:
    return np.array(fields[name].split() if count else [], dtype=np.float64)

"""Candidates that are fitted on the most telling features alone: noise costs accuracy, and columns cost time.

Features are ranked by the gain of a small boosted ensemble on the very rows that the candidate is fitted on, anew on
every split: rows held out have no say in what is kept, or every figure would be too good (Ambroise and McLachlan,
Selection bias in gene extraction, PNAS 99, 2002). How many are kept is a parameter like any other, judged on the same
splits as all features are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.technique import Model, Rows, Shape

if TYPE_CHECKING:
    from crispstack.modeling.folds import FittingRows
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix, Scores

FEATURES = "features"
"""The parameter: how many features are kept. Without it all are."""
FEWEST_COLUMNS, FEWEST_KEPT = 28, 5
_PARTS = (64, 16, 4)
"""Of so many features one is kept, where that leaves enough of them."""
_TREES, _LEAVES = 60, 7
_COLUMNS_A_TREE = 300
_MOST_ROWS = 20_000

Fit = Callable[["FittingRows", Mapping[str, Any], Shape], tuple[Model, Mapping[str, Any]]]

_RANKED: WeakKeyDictionary[FittingRows, tuple[str, ...]] = WeakKeyDictionary()
"""Rankings of rows that are still there: all candidates of a split share one."""


@dataclass(frozen=True)
class Selected:
    """A model that sees some of the matrix's columns: those at `positions`, which came from `features`."""

    model: Model
    features: tuple[str, ...]
    positions: NDArray[np.int64]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The model's, and how many features it was given."""
        return {**self.model.parameters, FEATURES: len(self.features)}

    def predict(self, matrix: Matrix) -> Scores:
        """Scores of these rows, with all columns."""
        return self.model.predict(np.ascontiguousarray(matrix[:, self.positions]))

    def export(self, nodes: Nodes, matrix: str) -> str:
        """The same in the graph."""
        return self.model.export(nodes, nodes.add("Gather", [matrix, nodes.constant(self.positions)], axis=1))


def counts(shape: Shape) -> list[int]:
    """How many features to try to keep, fewest first, for these are the quickest; none where there are few columns."""
    if shape.columns < FEWEST_COLUMNS:
        return []
    return [shape.columns // part for part in _PARTS if shape.columns // part >= FEWEST_KEPT]


def at_first(shape: Shape) -> Mapping[str, int]:
    """What to begin with: few features where columns are more than rows, or the first looks take all the time."""
    found = counts(shape) if shape.columns > shape.rows else []
    return {FEATURES: found[0]} if found else {}


def like(parameters: Mapping[str, Any]) -> Mapping[str, int]:
    """How many features were kept with these parameters, to try others on as many."""
    return {FEATURES: parameters[FEATURES]} if FEATURES in parameters else {}


def fit(
    rows: FittingRows, parameters: Mapping[str, Any], shape: Shape, seed: int, inner: Fit
) -> tuple[Model, Mapping[str, Any]]:
    """What `inner` fits: on the most telling features where the parameters say how many, else on all.

    With it the parameters to fit the like of it with.
    """
    most = parameters.get(FEATURES)
    if most is None:
        return inner(rows, parameters, shape)
    features, positions = chosen(rows, most, shape, seed)
    own = {name: value for name, value in parameters.items() if name != FEATURES}
    narrow = dataclasses.replace(
        rows,
        rows=_columns(rows.rows, positions),
        to_fit=_columns(rows.to_fit, positions),
        stop=None if rows.stop is None else _columns(rows.stop, positions),
    )
    model, found = inner(narrow, own, dataclasses.replace(shape, columns=len(features)))
    return Selected(model, features, positions), {**found, FEATURES: most}


def chosen(rows: FittingRows, most: int, shape: Shape, seed: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The `most` telling features, best first, and the positions of the matrix's columns that come from them."""
    if rows not in _RANKED:
        _RANKED[rows] = ranked(rows.to_fit, rows.encoding.sources, shape, seed)
    kept = _RANKED[rows][:most]
    return kept, np.flatnonzero(np.isin(np.array(rows.encoding.sources, dtype=object), list(kept)))


def ranked(rows: Rows, sources: tuple[str, ...], shape: Shape, seed: int) -> tuple[str, ...]:
    """Features by what splits on their columns gained together, best first.

    Args:
        rows: encoded, to learn from; of more than 20,000 some are drawn.
        sources: the feature that each of the matrix's columns comes from.
        shape: the framing and the number of classes.
        seed: of what is drawn.
    """
    import lightgbm  # noqa: PLC0415

    drawn = np.sort(np.random.default_rng(seed).permutation(len(rows.target))[:_MOST_ROWS])
    weight = None if rows.weight is None else rows.weight[drawn]
    settings = {
        "objective": shape.framing,
        "learning_rate": 0.1,
        "num_leaves": _LEAVES,
        "min_child_samples": max(3, min(20, len(drawn) // 50)),
        # Columns that say the same each get their chance; of thousands, a tree that sees all takes as long as a fit.
        "colsample_bytree": float(np.clip(_COLUMNS_A_TREE / len(sources), 0.1, 0.3)),
        "subsample": 0.8,
        "bagging_freq": 1,
        "max_bin": 63,
        "min_sum_hessian_in_leaf": 1e-2,
        "seed": seed,
        "deterministic": True,
        "force_col_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        **({"num_class": shape.classes} if shape.framing == "multiclass" else {}),
    }
    target = rows.target[drawn]
    if shape.framing == "regression":
        target = (target - target.mean()) / (target.std() or 1.0)
    booster = lightgbm.train(settings, lightgbm.Dataset(rows.matrix[drawn], target, weight=weight), _TREES)
    gains = dict.fromkeys(sources, 0.0)
    for source, gain in zip(sources, booster.feature_importance("gain"), strict=True):
        gains[source] += float(gain)
    return tuple(sorted(gains, key=lambda name: -gains[name]))


def _columns(rows: Rows, positions: NDArray[np.int64]) -> Rows:
    return dataclasses.replace(rows, matrix=np.ascontiguousarray(rows.matrix[:, positions]))

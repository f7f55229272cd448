"""A split's rows as matrices, made once per process and used by every candidate that is tried on it."""

from __future__ import annotations

import copy
import dataclasses
import functools
import threading
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling import recency
from crispstack.modeling.encoding import Encoding, averaged_targets, fit_encoding
from crispstack.modeling.metrics import Metric
from crispstack.modeling.technique import Machine, Matrix, Rows, Shape, Technique
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.training_rows import resampled
from crispstack.modeling.validation_plan import ValidationPlan, validation_plan
from crispstack.training_plan import Imputation, TrainingRows

Positions = NDArray[np.int64]
FEWEST_TO_STOP_BY = 100
"""Rows below which none are set aside to stop by."""


@dataclass(frozen=True)
class Setting:
    """What all candidates have in common, beside the data. It travels with each task, so it holds no rows."""

    techniques: tuple[Technique, ...]
    metric: Metric
    shape: Shape
    folds: int
    repeats: int
    seed: int
    imputation: Imputation
    training_rows: TrainingRows
    machine: Machine = field(default_factory=Machine)

    def technique(self, name: str) -> Technique:
        """The technique of this name."""
        return next(each for each in self.techniques if each.name == name)


@dataclass(frozen=True, eq=False)
class FittingRows:
    """Rows to fit on, encoded. `to_fit` and `stop` together are all of them, or `stop` is None.

    Equal is what is the same object.
    """

    encoding: Encoding
    rows: Rows
    to_fit: Rows
    stop: Rows | None


def fitting_rows(data: TrainingData, setting: Setting, kind: str) -> FittingRows:
    """Encode the rows to fit on, all of `data`, and set aside some of them to stop by."""
    chosen, origin = resampled(data, setting.training_rows, setting.seed)
    targets = averaged_targets(chosen.target, data.framing, setting.shape.classes)
    encoding, matrix = fit_encoding(
        kind,  # type: ignore[arg-type]
        data.features,
        chosen.columns,
        targets,
        setting.imputation,
        setting.seed,
        chosen.weight,
    )
    rows = Rows(matrix, chosen.target, chosen.weight, recency.ages(chosen.time, setting.shape.rows))
    to_stop_by = _to_stop_by(data, setting.seed)
    if not to_stop_by.any():
        return FittingRows(encoding, rows, rows, None)
    # A row that was repeated or copied is judged by once, as it is.
    first = np.zeros(len(origin), dtype=bool)
    first[np.unique(origin, return_index=True)[1]] = True
    return FittingRows(encoding, rows, _those(rows, ~to_stop_by[origin]), _those(rows, to_stop_by[origin] & first))


def _those(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    weight, age = (None if each is None else each[chosen] for each in (rows.weight, rows.age))
    return Rows(rows.matrix[chosen], rows.target[chosen], weight, age)


def _to_stop_by(data: TrainingData, seed: int) -> NDArray[np.bool_]:
    """Which rows to stop by, (n,): the latest, whole groups, or some of every class."""
    rows = len(data.target)
    share = 0.15 if rows < 20_000 else 0.1
    generator = np.random.default_rng(seed)
    if rows < FEWEST_TO_STOP_BY:
        return np.zeros(rows, dtype=bool)
    if data.time is not None:
        chosen = data.time >= np.quantile(data.time, 1 - share)
    elif data.group is not None:
        _, member = np.unique(data.group, return_inverse=True)
        chosen = (generator.permutation(member.max() + 1) < max(1, share * (member.max() + 1)))[member]
    else:
        order = generator.permutation(rows)
        order = order[np.argsort(data.target[order], kind="stable")]
        chosen = np.zeros(rows, dtype=bool)
        chosen[order[int(generator.integers(round(1 / share))) :: round(1 / share)]] = True
    return chosen if _both_tell(data, chosen) else np.zeros(rows, dtype=bool)


def _both_tell(data: TrainingData, chosen: NDArray[np.bool_]) -> bool:
    """Whether the rows to fit on have every class that there is, and those to stop by more than one."""
    if data.framing == "regression":
        return bool(chosen.any() and not chosen.all())
    classes = len(np.unique(data.target))
    return len(np.unique(data.target[~chosen])) == classes and len(np.unique(data.target[chosen])) > 1


@dataclass(frozen=True)
class Fold:
    """A split's rows, encoded in one way."""

    fitting: FittingRows
    held_out: Matrix


class Folds:
    """The splits of one training set in one setting. Safe to use from several threads."""

    def __init__(self, data: TrainingData, setting: Setting) -> None:
        self.data, self.setting = data, setting
        self.plan: ValidationPlan = validation_plan(data, setting.folds, setting.repeats, setting.seed)
        self._made: dict[tuple[int, int, str], Fold] = {}
        self._locks: dict[tuple[int, int, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def rows(self, split: int, most: int) -> Positions:
        """Positions of the rows to fit on: of larger splits `most` drawn ones, the latest where time orders them."""
        fit = self.plan.splits[split].fit
        if not most or len(fit) <= most:
            return fit
        if self.data.time is not None:
            return np.sort(fit[np.argsort(self.data.time[fit], kind="stable")[-most:]])
        return np.sort(np.random.default_rng(self.setting.seed).choice(fit, most, replace=False))

    def encoded(self, split: int, most: int, kind: str) -> Fold:
        """The split with at most `most` rows to fit on (0: all of them), as techniques of this encoding take it."""
        key = (split, most, kind)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._made:
                fitting = fitting_rows(self.data.take(self.rows(split, most)), self.setting, kind)
                held_out = self.plan.splits[split].held_out
                columns = {name: column[held_out] for name, column in self.data.columns.items()}
                self._made[key] = Fold(fitting, fitting.encoding.transform(columns))
            return self._made[key]

    def first(self, splits: int) -> Folds:
        """The same with the first so many splits only, where there was no time for more."""
        few = copy.copy(self)
        said = f"{self.plan.reason} Only the first {splits} of {len(self.plan.splits)} splits: the budget was spent."
        few.plan = dataclasses.replace(self.plan, splits=self.plan.splits[:splits], reason=said)
        return few


@functools.lru_cache(maxsize=1)
def folds_of(data: TrainingData, setting: Setting) -> Folds:
    """The splits, the same ones as long as data and setting are the same: a process works on one search at a time."""
    return Folds(data, setting)


def shape_of(data: TrainingData, quantile: float | None) -> Shape:
    """What techniques must know of the training set."""
    framing = data.framing
    counts = np.unique(data.target, return_counts=True)[1] if framing != "regression" else np.array([0])
    return Shape(
        framing=framing,
        rows=len(data.target),
        columns=len(data.features),
        classes=max(2, len(data.classes)) if framing != "regression" else 1,
        rarest=int(counts.min()),
        quantile=quantile,
        ordered=data.time is not None,
    )

"""Which rows candidates are fitted on and which they are judged by: as the final test does it, as often as it pays."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import DataError
from crispstack.modeling.training_data import TrainingData

Positions = NDArray[np.int64]
SMALL, LARGE = 1_000, 100_000
HELD_OUT_SHARE = 0.2
ENOUGH_HELD_OUT = 200
"""Rows of the rarest class without which one hold-out says too little."""


@dataclass(frozen=True)
class Split:
    """Positions of the rows to fit on and of those held out, each in ascending order."""

    fit: Positions
    held_out: Positions


@dataclass(frozen=True)
class ValidationPlan:
    """The splits, the most telling first, and in words why they are as they are."""

    kind: Literal["hold_out", "k_fold"]
    splits: tuple[Split, ...]
    folds: int
    repeats: int
    reason: str


def validation_plan(data: TrainingData, folds: int, repeats: int, seed: int) -> ValidationPlan:
    """Splits that follow from the number of rows, the rarest class, groups and time.

    Args:
        data: the training rows.
        folds: 0 to choose; 1 is one hold-out.
        repeats: of the whole cross-validation with other folds; 0 to choose. Order in time allows of one only.
        seed: draws the folds.

    Raises:
        DataError: no split has both something to learn and something to judge by; the message says why.
    """
    chosen = folds or _folds(data)
    again = 1 if data.time is not None or chosen == 1 else repeats or (2 if len(data.target) < SMALL else 1)
    if data.time is not None:
        found, manner = _forward(data, data.time, chosen), "forward in time: each part is judged by models of its past"
    elif data.group is not None:
        found, manner = _grouped(data, data.group, chosen, again, seed), "rows of a group stay together"
    else:
        found, manner = _shuffled(data, chosen, again, seed), _SHUFFLED[data.framing == "regression"]
    useful = [split for split in found if _useful(data, split)]
    if not useful:
        raise DataError(_useless(data))
    return ValidationPlan(
        kind="hold_out" if chosen == 1 else "k_fold",
        splits=tuple(useful),
        folds=chosen,
        repeats=again,
        reason=_reason(data, chosen, again, manner, len(found) - len(useful)),
    )


_SHUFFLED = ("each part has the classes in the proportion of the whole", "parts are drawn at random")


def rarest(data: TrainingData) -> int:
    """Rows of the rarest class; all rows of a regression."""
    if data.framing == "regression":
        return len(data.target)
    return int(np.unique(data.target, return_counts=True)[1].min())


def _folds(data: TrainingData) -> int:
    rows = len(data.target)
    if rows > LARGE and HELD_OUT_SHARE * rarest(data) >= ENOUGH_HELD_OUT:
        return 1
    return 3 if data.time is not None else 5


def _shuffled(data: TrainingData, folds: int, repeats: int, seed: int) -> list[Split]:
    parts = max(folds, round(1 / HELD_OUT_SHARE)) if folds == 1 else folds
    generator = np.random.default_rng(seed)
    splits: list[Split] = []
    for _ in range(repeats):
        part = _dealt(data, parts, generator)
        splits += [_split(part, held_out) for held_out in range(parts)]
    return splits[:1] if folds == 1 else splits


def _dealt(data: TrainingData, parts: int, generator: np.random.Generator) -> Positions:
    """The part of each row: rows shuffled, sorted by class, and dealt out in turn."""
    order = generator.permutation(len(data.target))
    if data.framing != "regression":
        order = order[np.argsort(data.target[order], kind="stable")]
    part = np.empty(len(order), dtype=np.int64)
    part[order] = np.arange(len(order)) % parts
    return part


def _grouped(data: TrainingData, group: Positions, folds: int, repeats: int, seed: int) -> list[Split]:
    parts = round(1 / HELD_OUT_SHARE) if folds == 1 else folds
    groups, member = np.unique(group, return_inverse=True)
    parts = min(parts, len(groups))
    generator = np.random.default_rng(seed)
    splits: list[Split] = []
    for _ in range(repeats):
        part = _part_of_group(data, member, len(groups), parts, generator)[member]
        splits += [_split(part, held_out) for held_out in range(parts)]
    return splits[:1] if folds == 1 else splits


def _part_of_group(
    data: TrainingData, member: Positions, groups: int, parts: int, generator: np.random.Generator
) -> Positions:
    """The part of each group: large groups first, each to the part that has fewest rows of its commonest class."""
    labels = np.zeros(len(member), dtype=np.int64)
    if data.framing != "regression":
        labels = data.target.astype(np.int64)
    counts = np.zeros((groups, labels.max() + 1))
    np.add.at(counts, (member, labels), 1)
    counts /= counts.sum(axis=0).clip(1)
    order = generator.permutation(groups)
    order = order[np.argsort(-counts[order].max(axis=1), kind="stable")]
    part, filled = np.empty(groups, dtype=np.int64), np.zeros((parts, counts.shape[1]))
    for one in order:
        after = filled + counts[one]
        # Fewest of the class in which the group weighs most, then fewest rows of all classes.
        heaviest = int(counts[one].argmax())
        part[one] = np.lexsort((after.sum(axis=1), after[:, heaviest]))[0]
        filled[part[one]] += counts[one]
    return part


def _forward(data: TrainingData, time: NDArray[np.float64], folds: int) -> list[Split]:
    """The later half of the rows in `folds` parts, the latest first, each judged by models of all that was before."""
    ordered = np.sort(time)
    first = 1 - HELD_OUT_SHARE if folds == 1 else 0.5
    edges = ordered[(np.linspace(first, 1, folds + 1)[:-1] * len(ordered)).astype(int)]
    edges = np.append(np.unique(edges), np.inf)
    splits = [
        Split(np.flatnonzero(time < start), np.flatnonzero((time >= start) & (time < end)))
        for start, end in itertools.pairwise(edges)
    ]
    if data.group is not None:
        group = data.group
        splits = [Split(each.fit[~np.isin(group[each.fit], group[each.held_out])], each.held_out) for each in splits]
    return splits[::-1]


def _split(part: Positions, held_out: int) -> Split:
    return Split(np.flatnonzero(part != held_out), np.flatnonzero(part == held_out))


def _useful(data: TrainingData, split: Split) -> bool:
    """Whether both sides hold rows, and of a classification at least two classes, all of them known to the fit."""
    if min(len(split.fit), len(split.held_out)) < 2:
        return False
    known, judged = np.unique(data.target[split.fit]), np.unique(data.target[split.held_out])
    if data.framing == "regression":
        return len(known) > 1
    return len(known) > 1 and len(judged) > 1


def _useless(data: TrainingData) -> str:
    rows = len(data.target)
    if data.time is not None:
        return (
            f"no part of the {rows} rows, in their order in time, has more than one outcome both before it and in it: "
            "candidates cannot be compared. Take a longer period, or split at random if time does not matter"
        )
    if data.group is not None:
        groups = len(np.unique(data.group))
        return (
            f"the {rows} rows are of {groups} groups, and no choice of them to hold out leaves more than one outcome "
            "on both sides: candidates cannot be compared. More groups are needed"
        )
    return f"{rows} rows with {rarest(data)} of the rarest outcome cannot be divided to compare candidates"


def _reason(data: TrainingData, folds: int, repeats: int, manner: str, left_out: int) -> str:
    rows = f"{len(data.target):,} rows"
    if folds == 1:
        said = f"One hold-out of {HELD_OUT_SHARE:.0%}, for {rows} are enough to judge by it; {manner}."
    elif data.time is not None:
        said = f"The later half of {rows} in {folds} parts, {manner}."
    else:
        times = f", {repeats} times with other folds, for a few rows decide much" if repeats > 1 else ""
        said = f"{folds}-fold cross-validation of {rows}{times}; {manner}."
    if left_out:
        said += f" {left_out} of the parts left out: too few rows or one outcome alone, before it or in it."
    return said

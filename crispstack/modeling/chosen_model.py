"""The model that is exported: one contender or several, fitted on all rows."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.errors import ModelingError
from crispstack.modeling import feature_selection, recency
from crispstack.modeling.contenders import Contender
from crispstack.modeling.encoding import Encoding, averaged_targets, fit_encoding
from crispstack.modeling.folds import FittingRows, Setting
from crispstack.modeling.predictor import Calibration, Member, Predictor
from crispstack.modeling.technique import Rows, Shape, Technique
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.training_rows import resampled
from crispstack.modeling.workers import Workers

_COPIES, _MANY_ROWS = 3, 5_000
"""Copies of a member, and the rows from which on there is one: fewer of several classes, which take a tree each."""


@dataclass(frozen=True)
class Part:
    """A contender's share in the model, and the parameters that its fits on the splits ended with.

    `copy` tells fits of one contender apart that differ by their seed alone.
    """

    number: int
    technique: str
    parameters: Mapping[str, Any]
    weight: float = 1.0
    copy: int = 0

    @property
    def name(self) -> str:
        """The contender's, as the leaderboard has it."""
        return f"{self.technique} {self.number}"


@dataclass(frozen=True)
class LastFit:
    """One part to be fitted on all rows, in at most so many seconds."""

    part: Part
    seconds: float | None = None


def part_of(contender: Contender, weight: float) -> Part:
    """What to fit on all rows: the parameters, with the mean number of steps that the splits' fits ended with."""
    found = [score.parameters for score in contender.scores.values()]
    given = contender.specification.parameters
    parameters = dict(found[0])
    for name, value in parameters.items():
        if name not in given and isinstance(value, int) and not isinstance(value, bool):
            parameters[name] = max(1, round(float(np.mean([each[name] for each in found]))))
    return Part(contender.specification.number, contender.technique, parameters, weight)


def copies(technique: Technique, shape: Shape) -> int:
    """How often a member is fitted on all rows, each time by another seed: chance decides much where rows are few.

    What is exact, or a mean of many already, is fitted once.
    """
    outputs = shape.classes if shape.framing == "multiclass" else 1
    return _COPIES if technique.stops_early and shape.rows * outputs < _MANY_ROWS else 1


def copied(parts: Sequence[Part], setting: Setting) -> list[Part]:
    """Each part as often as it is fitted, with a share of its weight."""
    found = []
    for part in parts:
        count = copies(setting.technique(part.technique), setting.shape)
        found += [dataclasses.replace(part, weight=part.weight / count, copy=copy) for copy in range(count)]
    return found


def fit_part(setting: Setting, data: TrainingData, task: LastFit) -> Member:
    """Encode all rows and fit on them."""
    started = time.monotonic()
    technique = setting.technique(task.part.technique)
    chosen, _ = resampled(data, setting.training_rows, setting.seed)
    encoding, matrix = fit_encoding(
        technique.encoding,
        data.features,
        chosen.columns,
        averaged_targets(chosen.target, data.framing, setting.shape.classes),
        setting.imputation,
        setting.seed,
        chosen.weight,
    )
    rows = Rows(matrix, chosen.target, chosen.weight, recency.ages(chosen.time, setting.shape.rows))
    deadline = None if task.seconds is None else started + task.seconds
    resources = setting.machine.resources(setting.seed + task.part.copy, deadline)
    model, _ = feature_selection.fit(
        FittingRows(encoding, rows, rows, None),
        task.part.parameters,
        setting.shape,
        setting.seed,
        lambda narrow, own, shape: recency.fit(technique, narrow.rows, None, own, shape, resources),
    )
    return Member(encoding, model, task.part.weight)


def fit_all(
    parts: Sequence[Part],
    calibration: Calibration | None,
    data: TrainingData,
    setting: Setting,
    workers: Workers,
    seconds: float | None,
) -> Predictor:
    """The parts fitted on all rows. One that fails is left out, and the others' weights grow.

    Raises:
        ModelingError: all of them failed; the message gives each one's reason.
    """
    tasks = [LastFit(part, seconds) for part in parts]
    outcomes = list(workers.run(functools.partial(fit_part, setting), data, tasks))
    members = {(of.task.part.number, of.task.part.copy): of.result for of in outcomes if of.result}
    if not members:
        reasons = "; ".join(f"{outcome.task.part.technique}: {outcome.error}" for outcome in outcomes)
        raise ModelingError(f"the chosen model could not be fitted on all rows: {reasons}")
    total = sum(member.weight for member in members.values())
    # Encodings of one kind are equal, wherever they were fitted: as one object they are one part of the graph.
    encodings: dict[str, Encoding] = {}
    ordered = []
    for part in parts:
        member = members.get((part.number, part.copy))
        if member:
            encoding = encodings.setdefault(setting.technique(part.technique).encoding, member.encoding)
            ordered.append(dataclasses.replace(member, weight=member.weight / total, encoding=encoding))
    return Predictor(tuple(ordered), calibration)


def fit_again(parts: Sequence[Part], data: TrainingData, setting: Setting, rows: NDArray[np.int64]) -> Predictor:
    """The same parts fitted on these rows only, uncalibrated."""
    some = data.take(rows)
    return Predictor(tuple(fit_part(setting, some, LastFit(part)) for part in parts))

"""One candidate on one split: fitted, judged on rows that it has not seen."""

from __future__ import annotations

import functools
import math
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crispstack.errors import ModelingError
from crispstack.modeling import feature_selection, libraries, recency
from crispstack.modeling.folds import FittingRows, Setting, folds_of
from crispstack.modeling.onnx_export import export_graph
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.predictor import Member, Predictor
from crispstack.modeling.technique import Model, Resources, Rows, Scores, Shape, Technique
from crispstack.modeling.training_data import TrainingData

REFIT_BELOW = 20_000
"""Rows below which those to stop by are too many to be lost to the fit: it is repeated with all of them."""
_JUDGED_OF_FITTED = 2_000
_TIMED_ROWS = 30


@dataclass(frozen=True)
class Specification:
    """A candidate: a technique with its parameters. Its number tells candidates of a search apart."""

    number: int
    technique: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Trial:
    """A candidate to be tried on a split, in at most so many seconds. `most_rows` to fit on; 0 is all.

    With `measured`, its graph is made and timed too.
    """

    specification: Specification
    split: int
    most_rows: int = 0
    seconds: float | None = None
    measured: bool = False


@dataclass(frozen=True)
class FoldScore:
    """How a candidate did. `predicted` are the scores of the rows held out; `parameters` those to refit it with.

    Where its graph was measured, `latency_ms` is the median time of one row in it and `size_bytes` the graph's size.
    """

    predicted: Scores
    loss: float
    fitted_loss: float
    parameters: Mapping[str, Any]
    fit_seconds: float
    seconds: float
    latency_ms: float | None = None
    size_bytes: int | None = None


def run_trial(setting: Setting, data: TrainingData, trial: Trial) -> FoldScore:
    """Fit and judge.

    Raises:
        ModelingError: it answers with something that is no number.
    """
    libraries.load((trial.specification.technique,))
    started = time.monotonic()
    technique = setting.technique(trial.specification.technique)
    folds = folds_of(data, setting)
    fold = folds.encoded(trial.split, trial.most_rows, technique.encoding)
    deadline = None if trial.seconds is None else started + trial.seconds
    resources = setting.machine.resources(setting.seed, deadline)
    fitting = time.monotonic()
    model, parameters = fitted(technique, fold.fitting, trial.specification.parameters, setting, resources)
    fit_seconds = time.monotonic() - fitting
    predicted = model.predict(fold.held_out)
    if not np.isfinite(predicted).all():
        raise ModelingError(f"{int((~np.isfinite(predicted)).sum())} of its answers are no numbers")
    held_out = folds.plan.splits[trial.split].held_out
    weight = None if data.weight is None else data.weight[held_out]
    latency, size = None, None
    if trial.measured:
        graph = export_graph(Predictor((Member(fold.fitting.encoding, model),)), data.features)
        latency, size = latency_ms(OnnxGraph(graph), data), len(graph)
    return FoldScore(
        predicted=predicted,
        loss=setting.metric.loss(data.target[held_out], predicted, weight),
        fitted_loss=_fitted_loss(model, fold.fitting.rows, setting),
        parameters=parameters,
        fit_seconds=fit_seconds,
        seconds=time.monotonic() - started,
        latency_ms=latency,
        size_bytes=size,
    )


def latency_ms(graph: OnnxGraph, data: TrainingData) -> float:
    """Median time of the prediction of one row, in milliseconds."""
    taken = []
    for row in range(min(_TIMED_ROWS, len(data.target))):
        columns = {name: column[row : row + 1] for name, column in data.columns.items()}
        started = time.perf_counter()
        graph.scores(columns)
        taken.append(time.perf_counter() - started)
    return 1e3 * statistics.median(taken)


def fitted(
    technique: Technique, rows: FittingRows, parameters: Mapping[str, Any], setting: Setting, resources: Resources
) -> tuple[Model, Mapping[str, Any]]:
    """The technique, stopped where rows to stop by say so; if rows are few, fitted again on all with what it found.

    With it the parameters to fit the like of it with.
    """
    return feature_selection.fit(
        rows, parameters, setting.shape, setting.seed, functools.partial(_fitted, technique, resources)
    )


def _fitted(
    technique: Technique, resources: Resources, rows: FittingRows, parameters: Mapping[str, Any], shape: Shape
) -> tuple[Model, Mapping[str, Any]]:
    if not technique.stops_early:
        return recency.fit(technique, rows.rows, None, parameters, shape, resources)
    started = time.monotonic()
    model, found = recency.fit(technique, rows.to_fit, rows.stop, parameters, shape, resources)
    again = 2 * time.monotonic() - started
    if rows.stop is None or len(rows.rows.target) >= REFIT_BELOW or again > (resources.deadline or math.inf):
        return model, found
    return recency.fit(technique, rows.rows, None, found, shape, resources)


def _fitted_loss(model: Model, rows: Rows, setting: Setting) -> float:
    """The loss on rows that it was fitted on: on some of them, if they are many."""
    chosen = np.random.default_rng(setting.seed).permutation(len(rows.target))[:_JUDGED_OF_FITTED]
    weight = None if rows.weight is None else rows.weight[chosen]
    return setting.metric.loss(rows.target[chosen], model.predict(rows.matrix[chosen]), weight)

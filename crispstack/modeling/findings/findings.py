"""All findings about the chosen model, in a given time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import (
    Confusion,
    Dependence,
    Explanation,
    Importance,
    LearningCurve,
    ModelFindings,
    SliceSearch,
)
from crispstack.modeling.findings.confusion import confusion
from crispstack.modeling.findings.explanation import explanation
from crispstack.modeling.findings.gap import gap
from crispstack.modeling.findings.held_out import LOSSES, HeldOut, scored
from crispstack.modeling.findings.learning_curve import FittedSplit, learning_curve
from crispstack.modeling.findings.next_steps import next_steps
from crispstack.modeling.findings.partial_dependence import partial_dependence
from crispstack.modeling.findings.permutation import permutation_importances
from crispstack.modeling.findings.residuals import residuals
from crispstack.modeling.findings.slices import worst_slices
from crispstack.modeling.findings.subject import Fit, Positions, Score, sample, take
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.findings.worst_rows import worst_rows
from crispstack.modeling.metrics import Metric
from crispstack.modeling.technique import Scores
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import Split

FITTING, SHUFFLING, EXPLAINING = 0.6, 0.4, 0.7
"""Shares of the time that is left: for the learning curve, then the importances, then the Shapley values."""
MOST_HELD_OUT = 100_000
MOST_DEPENDENCES, DEPENDENCE_ROWS = 6, 400
MOST_OUTPUTS = 6
MOST_VALUES = 12
"""Values of a worst row that are told."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Chosen:
    """The model that findings are about.

    `score` is the model as it is exported, `fit` fits the same technique afresh. `decide` turns scores into the index
    of a class, shape (n,), by the `rule`; a regression has none. `fit_seconds` is about what a fit takes, if known.
    """

    technique: str
    score: Score
    fit: Fit
    decide: Callable[[Scores], NDArray[np.int64]] | None = None
    rule: str = ""
    fit_seconds: float = 0.0


@dataclass(frozen=True)
class _Work:
    """What every finding is made from. What fails, or finds no time, costs itself only and is said in `omitted`."""

    data: TrainingData
    chosen: Chosen
    metric: Metric
    withheld: frozenset[str]
    seed: int
    limit: TimeLimit
    omitted: list[str] = field(default_factory=list)

    def attempt(self, name: str, find: Callable[[], Found]) -> Found | None:
        try:
            return find()
        except Exception as error:  # noqa: BLE001 (a finding must not cost the model)
            self.omitted.append(f"{name}: {type(error).__name__}: {error}")
            return None


def findings(
    data: TrainingData,
    chosen: Chosen,
    splits: Sequence[Split],
    metric: Metric,
    withheld: Collection[str],
    seed: int,
    limit: TimeLimit,
    predicted: HeldOut | None = None,
) -> ModelFindings:
    """Everything that can be said of the chosen model from training rows alone.

    Args:
        data: the training rows.
        chosen: the model.
        splits: the validation plan's.
        metric: by which it was chosen.
        withheld: features whose values must not be told: no row, slice or dependence shows them.
        seed: the same seed finds the same, time permitting.
        limit: when to be done; one fit and one look at a feature are done in any case.
        predicted: scores of rows by models that had not seen them; by default those of the learning curve.
    """
    started = limit.clock()
    work = _Work(data, chosen, metric, frozenset(withheld), seed, limit)
    curve, fitted = _curve(work, splits)
    importances = _importances(work, fitted)
    errors = predicted or work.attempt("errors", lambda: scored(data, fitted))
    by_importance = [each.feature for each in importances]
    every = [*by_importance, *(name for name in data.columns if name not in set(by_importance))]
    told = _told(work, every)
    found = ModelFindings(
        metric=metric.name,
        greater_is_better=metric.greater_is_better,
        technique=chosen.technique,
        held_out_rows=0,
        seconds=0.0,
        learning_curve=curve,
        gap=work.attempt("gap", lambda: gap(data, curve, fitted, metric)) if curve else None,
        importances=importances,
        worst_rows=(),
        slices=SliceSearch(LOSSES[data.framing], 0, 0, 0, ()),
        next_steps=(),
        explanation=_explanation(work, every),
        dependences=_dependences(work, told),
    )
    if errors:
        found = _with_errors(found, work, errors.sampled(MOST_HELD_OUT, seed), told)
    done = dataclasses.replace(
        found, next_steps=next_steps(found), seconds=limit.clock() - started, omitted=tuple(work.omitted)
    )
    rounded: ModelFindings = _rounded(done)
    return rounded


def _curve(work: _Work, splits: Sequence[Split]) -> tuple[LearningCurve | None, tuple[FittedSplit, ...]]:
    limit, chosen = work.limit.part(FITTING), work.chosen
    found = work.attempt(
        "learning curve",
        lambda: learning_curve(work.data, chosen.fit, splits, work.metric, work.seed, limit, chosen.fit_seconds),
    )
    return found or (None, ())


def _importances(work: _Work, fitted: Sequence[FittedSplit]) -> tuple[Importance, ...]:
    limit = work.limit.part(SHUFFLING)
    found = work.attempt(
        "importances", lambda: permutation_importances(work.data, fitted, work.metric, work.seed, limit)
    )
    if found is not None and len(found) < len(work.data.columns):
        work.omitted.append(f"importances of {len(work.data.columns) - len(found)} features: the time was over")
    return found or ()


def _told(work: _Work, features: Sequence[str]) -> list[str]:
    """Those whose values may be told: not withheld, and no free text."""
    texts = {feature.name for feature in work.data.features if feature.kind == "text"}
    return [name for name in features if name not in work.withheld | texts]


def _outputs(data: TrainingData) -> Positions:
    """Positions of the outputs that are told: the one there is, or the most frequent classes."""
    if data.framing != "multiclass":
        return np.zeros(1, dtype=np.int64)
    counts = np.bincount(data.target.astype(np.int64), minlength=len(data.classes))
    return np.sort(np.argsort(-counts, kind="stable")[:MOST_OUTPUTS])


def _explanation(work: _Work, features: Sequence[str]) -> Explanation | None:
    limit, shown = work.limit.part(EXPLAINING), _outputs(work.data)
    return work.attempt(
        "Shapley values",
        lambda: explanation(work.data, work.chosen.score, features, shown, work.seed, limit),
    )


def _dependences(work: _Work, told: Sequence[str]) -> tuple[Dependence, ...]:
    data, shown = work.data, _outputs(work.data).tolist()
    limit = work.limit.part(1.0)
    columns = take(data.columns, sample(np.arange(len(data.target)), DEPENDENCE_ROWS, work.seed))
    classes = data.classes if data.framing == "multiclass" else ()
    found: list[Dependence] = []
    for name in told[:MOST_DEPENDENCES]:
        if found and not limit.left:
            work.omitted.append(f"partial dependence on {name}: the time was over")
            continue
        one = work.attempt(
            f"partial dependence on {name}",
            lambda name=name: partial_dependence(work.chosen.score, columns, name, classes, shown),  # type: ignore[misc]
        )
        found += [one] if one else []
    return tuple(found)


def _with_errors(found: ModelFindings, work: _Work, errors: HeldOut, told: Sequence[str]) -> ModelFindings:
    data = work.data
    slices = work.attempt("slices", lambda: worst_slices(data, errors, told))
    actual = data.target[errors.rows]
    return dataclasses.replace(
        found,
        held_out_rows=len(errors.rows),
        worst_rows=work.attempt("worst rows", lambda: worst_rows(data, errors, told[:MOST_VALUES])) or (),
        slices=slices or found.slices,
        confusion=work.attempt("confusion", lambda: _confusion(work, errors)),
        residuals=work.attempt("residuals", lambda: residuals(actual, errors.scores))
        if data.framing == "regression"
        else None,
    )


def _confusion(work: _Work, errors: HeldOut) -> Confusion | None:
    decide, data = work.chosen.decide, work.data
    if decide is None:
        return None
    classes = data.classes if data.framing == "multiclass" else ("not positive", "positive")
    return confusion(data.target[errors.rows].astype(np.int64), decide(errors.scores), classes, work.chosen.rule)


def _rounded(value: Any) -> Any:
    """The same with six significant digits: none of these figures has more, and the artifact is read by people."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, tuple):
        return tuple(_rounded(each) for each in value)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {each.name: _rounded(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    return value

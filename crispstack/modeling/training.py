"""The whole of modeling: candidates searched, a model chosen and exported, the proof that the export is the model."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from crispstack.artifacts import (
    Expectation,
    Feature,
    GoldenRow,
    Leaderboard,
    ModelFindings,
    Parity,
    PreparedDataset,
)
from crispstack.charter import Charter
from crispstack.data_preparation.requests import feature_arrays, request_row
from crispstack.errors import DataError, ModelingError
from crispstack.modeling import leakage, libraries, techniques
from crispstack.modeling.budget import Budget, affordable_seconds
from crispstack.modeling.choice import Choice, choose
from crispstack.modeling.contenders import Contender, deciding_splits
from crispstack.modeling.expectation import expectation
from crispstack.modeling.explained import explain
from crispstack.modeling.exported_model import Exported, export_best
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.folds import Folds, Setting, folds_of, shape_of
from crispstack.modeling.framing import ranking_metric
from crispstack.modeling.held_out import HeldOutRows
from crispstack.modeling.leaderboard import lines
from crispstack.modeling.metrics import Metric, quantile_of
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.search import CONSTANT, Progress, Search
from crispstack.modeling.shortlist import Shortlisted, shortlist
from crispstack.modeling.technique import Machine, Shape, Technique
from crispstack.modeling.training_data import TrainingData, evenly
from crispstack.modeling.validation_plan import ValidationPlan
from crispstack.modeling.value import best_shift, constants, explained_cost
from crispstack.modeling.workers import Workers

_SELECTING = 0.04
"""Share of the budget's seconds in which an ensemble is looked for."""
_LEAST = 0.015
"""Share of the budget's seconds that each part of the findings has in any case."""


@dataclass(frozen=True)
class OutOfFold:
    """The chosen model's scores of a training row by models that have not seen it; `row` is its position.

    That is the probability of the positive class; of each class, in their order; or the number.
    """

    row: int
    repeat: int
    actual: float
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    """What earns most on rows held out: the `threshold` of two classes, the `shift` of a number.

    `roc_auc` is of classes; `explained_cost` (D²) and the `constants` that anyone could predict are of a number.
    """

    threshold: float = 0.0
    roc_auc: float = 0.0
    shift: float = 0.0
    explained_cost: float = 0.0
    constants: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """What modeling found. `outcome` says how scores become decisions, and how good they are on rows held out."""

    leaderboard: Leaderboard
    graph: bytes
    parity: Parity
    features: tuple[Feature, ...]
    outcome: Outcome
    predictions: tuple[OutOfFold, ...]
    golden_rows: tuple[GoldenRow, ...]
    findings: ModelFindings
    expected: Expectation
    shortlist: tuple[Shortlisted, ...] = ()


def silent(_: Progress) -> None:
    """Tell nobody how far the search is."""


def train(
    charter: Charter,
    dataset: PreparedDataset,
    data: TrainingData,
    workers: Workers,
    report: Callable[[Progress], None] = silent,
    dollars_per_hour: float = 0.0,
    clock: Callable[[], float] = time.monotonic,
    machine: Machine | None = None,
) -> Training:
    """Search candidates on the training rows within the charter's budget and export what is best.

    Args:
        charter: techniques, metric, folds, budget, seed and money.
        dataset: features and target of the rows, and how many there are.
        data: the training rows.
        workers: run the search's trials and the last fits.
        report: is told of every trial.
        dollars_per_hour: what the workers cost together, to keep a budget in dollars.
        clock: counts seconds.
        machine: what every fit has of the worker it runs on; one thread of a CPU where nothing is said.

    Raises:
        DataError: rows are missing, or there is nothing to learn from or to compare by.
        ModelingError: no candidate could be tried on every split, or none survived parity; the message says why.
    """
    if len(data.target) != dataset.train_rows:
        raise DataError(
            f"{dataset.train_uri} holds {len(data.target)} rows; data preparation wrote {dataset.train_rows}"
        )
    modeling = charter.modeling
    seconds = affordable_seconds(modeling.budget_seconds, modeling.budget_dollars, dollars_per_hour)
    data = data.checked(dataset.target)
    metric, reason = ranking_metric(charter, data)
    setting, left_out = _setting(charter, data, metric, machine or Machine())
    folds = folds_of(data, setting)
    _make_ready(workers, data, tuple(each.name for each in setting.techniques))
    budget = Budget(seconds, modeling.trials, clock, clock())
    contenders = Search(folds, budget, workers.slots, report).run(workers)
    tried = deciding_splits([each for each in contenders if each.technique != CONSTANT])
    if not tried:
        raise ModelingError(_nothing_tried(contenders))
    if tried < len(folds.plan.splits):
        folds = folds.first(tried)
    held_out = HeldOutRows.of(data, folds.plan, setting.seed)
    until = clock() + _SELECTING * seconds
    choice = choose(contenders, folds, held_out, modeling.members, lambda: clock() < until)
    exported = export_best(contenders, choice, folds, held_out, charter, workers, budget)
    others = shortlist(contenders, exported, folds, held_out, charter, workers, budget)
    found = explain(exported, folds, held_out, charter, TimeLimit(clock, budget.started + seconds, _LEAST * seconds))
    board = _board(contenders, choice, exported, folds, held_out, charter)
    return Training(
        leaderboard=dataclasses.replace(
            board, metric_reason=reason, seconds=budget.spent, budget_seconds=seconds, left_out=left_out
        ),
        graph=exported.graph,
        parity=exported.parity,
        features=dataset.features,
        outcome=_outcome(exported, held_out, data, charter),
        predictions=_predictions(held_out, exported.choice, folds.plan),
        golden_rows=_golden_rows(data, OnnxGraph(exported.graph), charter),
        findings=found,
        expected=expectation(charter, data.classes, exported.threshold, exported.choice.scores, held_out.amount),
        shortlist=others,
    )


def _make_ready(workers: Workers, data: TrainingData, names: tuple[str, ...]) -> None:
    """Load libraries here and where trials run, and the rows there: the budget is not for that."""
    libraries.load(names)
    for _ in workers.run(_loaded, data, [names] * workers.slots):
        pass


def _loaded(_: TrainingData, names: tuple[str, ...]) -> None:
    libraries.load(names)


def _setting(charter: Charter, data: TrainingData, metric: Metric, machine: Machine) -> tuple[Setting, dict[str, str]]:
    """What all candidates have in common, and the techniques that do not suit the data, with reasons."""
    modeling = charter.modeling
    shape = shape_of(data, quantile_of(metric))
    wanted: Sequence[str] = modeling.techniques or techniques.by_default(modeling.backend)
    suited, left_out = _suited([techniques.BY_NAME[name] for name in wanted if name != CONSTANT], shape)
    if not suited:
        raise ModelingError(f"no technique suits the data: {'; '.join(f'{n}: {why}' for n, why in left_out.items())}")
    return (
        Setting(
            techniques=(techniques.BY_NAME[CONSTANT], *suited),
            metric=metric,
            shape=shape,
            folds=modeling.folds,
            repeats=modeling.repeats,
            seed=modeling.seed,
            imputation=modeling.imputation,
            training_rows=modeling.training_rows,
            machine=machine,
        ),
        left_out,
    )


def _suited(candidates: Sequence[Technique], shape: Shape) -> tuple[list[Technique], dict[str, str]]:
    reasons = {each.name: each.unsuited(shape) for each in candidates}
    return [each for each in candidates if not reasons[each.name]], {n: why for n, why in reasons.items() if why}


def _nothing_tried(contenders: Sequence[Contender]) -> str:
    failed = {each.technique: each.error for each in contenders if each.error and each.technique != CONSTANT}
    if failed:
        return "no candidate could be trained: " + "; ".join(f"{name}: {error}" for name, error in failed.items())
    return "no candidate was tried: raise modeling.trials, which counts the constant too"


def _board(
    contenders: Sequence[Contender],
    choice: Choice,
    exported: Exported,
    folds: Folds,
    held_out: HeldOutRows,
    charter: Charter,
) -> Leaderboard:
    """What was tried and what came of it; the search's circumstances are not on it yet."""
    setting, kept = folds.setting, exported.choice
    choices = [choice] if kept is choice else [choice, kept]
    low, high = held_out.interval(setting.metric, kept.scores, 0.95, setting.seed)
    return Leaderboard(
        metric=setting.metric.name,
        greater_is_better=setting.metric.greater_is_better,
        candidates=exported.noted(lines(contenders, choices, folds, held_out, charter)),
        winner=exported.name,
        folds=folds.plan.folds,
        repeats=folds.plan.repeats,
        validation=folds.plan.reason,
        calibration=kept.calibrated,
        low=low,
        high=high,
        beats_constant=kept.beats_constant,
        trials=len(contenders),
        warnings=_warnings(folds.data, kept, setting.seed),
    )


def _warnings(data: TrainingData, choice: Choice, seed: int) -> tuple[str, ...]:
    said = [leakage.in_words(name, told) for name, told in leakage.suspects(data, seed).items()]
    if not choice.beats_constant:
        said.append(
            "No candidate is reliably better than a constant that knows no feature: the features say nothing of the "
            "target, or too few rows do. The constant is exported; nobody should act on it."
        )
    return tuple(said)


def _outcome(exported: Exported, held_out: HeldOutRows, data: TrainingData, charter: Charter) -> Outcome:
    scores, money = exported.choice.scores, charter.money
    if data.framing != "regression":
        return Outcome(exported.threshold, held_out.metrics(data.framing, scores).get("roc_auc", 0.0))
    if not money.costs_per_unit:
        return Outcome()
    shift, _ = best_shift(money, held_out.target, scores, held_out.amount)
    explained = explained_cost(money, held_out.target, scores + shift, held_out.amount)
    return Outcome(shift=shift, explained_cost=explained, constants=constants(money, data.target, data.amount))


def _predictions(held_out: HeldOutRows, choice: Choice, plan: ValidationPlan) -> tuple[OutOfFold, ...]:
    repeat = np.repeat(
        np.arange(len(plan.splits)) // max(1, plan.folds), [len(split.held_out) for split in plan.splits]
    )
    scores = choice.scores.reshape(len(held_out.rows), -1).tolist()
    found = zip(held_out.rows.tolist(), repeat.tolist(), held_out.target.tolist(), scores, strict=True)
    return tuple(OutOfFold(row, again, actual, tuple(answer)) for row, again, actual, answer in found)


def _golden_rows(data: TrainingData, graph: OnnxGraph, charter: Charter) -> tuple[GoldenRow, ...]:
    """Requests spread evenly over the training rows, answered by the graph the way serving will."""
    rows = data.samples or [
        {name: column[row] for name, column in data.columns.items()} for row in evenly(len(data.target))
    ]
    requests = [request_row(row, charter) for row in rows]
    answers = graph.scores(feature_arrays(requests, charter)).reshape(len(requests), -1)
    return tuple(GoldenRow(row, tuple(map(float, each))) for row, each in zip(requests, answers, strict=True))

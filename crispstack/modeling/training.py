"""The whole of modeling: candidates compared, the best one exported, the proof that the export is the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from crispstack.artifacts import Candidate, Feature, GoldenRow, Parity, PreparedDataset
from crispstack.charter import Charter, Modeling, Technique
from crispstack.data_preparation.requests import feature_arrays, request_row
from crispstack.errors import DataError, ModelingError
from crispstack.modeling.cross_validation import (
    FoldFailure,
    FoldResult,
    FoldTask,
    Spread,
    candidate,
    fit,
    run_fold,
    run_importance,
    tasks,
)
from crispstack.modeling.onnx_export import export, prove_parity
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.training_data import TrainingData

GOLDEN_ROWS = 20

Results = Mapping[Technique, Sequence[FoldResult | FoldFailure]]


@dataclass(frozen=True)
class OutOfFold:
    """The winner's probability for a training row by a model that has not seen it; `row` is its position."""

    row: int
    repeat: int
    actual: int
    predicted: float


@dataclass(frozen=True)
class Training:
    """What modeling found. `candidates` come best first; `importances` in ROC AUC lost, largest first."""

    candidates: tuple[Candidate, ...]
    winner: Candidate
    graph: bytes
    parity: Parity
    features: tuple[Feature, ...]
    importances: dict[str, float]
    predictions: tuple[OutOfFold, ...]
    golden_rows: tuple[GoldenRow, ...]


def train(charter: Charter, dataset: PreparedDataset, rows: Sequence[Mapping[str, Any]], spread: Spread) -> Training:
    """Compare the charter's techniques on the training rows and export the best that survives the parity proof.

    Args:
        charter: techniques, folds, repeats, seed and money.
        dataset: features and target of the rows.
        rows: prepared training rows, one mapping per row.
        spread: runs the search's tasks.

    Raises:
        DataError: rows are missing, or do not hold both classes.
        ModelingError: no candidate could be trained, or none survived parity; the message names each one's reason.
    """
    if len(rows) != dataset.train_rows:
        raise DataError(f"{dataset.train_uri} holds {len(rows)} rows; data preparation wrote {dataset.train_rows}")
    data = TrainingData.from_rows(rows, dataset.features, dataset.target)
    results = _search(charter, data, spread)
    ranked = _ranked(results, data, charter)
    ranked, winner, graph, parity = _first_exportable(ranked, data, charter)
    return Training(
        candidates=ranked,
        winner=winner,
        graph=graph,
        parity=parity,
        features=dataset.features,
        importances=_importances(winner, data, charter, spread),
        predictions=_predictions(results, winner, data, charter.modeling.folds),
        golden_rows=_golden_rows(rows, OnnxGraph(graph), charter),
    )


def _search(charter: Charter, data: TrainingData, spread: Spread) -> Results:
    results: dict[Technique, list[FoldResult | FoldFailure]] = {}
    for result in spread(run_fold, data, tasks(charter.modeling)):
        results.setdefault(result.task.technique, []).append(result)
    return results


def _ranked(results: Results, data: TrainingData, charter: Charter) -> tuple[Candidate, ...]:
    candidates = [candidate(technique, found, data, charter.money) for technique, found in results.items()]
    ranked = tuple(sorted(candidates, key=lambda found: (bool(found.error), -found.mean_roc_auc)))
    if all(found.error for found in ranked):
        raise ModelingError(f"no candidate could be trained: {_reasons(ranked)}")
    return ranked


def _first_exportable(
    ranked: tuple[Candidate, ...], data: TrainingData, charter: Charter
) -> tuple[tuple[Candidate, ...], Candidate, bytes, Parity]:
    """Refit the candidates on all rows, best first, until one's graph answers like it."""
    noted = list(ranked)
    for position, found in enumerate(ranked):
        if found.error:
            continue
        try:
            graph, parity = _exported(found, data, charter.modeling)
        except Exception as error:  # noqa: BLE001 (a converter's failure costs its candidate only)
            noted[position] = dataclasses.replace(found, error=f"not exported: {type(error).__name__}: {error}")
            continue
        if parity.maximum_difference <= parity.tolerance:
            return tuple(noted), found, graph, parity
        reason = f"its ONNX graph differs by {parity.maximum_difference:.1e}, more than {parity.tolerance:.0e}"
        noted[position] = dataclasses.replace(found, error=reason)
    raise ModelingError(f"no candidate survived the export: {_reasons(noted)}")


def _exported(found: Candidate, data: TrainingData, modeling: Modeling) -> tuple[bytes, Parity]:
    fitted = fit(cast(Technique, found.technique), data, np.arange(len(data.target)), modeling)
    graph = export(fitted, data.features)
    return graph, prove_parity(fitted, OnnxGraph(graph), data, modeling.seed)


def _importances(winner: Candidate, data: TrainingData, charter: Charter, spread: Spread) -> dict[str, float]:
    technique = cast(Technique, winner.technique)
    first_repeat = [FoldTask(technique, split, charter.modeling) for split in range(charter.modeling.folds)]
    mean = np.mean(spread(run_importance, data, first_repeat), axis=0)
    named = {feature.name: float(lost) for feature, lost in zip(data.features, mean, strict=True)}
    return dict(sorted(named.items(), key=lambda item: -item[1]))


def _predictions(results: Results, winner: Candidate, data: TrainingData, folds: int) -> tuple[OutOfFold, ...]:
    return tuple(
        OutOfFold(int(row), result.task.split // folds, int(data.target[row]), float(probability))
        for result in results[cast(Technique, winner.technique)]
        if isinstance(result, FoldResult)
        for row, probability in zip(result.rows, result.predicted, strict=True)
    )


def _golden_rows(rows: Sequence[Mapping[str, Any]], graph: OnnxGraph, charter: Charter) -> tuple[GoldenRow, ...]:
    """Requests spread evenly over the training rows, answered by the graph the way serving will."""
    chosen = np.unique(np.linspace(0, len(rows) - 1, GOLDEN_ROWS).astype(int))
    requests = [request_row(rows[index], charter) for index in chosen]
    probabilities = graph.probabilities(feature_arrays(requests, charter))
    return tuple(GoldenRow(row, (float(answer),)) for row, answer in zip(requests, probabilities, strict=True))


def _reasons(candidates: Sequence[Candidate]) -> str:
    return "; ".join(f"{found.technique}: {found.error}" for found in candidates)

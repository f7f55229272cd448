"""Findings about the exported model, asked for in its terms: its scores, fits like its own, its decisions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelFindings
from crispstack.charter import Charter
from crispstack.data_understanding.withheld import withheld_features
from crispstack.modeling.chosen_model import fit_again, part_of
from crispstack.modeling.exported_model import Exported
from crispstack.modeling.findings.findings import Chosen, findings
from crispstack.modeling.findings.held_out import held_out
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.folds import Folds
from crispstack.modeling.held_out import HeldOutRows
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.technique import Scores
from crispstack.modeling.value import best_classes, class_values, expected_gain


def explain(exported: Exported, folds: Folds, rows: HeldOutRows, charter: Charter, limit: TimeLimit) -> ModelFindings:
    """What the model relies on, where it errs, and whether more rows would help; within the limit."""
    parts = [part_of(contender, weight) for contender, weight in exported.choice.members]
    graph, decide_by = OnnxGraph(exported.graph), _decision(exported, folds, charter)
    chosen = Chosen(
        technique=exported.name,
        score=lambda columns: graph.scores(columns).astype(np.float64),
        fit=lambda positions: fit_again(parts, folds.data, folds.setting, positions).scores,
        decide=decide_by[0] if decide_by else None,
        rule=decide_by[1] if decide_by else "",
        fit_seconds=_fit_seconds(exported),
    )
    return findings(
        folds.data,
        chosen,
        folds.plan.splits,
        folds.setting.metric,
        withheld=withheld_features(charter),
        seed=folds.setting.seed,
        limit=limit,
        predicted=held_out(rows.rows, exported.choice.scores),
    )


def _decision(
    exported: Exported, folds: Folds, charter: Charter
) -> tuple[Callable[[Scores], NDArray[np.int64]], str] | None:
    if folds.data.framing == "binary":
        threshold = _probability(exported.threshold, folds, charter)
        return lambda scores: (scores >= threshold).astype(np.int64), f"probability of at least {threshold:.3f}"
    if folds.data.framing == "multiclass":
        values = class_values(charter.money, folds.data.classes)
        return lambda scores: best_classes(values, scores), "the class of highest expected value"
    return None


def _probability(threshold: float, folds: Folds, charter: Charter) -> float:
    """The probability from which on a case of median amount is acted on; the threshold itself without amounts."""
    amount = folds.data.amount
    if charter.decides_by == "probability" or amount is None:
        return threshold
    gain_of_none, gain_of_all = expected_gain(charter.money, np.array([0.0, 1.0]), np.full(2, np.median(amount)))
    return float((threshold - gain_of_none) / (gain_of_all - gain_of_none))


def _fit_seconds(exported: Exported) -> float:
    """How long the members' fits on one split took together, as the search measured it."""
    times = [[score.fit_seconds for score in member.scores.values()] for member, _ in exported.choice.members]
    return sum(sum(each) / len(each) for each in times if each)

"""The held-out rows that the model gets most wrong: where to look for wrong data and for what the model cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crispstack.artifacts import WorstRow
from crispstack.data_preparation.values import MISSING
from crispstack.modeling.findings.held_out import HeldOut
from crispstack.modeling.findings.words import figure
from crispstack.modeling.technique import Scores
from crispstack.modeling.training_data import TrainingData

MOST = 15


def worst_rows(data: TrainingData, found: HeldOut, features: Sequence[str], most: int = MOST) -> tuple[WorstRow, ...]:
    """Up to `most` rows, the worst first, with their values of these features."""
    losses = found.losses(data)
    worst = np.argsort(-losses, kind="stable")[:most]
    return tuple(
        WorstRow(
            row=int(found.rows[at]),
            actual=_actual(data, float(data.target[found.rows[at]])),
            predicted=_predicted(data, found.scores[at]),
            loss=float(losses[at]),
            values={name: said(data.columns[name][found.rows[at]]) for name in features},
        )
        for at in worst
    )


def _actual(data: TrainingData, target: float) -> str:
    if data.framing == "multiclass":
        return data.classes[int(target)]
    if data.framing == "binary":
        return "positive" if target == 1 else "not positive"
    return figure(target, 4)


def _predicted(data: TrainingData, scores: Scores) -> str:
    if data.framing == "multiclass":
        return f"{data.classes[int(scores.argmax())]} ({float(scores.max()):.1%})"
    return f"positive with {float(scores):.1%}" if data.framing == "binary" else figure(float(scores), 4)


def said(value: Any) -> str:
    """A prepared value as people read it."""
    if isinstance(value, str):
        return "(missing)" if value == MISSING else value
    return "(missing)" if np.isnan(value) else figure(float(value), 6)

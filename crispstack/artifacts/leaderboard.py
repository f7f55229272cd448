"""What modeling leaves: the candidates and how they compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class Candidate:
    """One technique after repeated stratified cross-validation: ROC AUC per fold, value per row in money."""

    technique: str
    parameters: dict[str, Any]
    roc_auc: tuple[float, ...]
    mean_roc_auc: float
    standard_deviation_roc_auc: float
    train_roc_auc: float
    average_precision: float
    brier_score: float
    value_per_row: float
    threshold: float
    fit_seconds: float
    error: str = ""


@dataclass(frozen=True)
class Leaderboard(Artifact, phase=Phase.MODELING):
    """Modeling: candidates, best first."""

    metric: str
    candidates: tuple[Candidate, ...]
    winner: str
    folds: int
    repeats: int
    importances: dict[str, float]
    inputs: tuple[InputReference, ...] = ()

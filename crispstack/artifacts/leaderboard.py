"""What modeling leaves: the candidates and how they compare."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class Candidate:
    """A candidate's line: the best of its technique, or an ensemble of several.

    `scores` has the ranking metric on each fold, or on each part of the one hold-out; `mean_score` and `spread` are
    their mean and standard deviation, `fitted_score` is the mean on rows it was fitted on, `gap` how much better that
    is. `metrics` are other figures, means over the folds. `value_per_row` is in money with the `threshold` that earns
    most, of two classes alone. `latency_ms` is the median time of one row through its graph. `members` are the weights
    of an ensemble's members by their names. `note` says what became of it short of being chosen; with an `error` the
    figures are zero.
    """

    name: str
    technique: str
    family: str
    parameters: dict[str, Any]
    scores: tuple[float, ...] = ()
    mean_score: float = 0.0
    spread: float = 0.0
    fitted_score: float = 0.0
    gap: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    value_per_row: float = 0.0
    threshold: float = 0.0
    fit_seconds: float = 0.0
    latency_ms: float | None = None
    size_bytes: int | None = None
    members: dict[str, float] = field(default_factory=dict)
    note: str = ""
    error: str = ""


@dataclass(frozen=True)
class Leaderboard(Artifact, phase=Phase.MODELING):
    """Modeling: candidates, best first.

    `metric_reason` and `validation` say in words why it is ranked by this metric and judged on these rows.
    `low` and `high` bound the winner's score (95 %, bootstrap); `beats_constant` is false where no candidate is
    reliably better than one that knows no feature, which is then what is exported. `warnings` are sentences about what
    makes the figures doubtful, `left_out` names techniques that were not tried, and why.
    """

    metric: str
    greater_is_better: bool
    candidates: tuple[Candidate, ...]
    winner: str
    folds: int
    repeats: int
    metric_reason: str = ""
    validation: str = ""
    calibration: str = ""
    low: float = 0.0
    high: float = 0.0
    beats_constant: bool = True
    trials: int = 0
    seconds: float = 0.0
    budget_seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    inputs: tuple[InputReference, ...] = ()

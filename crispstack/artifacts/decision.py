"""What evaluation leaves: go or no-go, in money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.artifacts.model_findings import Confusion
from crispstack.charter import Framing
from crispstack.phases import Phase


@dataclass(frozen=True)
class PolicyValue:
    """What a policy earns on the test set: total, with the bounds of its bootstrap interval.

    `acted_on` counts the cases acted on, where the decision is whether to act.
    """

    policy: str
    value: float
    low: float
    high: float
    acted_on: int | None = None


@dataclass(frozen=True)
class Criterion:
    """One criterion of the decision."""

    name: str
    figure: float
    limit: float
    passed: bool
    reason: str


@dataclass(frozen=True)
class CurvePoint:
    """Total value on the test set when acting on the `share` of cases that rank highest."""

    share: float
    value: float
    true_positive_rate: float
    false_positive_rate: float
    precision: float


@dataclass(frozen=True)
class CalibrationBin:
    """Mean predicted probability against the observed rate, or mean number against the mean of what came true."""

    predicted: float
    observed: float
    count: int


@dataclass(frozen=True)
class Decision(Artifact, phase=Phase.EVALUATION):
    """Evaluation: go or no-go, in money, on rows that nothing has seen before.

    Positives, threshold and curve are of two classes; ROC AUC, average precision and Brier score of two or several;
    the confusion of several. `figures` holds what is measured beside them, by name.
    """

    verdict: Literal["go", "no_go"]
    summary: str
    currency: str
    test_rows: int
    test_positives: int
    threshold: float | None
    roc_auc: float | None
    average_precision: float | None
    brier_score: float | None
    policies: tuple[PolicyValue, ...]
    best_alternative: str
    advantage: float
    advantage_low: float
    advantage_high: float
    confidence: float
    criteria: tuple[Criterion, ...]
    curve: tuple[CurvePoint, ...]
    calibration: tuple[CalibrationBin, ...]
    return_to: Phase | None
    test_predictions_uri: str
    framing: Framing = "binary"
    figures: dict[str, float] = field(default_factory=dict)
    confusion: Confusion | None = None
    inputs: tuple[InputReference, ...] = ()

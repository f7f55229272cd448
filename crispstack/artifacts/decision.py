"""What evaluation leaves: go or no-go, in money."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.artifacts.model_findings import Confusion
from crispstack.charter import Framing
from crispstack.phases import Phase

PolicyKind = Literal["model", "simple", "champion", "shortlisted", "foresight"]
Outcome = Literal["met", "condition", "failed", "not_measured"]
Verdict = Literal["go", "go_with_conditions", "no_go"]


@dataclass(frozen=True)
class PolicyValue:
    """What a policy earns on the test set: total, with the bounds of its bootstrap interval.

    `acted_on` counts the cases acted on, where the decision is whether to act. `difference` is what the model earns
    more than the policy, with the bounds of its paired interval. `kind` says who could follow it: anyone (simple), who
    serves now (champion), another model of the shortlist, or nobody (foresight).
    """

    policy: str
    value: float
    low: float
    high: float
    acted_on: int | None = None
    kind: PolicyKind = "simple"
    difference: float = 0.0
    difference_low: float = 0.0
    difference_high: float = 0.0


@dataclass(frozen=True)
class Criterion:
    """One criterion of the decision: its figure and limit in `unit`, its verdict, and why.

    Failed, it makes a no-go, and `return_to` is where that leads back to; a `condition` allows a go that keeps it.
    What cannot be measured here has no figure, and stands in nobody's way.
    """

    name: str
    figure: float | None
    limit: float | None
    verdict: Outcome
    reason: str
    unit: str = ""
    return_to: Phase | None = None

    @property
    def passed(self) -> bool:
        """Whether it asks for nothing more."""
        return self.verdict in ("met", "not_measured")


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
class SliceValue:
    """Test cases of one `group` of a `column`: what the model earns, and what it earns more than the best alternative.

    `p_value` is of the hypothesis that it earns no less, one-sided; `adjusted` is it after the correction for as many
    slices as there are. `rates` are by name: share acted on, true and false positive rate, precision, observed and
    predicted mean, or of a number its mean errors; a rate of no case is left out.
    """

    column: str
    group: str
    rows: int
    value: float
    advantage: float
    advantage_low: float
    advantage_high: float
    p_value: float
    adjusted: float
    rates: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FairnessGap:
    """The widest difference of a `rate` between two groups of a column; p-values before and after correction."""

    column: str
    rate: str
    lowest: str
    highest: str
    gap: float
    p_value: float
    adjusted: float


@dataclass(frozen=True)
class CostSensitivity:
    """The model's advantage if one amount of money were `low` or `high` instead of as `stated`.

    `assumed` says that the charter gives no range, and a fifth up and down was taken. At `break_even` the advantage
    is zero; none if no such amount exists.
    """

    cost: str
    stated: float
    low: float
    high: float
    advantage_at_low: float
    advantage_at_high: float
    break_even: float | None
    assumed: bool


@dataclass(frozen=True)
class PeriodValue:
    """Test cases from one moment to another (ISO 8601, UTC): the model's value and its advantage, with its interval."""

    start: str
    end: str
    rows: int
    value: float
    advantage: float
    advantage_low: float
    advantage_high: float


@dataclass(frozen=True)
class Decision(Artifact, phase=Phase.EVALUATION):
    """Evaluation: go or no-go, in money, on rows that nothing has seen before.

    Positives, threshold and curve are of two classes; ROC AUC, average precision and Brier score of two or several;
    the confusion of several. `figures` holds what is measured beside them, by name. `advantage` is over the best
    alternative that anyone could follow without the model; `cost_low` and `cost_high` bound it where the amounts of
    money vary within their ranges as well as the cases. `resampling` says in words what was drawn. `yearly_advantage`
    is for the charter's volume. `conditions` are what a go with conditions asks for.
    """

    verdict: Verdict
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
    conditions: tuple[str, ...] = ()
    resampling: str = ""
    slices: tuple[SliceValue, ...] = ()
    fairness: tuple[FairnessGap, ...] = ()
    periods: tuple[PeriodValue, ...] = ()
    sensitivity: tuple[CostSensitivity, ...] = ()
    cost_low: float | None = None
    cost_high: float | None = None
    yearly_advantage: float | None = None
    champion: str = ""
    inputs: tuple[InputReference, ...] = ()

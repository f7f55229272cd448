"""What monitoring leaves: how far the rows that are predicted now are from those of training."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class Divergence:
    """How far a distribution is from the one in training, over cells that cover all of both.

    `psi` is the population stability index, `jensen_shannon` the divergence of that name in bits, 0 to 1, and
    `by_chance` what chance alone hardly ever brings the latter to, with as many rows as there are here and in training.
    """

    cells: int
    psi: float
    jensen_shannon: float
    by_chance: float


@dataclass(frozen=True)
class RateChange:
    """A share of the rows now and in training, and an interval for the difference."""

    now: float
    trained: float
    low: float
    high: float


@dataclass(frozen=True)
class ColumnDrift:
    """A column: of `rows` now, `trained_rows` in training; `found` says what drifted.

    `unseen` is the share of values that training never saw. What cannot be known is None.
    """

    column: str
    rows: int
    trained_rows: int
    missing: RateChange
    divergence: Divergence | None = None
    unseen: RateChange | None = None
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class PredictionDrift:
    """The predictions: their distribution, and the shift of their mean in standard deviations, with its interval.

    Of several classes it is the distribution of those decided for, and no shift.
    """

    rows: int
    trained_rows: int
    divergence: Divergence | None
    shift: float
    low: float
    high: float
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcomes:
    """What became of the version's latest rows whose truth was told: their value, and how well they were ranked.

    `value_per_case` is in the charter's currency, with its interval. Ranking (ROC AUC) is of two classes alone.
    """

    rows: int
    value_per_case: float
    low: float
    high: float
    roc_auc: float | None = None
    roc_auc_low: float | None = None
    roc_auc_high: float | None = None
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriftReport(Artifact, phase=Phase.DEPLOYMENT):
    """Monitoring: the window from `begins` to `ends` (ISO 8601, UTC) of one version's predictions against training.

    `judged` is False where there were fewer than `minimum_rows`. `confidence` is the share of undrifted windows in
    which nothing is found, whatever the number of comparisons.
    """

    project: str
    model_version: str
    begins: str
    ends: str
    rows: int
    minimum_rows: int
    judged: bool
    drifted: bool
    summary: str
    confidence: float
    columns: tuple[ColumnDrift, ...] = ()
    prediction: PredictionDrift | None = None
    outcomes: Outcomes | None = None
    bytes_scanned: int = 0
    inputs: tuple[InputReference, ...] = ()

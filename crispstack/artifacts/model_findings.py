"""What modeling leaves: what was found about the chosen model beyond its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class CurvePointOfRows:
    """Score by models fitted on so many rows: the mean over splits and its standard deviation, 0 of one split."""

    rows: int
    training: float
    training_deviation: float
    validation: float
    validation_deviation: float
    splits: int


@dataclass(frozen=True)
class LearningCurve:
    """How the score grows with the rows. `gain` is the last doubling's, with its 95% interval where there is one."""

    points: tuple[CurvePointOfRows, ...]
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None


@dataclass(frozen=True)
class Gap:
    """Training against validation. Skill is the share of the way from knowing no feature (0) to a perfect score (1)."""

    training: float
    validation: float
    constant: float
    training_skill: float
    validation_skill: float
    verdict: Literal["overfits", "underfits", "balanced", "no_skill"]
    more_rows: Literal["would_help", "would_hardly_help", "unknown"]
    words: str


@dataclass(frozen=True)
class Importance:
    """What a score loses on held-out rows when a feature is shuffled: mean and standard deviation over `draws`."""

    feature: str
    lost: float
    deviation: float
    draws: int


@dataclass(frozen=True)
class Contributions:
    """Shapley values of a feature, or of several taken together: mean absolute value per output, and its error.

    `values` and `places` are those of single rows, for a picture: the Shapley value, and where the feature's value
    lies among all (0 the lowest, 1 the highest), None where it is a category, missing or withheld.
    """

    features: tuple[str, ...]
    mean_absolute: tuple[float, ...]
    standard_error: float
    values: tuple[float, ...] = ()
    places: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """Shapley values of the chosen model, in the unit of its scores; `outputs` are classes, or one.

    `rounds` orders of features were drawn, each with its reverse; of 0 every coalition was looked at.
    """

    rows: int
    background: int
    rounds: int
    base: tuple[float, ...]
    outputs: tuple[str, ...]
    contributions: tuple[Contributions, ...]


@dataclass(frozen=True)
class DependencePoint:
    """Mean score per output with a feature set to this value in every row, and where 80% of the rows' scores lie."""

    label: str
    at: float | None
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Dependence:
    """Partial dependence on a feature. `interaction` is how far single rows' curves differ from the mean one."""

    feature: str
    outputs: tuple[str, ...]
    points: tuple[DependencePoint, ...]
    interaction: float


@dataclass(frozen=True)
class WorstRow:
    """A held-out row that the model got most wrong. `row` is its position; values are as prepared, none withheld."""

    row: int
    actual: str
    predicted: str
    loss: float
    values: dict[str, str]


@dataclass(frozen=True)
class SliceCondition:
    """What the rows of a slice have in common: a feature, and its value or a range like ``over 3 up to 7``."""

    feature: str
    value: str
    is_range: bool = False

    @property
    def words(self) -> str:
        """The condition within a sentence."""
        return f"{self.feature} {self.value}" if self.is_range else f"{self.feature} = {self.value}"


@dataclass(frozen=True)
class Slice:
    """Rows that have something in common, and their mean loss against that of all others.

    `low` and `high` bound the difference with 95% confidence; `p_value` is corrected for all slices looked at.
    `actual` and `predicted` are means of outcome and score, None for several classes.
    """

    conditions: tuple[SliceCondition, ...]
    rows: int
    loss: float
    loss_elsewhere: float
    low: float
    high: float
    p_value: float
    actual: float | None = None
    predicted: float | None = None


@dataclass(frozen=True)
class SliceSearch:
    """The slices in which held-out rows are predicted worst, and how many were looked at."""

    loss: str
    looked_at: int
    significant: int
    smallest: int
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class ClassErrors:
    """How often a class was there, was decided for, and both; precision and recall None where not defined."""

    name: str
    actual: int
    decided: int
    right: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Confusion:
    """Held-out rows by actual class (outer) and decided class (inner)."""

    rule: str
    classes: tuple[ClassErrors, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class ResidualBin:
    """Rows with about this prediction: means of prediction and outcome, where 80% of the outcomes lie."""

    predicted: float
    actual: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Residuals:
    """Outcome minus prediction on held-out rows. `quantiles` are of the residuals, by share.

    `spread_ratio` is the residuals' standard deviation in the highest third of predictions over the lowest third's.
    """

    rows: int
    mean: float
    mean_absolute: float
    root_mean_square: float
    r_squared: float | None
    quantiles: dict[str, float]
    spread_ratio: float | None
    bins: tuple[ResidualBin, ...]


@dataclass(frozen=True)
class NextStep:
    """Something to try, the finding that suggests it, with its figure."""

    step: str
    reason: str


@dataclass(frozen=True)
class ModelFindings(Artifact, phase=Phase.MODELING):
    """Modeling: what was found about the chosen model on held-out rows. `omitted` says what is not here, and why."""

    metric: str
    greater_is_better: bool
    technique: str
    held_out_rows: int
    seconds: float
    learning_curve: LearningCurve | None
    gap: Gap | None
    importances: tuple[Importance, ...]
    worst_rows: tuple[WorstRow, ...]
    slices: SliceSearch
    next_steps: tuple[NextStep, ...]
    dependences: tuple[Dependence, ...] = ()
    explanation: Explanation | None = None
    confusion: Confusion | None = None
    residuals: Residuals | None = None
    omitted: tuple[str, ...] = ()
    inputs: tuple[InputReference, ...] = ()

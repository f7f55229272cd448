"""The charter: what the user wants to know, from which data, and what each kind of mistake costs.

Plain frozen dataclasses, so that the run time reads the resolved charter as JSON with the standard library alone.
YAML, defaults, line numbers and remedies are `crispstack.business_understanding.charter_file`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from crispstack.data_source import Column, ColumnType, Severity, Source, SourceFormat, StoredType
from crispstack.money import Money, PerAmount, PerPeriod, Range
from crispstack.monitoring_plan import Monitoring
from crispstack.preparation_plan import Derivation, Exclusion, Preparation
from crispstack.privacy_plan import PrivacyTreatment, Untreated
from crispstack.project_plan import Assumption, Comparable, Duties, Resource, Risk, Stage
from crispstack.training_plan import Imputation, TrainingRows

__all__ = [  # parts of a charter that have modules of their own
    "Assumption",
    "Column",
    "ColumnType",
    "Comparable",
    "Derivation",
    "Duties",
    "Exclusion",
    "Money",
    "Monitoring",
    "PerAmount",
    "PerPeriod",
    "Range",
    "Resource",
    "Risk",
    "Severity",
    "Source",
    "SourceFormat",
    "Stage",
    "StoredType",
]

Framing = Literal["binary", "multiclass", "regression"]
DecisionRule = Literal["probability", "expected_gain"]
Backend = Literal["spark", "gpu", "sagemaker"]
Technique = Literal[
    "naive_bayes",
    "logistic_regression",
    "ridge_regression",
    "nearest_neighbors",
    "support_vectors",
    "random_forest",
    "extra_trees",
    "histogram_boosting",
    "lightgbm",
    "xgboost",
    "neural_network",
]
MetricName = Literal[
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier_score",
    "accuracy",
    "balanced_accuracy",
    "f1",
    "rmse",
    "mae",
    "r2",
    "pinball",
]


@dataclass(frozen=True)
class Target:
    """The column to predict, and as what: one of two classes, one of several, or a number.

    Two classes: the value `positive`, or numbers from `at_least` on, count as positive, all others as negative.
    Several: the values in training rows, or `classes` alone. `framing` is needed only where these and the column's
    type do not tell: see `Charter.framing`. `today` is a column with what is predicted today, without a model. The
    truth is known `known_after_days` after the prediction.
    """

    column: str
    positive: str = ""
    at_least: float | None = None
    framing: Framing | None = None
    classes: tuple[str, ...] = ()
    today: str = ""
    known_after_days: float | None = None

    @property
    def condition(self) -> str:
        """What counts as positive, in words."""
        if self.at_least is None:
            return f"{self.column} = {self.positive.strip(' ')}"
        return f"{self.column} of at least {self.at_least:g}"

    def is_positive(self, text: str) -> bool:
        """Whether the column's raw value counts as positive; a text that is no number is not at least any."""
        if self.at_least is None:
            return text.strip(" ") == self.positive.strip(" ")
        try:
            return float(text) >= self.at_least
        except ValueError:
            return False


@dataclass(frozen=True)
class Split:
    """Which rows are the test set, fixed before anything is looked at: see `crispstack.data_understanding.holdout`.

    `group` are the columns whose rows must stay together, `time` the date or timestamp by which rows are ordered;
    `test_from` is the first day of the test set, YYYY-MM-DD.
    """

    method: Literal["random", "grouped", "time"] = "random"
    test_share: float = 0.2
    key: str = "crispstack"
    group: tuple[str, ...] = ()
    time: str = ""
    test_from: str = ""


@dataclass(frozen=True)
class Profiling:
    """Whether every value of every source is counted, however large it is; otherwise large ones are estimated."""

    exact: bool = False


@dataclass(frozen=True)
class QualityRule:
    """A rule in the vocabulary of Glue's DQDL, ``IsComplete "age"``, about a source: the first where none is named."""

    rule: str
    severity: Severity = "warn"
    source: str = ""


@dataclass(frozen=True)
class Sampling:
    """Rows on which pairs of columns are looked at; as many as there are make the figures exact."""

    rows: int = 10_000
    seed: int = 20111


@dataclass(frozen=True)
class Modeling:
    """Candidates, how they are compared and how long they are searched for.

    Without `techniques` all that suit the data compete, without a `metric` the one that follows from the money ranks
    them; `folds` and `repeats` of 0 follow from the data, 1 fold is one hold-out. The search ends after
    `budget_seconds`, or `trials` candidates where that is not 0. An ensemble has at most `members`.

    `weight` is a column that says how much each training row counts. `backend` is where models are trained: on Spark's
    executors, on a machine with a GPU, or in SageMaker; for at most `budget_dollars` by list prices, 0 for any amount.
    Training rows that would take more than `memory_share` of an executor's memory are fitted by all executors together.
    """

    techniques: tuple[Technique, ...] = ()
    metric: MetricName | None = None
    budget_seconds: float = 300.0
    trials: int = 0
    members: int = 5
    folds: int = 0
    repeats: int = 0
    seed: int = 20111
    imputation: Imputation = field(default_factory=Imputation)
    training_rows: TrainingRows = field(default_factory=TrainingRows)
    weight: str = ""
    backend: Backend = "spark"
    budget_dollars: float = 0.0
    memory_share: float = 0.4


@dataclass(frozen=True)
class Acceptance:
    """What a model must reach before it may be deployed.

    Classes must be ranked with a ROC AUC of `minimum_roc_auc` (several: the mean over each class against the others).
    Of what the best constant costs, a predicted number must save the share `minimum_explained_cost`. Neither may fall
    by more than `maximum_generalization_gap` from validation to test.

    Against the `champion` that serves a new model must be surely better, or only not surely worse. Money and rates are
    looked at by the groups of the columns in `slices`: personal ones that are kept, or else categories, where none are
    named. Between groups of the columns in `fairness` a rate may differ by `maximum_rate_gap`. One prediction may take
    `maximum_latency_ms`, the model `maximum_megabytes`.
    """

    minimum_roc_auc: float = 0.6
    minimum_explained_cost: float = 0.05
    maximum_generalization_gap: float = 0.05
    confidence: float = 0.95
    bootstrap_samples: int = 2000
    champion: Literal["better", "not_worse"] = "better"
    slices: tuple[str, ...] = ()
    fairness: tuple[str, ...] = ()
    maximum_rate_gap: float = 0.2
    maximum_latency_ms: float = 1000.0
    maximum_megabytes: float = 200.0


LONGEST_APPROVAL_DAYS = 30


@dataclass(frozen=True)
class ApprovalPolicy:
    """Who approves a model before it is released: nobody beyond its criteria, or a person, `within_days`."""

    by: Literal["automatic", "person"] = "automatic"
    within_days: float = 7.0


@dataclass(frozen=True)
class Charter:
    """The user's one input, resolved: every default is filled in."""

    name: str
    question: str
    owner: str
    sources: tuple[Source, ...]
    target: Target
    money: Money
    action: str = "act"
    today: str = ""
    by_hand: str = ""
    comparable: tuple[Comparable, ...] = ()
    technical_objective: str = ""
    preparation: Preparation = field(default_factory=Preparation)
    split: Split = field(default_factory=Split)
    profile: Profiling = field(default_factory=Profiling)
    quality: tuple[QualityRule, ...] = ()
    privacy: tuple[PrivacyTreatment, ...] = ()
    untreated_personal_data: Untreated = "by_evidence"
    sampling: Sampling = field(default_factory=Sampling)
    modeling: Modeling = field(default_factory=Modeling)
    acceptance: Acceptance = field(default_factory=Acceptance)
    approval: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    monitoring: Monitoring = field(default_factory=Monitoring)
    assumptions: tuple[Assumption, ...] = ()
    risks: tuple[Risk, ...] = ()
    duties: Duties = field(default_factory=Duties)
    resources: tuple[Resource, ...] = ()
    years_of_use: float = 1.0
    plan: tuple[Stage, ...] = ()

    @property
    def source(self) -> Source:
        """The source whose rows are predicted: the first. The others are joined to it."""
        return self.sources[0]

    @property
    def framing(self) -> Framing:
        """As what the target is predicted: as it says itself, or as follows from it, its column's type and the money.

        With a positive class there are two. Otherwise a number is predicted as such, and so is an integer whose money
        is per unit; the values of any other column are classes.
        """
        if self.target.framing:
            return self.target.framing
        if self.target.positive or self.target.at_least is not None:
            return "binary"
        kind = next((column.type for column in self.row_columns if column.name == self.target.column), "category")
        per_unit = self.money.costs_per_unit
        return "regression" if kind == "number" or (kind == "integer" and per_unit) else "multiclass"

    @property
    def decides_by(self) -> DecisionRule:
        """What cases are ranked by: their probability, or what acting on them is expected to earn more than leaving.

        The latter where money depends on an amount that is known when a prediction is asked for.
        """
        amount = self.money.amount
        known = amount is not None and amount.column in {column.name for column in self.feature_columns}
        return "expected_gain" if known and self.framing == "binary" else "probability"

    @property
    def excluded(self) -> frozenset[str]:
        """Names of columns that no prediction may use.

        They are excluded, not included, dropped because they are personal, or hold weights or today's predictions.
        """
        excluded = {exclusion.column for exclusion in self.preparation.exclude}
        excluded |= {self.modeling.weight, self.target.today} - {""}
        if self.preparation.include:
            used = {*self.preparation.include, self.target.column}
            excluded |= {column.name for column in self.source.columns if column.name not in used}
        dropped = {each.column for each in self.row_treatments if each.treatment == "drop"}
        return frozenset(excluded | dropped)

    def treatments(self, source: str) -> tuple[PrivacyTreatment, ...]:
        """What becomes of the personal columns of this source."""
        return tuple(each for each in self.privacy if (each.source or self.source.name) == source)

    @property
    def row_treatments(self) -> tuple[PrivacyTreatment, ...]:
        """What becomes of the columns of a row, by their names in it: its source's, and those gained in joins."""
        gained = (
            replace(each, column=column.feature)
            for join in self.preparation.joins
            for column in join.columns
            for each in self.treatments(join.source)
            if each.column == column.name
        )
        return (*self.treatments(self.source.name), *gained)

    @property
    def gained_columns(self) -> tuple[Column, ...]:
        """What rows gain from other sources and from earlier rows, in the order of joins and windows."""
        sources = {source.name: {column.name: column for column in source.columns} for source in self.sources}
        joined = (
            replace(sources[join.source][column.name], name=column.feature)
            for join in self.preparation.joins
            for column in join.columns
            if column.name in sources.get(join.source, ())  # else validation says so
        )
        return (*joined, *(Column(window.name, "number") for window in self.preparation.windows))

    @property
    def row_columns(self) -> tuple[Column, ...]:
        """Every raw column of a row: those of its source, then those that it gains."""
        return (*self.source.columns, *self.gained_columns)

    @property
    def feature_columns(self) -> tuple[Column, ...]:
        """Columns that a prediction may use: all but the target and the excluded."""
        skip = self.excluded | {self.target.column}
        return tuple(column for column in self.row_columns if column.name not in skip)

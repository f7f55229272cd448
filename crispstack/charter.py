"""The charter: what the user wants to know, from which data, and what each kind of mistake costs.

Plain frozen dataclasses, so that the run time reads the resolved charter as JSON with the standard library alone.
YAML, defaults, line numbers and remedies are `crispstack.business_understanding.charter_file`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from crispstack.jdbc_table import JdbcTable
from crispstack.phases import Phase
from crispstack.preparation_plan import Derivation, Exclusion, Preparation  # noqa: F401 (parts of a charter)
from crispstack.privacy_plan import PrivacyTreatment, Untreated
from crispstack.training_plan import Imputation, TrainingRows

ColumnType = Literal["integer", "number", "category", "boolean", "text", "date", "timestamp"]
SourceFormat = Literal["csv", "jsonl", "parquet", "excel", "jdbc"]
StoredType = Literal["", "bigint", "double", "boolean", "date", "timestamp", "string"]
_IMPLIED: dict[ColumnType, StoredType] = {
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "category": "string",
    "text": "string",
}
Severity = Literal["stop", "warn"]
Technique = Literal["logistic_regression", "random_forest", "gradient_boosting", "nearest_neighbors"]


@dataclass(frozen=True)
class Column:
    """A column as the source declares it. `stored` is its type in Parquet, where not what `type` implies."""

    name: str
    type: ColumnType
    description: str = ""
    personal: bool = False
    stored: StoredType = ""
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    formats: tuple[str, ...] = ()

    @property
    def stored_type(self) -> StoredType:
        """Its type in Parquet files, as Glue spells it."""
        return self.stored or _IMPLIED[self.type]


@dataclass(frozen=True)
class Source:
    """A table of data and where it came from. `file`, a file or a folder of such files, is relative to the charter.

    A table of a database has no file but `jdbc`. `schema_changes` says whether a schema that changed stops a run.
    `partitions` are columns whose values are in the names of folders, ``year=2013/month=1/``, outermost first.
    """

    name: str
    file: str = ""
    columns: tuple[Column, ...] = ()
    format: SourceFormat = "csv"
    jdbc: JdbcTable | None = None
    schema_changes: Severity = "warn"
    delimiter: str = ","
    sheet: str = ""
    partitions: tuple[str, ...] = ()
    origin: str = ""
    license: str = ""
    owner: str = ""
    obtained: str = ""

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns that are in the files themselves: all but the partitions."""
        return tuple(column for column in self.columns if column.name not in self.partitions)


@dataclass(frozen=True)
class Target:
    """The column to predict and what counts as positive: the value `positive`, or numbers from `at_least` on."""

    column: str
    positive: str = ""
    at_least: float | None = None

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
class Money:
    """Value in `currency` of one case per outcome; costs are negative.

    "Positive" is the decision to act: a true positive is an action taken on a case that turns out positive.
    """

    currency: str
    true_positive: float
    false_positive: float
    true_negative: float = 0.0
    false_negative: float = 0.0
    reasoning: str = ""


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
    """Candidates and how they are compared: repeated stratified cross-validation."""

    techniques: tuple[Technique, ...] = ("logistic_regression", "random_forest", "gradient_boosting")
    folds: int = 5
    repeats: int = 2
    seed: int = 20111
    imputation: Imputation = field(default_factory=Imputation)
    training_rows: TrainingRows = field(default_factory=TrainingRows)


@dataclass(frozen=True)
class Acceptance:
    """What a model must reach before it may be deployed."""

    minimum_roc_auc: float = 0.6
    maximum_generalization_gap: float = 0.05
    confidence: float = 0.95
    bootstrap_samples: int = 2000


@dataclass(frozen=True)
class Risk:
    """Something that may go wrong, and what is done then."""

    risk: str
    contingency: str = ""


@dataclass(frozen=True)
class Assumption:
    """Something taken for true, and whether it has been verified."""

    assumption: str
    verified: bool = False


@dataclass(frozen=True)
class Stage:
    """One stage of the plan. `days` is working time; `after` names the phases it waits for."""

    phase: Phase
    days: float
    goal: str = ""
    after: tuple[Phase, ...] = ()


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
    assumptions: tuple[Assumption, ...] = ()
    risks: tuple[Risk, ...] = ()
    plan: tuple[Stage, ...] = ()

    @property
    def source(self) -> Source:
        """The source whose rows are predicted: the first. The others are joined to it."""
        return self.sources[0]

    @property
    def excluded(self) -> frozenset[str]:
        """Names of columns that no prediction may use: excluded, not included, or dropped because they are personal."""
        excluded = {exclusion.column for exclusion in self.preparation.exclude}
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

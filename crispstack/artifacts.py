"""What one phase hands the next: frozen dataclasses with a JSON form and a schema version.

An artifact names the URI and the hash of everything it was made from, so that any result can be traced to its data.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal, Self

from crispstack.charter import Charter, ColumnType, Severity
from crispstack.errors import ArtifactError
from crispstack.json_form import from_plain
from crispstack.phases import Phase
from crispstack.preparation_plan import Preparation

SCHEMA_VERSION = 1


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class InputReference:
    """Something an artifact was made from: its URI and the SHA-256 of its bytes."""

    uri: str
    sha256: str


@dataclass(frozen=True)
class Artifact:
    """What every artifact has in common."""

    @classmethod
    def phase(cls) -> Phase:
        """The phase that writes this artifact."""
        return _PHASES[cls.__name__]

    @classmethod
    def file_name(cls) -> str:
        """Name within the phase's prefix, for instance ``data_profile.json``."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_") + ".json"

    def to_json(self) -> str:
        """JSON text, keys sorted, with the artifact's name and the schema version."""
        body = {"artifact": type(self).__name__, "schema_version": SCHEMA_VERSION, **dataclasses.asdict(self)}
        return json.dumps(body, indent=2, sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ArtifactError: not JSON, another artifact, another schema version, or a field that does not fit.
        """
        try:
            body = json.loads(text)
        except ValueError as error:
            raise ArtifactError(f"{cls.__name__}: not JSON ({error})") from error
        if not isinstance(body, dict):
            raise ArtifactError(f"{cls.__name__}: expected an object")
        found, version = body.pop("artifact", None), body.pop("schema_version", None)
        if found != cls.__name__ or version != SCHEMA_VERSION:
            raise ArtifactError(f"expected {cls.__name__} version {SCHEMA_VERSION}, found {found} version {version}")
        artifact: Self = from_plain(cls, body, cls.__name__)
        return artifact


@dataclass(frozen=True)
class BusinessCase(Artifact):
    """Business understanding: the charter of this run, and the checks it passed."""

    charter: Charter
    checks: tuple[Check, ...]
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class Check:
    """One question of the feasibility review and its answer."""

    question: str
    answer: str
    passed: bool


@dataclass(frozen=True)
class ValueCount:
    """How often a value occurs, and how often the target is positive there."""

    value: str
    count: int
    positives: int


@dataclass(frozen=True)
class Bin:
    """One bin of a histogram: lower edge (included), upper edge, rows, rows with a positive target."""

    lower: float
    upper: float
    count: int
    positives: int


@dataclass(frozen=True)
class ColumnProfile:
    """One column over the rows that are not set aside. Figures of numbers are None for other types.

    `nulls` are missing values, `empties` those among them without any text. `looks_like` is the type that nearly all
    values would fit, where it is not the declared one. `examples` are values that do not fit the declared type.
    """

    name: str
    type: ColumnType
    count: int
    nulls: int
    distinct: int
    unparsable: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    quantiles: dict[str, float] | None = None
    target_correlation: float | None = None
    histogram: tuple[Bin, ...] = ()
    top_values: tuple[ValueCount, ...] = ()
    empties: int = 0
    constant: bool = False
    identifier_like: bool = False
    looks_like: str = ""
    examples: tuple[str, ...] = ()
    case_variants: int = 0
    scripts: dict[str, int] | None = None
    shortest: int | None = None
    longest: int | None = None
    mean_length: float | None = None
    skewness: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    outliers: dict[str, int] | None = None
    coverage: TimeCoverage | None = None


@dataclass(frozen=True)
class TimeCoverage:
    """Which days a date or timestamp covers (ISO 8601): the first, the last, how many, and the longest gap in days."""

    first: str
    last: str
    days: int
    longest_gap: float = 0.0
    gap_from: str = ""


@dataclass(frozen=True)
class TableProfile:
    """A source that is joined: every column of all its rows."""

    source: str
    table: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    exact: bool = True


@dataclass(frozen=True)
class DataProfile(Artifact):
    """Data understanding: every column in one scan. `rows` and `positives` leave out the `test_rows` set aside.

    These are figures of the source whose rows are predicted; `joined` are the others. Where not `exact`, distinct
    values, quantiles and what is made of them are approximate.
    """

    table: str
    rows: int
    test_rows: int
    positives: int
    columns: tuple[ColumnProfile, ...]
    bytes_scanned: int
    joined: tuple[TableProfile, ...] = ()
    exact: bool = True
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class RuleResult:
    """A quality rule, how many rows (or columns) of its source it checked, how many broke it, and what to do about it.

    `figure` is what a rule about the whole table found, None for rules about rows. No value of a row is in here.
    """

    rule: str
    severity: Severity
    passed: bool
    checked: int
    failing: int
    remedy: str = ""
    source: str = ""
    columns: tuple[str, ...] = ()
    figure: float | None = None
    unit: Literal["rows", "columns"] = "rows"
    listable: bool = False


@dataclass(frozen=True)
class RuleDraft:
    """A rule that the profile suggests for the charter, and why."""

    rule: str
    source: str
    reason: str


@dataclass(frozen=True)
class JoinCheck:
    """How well the keys of a join fit: rows with a key, those of them that meet none, and what to do about it.

    `repeated` counts the rows of the reference that share their key with another.
    """

    source: str
    columns: tuple[str, ...]
    reference: str
    reference_columns: tuple[str, ...]
    checked: int
    unmatched: int
    repeated: int
    remedy: str = ""


@dataclass(frozen=True)
class QualityReport(Artifact):
    """Data understanding: what the quality rules found, how sources fit, and the rules that the profile suggests."""

    results: tuple[RuleResult, ...]
    joins: tuple[JoinCheck, ...] = ()
    drafts: tuple[RuleDraft, ...] = ()
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class DiscoveredColumn:
    """A column as a crawler found it, or as the charter declares it. `type` is spelled as each of them does."""

    name: str
    type: str


@dataclass(frozen=True)
class DiscoveredSchema:
    """What a crawler found in one version of a source; `table` is its table in the Glue catalog."""

    source: str
    version: str
    table: str
    columns: tuple[DiscoveredColumn, ...]
    partition_keys: tuple[str, ...] = ()


SchemaChange = Literal["added", "removed", "renamed", "type_changed", "order_changed", "partitions_changed"]


@dataclass(frozen=True)
class SchemaDifference:
    """One way in which a discovered schema is not what the charter declares, or not what the last run found."""

    source: str
    compared_with: Literal["charter", "last_run"]
    change: SchemaChange
    column: str
    before: str
    after: str
    severity: Severity
    remedy: str


@dataclass(frozen=True)
class SchemaReport(Artifact):
    """Data understanding: what the crawlers found, and every difference. `last_run` is what it was compared with."""

    schemas: tuple[DiscoveredSchema, ...]
    differences: tuple[SchemaDifference, ...]
    last_run: str = ""
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class Feature:
    """One input of a model. `categories` lists the values seen in training, for categorical features.

    Of more than a thousand only the first in alphabetical order are listed, and `more_categories` says so.
    """

    name: str
    kind: Literal["numeric", "categorical"]
    categories: tuple[str, ...] = ()
    more_categories: bool = False


@dataclass(frozen=True)
class JoinResult:
    """How many rows met nothing in a joined source, and what became of them: its columns missing, or the quarantine."""

    source: str
    unmatched_rows: int
    unmatched: Literal["missing", "quarantine"]


@dataclass(frozen=True)
class PreparedDataset(Artifact):
    """Data preparation: an immutable version. rows_in = train_rows + test_rows + quarantined_rows, always.

    `preparation` is the plan as it was followed: what it took from the profile is written out in numbers.
    """

    version: str
    rows_in: int
    train_rows: int
    test_rows: int
    quarantined_rows: int
    quarantine_reasons: dict[str, int]
    train_positives: int
    test_positives: int
    train_uri: str
    test_uri: str
    quarantine_uri: str
    features: tuple[Feature, ...]
    target: str
    joins: tuple[JoinResult, ...] = ()
    preparation: Preparation | None = None
    inputs: tuple[InputReference, ...] = ()


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
class Leaderboard(Artifact):
    """Modeling: candidates, best first."""

    metric: str
    candidates: tuple[Candidate, ...]
    winner: str
    folds: int
    repeats: int
    importances: dict[str, float]
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class Parity:
    """The proof that the graph is the model: the largest difference of probabilities on float32 inputs."""

    rows: int
    maximum_difference: float
    tolerance: float


@dataclass(frozen=True)
class GoldenRow:
    """A raw request and the probability that the graph must answer."""

    row: dict[str, Any]
    probability: float


@dataclass(frozen=True)
class ModelPackage(Artifact):
    """Modeling: one ONNX graph with its preprocessing, what it takes, and what it must answer.

    `prepared_version` is what it was trained on; predictions look up values of that very version.
    """

    model_uri: str
    model_sha256: str
    model_version: str
    technique: str
    features: tuple[Feature, ...]
    threshold: float
    validation_roc_auc: float
    validation_predictions_uri: str
    parity: Parity
    golden_rows: tuple[GoldenRow, ...]
    prepared_version: str = ""
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class PolicyValue:
    """What a policy earns on the test set: total, with the bounds of its bootstrap interval, and the cases acted on."""

    policy: str
    value: float
    low: float
    high: float
    acted_on: int


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
    """Mean predicted probability against the observed rate, over `count` rows."""

    predicted: float
    observed: float
    count: int


@dataclass(frozen=True)
class Decision(Artifact):
    """Evaluation: go or no-go, in money, on rows that nothing has seen before."""

    verdict: Literal["go", "no_go"]
    summary: str
    currency: str
    test_rows: int
    test_positives: int
    threshold: float
    roc_auc: float
    average_precision: float
    brier_score: float
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
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class Release(Artifact):
    """Deployment: which model serves now, or why none does."""

    released: bool
    reason: str
    model_version: str
    champion_parameter: str
    endpoint: str
    golden_rows_checked: int
    maximum_difference: float
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class PhaseRecord:
    """When a phase of the run began and ended (ISO 8601, UTC), and how."""

    phase: Phase
    started: str
    ended: str
    status: Literal["succeeded", "failed", "skipped"]
    artifact_uri: str


@dataclass(frozen=True)
class FinalReport(Artifact):
    """Deployment: the whole run, machine-readable; the page beside it is `report_uri`."""

    project: str
    run_id: str
    question: str
    answer: str
    phases: tuple[PhaseRecord, ...]
    report_uri: str
    inputs: tuple[InputReference, ...] = ()


_PHASES = {
    "BusinessCase": Phase.BUSINESS_UNDERSTANDING,
    "DataCollection": Phase.DATA_UNDERSTANDING,
    "DataProfile": Phase.DATA_UNDERSTANDING,
    "QualityReport": Phase.DATA_UNDERSTANDING,
    "PrivacyReport": Phase.DATA_UNDERSTANDING,
    "Exploration": Phase.DATA_UNDERSTANDING,
    "SchemaReport": Phase.DATA_UNDERSTANDING,
    "PreparedDataset": Phase.DATA_PREPARATION,
    "Leaderboard": Phase.MODELING,
    "ModelPackage": Phase.MODELING,
    "Decision": Phase.EVALUATION,
    "Release": Phase.DEPLOYMENT,
    "FinalReport": Phase.DEPLOYMENT,
}

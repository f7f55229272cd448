"""What one phase hands the next: frozen dataclasses with a JSON form and a schema version.

An artifact names the URI and the hash of everything it was made from, so that any result can be traced to its data.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import types
import typing
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Self

from crispstack.charter import Charter, ColumnType, Severity
from crispstack.errors import ArtifactError
from crispstack.phases import Phase

SCHEMA_VERSION = 1


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


def from_plain(annotation: Any, value: Any, path: str) -> Any:
    """Build a value of the annotated type from parsed JSON.

    Raises:
        ArtifactError: a field is missing, unknown or of another type; the message names its path.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if dataclasses.is_dataclass(annotation):
        return _dataclass_from_plain(typing.cast(type[Any], annotation), value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise ArtifactError(f"{path}: expected a list, found {type(value).__name__}")
        return tuple(from_plain(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            raise ArtifactError(f"{path}: expected an object, found {type(value).__name__}")
        return {key: from_plain(arguments[1], item, f"{path}.{key}") for key, item in value.items()}
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _union_from_plain([argument for argument in arguments if argument is not type(None)], value, path)
    return _scalar_from_plain(annotation, value, path)


def _union_from_plain(annotations: list[Any], value: Any, path: str) -> Any:
    """The value as the first of these types that it fits."""
    for annotation in annotations[:-1]:
        with contextlib.suppress(ArtifactError):
            return from_plain(annotation, value, path)
    return from_plain(annotations[-1], value, path)


def _scalar_from_plain(annotation: Any, value: Any, path: str) -> Any:
    if annotation is Any:
        return value
    if typing.get_origin(annotation) is Literal:
        if value not in typing.get_args(annotation):
            raise ArtifactError(f"{path}: {value!r} is none of {', '.join(map(repr, typing.get_args(annotation)))}")
        return value
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if value not in [member.value for member in annotation]:
            raise ArtifactError(f"{path}: {value!r} is no {annotation.__name__}")
        return annotation(value)
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, annotation) or (annotation is int and isinstance(value, bool)):
        raise ArtifactError(f"{path}: expected {annotation.__name__}, found {value!r}")
    return value


def _dataclass_from_plain(cls: type[Any], value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise ArtifactError(f"{path}: expected an object, found {type(value).__name__}")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    hints = typing.get_type_hints(cls)
    if unknown := sorted(set(value) - set(fields)):
        raise ArtifactError(f"{path}: unknown field {', '.join(unknown)}")
    arguments = {}
    for name, field in fields.items():
        if name in value:
            arguments[name] = from_plain(hints[name], value[name], f"{path}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ArtifactError(f"{path}: field {name} is missing")
    return cls(**arguments)


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
        return typing.cast(Self, from_plain(cls, body, cls.__name__))


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
    """One column over the rows that are not set aside. Figures of numbers are None for other types."""

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


@dataclass(frozen=True)
class DataProfile(Artifact):
    """Data understanding: every column in one scan. `rows` and `positives` leave out the `test_rows` set aside."""

    table: str
    rows: int
    test_rows: int
    positives: int
    columns: tuple[ColumnProfile, ...]
    bytes_scanned: int
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class RuleResult:
    """A quality rule, how many rows it checked, how many broke it, and what to do about it."""

    rule: str
    severity: Severity
    passed: bool
    checked: int
    failing: int
    remedy: str = ""


@dataclass(frozen=True)
class QualityReport(Artifact):
    """Data understanding: what the quality rules found."""

    results: tuple[RuleResult, ...]
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class Feature:
    """One input of a model. `categories` lists the values seen in training, for categorical features."""

    name: str
    kind: Literal["numeric", "categorical"]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreparedDataset(Artifact):
    """Data preparation: an immutable version. rows_in = train_rows + test_rows + quarantined_rows, always."""

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
    """Modeling: one ONNX graph with its preprocessing, what it takes, and what it must answer."""

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
    "DataProfile": Phase.DATA_UNDERSTANDING,
    "QualityReport": Phase.DATA_UNDERSTANDING,
    "PreparedDataset": Phase.DATA_PREPARATION,
    "Leaderboard": Phase.MODELING,
    "ModelPackage": Phase.MODELING,
    "Decision": Phase.EVALUATION,
    "Release": Phase.DEPLOYMENT,
    "FinalReport": Phase.DEPLOYMENT,
}

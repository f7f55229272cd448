"""What modeling leaves: one graph that predicts, and the proof that it is the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.artifacts.prepared_dataset import Feature
from crispstack.charter import DecisionRule, Framing
from crispstack.phases import Phase


@dataclass(frozen=True)
class Parity:
    """The proof that the graph is the model: how far its scores are from the model's on float32 inputs.

    Numbers' differences are in standard deviations of what is predicted. `share_above` is the share of scores that
    differ by more than the tolerance, `decisions_flipped` the number of rows decided differently at the threshold.
    """

    rows: int
    maximum_difference: float
    tolerance: float
    share_above: float = 0.0
    decisions_flipped: int = 0

    @property
    def holds(self) -> bool:
        """Whether the graph is the model: within the tolerance everywhere, and of one mind with it."""
        return not self.fault

    @property
    def fault(self) -> str:
        """What is wrong with the graph; empty if nothing is."""
        # Not a number is within no tolerance.
        if not self.maximum_difference <= self.tolerance:
            return f"differs by {self.maximum_difference:.1e}, more than {self.tolerance:.0e}"
        return f"decides {self.decisions_flipped} rows otherwise" if self.decisions_flipped else ""


@dataclass(frozen=True)
class GoldenRow:
    """A raw request and what the graph must answer.

    That is the probability of the positive class; of each class, in their order; or the number.
    """

    row: dict[str, Any]
    scores: tuple[float, ...]


@dataclass(frozen=True)
class ShortlistedModel:
    """Another candidate, fitted on all training rows as the model was, and what turns its scores into decisions.

    `value_per_case` is what that earned on rows held out.
    """

    name: str
    technique: str
    uri: str
    sha256: str
    threshold: float = 0.0
    shift: float = 0.0
    value_per_case: float = 0.0


@dataclass(frozen=True)
class Provenance:
    """The SHA-256 of the platform's sources, and the libraries beside them: versions by name.

    `environment_sha256` is of Python's version and the libraries': equal where both are equal.
    """

    code_sha256: str
    environment_sha256: str
    python: str
    libraries: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Expectation:
    """What a model says of rows held out: mean and standard deviation over the rows.

    A prediction is the probability of the positive class, of the class that is decided for, or the number; a value is
    what the decision is expected to earn. Numbers have no value, and a deviation of 0.
    """

    prediction_mean: float
    prediction_deviation: float
    value_mean: float = 0.0
    value_deviation: float = 0.0


@dataclass(frozen=True)
class ModelPackage(Artifact, phase=Phase.MODELING):
    """Modeling: one ONNX graph with its preprocessing, what it takes, and what it must answer.

    `prepared_version` is what it was trained on; predictions look up values of that very version.

    What it answers is turned into a decision: of two classes by the `threshold` that earned most on validation, which
    is of what it `decides_by`; of several `classes` by expected value, of a number by adding the `shift` that earned
    most on validation. `validation_roc_auc` is of classes, `validation_explained_cost` (D²) of a number; `constants`
    are the numbers that anyone could predict for every case. `shortlist` holds the next best candidates, for the money
    to compare. `made_with` is the code and the libraries of the training. `expected` is what a release is watched by.
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
    framing: Framing = "binary"
    classes: tuple[str, ...] = ()
    shift: float = 0.0
    validation_explained_cost: float = 0.0
    constants: dict[str, float] = field(default_factory=dict)
    shortlist: tuple[ShortlistedModel, ...] = ()
    decides_by: DecisionRule = "probability"
    made_with: Provenance | None = None
    expected: Expectation | None = None
    inputs: tuple[InputReference, ...] = ()

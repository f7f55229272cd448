"""What evaluation leaves of the registry: the models that reached it, and who approved the one to deploy, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class RegisteredModel:
    """A model's entry in the registry: version `number` of the project's group of model packages.

    `name` is the candidate's on the leaderboard; `chosen` says whether it is the one that may be deployed.
    """

    name: str
    package_arn: str
    number: int
    model_version: str
    model_sha256: str
    chosen: bool


@dataclass(frozen=True)
class Registration(Artifact, phase=Phase.EVALUATION):
    """Evaluation: every model that reached it, as it is registered.

    `lineage` are versions and hashes of what they were made from, by name, as the registry keeps them too. `approval`
    says how the chosen one is approved: by a person, without one, or not at all after a no-go.
    """

    group: str
    models: tuple[RegisteredModel, ...]
    approval: Literal["automatic", "person", "none"]
    lineage: dict[str, str] = field(default_factory=dict)
    inputs: tuple[InputReference, ...] = ()

    @property
    def chosen(self) -> RegisteredModel:
        """The entry of the model that may be deployed."""
        return next(model for model in self.models if model.chosen)


@dataclass(frozen=True)
class Approval(Artifact, phase=Phase.EVALUATION):
    """Evaluation: whether the chosen model may be released, who said so, why and when (ISO 8601, UTC).

    `by` is the ARN of a person, or ``charter`` where the charter asks for nobody; empty where nobody answered in time.
    """

    approved: bool
    by: str
    reason: str
    decided: str
    package_arn: str
    inputs: tuple[InputReference, ...] = ()

"""The records of a change of what serves: what was asked for, how it was proven, how it ended. None ever changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts.artifact import Artifact
from crispstack.phases import Phase

ReleaseKind = Literal["release", "rollback", "code"]
ReleaseStatus = Literal["succeeded", "rolled_back", "refused", "failed"]


@dataclass(frozen=True)
class ReleaseRequest(Artifact, phase=Phase.DEPLOYMENT):
    """That somebody (an ARN, or ``charter``) asked for a version to serve, when (ISO 8601, UTC) and why.

    `run_id` is the run that the model is of; empty where it is not known.
    """

    kind: ReleaseKind
    version: str
    model_version: str
    run_id: str
    by: str
    reason: str
    requested: str


@dataclass(frozen=True)
class ReleaseProof(Artifact, phase=Phase.DEPLOYMENT):
    """What the version answered to the golden rows of its model before it got any traffic.

    `refusal` says why it gets none; it is empty if it gets some.
    """

    version: str
    model_version: str
    golden_rows: int
    maximum_difference: float
    refusal: str = ""


@dataclass(frozen=True)
class ReleaseOutcome(Artifact, phase=Phase.DEPLOYMENT):
    """How it ended: which version serves in place of which, or why it does not.

    ``code`` is a change that CloudFormation made. Refused is a version that got no traffic; what was rolled back had
    some. `started` and `ended` are CodeDeploy's times (ISO 8601, UTC).
    """

    kind: ReleaseKind
    status: ReleaseStatus
    version: str
    previous_version: str
    model_version: str
    reason: str
    started: str
    ended: str

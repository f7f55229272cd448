"""What deployment leaves: the release, and the report of the run."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class Release(Artifact, phase=Phase.DEPLOYMENT):
    """Deployment: which model serves now, or why none does.

    `endpoint` is the ARN of the function's alias, `function_version` the version that serves the model there, and
    `deployment_id` CodeDeploy's deployment that brought it there, empty where it served already.
    """

    released: bool
    reason: str
    model_version: str
    champion_parameter: str
    endpoint: str
    golden_rows_checked: int
    maximum_difference: float
    function_version: str = ""
    deployment_id: str = ""
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class PhaseRecord:
    """When a phase of the run began and ended (ISO 8601, UTC), and how.

    `dollars` is the list price, in US dollars, of what it is known to have used; None where nothing is known.
    """

    phase: Phase
    started: str
    ended: str
    status: Literal["succeeded", "failed", "skipped"]
    artifact_uri: str
    dollars: float | None = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (dt.datetime.fromisoformat(self.ended) - dt.datetime.fromisoformat(self.started)).total_seconds()


@dataclass(frozen=True)
class FinalReport(Artifact, phase=Phase.DEPLOYMENT):
    """Deployment: the whole run, machine-readable; beside it are the page and the model card.

    `pitfalls` are what went otherwise than one would wish, `next_time` what the next iteration begins with.
    """

    project: str
    run_id: str
    question: str
    answer: str
    phases: tuple[PhaseRecord, ...]
    report_uri: str
    model_card_uri: str = ""
    pitfalls: tuple[str, ...] = ()
    next_time: tuple[str, ...] = ()
    inputs: tuple[InputReference, ...] = ()

"""A change of what serves: a version is made or chosen, proven, shifted to by CodeDeploy, and recorded as it ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from crispstack.artifacts import ModelPackage, ReleaseOutcome, ReleaseProof, ReleaseRequest
from crispstack.artifacts.release_records import ReleaseKind, ReleaseStatus
from crispstack.aws import champion, prediction_alarm, shifting, versions
from crispstack.aws.release_records import ReleaseRecords
from crispstack.aws.shifting import Shift
from crispstack.aws.versions import Version
from crispstack.deployment.prediction_shift import ALARM
from crispstack.deployment.release import golden_event, largest_difference
from crispstack.deployment.rollback import version_before
from crispstack.errors import CrispError, ReleaseError, ReleaseUnderWayError
from crispstack.settings import ReleaseSettings


@dataclass(frozen=True)
class Asked:
    """Who wants a change (an ARN, or ``charter``), and why; `run_id` is the run that the model is of."""

    by: str
    reason: str
    run_id: str = ""


@dataclass(frozen=True)
class Begun:
    """A change that has begun: the version that shall serve. Without a `deployment_id` it serves already."""

    version: str
    model_version: str
    deployment_id: str = ""


@dataclass(frozen=True)
class Releases:
    """The releases of a project's prediction function."""

    settings: ReleaseSettings
    project: str

    @property
    def function(self) -> str:
        """Name of the prediction function, of CodeDeploy's application and of its deployment group."""
        return self.settings.prediction_function_prefix + self.project

    @property
    def parameter(self) -> str:
        """Name of the parameter with the champion."""
        return self.settings.champion_parameter_prefix + self.project

    @property
    def records(self) -> ReleaseRecords:
        """What is recorded of them."""
        return ReleaseRecords(self.settings.artifacts_bucket, self.project)

    def release(self, package: ModelPackage, asked: Asked) -> Begun:
        """Publish a run's model and a version that serves it, and begin to shift traffic there.

        Raises:
            ReleaseError: the graph is not the one that the package names.
            ReleaseUnderWayError: another release of the project is not over.
        """
        self._refuse_if_shifting()
        published, uri = champion.publish(package, self.settings.artifacts_bucket, self.project)
        serving = versions.serving(self.function)
        if serving.model_uri == uri and serving.code_sha256 == versions.unpublished_code(self.function):
            return Begun(serving.number, published.model_version)
        description = f"model {published.model_version} of run {asked.run_id}"
        made = versions.publish(self.function, uri, champion.champion_uri(self.parameter), description)
        return self._shift("release", serving, made, published, asked)

    def roll_back(self, number: str, asked: Asked) -> Begun:
        """Begin to go back at once to a version, or without a number to the one that served before.

        Raises:
            ReleaseError: there is no such version, it has no model, or it serves.
            ReleaseUnderWayError: another release of the project is not over.
        """
        serving = versions.serving(self.function)
        number = number or version_before(serving.number, [each.outcome for each in self.records.changes()])
        wanted = versions.version(self.function, number)
        if wanted.number == serving.number:
            raise ReleaseError(f"version {number} of {self.project} serves already")
        if wanted.model_uri is None:
            raise ReleaseError(f"version {number} of {self.project} has no model: nothing was released then")
        _, package, _ = champion.read_package(wanted.model_uri)
        self._refuse_if_shifting()
        return self._shift("rollback", serving, wanted, package, asked)

    def prove(self, deployment_id: str) -> ReleaseProof:
        """Ask the version that a deployment is about the golden rows of its model, and record what it answered.

        A version without a model, from before the first release, has nothing to prove.
        """
        shift = shifting.find(deployment_id)
        try:
            proof = self._proof(shift)
        except Exception as error:  # noqa: BLE001 (whatever went wrong, what has not proven itself gets no traffic)
            refusal = str(error) if isinstance(error, CrispError) else f"{type(error).__name__}: {error}"
            proof = ReleaseProof(shift.target, "", 0, 0.0, refusal)
        self.records.write(deployment_id, proof)
        return proof

    def _proof(self, shift: Shift) -> ReleaseProof:
        wanted = versions.version(self.function, shift.target)
        if shift.by_stack and wanted.model_uri != champion.champion_uri(self.parameter):
            raise ReleaseError(f"version {wanted.number} has another model than the champion: deploy again")
        return self.ask(wanted)

    def ask(self, wanted: Version) -> ReleaseProof:
        """What a version answers to the golden rows of its model; nothing is asked of one without a model.

        Raises:
            ReleaseError: it answers otherwise than the trained model, or not at all.
        """
        if wanted.model_uri is None:
            return ReleaseProof(wanted.number, "", 0, 0.0)
        _, package, _ = champion.read_package(wanted.model_uri)
        answer = champion.invoke(self.function, golden_event(package), wanted.number)
        difference = largest_difference(package, answer)
        return ReleaseProof(wanted.number, package.model_version, len(package.golden_rows), difference)

    def conclude(self, deployment_id: str) -> ReleaseOutcome:
        """Name the champion that a deployment brought to serve, and record how it ended; asked twice, nothing changes.

        Raises:
            ReleaseUnderWayError: it has not ended.
        """
        shift = shifting.find(deployment_id)
        if shift.is_active:
            raise ReleaseUnderWayError(f"deployment {deployment_id} of {self.function} is {shift.status}")
        request = self.records.read(deployment_id, ReleaseRequest)
        proof = self.records.read(deployment_id, ReleaseProof)
        kind: ReleaseKind = request.kind if request else "code"
        serves = versions.serving(self.function)
        # What is told late of an old deployment must not undo a newer one.
        if shift.succeeded and serves.number == shift.target and serves.model_uri:
            champion.appoint(self.parameter, serves.model_uri)
        if not shift.succeeded and serves.model_uri:
            _, package, _ = champion.read_package(serves.model_uri)
            self._watch(package)
        outcome = ReleaseOutcome(
            kind=kind,
            status=_status(shift),
            version=shift.target or (request.version if request else ""),
            previous_version=shift.current,
            model_version=request.model_version if request else (proof.model_version if proof else ""),
            reason=_reason(shift, proof),
            started=shift.started,
            ended=shift.ended,
        )
        self.records.write(deployment_id, outcome)
        return outcome

    def _watch(self, package: ModelPackage) -> None:
        prediction_alarm.watch(f"{self.settings.alarm_prefix}{self.project}-{ALARM}", self.project, package)

    def _refuse_if_shifting(self) -> None:
        if active := shifting.active(self.function):
            raise ReleaseUnderWayError(f"another release of {self.project} is not over yet: deployment {active}")

    def _shift(
        self, kind: ReleaseKind, serving: Version, wanted: Version, package: ModelPackage, asked: Asked
    ) -> Begun:
        deployment_id = shifting.start(
            self.function,
            serving.number,
            wanted.number,
            self.settings.prove,
            f"{kind} of model {package.model_version}: {asked.reason}",
            at_once=kind == "rollback" or serving.model_uri is None,
        )
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        request = ReleaseRequest(kind, wanted.number, package.model_version, asked.run_id, asked.by, asked.reason, now)
        self.records.write(deployment_id, request)
        self._watch(package)
        return Begun(wanted.number, package.model_version, deployment_id)


def _status(shift: Shift) -> ReleaseStatus:
    if shift.succeeded:
        return "succeeded"
    if shift.status == "Stopped" and not shift.was_refused:
        return "rolled_back"
    return "refused" if shift.was_refused else "failed"


def _reason(shift: Shift, proof: ReleaseProof | None) -> str:
    """Why it did not succeed; empty if it did."""
    return " ".join(filter(None, [shift.message, proof.refusal if proof else ""])) if not shift.succeeded else ""

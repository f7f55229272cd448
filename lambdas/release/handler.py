"""Release: an approved model is shifted to and proven, or it is recorded why not; and the way back."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import Approval, Decision, InputReference, ModelPackage, Registration, Release, ReleaseProof
from crispstack.aws import registry, shifting, versions
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.releases import Asked, Begun, Releases
from crispstack.errors import ReleaseError
from crispstack.settings import ReleaseSettings


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Begin to release the run's model if the registry says that it is approved; else write why not.

    Raises:
        ReleaseError: the model is not the one that was registered.
        ReleaseUnderWayError: another release of the project is not over.
    """
    releases, store = _releases(event["project"]), _store(event)
    approval, _ = store.read(Approval)
    refusal, decision, package = _refusal(store)
    if refusal:
        _write(releases, store, f"Nothing was released. {refusal}")
        return {"released": False, "deployment_id": ""}
    begun = releases.release(package, Asked(approval.by, decision.summary, store.run_id))
    if not begun.deployment_id:
        reason = f"The model serves already, as version {begun.version}. {decision.summary}"
        _write(releases, store, reason, begun, releases.ask(versions.serving(releases.function)))
    return _plain(begun)


def conclude(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Record how a deployment ended, and of a run that waits for it, what it released.

    Raises:
        ReleaseUnderWayError: it has not ended; the state machine asks again.
        ReleaseError: the run's model was not released; what served before serves.
    """
    settings = ReleaseSettings.from_environment(os.environ)
    project = event.get("project") or event["function"].removeprefix(settings.prediction_function_prefix)
    deployment_id = event["deployment_id"]
    if shifting.find(deployment_id).is_way_back:
        return {"status": "ignored"}
    releases = Releases(settings, project)
    outcome = releases.conclude(deployment_id)
    if "run_id" in event:
        store = _store(event)
        begun = Begun(outcome.version, outcome.model_version, deployment_id)
        if outcome.status != "succeeded":
            reason = f"The release was {outcome.status.replace('_', ' ')}; what served before serves. {outcome.reason}"
            _write(releases, store, reason, begun)
            raise ReleaseError(reason)
        decision, _ = store.read(Decision)
        proof = releases.records.read(deployment_id, ReleaseProof)
        _write(releases, store, decision.summary, begun, proof or ReleaseProof(begun.version, "", 0, 0.0))
    return {"status": outcome.status}


def change(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """What a person asks for: to release a run's model, or to go back to a version.

    Raises:
        ReleaseError: that cannot be released; the message says why.
    """
    releases, asked = _releases(event["project"]), Asked(event["by"], event["reason"], event.get("run_id", ""))
    if not asked.run_id:
        return _plain(releases.roll_back(event.get("version", ""), asked))
    refusal, _, package = _refusal(_store(event))
    if refusal:
        raise ReleaseError(refusal)
    return _plain(releases.release(package, asked))


def prove(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """CodeDeploy's hook before traffic: ask the new version the golden rows, and say whether it may go on."""
    deployment_id = event["DeploymentId"]
    settings = ReleaseSettings.from_environment(os.environ)
    project = shifting.find(deployment_id).function.removeprefix(settings.prediction_function_prefix)
    proof = Releases(settings, project).prove(deployment_id)
    shifting.answer_hook(deployment_id, event["LifecycleEventHookExecutionId"], passed=not proof.refusal)
    return {"refusal": proof.refusal}


def _releases(project: str) -> Releases:
    return Releases(ReleaseSettings.from_environment(os.environ), project)


def _store(event: dict[str, Any]) -> ArtifactStore:
    bucket = ReleaseSettings.from_environment(os.environ).artifacts_bucket
    return ArtifactStore(bucket, event["project"], event["run_id"])


def _plain(begun: Begun) -> dict[str, Any]:
    return {
        "released": True,
        "version": begun.version,
        "model_version": begun.model_version,
        "deployment_id": begun.deployment_id,
    }


def _refusal(store: ArtifactStore) -> tuple[str, Decision, ModelPackage]:
    """Why the model may not be released, empty if it may; the decision; the model. The registry has the last word.

    Raises:
        ReleaseError: the model is not the one that was registered.
    """
    (decision, _), (package, _), (registration, _) = (
        store.read(Decision),
        store.read(ModelPackage),
        store.read(Registration),
    )
    if decision.verdict == "no_go":
        return decision.summary, decision, package
    entry = registry.entry(registration.chosen.package_arn)
    if entry.model_sha256 != package.model_sha256:
        raise ReleaseError(
            f"{package.model_uri} is not the model that is registered as {registration.chosen.package_arn}: "
            "its hash differs; evaluate it with `--from evaluation`"
        )
    if entry.status == "Approved":
        return "", decision, package
    what = f"Version {registration.chosen.number} of {registration.group} is"
    if entry.status == "Rejected":
        return f"{what} rejected by {entry.description}", decision, package
    return f"{what} not approved: nobody has answered yet", decision, package


def _write(
    releases: Releases, store: ArtifactStore, reason: str, begun: Begun | None = None, proof: ReleaseProof | None = None
) -> None:
    """The run's Release: released where there is a proof."""
    store.write(
        Release(
            released=proof is not None,
            reason=reason,
            model_version=begun.model_version if begun and proof else "",
            champion_parameter=releases.parameter,
            endpoint=versions.live_arn(releases.function) if proof else "",
            golden_rows_checked=proof.golden_rows if proof else 0,
            maximum_difference=proof.maximum_difference if proof else 0.0,
            function_version=begun.version if begun else "",
            deployment_id=begun.deployment_id if begun else "",
            inputs=_inputs(store),
        )
    )


def _inputs(store: ArtifactStore) -> tuple[InputReference, ...]:
    return tuple(store.read(kind)[1] for kind in (Decision, ModelPackage, Registration))

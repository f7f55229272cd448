"""Release: an approved model becomes the champion and proves itself; why no other does is recorded."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import Decision, InputReference, ModelPackage, Registration, Release
from crispstack.aws import champion, registry
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.deployment.release import golden_event, largest_difference
from crispstack.errors import ReleaseError
from crispstack.settings import ReleaseSettings


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Release the model if the registry says that it is approved, and write the Release.

    Raises:
        ReleaseError: it does not answer as it should, or is not the one that was registered.
    """
    settings = ReleaseSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    decision, decision_reference = store.read(Decision)
    package, package_reference = store.read(ModelPackage)
    registration, registration_reference = store.read(Registration)
    inputs = (decision_reference, package_reference, registration_reference)
    refusal = _refusal(decision, package, registration)
    if refusal:
        parameter = settings.champion_parameter_prefix + store.project
        release = Release(False, f"Nothing was released. {refusal}", "", parameter, "", 0, 0.0, inputs)
    else:
        release = _release(settings, store.project, decision, package, inputs)
    written = store.write(release)
    return {"released": release.released, "model_version": release.model_version, "artifact_uri": written.uri}


def _refusal(decision: Decision, package: ModelPackage, registration: Registration) -> str:
    """Why the model may not be released; empty if it may. The registry has the last word."""
    if decision.verdict == "no_go":
        return decision.summary
    entry = registry.entry(registration.chosen.package_arn)
    if entry.model_sha256 != package.model_sha256:
        raise ReleaseError(
            f"{package.model_uri} is not the model that is registered as {registration.chosen.package_arn}: "
            "its hash differs; evaluate it with `--from evaluation`"
        )
    if entry.status == "Approved":
        return ""
    what = f"Version {registration.chosen.number} of {registration.group} is"
    if entry.status == "Rejected":
        return f"{what} rejected by {entry.description}"
    return f"{what} not approved: nobody has answered yet"


def _release(
    settings: ReleaseSettings,
    project: str,
    decision: Decision,
    package: ModelPackage,
    inputs: tuple[InputReference, ...],
) -> Release:
    parameter = settings.champion_parameter_prefix + project
    function = settings.prediction_function_prefix + project
    published, uri = champion.publish(package, settings.artifacts_bucket, project)
    previous = champion.champion_uri(parameter)
    try:
        endpoint = champion.appoint(parameter, uri, function)
        difference = largest_difference(published, champion.invoke(function, golden_event(published)))
    except Exception as error:
        # Whatever went wrong, a model that has not proven itself must not stay champion.
        champion.appoint(parameter, previous, function)
        raise ReleaseError(f"{error}; what served before serves again: {previous or 'nothing'}") from error
    return Release(
        released=True,
        reason=decision.summary,
        model_version=published.model_version,
        champion_parameter=parameter,
        endpoint=endpoint,
        golden_rows_checked=len(published.golden_rows),
        maximum_difference=difference,
        inputs=inputs,
    )

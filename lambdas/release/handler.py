"""Release: the model of a go becomes the champion and proves itself; a no-go is recorded with its reason."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import Decision, InputReference, ModelPackage, Release
from crispstack.aws import champion
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.deployment.release import golden_event, largest_difference
from crispstack.errors import ReleaseError
from crispstack.settings import ReleaseSettings


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Act on the Decision, write the Release, and answer whether a model was released."""
    settings = ReleaseSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    decision, decision_reference = store.read(Decision)
    package, package_reference = store.read(ModelPackage)
    inputs = (decision_reference, package_reference)
    act = _decline if decision.verdict == "no_go" else _release
    release = act(settings, store.project, decision, package, inputs)
    written = store.write(release)
    return {"released": release.released, "model_version": release.model_version, "artifact_uri": written.uri}


def _decline(
    settings: ReleaseSettings,
    project: str,
    decision: Decision,
    _package: ModelPackage,
    inputs: tuple[InputReference, ...],
) -> Release:
    parameter = settings.champion_parameter_prefix + project
    return Release(False, f"Nothing was released. {decision.summary}", "", parameter, "", 0, 0.0, inputs)


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

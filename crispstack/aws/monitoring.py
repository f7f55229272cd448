"""Drift in AWS: the champion, what it was trained on, and the kept predictions of a window."""

from __future__ import annotations

import datetime as dt
import json
import re

from crispstack.artifacts import DataProfile, DriftReport
from crispstack.aws import queries
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.aws.champion import champion_uri, read_package
from crispstack.deployment import drift, drift_sql, outcomes
from crispstack.deployment.drift_reference import of_validation, references
from crispstack.deployment.drift_sql import Window
from crispstack.errors import ArtifactError
from crispstack.phases import Phase
from crispstack.settings import DriftSettings

_RUN = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<project>[^/]+)/runs/(?P<run_id>[^/]+)/.+")


def look_for_drift(
    settings: DriftSettings, now: dt.datetime, days: float | None = None
) -> tuple[DriftReport, str] | None:
    """Judge what the champion predicted in the charter's window, or in the last `days`, and keep the report.

    It lies among the artifacts of the run that made the champion. Returns it and its URI; None without a champion.

    Raises:
        ArtifactError: the query failed, or what the champion was made from is not there.
    """
    uri = champion_uri(settings.champion_parameter)
    if uri is None:
        return None
    charter, package, _ = read_package(uri)
    store = _run_of(package.validation_predictions_uri)
    profile, reference = store.read(DataProfile)
    lines = map(json.loads, read_bytes(package.validation_predictions_uri).splitlines())
    trained = (*references(charter, profile, package), of_validation(charter, package, lines))
    begins = now - dt.timedelta(days=days or charter.monitoring.window_days)
    window = Window(begins, now, package.model_version)
    result = queries.run(drift_sql.statement(charter, trained, settings.database, window), settings.workgroup)
    counts = drift_sql.parse(result.rows, trained)
    told = queries.run(outcomes.statement(charter, settings.database, package.model_version), settings.workgroup)
    made = drift.report(
        charter,
        trained,
        counts,
        window,
        outcomes=outcomes.outcomes(charter, told.rows),
        inputs=(reference,),
        bytes_scanned=result.bytes_scanned + told.bytes_scanned,
    )
    store.write_file(Phase.DEPLOYMENT, f"drift/{now:%Y%m%dT%H%M%SZ}.json", made.to_json().encode())
    return made, store.write(made).uri


def _run_of(uri: str) -> ArtifactStore:
    found = _RUN.fullmatch(uri)
    if not found:
        raise ArtifactError(f"{uri} lies in no run; release a model that a run has made")
    return ArtifactStore(**found.groupdict())

"""Phase 2: plans the two statements that Athena runs, then concludes from their results."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import BusinessCase
from crispstack.aws import queries, raw_data
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.data_understanding import profile, profile_result, quality, raw_table
from crispstack.settings import DataUnderstandingSettings


def plan(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``. Answer: ``profile_sql``, ``quality_sql``."""
    settings = DataUnderstandingSettings.from_environment(os.environ)
    case, _reference = _store(settings, event).read(BusinessCase)
    return {
        "profile_sql": profile.statement(case.charter, settings.database),
        "quality_sql": quality.statement(case.charter, settings.database),
    }


def conclude(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``profile_query_id``, ``quality_query_id``. Answer: ``artifact_uri``.

    Raises:
        QualityError: a rule of severity "stop" failed; profile and report are written all the same.
    """
    settings = DataUnderstandingSettings.from_environment(os.environ)
    store = _store(settings, event)
    case, reference = store.read(BusinessCase)
    inputs = (reference, raw_data.reference(raw_table.uri(case.charter, settings.raw_bucket)))
    profiled = queries.result(event["profile_query_id"])
    checked = queries.result(event["quality_query_id"])
    report = quality.report(checked.rows[0], case.charter, inputs)
    data_profile = profile_result.parse(
        profiled.rows, case.charter, settings.database, profiled.bytes_scanned + checked.bytes_scanned, inputs
    )
    report = quality.with_enough_rows(report, data_profile, case.charter)
    written = store.write(data_profile)
    store.write(report)
    quality.stop_on_failure(report)
    return {"artifact_uri": written.uri}


def _store(settings: DataUnderstandingSettings, event: dict[str, Any]) -> ArtifactStore:
    return ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])

"""Phase 2: plans the statements that Athena runs, renders each, then concludes from their results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import BusinessCase
from crispstack.aws import queries, raw_data
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.queries import QueryResult
from crispstack.charter import Charter
from crispstack.data_understanding import profile_result, quality, raw_table
from crispstack.data_understanding.raw_table import RawTables
from crispstack.data_understanding.statements import Render, statements
from crispstack.phases import Phase
from crispstack.settings import DataUnderstandingSettings


def plan(event: dict[str, Any], _: Any) -> dict[str, list[str]]:
    """Event: ``project``, ``run_id``. Answer: ``statements``, the names of what Athena is to be asked."""
    settings = DataUnderstandingSettings.from_environment(os.environ)
    case, _reference = _store(settings, event).read(BusinessCase)
    return {"statements": list(_statements(settings, case.charter))}


def render(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``statement``. Answer: ``sql``, which is kept beside the phase's artifacts."""
    settings = DataUnderstandingSettings.from_environment(os.environ)
    store = _store(settings, event)
    case, _reference = store.read(BusinessCase)
    sql = _statements(settings, case.charter)[event["statement"]]()
    store.write_file(Phase.DATA_UNDERSTANDING, f"statements/{event['statement']}.sql", sql.encode())
    return {"sql": sql}


def _statements(settings: DataUnderstandingSettings, charter: Charter) -> Mapping[str, Render]:
    return statements(charter, RawTables(settings.database))


def conclude(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``queries`` (each ``statement`` and ``id``). Answer: ``artifact_uri``.

    Raises:
        QualityError: a rule of severity "stop" failed; profile and report are written all the same.
    """
    settings = DataUnderstandingSettings.from_environment(os.environ)
    store = _store(settings, event)
    case, reference = store.read(BusinessCase)
    inputs = (reference, raw_data.reference(raw_table.uri(case.charter, settings.raw_bucket)))
    main = case.charter.source.name
    results = _results(event["queries"])
    profiled, checked = results[f"profile/{main}"], results[f"quality/{main}"]
    report = quality.report(checked.rows[0], case.charter, inputs)
    data_profile = profile_result.parse(
        profiled.rows, case.charter, settings.database, profiled.bytes_scanned + checked.bytes_scanned, inputs
    )
    report = quality.with_enough_rows(report, data_profile, case.charter)
    written = store.write(data_profile)
    store.write(report)
    quality.stop_on_failure(report)
    return {"artifact_uri": written.uri}


def _results(asked: list[dict[str, str]]) -> dict[str, QueryResult]:
    """What each statement found, by its name; the sample is read from S3, by the function that explores it."""
    found = [query for query in asked if not query["statement"].startswith("sample/")]
    return {query["statement"]: queries.result(query["id"]) for query in found}


def _store(settings: DataUnderstandingSettings, event: dict[str, Any]) -> ArtifactStore:
    return ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])

"""Phase 2: plans the statements that Athena runs, renders each, then concludes from their results."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import BusinessCase, InputReference
from crispstack.aws import queries, raw_data
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.queries import QueryResult
from crispstack.charter import Charter
from crispstack.data_collection import DataCollection
from crispstack.data_understanding import personal_data, personal_data_sample, profile_result, quality, rule_drafts
from crispstack.data_understanding.personal_data import PrivacyReport
from crispstack.data_understanding.raw_table import RawTables
from crispstack.data_understanding.statements import Render, statements
from crispstack.data_understanding.withheld import withheld_columns, without_withheld
from crispstack.phases import Phase
from crispstack.settings import DataUnderstandingSettings


def plan(event: dict[str, Any], _: Any) -> dict[str, list[str]]:
    """Settle which version of every source this run reads, and what Athena is to be asked.

    Event: ``project``, ``run_id``. Answer: ``statements``, their names.
    """
    settings = DataUnderstandingSettings.from_environment(os.environ)
    store = _store(settings, event)
    case, reference = store.read(BusinessCase)
    collection = raw_data.collection(settings.raw_bucket, case.charter, (reference,))
    store.write(collection)
    return {"statements": list(_statements(settings, case.charter, collection))}


def render(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``statement``. Answer: ``sql``, which is kept beside the phase's artifacts."""
    settings = DataUnderstandingSettings.from_environment(os.environ)
    store = _store(settings, event)
    case, _reference = store.read(BusinessCase)
    collection, _ = store.read(DataCollection)
    sql = _statements(settings, case.charter, collection)[event["statement"]]()
    store.write_file(Phase.DATA_UNDERSTANDING, f"statements/{event['statement']}.sql", sql.encode())
    return {"sql": sql}


def _statements(
    settings: DataUnderstandingSettings, charter: Charter, collection: DataCollection
) -> Mapping[str, Render]:
    tables = RawTables(settings.database, collection.versions, collection.sizes)
    return statements(charter, tables, dt.datetime.now(dt.UTC).replace(tzinfo=None))


def conclude(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``queries`` (each ``statement`` and ``id``). Answer: ``artifact_uri``.

    Raises:
        QualityError: a rule of severity "stop" failed; profile and reports are written all the same.
        PrivacyError: a column holds personal data, and the charter does not say what becomes of it; so are they here.
    """
    settings = DataUnderstandingSettings.from_environment(os.environ)
    store = _store(settings, event)
    case, reference = store.read(BusinessCase)
    inputs = (reference, store.read(DataCollection)[1])
    main = case.charter.source.name
    results = _results(event["queries"])
    rows = {name: found.rows for name, found in results.items()}
    report = quality.report(rows, case.charter, inputs)
    scanned = sum(found.bytes_scanned for found in results.values())
    data_profile = profile_result.parse(rows, case.charter, settings.database, scanned, inputs)
    report = quality.with_enough_rows(report, data_profile, case.charter)
    privacy = _privacy(case.charter, results, inputs)
    shown = without_withheld(data_profile, privacy, main)
    count = data_profile.rows + data_profile.test_rows
    withheld = withheld_columns(privacy, main)
    drafts = rule_drafts.drafts(case.charter.source, count, shown.columns, withheld, dt.datetime.now(dt.UTC).date())
    written = store.write(shown)
    store.write(dataclasses.replace(report, drafts=(*drafts, *rule_drafts.of_joins(report.joins))))
    store.write(privacy)
    quality.stop_on_failure(report, case.charter)
    personal_data.stop_on_untreated(privacy)
    return {"artifact_uri": written.uri}


def _privacy(charter: Charter, results: Mapping[str, QueryResult], inputs: tuple[InputReference, ...]) -> PrivacyReport:
    values = {
        source.name: personal_data_sample.values(results[personal_data_sample.statement_name(source)].rows, charter)
        for source in charter.sources
    }
    return personal_data.report(charter, values, inputs)


def _results(asked: list[dict[str, str]]) -> dict[str, QueryResult]:
    """What each statement found, by its name; the sample is read from S3, by the function that explores it."""
    found = [query for query in asked if not query["statement"].startswith("sample/")]
    return {query["statement"]: queries.result(query["id"]) for query in found}


def _store(settings: DataUnderstandingSettings, event: dict[str, Any]) -> ArtifactStore:
    return ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])

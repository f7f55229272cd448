"""Phase 2: what crawlers found in the versions of this run, and how it differs from the charter and the last run."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from crispstack.artifacts import BusinessCase, SchemaReport
from crispstack.aws import crawlers, previous_run
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.data_collection import DataCollection
from crispstack.data_understanding import schema_changes
from crispstack.settings import DiscoverySettings


def handler(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``started`` (of this execution, ISO 8601). Answer: ``artifact_uri``.

    Raises:
        NotDiscoveredYetError: a crawler is looking; ask again later.
        DataError: a crawler found no schema.
        QualityError: a schema changed of a source whose charter says that this stops a run; the report is written.
    """
    settings = DiscoverySettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    case, case_reference = store.read(BusinessCase)
    collection, reference = store.read(DataCollection)
    started = datetime.fromisoformat(event["started"])
    waiting, schemas = [], []
    for collected in collection.sources:
        try:
            schemas.append(
                crawlers.discovered(settings.database, settings.environment, case.charter.name, collected, started)
            )
        except crawlers.NotDiscoveredYetError as error:
            waiting.append(error)
    if waiting:
        # Every crawler has been started by now, so they look side by side.
        raise waiting[0]
    last_run, last = previous_run.latest(store, SchemaReport)
    report = schema_changes.report(case.charter, schemas, last, (case_reference, reference), last_run)
    written = store.write(report)
    schema_changes.stop_on_change(report)
    return {"artifact_uri": written.uri}

"""Phase 2: looks at the sample that Athena drew, columns in pairs and rows in two dimensions."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import BusinessCase, DataProfile, InputReference, sha256
from crispstack.aws import queries
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.data_understanding import sample
from crispstack.data_understanding.explore import explore
from crispstack.data_understanding.personal_data import PrivacyReport
from crispstack.data_understanding.withheld import withheld_columns
from crispstack.settings import RunSettings


def handler(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``queries`` (each ``statement`` and ``id``). Answer: ``artifact_uri``."""
    settings = RunSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    case, of_case = store.read(BusinessCase)
    _profile, of_profile = store.read(DataProfile)
    name = sample.statement_name(case.charter)
    uri = queries.result_uri(next(query["id"] for query in event["queries"] if query["statement"] == name))
    drawn = read_bytes(uri)
    privacy, of_privacy = store.read(PrivacyReport)
    inputs = (of_case, of_profile, of_privacy, InputReference(uri, sha256(drawn)))
    withheld = withheld_columns(privacy, case.charter.source.name)
    found = explore(sample.parse(drawn.decode(), case.charter), case.charter, withheld, inputs)
    return {"artifact_uri": store.write(found).uri}

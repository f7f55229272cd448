"""Phase 1: takes the run's charter, reviews it, and writes the business case."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import BusinessCase, InputReference, sha256
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.business_understanding import charter_json, feasibility
from crispstack.settings import RunSettings


def handler(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``. Answer: ``artifact_uri``."""
    settings = RunSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    uri = f"{store.run_uri}/charter.json"
    content = read_bytes(uri)
    charter = charter_json.parse(content)
    case = BusinessCase(charter, feasibility.review(charter), (InputReference(uri, sha256(content)),))
    return {"artifact_uri": store.write(case).uri}

"""Writes down why a run ended, beside the artifacts of the phase that failed."""

from __future__ import annotations

import json
import os
from typing import Any

from crispstack.aws.artifact_store import ArtifactStore
from crispstack.phases import Phase
from crispstack.settings import RunSettings


def handler(event: dict[str, Any], _: Any) -> dict[str, str]:
    """Event: ``project``, ``run_id``, ``phase``, ``error``, ``cause``. Answer: ``failure_uri``."""
    settings = RunSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    failure = {"phase": event["phase"], "error": event["error"], "cause": _readable(event["cause"])}
    content = json.dumps(failure, indent=2, sort_keys=True).encode()
    return {"failure_uri": store.write_file(Phase(event["phase"]), "failure.json", content).uri}


def _readable(cause: str) -> str:
    """The message of a function's error, which Lambda wraps in JSON with its stack; any other cause as it is."""
    try:
        message = json.loads(cause)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        return cause
    return str(message)

"""A person's wish to change what serves: handed to the function that may, and followed in the records to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from crispstack.artifacts import ReleaseOutcome
from crispstack.aws.release_records import ReleaseRecords
from crispstack.errors import CrispError, ReleaseError

_POLL_SECONDS = 1.0
_OURS = ("ReleaseError", "ReleaseUnderWayError", "ArtifactError")
# The function waits for Lambda to publish a version; a request must not be sent again meanwhile.
_PATIENT = Config(read_timeout=310, retries={"total_max_attempts": 1})


def begin(function: str, event: dict[str, str]) -> dict[str, Any]:
    """Ask the function to begin a change; what it answers: the version, its model, the deployment.

    Raises:
        ReleaseError: it refuses; the message says why.
        CrispError: it failed.
    """
    answer = boto3.client("lambda", config=_PATIENT).invoke(FunctionName=function, Payload=json.dumps(event).encode())
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" not in answer:
        return payload
    message = str(payload.get("errorMessage"))
    if payload.get("errorType") in _OURS:
        raise ReleaseError(message)
    raise CrispError(f"{function} failed: {payload.get('errorType')}: {message}; see its log group")


def wait(records: ReleaseRecords, deployment_id: str, tell: Callable[[float], None]) -> ReleaseOutcome:
    """How the change ended, once it has; `tell` is given the seconds waited."""
    begun = time.monotonic()
    while (outcome := records.read(deployment_id, ReleaseOutcome)) is None:
        tell(time.monotonic() - begun)
        time.sleep(_POLL_SECONDS)
    return outcome

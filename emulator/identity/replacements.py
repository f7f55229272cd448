"""What the gate takes over from moto."""

from __future__ import annotations

from typing import Any

import flask
from moto.iam.access_control import PermissionResult

from emulator.replacements import Replacement

# Where the gate leaves the ARNs of the objects that a DeleteObjects request may not delete.
DENIED_DELETIONS = "emulator.denied_deletions"


def _get_permission(_bucket: Any, _action: str, resource: str) -> PermissionResult:
    """The gate's decision: a request that comes this far is allowed, but for single objects of DeleteObjects."""
    if flask.has_request_context() and resource in flask.request.environ.get(DENIED_DELETIONS, ()):
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED


REPLACEMENTS = [
    Replacement(
        target="moto.s3.models:FakeBucket.get_permission",
        function=_get_permission,
        reason="moto applies bucket policies without their conditions and principals; the gate has applied them all",
        fingerprint="7571412a3495",
    )
]

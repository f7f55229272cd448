"""Why an execution failed: the sentence that matters, out of what Step Functions wraps around it."""

from __future__ import annotations

import json
from typing import Any

_PATHS = (
    ("errorMessage",),  # Lambda
    ("ErrorMessage",),  # Glue
    ("StateDetails",),  # EMR Serverless
    ("QueryExecution", "Status", "StateChangeReason"),  # Athena
)


def reason(error: str | None, cause: str | None) -> str:
    """One line: the error's name and the service's own message, found in a cause that is JSON."""
    message = cause or ""
    try:
        details = json.loads(message)
    except ValueError:
        details = None
    for path in _PATHS:
        found = _at(details, path)
        if isinstance(found, str) and found:
            message = found
            break
    return ": ".join(part for part in (error, message) if part) or "no error was reported"


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value

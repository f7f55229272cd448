"""Why an execution failed: the sentence that matters, out of what Step Functions wraps around it."""

from __future__ import annotations

import json
from typing import Any

from crispstack.phases import Phase

_PATHS = (
    ("errorMessage",),  # Lambda
    ("ErrorMessage",),  # Glue
    ("StateDetails",),  # EMR Serverless
    ("StatusReason",),  # Batch
    ("FailureReason",),  # SageMaker
    ("QueryExecution", "Status", "StateChangeReason"),  # Athena
)


def reason(error: str | None, cause: str | None) -> str:
    """One line: the error's name and the service's own message, found in a cause that is, or ends in, JSON.

    The loop names its error after the phase and begins its cause with the phase's error: the phase is left out here.
    """
    message = cause or ""
    prefix, brace, rest = message.partition("{")
    try:
        details = json.loads(brace + rest)
    except ValueError:
        details = None
    found = (_at(details, path) for path in _PATHS)
    text = next((each for each in found if isinstance(each, str) and each), None)
    shown = message if text is None else prefix + text
    name = "" if error in set(Phase) else error
    return ": ".join(part for part in (name, shown) if part) or "no error was reported"


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value

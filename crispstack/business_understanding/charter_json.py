"""The resolved charter as JSON, as the run time reads it, with the standard library alone."""

from __future__ import annotations

import dataclasses
import json

from crispstack.charter import Charter
from crispstack.errors import ArtifactError, CharterError
from crispstack.json_form import from_plain


def dump(charter: Charter) -> str:
    """JSON text of the charter, keys sorted; what a run keeps as ``charter.json``."""
    return json.dumps(dataclasses.asdict(charter), indent=2, sort_keys=True, allow_nan=False)


def parse(content: str | bytes) -> Charter:
    """Read what `dump` wrote.

    Raises:
        CharterError: not JSON, or a field is missing, unknown or of another type.
    """
    try:
        charter: Charter = from_plain(Charter, json.loads(content), "charter")
    except (ValueError, ArtifactError) as error:
        raise CharterError(f"the run's charter.json is not valid: {error}; start the run again") from error
    return charter

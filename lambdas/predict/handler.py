"""The prediction function. The champion is loaded with the module, so that a warm start has it at hand."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from crispstack.aws.champion import champion_uri, read_package
from crispstack.deployment.http import respond
from crispstack.deployment.serving import Champion
from crispstack.settings import PredictionSettings


def _load() -> Champion | None:
    uri = champion_uri(PredictionSettings.from_environment(os.environ).champion_parameter)
    return Champion.load(*read_package(uri)) if uri else None


CHAMPION = _load()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0)."""
    return respond(event, CHAMPION, _log).to_response()


def _log(fields: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"level": "INFO" if fields["status"] < 500 else "ERROR", **fields}) + "\n")

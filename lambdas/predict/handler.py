"""The prediction function. The champion is loaded with the module, so that a warm start has it at hand."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from crispstack.aws import pseudonym_key
from crispstack.aws.champion import champion_uri, read_package
from crispstack.aws.lookup_table import VersionReader
from crispstack.data_preparation.lookups import lookups
from crispstack.data_preparation.privacy import hashes
from crispstack.deployment.http import respond
from crispstack.deployment.serving import Champion
from crispstack.settings import PredictionSettings


def _load() -> Champion | None:
    settings = PredictionSettings.from_environment(os.environ)
    uri = champion_uri(settings.champion_parameter)
    if not uri:
        return None
    charter, package, graph = read_package(uri)
    key = pseudonym_key.read(settings.pseudonym_key) if hashes(charter) else b""
    reader = VersionReader.open(settings.lookup_table, package.prepared_version) if lookups(charter) else None
    return Champion.load(charter, package, graph, key, reader)


CHAMPION = _load()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0)."""
    return respond(event, CHAMPION, _log).to_response()


def _log(fields: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"level": "INFO" if fields["status"] < 500 else "ERROR", **fields}) + "\n")

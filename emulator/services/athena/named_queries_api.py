"""Athena's operations on saved queries that moto does not have, and the engine's versions."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError

from emulator.replacements import Replacement


def batch_get_named_query(self: Any) -> str:
    """BatchGetNamedQuery."""
    asked, kept = self._get_param("NamedQueryIds"), self.athena_backend.named_queries
    missing = [{"NamedQueryId": i, "ErrorCode": "INVALID_NAMED_QUERY_ID"} for i in asked if i not in kept]
    found = [_described(kept[i]) for i in asked if i in kept]
    return json.dumps({"NamedQueries": found, "UnprocessedNamedQueryIds": missing})


def update_named_query(self: Any) -> str:
    """UpdateNamedQuery."""
    query = self.athena_backend.named_queries.get(self._get_param("NamedQueryId"))
    if query is None:
        raise JsonRESTError("InvalidRequestException", f"NamedQuery {self._get_param('NamedQueryId')} was not found")
    query.name, query.query_string = self._get_param("Name"), self._get_param("QueryString")
    if (description := self._get_param("Description")) is not None:
        query.description = description
    return "{}"


def list_engine_versions(_: Any) -> str:
    """ListEngineVersions: the one whose SQL is executed here."""
    effective = "Athena engine version 3"
    listed = [{"SelectedEngineVersion": name, "EffectiveEngineVersion": effective} for name in ("AUTO", effective)]
    return json.dumps({"EngineVersions": listed})


def _described(query: Any) -> dict[str, Any]:
    described = {
        "NamedQueryId": query.id,
        "Name": query.name,
        "Database": query.database,
        "QueryString": query.query_string,
        "WorkGroup": query.workgroup.name,
    }
    return {**described, "Description": query.description} if query.description else described


_RESPONSES = "moto.athena.responses:AthenaResponse"

REPLACEMENTS = [
    Replacement(f"{_RESPONSES}.batch_get_named_query", batch_get_named_query, "moto has none"),
    Replacement(f"{_RESPONSES}.update_named_query", update_named_query, "moto has none"),
    Replacement(f"{_RESPONSES}.list_engine_versions", list_engine_versions, "moto has none"),
]

"""Saved queries of CloudWatch Logs Insights."""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException

from emulator import clock
from emulator.replacements import Replacement

_FIELDS = ("name", "queryString", "logGroupNames", "queryLanguage", "parameters")


def _of(self: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = self.logs_backend.__dict__.setdefault("query_definitions", {})
    return found


def _put_query_definition(self: Any) -> str:
    kept, identifier = _of(self), self._get_param("queryDefinitionId")
    if identifier and identifier not in kept:
        raise ResourceNotFoundException("The specified query definition does not exist.")
    asked = {name: self._get_param(name) for name in _FIELDS if self._get_param(name) is not None}
    if not asked.get("queryString"):
        raise InvalidParameterException("queryString must not be empty.")
    identifier = identifier or str(uuid.uuid4())
    kept[identifier] = {**asked, "queryDefinitionId": identifier, "lastModified": int(clock.seconds() * 1000)}
    return json.dumps({"queryDefinitionId": identifier})


def _describe_query_definitions(self: Any) -> str:
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    found = sorted(
        (each for each in _of(self).values() if each["name"].startswith(prefix)), key=lambda each: each["name"]
    )
    first, size = int(self._get_param("nextToken") or 0), int(self._get_param("maxResults") or 1_000)
    answer: dict[str, Any] = {"queryDefinitions": found[first : first + size]}
    if first + size < len(found):
        answer["nextToken"] = str(first + size)
    return json.dumps(answer)


def _delete_query_definition(self: Any) -> str:
    if _of(self).pop(self._get_param("queryDefinitionId"), None) is None:
        raise ResourceNotFoundException("The specified query definition does not exist.")
    return json.dumps({"success": True})


_RESPONSE, _MISSING = "moto.logs.responses:LogsResponse", "moto has no query definitions"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.put_query_definition", _put_query_definition, _MISSING),
    Replacement(f"{_RESPONSE}.describe_query_definitions", _describe_query_definitions, _MISSING),
    Replacement(f"{_RESPONSE}.delete_query_definition", _delete_query_definition, _MISSING),
]

"""Athena's operations on workgroups and saved queries that moto does not have, or answers with nothing."""

from __future__ import annotations

import json
from typing import Any

from moto.athena import models, responses
from moto.core.exceptions import JsonRESTError

from emulator.replacements import Replacement

_moto_get = responses.AthenaResponse.get_work_group
_moto_get_query = responses.AthenaResponse.get_named_query
_moto_delete = responses.AthenaResponse.delete_work_group


def _refused(message: str) -> JsonRESTError:
    return JsonRESTError("InvalidRequestException", message)


def _group(self: Any) -> models.WorkGroup:
    name = self._get_param("WorkGroup")
    group: models.WorkGroup | None = self.athena_backend.work_groups.get(name)
    if group is None:
        raise _refused(f"WorkGroup {name} is not found.")
    return group


def _get_work_group(self: Any) -> str:
    _group(self)
    return str(_moto_get(self))


def _delete_work_group(self: Any) -> str:
    group, backend = _group(self), self.athena_backend
    queries = [query.id for query in backend.named_queries.values() if query.workgroup.name == group.name]
    executed = [run for run in backend.executions.values() if run.workgroup and run.workgroup.name == group.name]
    if (queries or executed) and not self._get_param("RecursiveDeleteOption"):
        raise _refused(f"WorkGroup {group.name} is not empty")
    for query in queries:
        del backend.named_queries[query]
    return str(_moto_delete(self))


def _update_work_group(self: Any) -> str:
    group = _group(self)
    if (description := self._get_param("Description")) is not None:
        group.description = description
    if state := self._get_param("State"):
        group.state = state
    updates = dict(self._get_param("ConfigurationUpdates") or {})
    if updates.pop("RemoveBytesScannedCutoffPerQuery", False):
        group.configuration.pop("BytesScannedCutoffPerQuery", None)
    result = updates.pop("ResultConfigurationUpdates", None)
    if result is not None:
        group.configuration["ResultConfiguration"] = _result(group.configuration.get("ResultConfiguration", {}), result)
    group.configuration.update(updates)
    return "{}"


def _result(current: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    """The result configuration after updates such as OutputLocation or RemoveOutputLocation."""
    removed = {name.removeprefix("Remove") for name, value in updates.items() if name.startswith("Remove") and value}
    given = {name: value for name, value in updates.items() if not name.startswith("Remove")}
    return {**{name: value for name, value in current.items() if name not in removed}, **given}


def _delete_named_query(self: Any) -> str:
    query = self._get_param("NamedQueryId")
    if self.athena_backend.named_queries.pop(query, None) is None:
        raise _refused(f"NamedQuery {query} was not found")
    return "{}"


def _get_named_query(self: Any) -> str:
    query = self._get_param("NamedQueryId")
    if query not in self.athena_backend.named_queries:
        raise _refused(f"NamedQuery {query} was not found")
    return str(_moto_get_query(self))


def _list_tags_for_resource(self: Any) -> str:
    arn, backend = self._get_param("ResourceARN"), self.athena_backend
    named = (*backend.work_groups.values(), *backend.data_catalogs.values(), *backend.capacity_reservations.values())
    if arn not in {resource.arn for resource in named}:
        raise _refused(f"Resource {arn} is not found")
    return json.dumps(backend.tagger.list_tags_for_resource(arn))


_RESPONSE = "moto.athena.responses:AthenaResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.get_work_group", _get_work_group, "moto answers null for an absent workgroup", "87b0d39d7410"
    ),
    Replacement(
        f"{_RESPONSE}.delete_work_group",
        _delete_work_group,
        "moto deletes what is absent or still in use",
        "e4ce905cd266",
    ),
    Replacement(
        f"{_RESPONSE}.list_tags_for_resource",
        _list_tags_for_resource,
        "moto says that what has no tags does not exist",
        "fdca7f0693f2",
    ),
    Replacement(f"{_RESPONSE}.update_work_group", _update_work_group, "moto has no UpdateWorkGroup"),
    Replacement(f"{_RESPONSE}.delete_named_query", _delete_named_query, "moto has no DeleteNamedQuery"),
    Replacement(f"{_RESPONSE}.get_named_query", _get_named_query, "moto fails on an absent query", "ce958a834487"),
]

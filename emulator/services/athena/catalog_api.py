"""Athena's operations on databases and tables: the Glue catalog, with the caller's permissions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import JsonRESTError

from emulator.replacements import Replacement
from emulator.services.athena import caller
from emulator.services.athena.caller import client
from emulator.services.athena.catalog import current_columns

Described = dict[str, Any]


def get_database(self: Any) -> str:
    """GetDatabase."""
    glue, name = _glue(self), _lowered(self, "DatabaseName")
    found = _asked(lambda: glue.get_database(Name=name)["Database"])
    return json.dumps({"Database": _database(found)})


def list_databases(self: Any) -> str:
    """ListDatabases."""
    glue = _glue(self)
    found = _asked(lambda: _every(glue, "get_databases", "DatabaseList"))
    return _page(self, "DatabaseList", [_chosen(self, _database(entry)) for entry in found])


def get_table_metadata(self: Any) -> str:
    """GetTableMetadata."""
    glue, database, name = _glue(self), _lowered(self, "DatabaseName"), _lowered(self, "TableName")
    found = _asked(lambda: glue.get_table(DatabaseName=database, Name=name)["Table"])
    return json.dumps({"TableMetadata": _table(found)})


def list_table_metadata(self: Any) -> str:
    """ListTableMetadata; `Expression` is a regular expression that the whole name must match."""
    glue, database = _glue(self), _lowered(self, "DatabaseName")
    try:
        pattern = re.compile(self._get_param("Expression") or ".*", re.IGNORECASE)
    except re.error as error:
        raise _refused(f"Expression is not a regular expression: {error}") from error
    found = _asked(lambda: _every(glue, "get_tables", "TableList", DatabaseName=database))
    named = [entry for entry in found if pattern.fullmatch(entry["Name"])]
    return _page(self, "TableMetadataList", [_chosen(self, _table(entry)) for entry in named])


def _glue(self: Any) -> Any:
    """Glue for the caller of this request."""
    name = self._get_param("CatalogName")
    if name.lower() != "awsdatacatalog":
        known = name in self.athena_backend.data_catalogs
        raise _refused(f"Data catalog {name} {'is not AwsDataCatalog: not supported' if known else 'was not found'}")
    return client("glue", caller.of(self.headers, self.region))


def _lowered(self: Any, parameter: str) -> str:
    return str(self._get_param(parameter)).lower()


def _refused(message: str) -> JsonRESTError:
    return JsonRESTError("InvalidRequestException", message)


def _asked(request: Callable[[], Any]) -> Any:
    """Glue's answer; its refusal in Athena's words."""
    try:
        return request()
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        raise JsonRESTError(
            "MetadataException",
            f"{message} (Service: AmazonDataCatalog; Status Code: 400; Error Code: {code})",
        ) from error


def _every(glue: Any, operation: str, key: str, **arguments: str) -> list[Described]:
    """All entries, sorted by name."""
    entries = [entry for page in glue.get_paginator(operation).paginate(**arguments) for entry in page[key]]
    return sorted(entries, key=lambda entry: str(entry["Name"]))


def _page(self: Any, key: str, entries: Sequence[Described]) -> str:
    token, size = self._get_param("NextToken") or "0", int(self._get_param("MaxResults") or 50)
    if not token.isdigit():
        raise _refused("The pagination token is not valid")
    start = int(token)
    answer: Described = {key: entries[start : start + size]}
    if start + size < len(entries):
        answer["NextToken"] = str(start + size)
    return json.dumps(answer)


def _chosen(self: Any, described: Described) -> Described:
    """Only the attributes asked for."""
    asked = self._get_param("AttributesToGet")
    members = {"NAME": "Name", "TABLE_TYPE": "TableType"}
    if not asked:
        return described
    if unknown := set(asked) - members.keys():
        raise _refused(f"AttributesToGet: {', '.join(sorted(unknown))} is not known")
    return {members[name]: described[members[name]] for name in asked if members[name] in described}


def _database(entry: Mapping[str, Any]) -> Described:
    return {key: entry[key] for key in ("Name", "Description", "Parameters") if entry.get(key) is not None}


def _table(entry: Mapping[str, Any]) -> Described:
    stored = entry.get("StorageDescriptor", {})
    described: Described = {
        "Name": entry["Name"],
        "Columns": _columns(current_columns(entry)),
        "PartitionKeys": _columns(entry.get("PartitionKeys", [])),
        "Parameters": {**_storage(stored), **entry.get("Parameters", {})},
    }
    described |= {key: entry[key].timestamp() for key in ("CreateTime",) if entry.get(key)}
    if entry.get("LastAccessTime"):
        described["LastAccessTime"] = entry["LastAccessTime"].timestamp()
    if entry.get("TableType"):
        described["TableType"] = entry["TableType"]
    return described


def _columns(columns: Sequence[Mapping[str, Any]]) -> list[Described]:
    return [{key: column[key] for key in ("Name", "Type", "Comment") if key in column} for column in columns]


def _storage(stored: Mapping[str, Any]) -> dict[str, str]:
    """Where and how a table is stored, which Athena shows among its parameters."""
    serde = stored.get("SerdeInfo", {})
    found = {
        "location": stored.get("Location"),
        "inputformat": stored.get("InputFormat"),
        "outputformat": stored.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
        **{f"serde.param.{key}": value for key, value in serde.get("Parameters", {}).items()},
    }
    return {key: value for key, value in found.items() if value is not None}


_RESPONSES = "moto.athena.responses:AthenaResponse"
_WHY = "moto keeps databases of its own, which the Glue catalog does not know"

REPLACEMENTS = [
    Replacement(f"{_RESPONSES}.get_database", get_database, _WHY, "15d2023ce3c3"),
    Replacement(f"{_RESPONSES}.list_databases", list_databases, _WHY, "704b5fa64a4d"),
    Replacement(f"{_RESPONSES}.get_table_metadata", get_table_metadata, "moto has none"),
    Replacement(f"{_RESPONSES}.list_table_metadata", list_table_metadata, "moto has none"),
]

"""Athena's operations on prepared statements; moto keeps them without their workgroup, and where EXECUTE finds none."""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import JsonRESTError

from emulator.replacements import Replacement
from emulator.services.athena.prepared import PreparedStatement


def statements(backend: Any) -> dict[tuple[str, str], PreparedStatement]:
    """A backend's prepared statements by workgroup and name."""
    kept: dict[tuple[str, str], PreparedStatement] = backend.__dict__.setdefault("statements_by_workgroup", {})
    return kept


def _key(self: Any) -> tuple[str, str]:
    group = self._get_param("WorkGroup")
    if group not in self.athena_backend.work_groups:
        raise JsonRESTError("InvalidRequestException", f"WorkGroup {group} is not found.")
    return group, str(self._get_param("StatementName") or "").lower()


def _found(self: Any) -> tuple[str, str]:
    key = _key(self)
    if key not in statements(self.athena_backend):
        raise JsonRESTError("ResourceNotFoundException", f"PreparedStatement {key[1]} was not found")
    return key


def _put(self: Any, key: tuple[str, str]) -> str:
    text, description = self._get_param("QueryStatement"), self._get_param("Description")
    statements(self.athena_backend)[key] = PreparedStatement(key[1], key[0], text, description)
    return "{}"


def create_prepared_statement(self: Any) -> str:
    """CreatePreparedStatement."""
    key = _key(self)
    if key in statements(self.athena_backend):
        raise JsonRESTError("InvalidRequestException", f"PreparedStatement {key[1]} already exists")
    return _put(self, key)


def update_prepared_statement(self: Any) -> str:
    """UpdatePreparedStatement."""
    return _put(self, _found(self))


def delete_prepared_statement(self: Any) -> str:
    """DeletePreparedStatement."""
    del statements(self.athena_backend)[_found(self)]
    return "{}"


def get_prepared_statement(self: Any) -> str:
    """GetPreparedStatement."""
    return json.dumps({"PreparedStatement": _described(statements(self.athena_backend)[_found(self)])})


def batch_get_prepared_statement(self: Any) -> str:
    """BatchGetPreparedStatement."""
    group, _ = _key(self)
    kept = statements(self.athena_backend)
    asked = [(name, kept.get((group, name.lower()))) for name in self._get_param("PreparedStatementNames")]
    missing = [{"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND"} for name, found in asked if found is None]
    described = [_described(found) for _, found in asked if found is not None]
    return json.dumps({"PreparedStatements": described, "UnprocessedPreparedStatementNames": missing})


def _described(found: PreparedStatement) -> dict[str, Any]:
    described = {
        "StatementName": found.name,
        "WorkGroupName": found.workgroup,
        "QueryStatement": found.text,
        "LastModifiedTime": found.modified.timestamp(),
    }
    if found.description is not None:
        described["Description"] = found.description
    return described


def list_prepared_statements(self: Any) -> str:
    """ListPreparedStatements."""
    group, _ = _key(self)
    found = [s for (name, _), s in sorted(statements(self.athena_backend).items()) if name == group]
    listed = [{"StatementName": s.name, "LastModifiedTime": s.modified.timestamp()} for s in found]
    return json.dumps({"PreparedStatements": listed})


_RESPONSES = "moto.athena.responses:AthenaResponse"
_WHY = "moto forgets the workgroup, and EXECUTE must find them"

REPLACEMENTS = [
    Replacement(f"{_RESPONSES}.create_prepared_statement", create_prepared_statement, _WHY, "25ae193928b4"),
    Replacement(f"{_RESPONSES}.get_prepared_statement", get_prepared_statement, _WHY, "b266b98b2b18"),
    Replacement(f"{_RESPONSES}.update_prepared_statement", update_prepared_statement, "moto has none"),
    Replacement(f"{_RESPONSES}.delete_prepared_statement", delete_prepared_statement, "moto has none"),
    Replacement(f"{_RESPONSES}.batch_get_prepared_statement", batch_get_prepared_statement, "moto has none"),
    Replacement(f"{_RESPONSES}.list_prepared_statements", list_prepared_statements, "moto has none"),
]

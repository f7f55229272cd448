"""Time travel: the snapshot that FOR TIMESTAMP AS OF and FOR VERSION AS OF name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from sqlglot import exp

from emulator.services.athena import tables
from emulator.services.athena.errors import QueryError
from emulator.services.athena.query.compiler import Compiler
from emulator.services.athena.session import Session


def snapshot(session: Session, table: Table, version: exp.Expression | None) -> Snapshot | None:
    """The current snapshot, or the one that a version asks for; None for a table that is empty.

    Raises:
        QueryError: INVALID_ARGUMENTS, there is no such snapshot.
    """
    if version is None:
        return table.current_snapshot()
    kind, value = version.name.upper(), _value(session, version.expression)
    if kind == "VERSION":
        return _by_version(table, value)
    return _by_time(table, value)


def schema(table: Table, found: Snapshot | None) -> Schema:
    """The schema that a snapshot was written with; that of the table for the current one."""
    if found is None or found.schema_id is None or found == table.current_snapshot():
        return table.schema()
    return table.schemas()[found.schema_id]


def _value(session: Session, expression: exp.Expression) -> Any:
    compiler = Compiler(tables.lookup(session), session.database)
    sql, [(_, type_)] = compiler.query(exp.Select(expressions=[expression.copy()]))
    if compiler.uses:
        raise QueryError("INVALID_ARGUMENTS", "a version is a constant")
    value = session.cursor.execute(sql).fetchall()[0][0]
    if type_.name == "timestamp with time zone":
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else value


def _by_version(table: Table, value: Any) -> Snapshot:
    found = table.snapshot_by_name(value) if isinstance(value, str) else None
    if found is None and isinstance(value, int):
        found = table.snapshot_by_id(value)
    if found is None:
        raise QueryError("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {value}")
    return found


def _by_time(table: Table, value: Any) -> Snapshot:
    if not isinstance(value, datetime):
        raise QueryError("INVALID_ARGUMENTS", f"FOR TIMESTAMP AS OF needs a timestamp, not {value!r}")
    found = table.snapshot_as_of_timestamp(int(value.timestamp() * 1000))
    if found is None:
        raise QueryError(
            "INVALID_ARGUMENTS", f"No version history table {'.'.join(table.name())} at or before {value.isoformat()}"
        )
    return found

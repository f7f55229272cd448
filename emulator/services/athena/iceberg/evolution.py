"""ALTER TABLE of an Iceberg table: its columns, properties and name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyiceberg.exceptions import TableAlreadyExistsError, ValidationError
from pyiceberg.table import Table
from pyiceberg.table.update.schema import UpdateSchema

from emulator.services.athena import types
from emulator.services.athena.alterations import (
    AddColumns,
    Alteration,
    ChangeColumn,
    DropColumn,
    RenameTable,
    SetProperties,
    UnsetProperties,
)
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.iceberg import definition
from emulator.services.athena.iceberg.catalog import committed
from emulator.services.athena.iceberg.schema_types import iceberg_type
from emulator.services.athena.session import Session


def alter(session: Session, database: str, name: str, alteration: Alteration) -> None:
    """Change a table.

    Raises:
        QueryError: NOT_SUPPORTED, or a change that Iceberg does not allow.
    """
    table = session.iceberg.find(database, name)
    with committed():
        try:
            _alter(session, table, alteration)
        except (ValueError, ValidationError) as error:
            raise not_supported(f"Iceberg: {error}") from error


def _alter(session: Session, table: Table, alteration: Alteration) -> None:
    if isinstance(alteration, RenameTable):
        _rename(session, table, alteration)
    elif isinstance(alteration, SetProperties):
        kept = {
            key: value for key, value in definition.stored(alteration.properties).items() if key != "format-version"
        }
        with table.transaction() as transaction:
            transaction.set_properties(kept)
    elif isinstance(alteration, UnsetProperties):
        with table.transaction() as transaction:
            transaction.remove_properties(*alteration.keys)
    elif type(alteration) in _COLUMNS:
        with table.update_schema() as update:
            _COLUMNS[type(alteration)](update, alteration)
    else:
        raise not_supported(f"{alteration.sql} on Iceberg tables")


def _rename(session: Session, table: Table, alteration: RenameTable) -> None:
    target = alteration.name.of(session)
    try:
        session.iceberg.rename_table(table.name(), target)
    except TableAlreadyExistsError as error:
        raise QueryError("TABLE_ALREADY_EXISTS", f"Table '{'.'.join(target)}' already exists") from error


def _add(update: UpdateSchema, alteration: AddColumns) -> None:
    for column in alteration.columns:
        update.add_column(column["Name"], iceberg_type(types.parse(column["Type"])), doc=column.get("Comment"))


def _drop(update: UpdateSchema, alteration: DropColumn) -> None:
    update.delete_column(alteration.name)


def _change(update: UpdateSchema, alteration: ChangeColumn) -> None:
    column = alteration.column
    type_ = iceberg_type(types.parse(column["Type"]))
    update.update_column(alteration.name, type_, doc=column.get("Comment"))
    if alteration.first:
        update.move_first(alteration.name)
    elif alteration.after is not None:
        update.move_after(alteration.name, alteration.after)
    if column["Name"] != alteration.name:
        update.rename_column(alteration.name, column["Name"])


_COLUMNS: dict[type, Callable[[UpdateSchema, Any], None]] = {
    AddColumns: _add,
    DropColumn: _drop,
    ChangeColumn: _change,
}

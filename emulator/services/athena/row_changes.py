# ruff: noqa: PLC0415 (Iceberg's library takes a second to import, and few statements need it)
"""Statements that only Iceberg tables know: MERGE, UPDATE, DELETE, OPTIMIZE and VACUUM."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.services.athena import parser, select, tables
from emulator.services.athena.errors import not_supported
from emulator.services.athena.hive_reader import HiveReader, Name
from emulator.services.athena.results import DONE, Result
from emulator.services.athena.session import Session
from emulator.services.athena.types import BIGINT

if TYPE_CHECKING:
    from pyiceberg.table import Table

Run = Callable[[Session], Result]


def _changing(reader: HiveReader, name: str) -> Run:
    """A statement that changes rows, done by the function of that name."""
    reader.rest()
    tree = parser.parse(reader.text)

    def run(session: Session) -> Result:
        from emulator.services.athena.iceberg import changes

        change: Callable[[Session, Any], int] = getattr(changes, name)
        rows = change(session, select.with_parameters(tree.copy(), session.parameters))
        return Result((("rows", BIGINT),), (), update_count=rows)

    return run


def merge(reader: HiveReader) -> Run:
    """``MERGE INTO table USING source ON condition WHEN ...``."""
    return _changing(reader, "merge")


def update(reader: HiveReader) -> Run:
    """``UPDATE table SET column = value, ... [WHERE ...]``."""
    return _changing(reader, "update")


def delete(reader: HiveReader) -> Run:
    """``DELETE FROM table [WHERE ...]``."""
    return _changing(reader, "delete")


def optimize(reader: HiveReader) -> Run:
    """``OPTIMIZE table REWRITE DATA USING BIN_PACK [WHERE ...]``."""
    names = reader.name()
    reader.expect("REWRITE", "DATA", "USING", "BIN_PACK")
    where = ""
    if reader.accept("WHERE"):
        where = reader.rest()
    reader.end()
    quoted = ".".join(f'"{part}"' for part in names.parts)
    tree = parser.parse(f'SELECT DISTINCT "$path" FROM {quoted} WHERE {where}') if where else None  # noqa: S608

    def run(session: Session) -> Result:
        from emulator.services.athena.iceberg import maintenance

        table = _iceberg(session, names, "OPTIMIZE")
        chosen = None
        if tree is not None:
            sql, _ = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
            chosen = {path for (path,) in session.cursor.execute(sql).fetchall()}
        maintenance.optimize(session, table, chosen)
        return DONE

    return run


def vacuum(reader: HiveReader) -> Run:
    """``VACUUM table``."""
    names = reader.name()
    reader.end()

    def run(session: Session) -> Result:
        from emulator.services.athena.iceberg import maintenance

        maintenance.vacuum(session, _iceberg(session, names, "VACUUM"))
        return DONE

    return run


def _iceberg(session: Session, names: Name, what: str) -> Table:
    database, name = names.of(session)
    if not tables.is_iceberg(session.catalog.table(database, name)):
        raise not_supported(f"{what} of {database}.{name}, which is not an Iceberg table")
    return session.iceberg.find(database, name)

"""Views, kept in Glue as Athena keeps them: the SQL and its columns, encoded in the table's original text."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from emulator.services.athena import glue_updates, parser, results, tables, types
from emulator.services.athena.errors import QueryError
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.query.compiler import Compiler
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session


def create(reader: HiveReader, *, replace: bool) -> Callable[[Session], Result]:
    """``CREATE [OR REPLACE] VIEW name AS query``."""
    names = reader.name()
    reader.expect("AS")
    text = reader.rest()
    tree = parser.parse(text)

    def run(session: Session) -> Result:
        database, name = names.of(session)
        _, described = Compiler(tables.lookup(session), session.database).query(tree.copy())
        definition = {
            "originalSql": text,
            "catalog": "awsdatacatalog",
            "schema": session.database,
            "columns": [{"name": column, "type": str(type_)} for column, type_ in described],
        }
        encoded = base64.b64encode(json.dumps(definition).encode()).decode()
        table = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": _shown(type_)} for column, type_ in described],
                "Location": "",
                "SerdeInfo": {},
            },
            "PartitionKeys": [],
            "ViewOriginalText": f"/* Presto View: {encoded} */",
            "ViewExpandedText": "/* Presto View */",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
        }
        if _is_table(session, database, name, replace=replace):
            glue_updates.update_table(session, {**table, "DatabaseName": database})
        else:
            glue_updates.create_table(session, database, table)
        return results.DONE

    return run


def drop(reader: HiveReader) -> Callable[[Session], Result]:
    """``DROP VIEW [IF EXISTS] name``."""
    optional, names = reader.accept("IF", "EXISTS"), reader.name()
    reader.end()

    def run(session: Session) -> Result:
        database, name = names.of(session)
        if optional and not session.catalog.exists(database, name):
            return results.DONE
        if session.catalog.table(database, name).get("TableType") != "VIRTUAL_VIEW":
            raise QueryError(
                "TABLE_NOT_FOUND", f"View '{database}.{name}' does not exist; there is a table of that name"
            )
        glue_updates.call(session, "delete_table", DatabaseName=database, Name=name)
        return results.DONE

    return run


def _shown(type_: types.Type) -> str:
    """Glue's type of a view's column; what Hive has no name for is shown as text."""
    try:
        return types.hive_type(type_)
    except QueryError:
        return "string"


def _is_table(session: Session, database: str, name: str, *, replace: bool) -> bool:
    try:
        found = session.catalog.table(database, name)
    except QueryError as error:
        if error.code == "TABLE_NOT_FOUND":
            return False
        raise
    if not replace or found.get("TableType") != "VIRTUAL_VIEW":
        raise QueryError("TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists")
    return True

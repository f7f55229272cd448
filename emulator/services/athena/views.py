"""Views, kept in Glue as Athena keeps them: the SQL and its columns, encoded in the table's original text."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from emulator.services.athena import ddl, parser, types
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
        _, described = Compiler(session.catalog.lookup, session.database).query(tree.copy())
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
            ddl.update(session, {**table, "DatabaseName": database})
        else:
            ddl.create_in_glue(session, database, table)
        return ddl.DONE

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

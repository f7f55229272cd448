"""What kind of statement a text is, and which module runs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.services.athena import (
    create_table_as,
    databases,
    ddl,
    definitions,
    explain,
    insert,
    parser,
    partitions,
    prepared,
    row_changes,
    select,
    show,
    unload,
    views,
)
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session

Run = Callable[[Session], Result]


@dataclass(frozen=True)
class Statement:
    """A statement that was read; `kind` is Athena's StatementType: DML, DDL or UTILITY."""

    kind: str
    substatement: str
    run: Run


def read(text: str) -> Statement:
    """A statement, ready to run.

    Raises:
        SyntaxRefused: it is not one.
    """
    text = text.strip().removesuffix(";").strip()
    reader = HiveReader(text)
    for words, (kind, rule) in _STATEMENTS.items():
        if reader.accept(*words):
            run = rule(reader)
            return Statement(kind, _substatement(words, reader.text), run)
    if (
        reader.peek("SELECT")
        or reader.peek("WITH")
        or reader.peek("VALUES")
        or reader.peek("(")
        or reader.peek("TABLE")
    ):
        return Statement("DML", "SELECT", _query(text))
    reader.unexpected()
    raise AssertionError


def _substatement(words: tuple[str, ...], text: str) -> str:
    """Athena's SubstatementType."""
    if words == ("CREATE", "TABLE") and re.search(r"\bAS\s+(SELECT|WITH|VALUES|TABLE|\()", text, re.IGNORECASE):
        return "CREATE_TABLE_AS_SELECT"
    return "INSERT" if words == ("INSERT", "INTO") else "_".join(words)


def _query(text: str) -> Run:
    tree = parser.parse(text)
    return lambda session: select.run(select.with_parameters(tree.copy(), session.parameters), session)


def _run(text: str) -> Run:
    return read(text).run


def _create_table(reader: HiveReader) -> Run:
    """CREATE TABLE without EXTERNAL: AS a query, or an Iceberg table."""
    mark = reader.mark()
    reader.accept("IF", "NOT", "EXISTS")
    reader.name()
    is_query = reader.peek("WITH") or reader.peek("AS")
    reader.reset(mark)
    return create_table_as.create_table_as(reader) if is_query else ddl.create(reader, external=False)


_STATEMENTS: Mapping[tuple[str, ...], tuple[str, Callable[[HiveReader], Run]]] = {
    ("CREATE", "DATABASE"): ("DDL", databases.create),
    ("CREATE", "SCHEMA"): ("DDL", databases.create),
    ("ALTER", "DATABASE"): ("DDL", databases.alter),
    ("ALTER", "SCHEMA"): ("DDL", databases.alter),
    ("DROP", "DATABASE"): ("DDL", databases.drop),
    ("DROP", "SCHEMA"): ("DDL", databases.drop),
    ("CREATE", "EXTERNAL", "TABLE"): ("DDL", lambda reader: ddl.create(reader, external=True)),
    ("CREATE", "TABLE"): ("DDL", _create_table),
    ("CREATE", "OR", "REPLACE", "VIEW"): ("DDL", lambda reader: views.create(reader, replace=True)),
    ("CREATE", "VIEW"): ("DDL", lambda reader: views.create(reader, replace=False)),
    ("DROP", "TABLE"): ("DDL", ddl.drop),
    ("DROP", "VIEW"): ("DDL", views.drop),
    ("ALTER", "TABLE"): ("DDL", ddl.alter),
    ("MSCK", "REPAIR", "TABLE"): ("DDL", partitions.repair),
    ("SHOW", "DATABASES"): ("UTILITY", show.databases),
    ("SHOW", "SCHEMAS"): ("UTILITY", show.databases),
    ("SHOW", "TABLES"): ("UTILITY", show.tables),
    ("SHOW", "VIEWS"): ("UTILITY", lambda reader: show.tables(reader, views=True)),
    ("SHOW", "PARTITIONS"): ("UTILITY", show.partitions),
    ("SHOW", "COLUMNS"): ("UTILITY", show.columns),
    ("SHOW", "TBLPROPERTIES"): ("UTILITY", show.properties),
    ("SHOW", "CREATE", "TABLE"): ("UTILITY", definitions.create_table),
    ("SHOW", "CREATE", "VIEW"): ("UTILITY", definitions.create_view),
    ("DESCRIBE",): ("UTILITY", show.describe),
    ("DESC",): ("UTILITY", show.describe),
    ("INSERT", "INTO"): ("DML", insert.insert),
    ("UNLOAD",): ("DML", unload.unload),
    ("EXPLAIN",): ("UTILITY", explain.explain),
    ("PREPARE",): ("UTILITY", lambda reader: prepared.prepare(reader, _run)),
    ("EXECUTE",): ("DML", lambda reader: prepared.execute(reader, _run)),
    ("DEALLOCATE", "PREPARE"): ("UTILITY", prepared.deallocate),
    ("MERGE", "INTO"): ("DML", row_changes.merge),
    ("DELETE", "FROM"): ("DML", row_changes.delete),
    ("UPDATE",): ("DML", row_changes.update),
    ("OPTIMIZE",): ("DML", row_changes.optimize),
    ("VACUUM",): ("DML", row_changes.vacuum),
}

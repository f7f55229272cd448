"""What kind of statement a text is, and which module runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulator.services.athena import ddl, parser, prepared, select, show, views, writes
from emulator.services.athena.errors import not_supported
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
            return Statement(kind, "_".join(words), rule(reader))
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
    return writes.create_table_as(reader) if is_query else ddl.create_table(reader)


def _explain(reader: HiveReader) -> Run:
    analyze = reader.accept("ANALYZE")
    tree = parser.parse(reader.rest())
    return lambda session: select.explain(tree.copy(), session, analyze=analyze)


def _iceberg_only(what: str) -> Callable[[HiveReader], Run]:
    """A statement that Athena runs on Iceberg tables alone, which this engine does not have."""

    def rule(reader: HiveReader) -> Run:
        reader.rest()

        def run(_: Session) -> Result:
            raise not_supported(f"{what}: Iceberg tables are not supported")

        return run

    return rule


_STATEMENTS: Mapping[tuple[str, ...], tuple[str, Callable[[HiveReader], Run]]] = {
    ("CREATE", "DATABASE"): ("DDL", ddl.create_database),
    ("CREATE", "SCHEMA"): ("DDL", ddl.create_database),
    ("DROP", "DATABASE"): ("DDL", ddl.drop_database),
    ("DROP", "SCHEMA"): ("DDL", ddl.drop_database),
    ("CREATE", "EXTERNAL", "TABLE"): ("DDL", ddl.create_table),
    ("CREATE", "TABLE"): ("DDL", _create_table),
    ("CREATE", "OR", "REPLACE", "VIEW"): ("DDL", lambda reader: views.create(reader, replace=True)),
    ("CREATE", "VIEW"): ("DDL", lambda reader: views.create(reader, replace=False)),
    ("DROP", "TABLE"): ("DDL", ddl.drop_table),
    ("DROP", "VIEW"): ("DDL", ddl.drop_table),
    ("ALTER", "TABLE"): ("DDL", ddl.alter_table),
    ("MSCK", "REPAIR", "TABLE"): ("DDL", ddl.repair_table),
    ("SHOW", "DATABASES"): ("UTILITY", show.databases),
    ("SHOW", "SCHEMAS"): ("UTILITY", show.databases),
    ("SHOW", "TABLES"): ("UTILITY", show.tables),
    ("SHOW", "VIEWS"): ("UTILITY", lambda reader: show.tables(reader, views=True)),
    ("SHOW", "PARTITIONS"): ("UTILITY", show.partitions),
    ("SHOW", "COLUMNS"): ("UTILITY", show.columns),
    ("SHOW", "CREATE", "TABLE"): ("UTILITY", show.create_table),
    ("DESCRIBE",): ("UTILITY", show.describe),
    ("DESC",): ("UTILITY", show.describe),
    ("INSERT", "INTO"): ("DML", writes.insert),
    ("UNLOAD",): ("DML", writes.unload),
    ("EXPLAIN",): ("UTILITY", _explain),
    ("PREPARE",): ("UTILITY", lambda reader: prepared.prepare(reader, _run)),
    ("EXECUTE",): ("DML", lambda reader: prepared.execute(reader, _run)),
    ("DEALLOCATE", "PREPARE"): ("UTILITY", prepared.deallocate),
    ("MERGE", "INTO"): ("DML", _iceberg_only("MERGE")),
    ("DELETE", "FROM"): ("DML", _iceberg_only("DELETE")),
    ("UPDATE",): ("DML", _iceberg_only("UPDATE")),
    ("OPTIMIZE",): ("DML", _iceberg_only("OPTIMIZE")),
    ("VACUUM",): ("DML", _iceberg_only("VACUUM")),
}

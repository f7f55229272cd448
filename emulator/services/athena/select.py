"""Running a compiled query: its tables bound to their files, its rows fetched."""

from __future__ import annotations

import time

from sqlglot import exp

from emulator.services.athena import parser, results, tables
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query.compiler import Compiler
from emulator.services.athena.query.relation import Columns
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.types import OPAQUE


def run(tree: exp.Expression, session: Session) -> Result:
    """The rows of a query.

    Raises:
        QueryError: the statement is wrong, or its data is.
        duckdb.Error: as `errors.translate` turns into a QueryError.
    """
    sql, columns = bound(tree, session)
    for name, type_ in columns:
        if type_.name in OPAQUE:
            raise not_supported(f"column {name}: Athena prints a {type_} as bytes of its own")
    rows = session.cursor.execute(sql).fetchall()
    return Result(tuple(columns), results.render(rows, columns))


def bound(tree: exp.Expression, session: Session, lookup: tables.Lookup | None = None) -> tuple[str, Columns]:
    """A query's SQL over files on disk, its columns named c0, c1, ...; their names and types.

    Raises:
        QueryError: the statement is wrong, a file cannot be read, or more is scanned than allowed.
    """
    began = time.monotonic()
    compiler = Compiler(lookup or tables.lookup(session), session.database)
    sql, columns = compiler.query(tree)
    for use in compiler.uses:
        if use.marker not in sql:
            continue
        found = tables.source(session, use)
        session.count_scan(found.scanned)
        sql = sql.replace(use.marker, found.sql)
    session.planning_seconds += time.monotonic() - began
    return sql, columns


def with_parameters(tree: exp.Expression, parameters: tuple[str, ...]) -> exp.Expression:
    """The query with each ``?`` replaced by a literal.

    Raises:
        QueryError: INVALID_PARAMETER_USAGE, their numbers differ.
    """
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(parameters):
        raise QueryError(
            "INVALID_PARAMETER_USAGE",
            f"line 1:1: Incorrect number of parameters: expected {len(places)} but found {len(parameters)}",
        )
    for place, text in zip(places, parameters, strict=True):
        place.replace(parser.parse(f"SELECT {text}").selects[0])
    return tree

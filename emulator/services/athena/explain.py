"""EXPLAIN and EXPLAIN ANALYZE."""

from __future__ import annotations

from collections.abc import Callable

from emulator.services.athena import parser, select
from emulator.services.athena.errors import not_supported
from emulator.services.athena.hive_reader import HiveReader
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session
from emulator.services.athena.types import VARCHAR

_QUERIES = ("SELECT", "WITH", "VALUES", "(", "TABLE")


def explain(reader: HiveReader) -> Callable[[Session], Result]:
    """``EXPLAIN [(options)] | ANALYZE query``: the plan as DuckDB draws it; with ANALYZE, after running it."""
    analyze = reader.accept("ANALYZE")
    options = reader.parenthesized().split() if reader.peek("(", "FORMAT") or reader.peek("(", "TYPE") else []
    is_query = any(reader.peek(word) for word in _QUERIES)
    text = reader.rest()
    tree = parser.parse(text) if is_query else None

    def run(session: Session) -> Result:
        if options and [word.upper() for word in options] != ["FORMAT", "TEXT"]:
            raise not_supported(f"EXPLAIN ({' '.join(options)}); only (FORMAT TEXT)")
        if tree is None:
            raise not_supported(f"EXPLAIN of a statement that is not a query: {text.split()[0]}")
        sql, _ = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
        rows = session.cursor.execute(f"EXPLAIN {'ANALYZE ' if analyze else ''}{sql}").fetchall()
        lines = "\n".join(str(row[-1]) for row in rows).splitlines()
        return Result((("Query Plan", VARCHAR),), tuple((line,) for line in lines), kind="txt")

    return run

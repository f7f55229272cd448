"""SELECT: its clauses in the order in which SQL evaluates them, and its output columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.expressions.compiler import Expressions
from emulator.services.athena.query import from_clause, grouping, ordering, pruning
from emulator.services.athena.query.relation import Columns
from emulator.services.athena.scope import Column, Scope, note_use

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


# What sqlglot calls the clauses that are compiled here.
_CLAUSES = frozenset(
    "expressions from_ joins where group having windows distinct order limit offset with_".split()  # noqa: SIM905
)


def select(compiler: Compiler, node: Any, outer: Scope | None) -> tuple[str, Columns]:
    """One SELECT.

    Raises:
        QueryError: as Trino would, or NOT_SUPPORTED.
    """
    _refuse_clauses(node)
    source, visible = from_clause.from_clause(compiler, node, outer)
    scope = Scope(tuple(visible), outer)
    windows = {w.this.name.lower(): w for w in node.args.get("windows") or []}
    expressions = compiler.expressions(scope, windows)
    where = node.args.get("where")
    condition = f" WHERE {expressions.boolean(where.this)}" if where is not None else ""
    if where is not None:
        pruning.prune(compiler, where.this, visible)
    outputs = list(_outputs(node, expressions, visible))
    group = grouping.group_by(node, expressions, outputs)
    having = node.args.get("having")
    after = f" HAVING {expressions.boolean(having.this)}" if having is not None else ""
    distinct = "DISTINCT " if node.args.get("distinct") else ""
    listed = ", ".join(f'{column.value.sql} AS "c{index}"' for index, column in enumerate(outputs))
    order = ordering.order_by(compiler, node, scope, outputs, windows)
    limit = ordering.limit_offset(compiler, node, outer)
    sql = f"SELECT {distinct}{listed}{source}{condition}{group}{after}{order}{limit}"
    return sql, [(column.name, column.value.type) for column in outputs]


def _outputs(node: Any, expressions: Expressions, visible: Sequence[Column]) -> Iterator[Column]:
    unnamed = 0
    for projection in node.expressions:
        if isinstance(projection, exp.Star) or (
            isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
        ):
            for column in _expand(projection, visible):
                note_use(column)
                yield column
                unnamed += 1
            continue
        alias = projection.alias if isinstance(projection, exp.Alias) else ""
        inner = projection.this if isinstance(projection, exp.Alias) else projection
        value = expressions.compile(inner)
        name = alias or _natural_name(inner) or f"_col{unnamed}"
        yield Column(name.lower(), value)
        unnamed += 1


def _refuse_clauses(node: Any) -> None:
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise not_supported("DISTINCT ON", node)
    for key, value in node.args.items():
        if value and key not in _CLAUSES:
            raise not_supported(f"Unsupported clause: {key}", node)


def _natural_name(node: Any) -> str:
    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return str(node.expression.name)
    return ""


def _expand(star: Any, visible: Sequence[Column]) -> list[Column]:
    table = star.args.get("table") if isinstance(star, exp.Column) else None
    found = [
        c for c in visible if not c.hidden and (table is None or (c.relation and c.relation[-1] == table.name.lower()))
    ]
    if not found:
        if table is not None:
            raise QueryError("TABLE_NOT_FOUND", f"Table '{table.name}' not found", star)
        raise QueryError("COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause", star)
    return found

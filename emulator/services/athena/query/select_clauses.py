"""SELECT: its clauses in the order in which SQL evaluates them, and its output columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.expressions.compiler import Expressions
from emulator.services.athena.query import aggregation, from_clause, grouping, ordering, pruning
from emulator.services.athena.query.relation import Columns
from emulator.services.athena.scope import Column, Scope, literal, note_use

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
    condition = _where(compiler, node, expressions, visible)
    outputs = list(_outputs(node, expressions, visible))
    group, terms = grouping.group_by(node, expressions, outputs)
    after = _having(node, expressions)
    aggregation.check(list(_put_out(node)), terms, expressions)
    distinct = "DISTINCT " if node.args.get("distinct") else ""
    listed = ", ".join(f'{column.value.sql} AS "c{index}"' for index, column in enumerate(outputs))
    order = ordering.order_by(compiler, node, scope, outputs, windows)
    columns = [(column.name, column.value.type) for column in outputs]
    body = f"{source}{condition}{group}{after}"
    if ordering.with_ties(node):
        return ordering.tied(compiler, node, (listed, body), len(columns), order, outer), columns
    clause = f" ORDER BY {order}" if order else ""
    return f"SELECT {distinct}{listed}{body}{clause}{ordering.limit_offset(compiler, node, outer)}", columns


def _where(compiler: Compiler, node: Any, expressions: Expressions, visible: Sequence[Column]) -> str:
    where = node.args.get("where")
    if where is None:
        return ""
    aggregation.forbid(where.this, "WHERE clause")
    condition = expressions.boolean(where.this, "WHERE clause must evaluate to a boolean")
    pruning.prune(compiler, where.this, visible)
    return f" WHERE {condition}"


def _having(node: Any, expressions: Expressions) -> str:
    having = node.args.get("having")
    if having is None:
        return ""
    aggregation.forbid_windows(having.this, "HAVING clause")
    return f" HAVING {expressions.boolean(having.this, 'HAVING clause must evaluate to a boolean')}"


def _put_out(node: Any) -> Iterator[Any]:
    """The expressions over groups: outputs, HAVING and ORDER BY, without aliases, stars and ordinals."""
    order = node.args.get("order")
    ordered = [term.this for term in order.expressions if not _names_output(term, node)] if order is not None else []
    having = node.args.get("having")
    parts = [*node.expressions, *([having.this] if having is not None else []), *ordered]
    for part in parts:
        inner = part.this if isinstance(part, exp.Alias) else part
        if not isinstance(inner, (exp.Star, exp.Literal)) and not isinstance(inner.this, exp.Star):
            yield inner


def _names_output(term: Any, node: Any) -> bool:
    """Whether a term of ORDER BY speaks of an output by its alias, which hides a column of that name."""
    aliases = {part.alias.lower() for part in node.expressions if isinstance(part, exp.Alias)}
    return any(not column.table and column.name.lower() in aliases for column in term.find_all(exp.Column))


def _outputs(node: Any, expressions: Expressions, visible: Sequence[Column]) -> Iterator[Column]:
    unnamed = 0
    for projection in node.expressions:
        if isinstance(projection, exp.Star) or (
            isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star)
        ):
            for column in _expand(projection, visible, expressions):
                note_use(column)
                yield column
                unnamed += 1
            continue
        if isinstance(projection, exp.Dot) and isinstance(projection.expression, exp.Star):
            fields = list(_fields(expressions.compile(projection.this), projection))
            yield from fields
            unnamed += len(fields)
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
            raise not_supported(f"Unsupported clause: {'MATCH_RECOGNIZE' if key == 'match' else key}", node)


def _natural_name(node: Any) -> str:
    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return str(node.expression.name)
    return ""


def _fields(value: Typed, node: Any) -> Iterator[Column]:
    """The fields of a row as columns."""
    if value.type.name != "row":
        raise QueryError("TYPE_MISMATCH", f"Expected expression of type ROW, got {value.type}", node)
    for name, type_ in value.type.fields:
        yield Column(name, Typed(f"struct_extract({value.sql}, {literal(name)})", type_))


def _expand(star: Any, visible: Sequence[Column], expressions: Expressions) -> list[Column]:
    table = star.args.get("table") if isinstance(star, exp.Column) else None
    found = [
        c for c in visible if not c.hidden and (table is None or (c.relation and c.relation[-1] == table.name.lower()))
    ]
    if not found:
        if table is not None:
            named = [column for column in visible if column.name.lower() == table.name.lower()]
            if named and named[0].value.type.name == "row":
                return list(_fields(expressions.scope.resolve([table.name], star), star))
            raise QueryError("TABLE_NOT_FOUND", f"Table '{table.name}' not found", star)
        raise QueryError("COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause", star)
    return found

# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""FROM: stored tables, views, names of WITH, and subqueries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query import joins, table_functions, unnesting
from emulator.services.athena.query.relation import (
    Columns,
    Relation,
    StoredTable,
    alias_of,
    with_alias,
    with_names,
    with_types,
)
from emulator.services.athena.scope import Column, Scope, TableUse
from emulator.services.athena.types import quote

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def from_clause(compiler: Compiler, node: Any, outer: Scope | None) -> Relation:
    """The SQL of FROM with its joins, and the columns in sight."""
    from_ = node.args.get("from_")
    if from_ is None:
        return "", []
    sql, columns = relation(compiler, from_.this, outer, [])
    for join in [*(from_.this.args.get("joins") or []), *(node.args.get("joins") or [])]:
        sql, columns = joins.joined(compiler, sql, columns, join, outer)
    return f" FROM {sql}", columns


def relation(compiler: Compiler, node: Any, outer: Scope | None, left: list[Column]) -> Relation:
    """One relation; `left` are the columns that a LATERAL may use."""
    if node.args.get("pivots") or node.args.get("match_recognize"):
        raise not_supported(f"Unsupported relation: {node.sql()[:200]}", node)
    sql, columns = _unsampled(compiler, node, outer, left)
    return f"{sql}{table_functions.sample(node)}", columns


def _unsampled(compiler: Compiler, node: Any, outer: Scope | None, left: list[Column]) -> Relation:
    if isinstance(node, exp.Table):
        return _named(compiler, node, outer)
    if isinstance(node, exp.Unnest):
        return unnesting.unnest(compiler, node, Scope(tuple(left), outer))
    if isinstance(node, exp.Lateral):
        inner = node.this
        return derived(compiler, *compiler.query(inner.this, Scope(tuple(left), outer)), node, lateral=True)
    if isinstance(node, exp.Subquery) and isinstance(node.this, (exp.Table, exp.Join)):
        return _nested_join(compiler, node, outer)
    if isinstance(node, (exp.Subquery, exp.Values)):
        inner = node.this if isinstance(node, exp.Subquery) else node
        return derived(compiler, *compiler.query(inner, outer), node)
    raise not_supported(f"Unsupported relation: {node.sql()[:200]}", node)


def _named(compiler: Compiler, node: Any, outer: Scope | None) -> Relation:
    """What the parser calls a table: a function's or written out rows too."""
    if isinstance(node.this, exp.Anonymous):
        return derived(compiler, *table_functions.query(compiler, node.this, outer), node)
    if isinstance(node.this, exp.Values):
        return derived(compiler, *compiler.query(node.this, outer), node)
    return _table(compiler, node)


def _nested_join(compiler: Compiler, node: Any, outer: Scope | None) -> Relation:
    sql, columns = relation(compiler, node.this, outer, [])
    for join in node.this.args.get("joins") or []:
        sql, columns = joins.joined(compiler, sql, columns, join, outer)
    return f"({sql})", columns


def derived(compiler: Compiler, sql: str, columns: Columns, node: Any, *, lateral: bool = False) -> Relation:
    """A query as a relation, under the node's alias."""
    alias = f"t{next(compiler.numbers)}"
    name, names = alias_of(node)
    columns = with_names(columns, names, node)
    qualifier = (name,) if name else ()
    found = [Column(n, Typed(f'{alias}."c{i}"', t), qualifier) for i, (n, t) in enumerate(columns)]
    return f"{'LATERAL ' if lateral else ''}({sql}) AS {alias}", found


def _table(compiler: Compiler, node: Any) -> Relation:
    name = node.name.lower()
    if not node.db and name in compiler.ctes:
        physical, columns = compiler.ctes[name]
        return derived(compiler, f"SELECT * FROM {physical}", columns, with_alias(node, name))
    if node.catalog and node.catalog.lower() not in ("awsdatacatalog", "hive"):
        raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' does not exist", node)
    database = (node.db or compiler.database).lower()
    try:
        stored = compiler.lookup(database, name, node.args.get("version"))
    except QueryError as error:
        raise QueryError(error.code, str(error).partition(": ")[2], node) from None
    if stored.view is not None:
        return _view(compiler, stored, node)
    return _stored(compiler, stored, node)


def _view(compiler: Compiler, stored: StoredTable, node: Any) -> Relation:
    tree, database = stored.view  # type: ignore[misc]
    sql, found = replace(compiler, database=database, ctes={}).query(tree)
    wanted = stored.columns or found
    if len(wanted) != len(found):
        raise QueryError("VIEW_IS_STALE", f"View '{stored.database}.{stored.name}' is stale or in invalid state", node)
    return derived(compiler, with_types(sql, found, wanted), wanted, with_alias(node, stored.name))


def _stored(compiler: Compiler, stored: StoredTable, node: Any) -> Relation:
    number = next(compiler.numbers)
    alias = f"t{number}"
    use = TableUse(stored.database, stored.name, f"\x00{number}\x00", node.args.get("version"), alias=alias)
    compiler.uses.append(use)
    name, names = alias_of(node)
    qualifier = (name,) if name else ("awsdatacatalog", stored.database, stored.name)
    if names:
        raise not_supported("column aliases of a table; name them in a subquery", node)
    found = [
        Column(n, Typed(f"{alias}.{quote(n)}", t), qualifier, use, n.startswith("$"), n in stored.partitions)
        for n, t in stored.columns
    ]
    return f"{use.marker} AS {alias}", found

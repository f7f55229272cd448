# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Queries: SELECT, set operations, WITH, VALUES and everything that stands in FROM, from Trino to DuckDB.

Inside the SQL that is written, the columns of every relation are named c0, c1, ... and every relation t0, t1, ..., so
that no name of the user's can mean something else to DuckDB. A stored table is written as a marker; the source that
replaces it is chosen when the whole statement is known (see `statement`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, cast, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.expressions import Expressions
from emulator.services.athena.scope import Column, Scope, TableUse, note_use
from emulator.services.athena.types import BIGINT, Type, quote

Columns = list[tuple[str, Type]]
Relation = tuple[str, list[Column]]


@dataclass(frozen=True)
class StoredTable:
    """What the catalog knows of a table or view before any file is looked at.

    A view has `view`: its SQL and the database in which its names are looked up.
    """

    database: str
    name: str
    columns: Columns
    partitions: frozenset[str] = frozenset()
    view: tuple[exp.Expression, str] | None = None


@dataclass
class Compiler:
    """Compiles one statement; `uses` collects the stored tables that it mentions."""

    lookup: Callable[[str, str], StoredTable]
    database: str
    uses: list[TableUse] = field(default_factory=list)
    ctes: dict[str, tuple[str, Columns]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def query(self, node: exp.Expression, outer: Scope | None = None) -> tuple[str, Columns]:
        """A query's SQL, its output columns named c0, c1, ..., and their Trino names and types.

        Raises:
            QueryError: as Trino would, or NOT_SUPPORTED.
        """
        inner = replace(self, ctes=dict(self.ctes))
        with_ = node.args.get("with_")
        clause = inner._with(with_, outer) if with_ is not None else ""
        if isinstance(node, exp.Select):
            sql, columns = inner._select(node, outer)
        elif isinstance(node, exp.SetOperation):
            sql, columns = inner._set_operation(node, outer)
        elif isinstance(node, exp.Values):
            sql, columns = inner._values(node, outer)
        elif isinstance(node, exp.Subquery):
            sql, columns = inner._parenthesized(node, outer)
        else:
            raise not_supported(f"Unsupported query: {node.sql()[:200]}", node)
        return f"{clause}{sql}", columns

    def _expressions(self, scope: Scope, windows: dict[str, exp.Expression] | None = None) -> Expressions:
        return Expressions(scope, self.query, windows or {})

    def _with(self, with_: Any, outer: Scope | None) -> str:
        parts = []
        for cte in with_.expressions:
            name = cte.alias.lower()
            names = [column.name for column in cte.args["alias"].args.get("columns") or []]
            physical = f"w{next(self.numbers)}"
            if with_.args.get("recursive") and _mentions(cte.this, name):
                sql, columns = self._recursive(cte.this, name, physical, names, outer)
            else:
                sql, columns = self.query(cte.this, outer)
            self.ctes[name] = (physical, _renamed(columns, names, cte))
            labels = ", ".join(f"c{index}" for index in range(len(columns)))
            parts.append(f"{physical}({labels}) AS ({sql})")
        return f"WITH {'RECURSIVE ' if with_.args.get('recursive') else ''}{', '.join(parts)} "

    def _recursive(
        self, node: Any, name: str, physical: str, names: list[str], outer: Scope | None
    ) -> tuple[str, Columns]:
        if not isinstance(node, exp.Union):
            raise not_supported("a recursive WITH that is not a UNION", node)
        base, columns = self.query(node.this, outer)
        self.ctes[name] = (physical, _renamed(columns, names, node))
        step, stepped = self.query(node.expression, outer)
        casted = _casted(step, stepped, columns)
        word = "UNION" if node.args.get("distinct") else "UNION ALL"
        return f"{base} {word} {casted}", columns

    def _parenthesized(self, node: Any, outer: Scope | None) -> tuple[str, Columns]:
        sql, columns = self.query(node.this, outer)
        return self._tail(node, f"SELECT * FROM ({sql}) AS _p", columns, outer)

    def _set_operation(self, node: Any, outer: Scope | None) -> tuple[str, Columns]:
        left_sql, left = self.query(node.this, outer)
        right_sql, right = self.query(node.expression, outer)
        if len(left) != len(right):
            raise QueryError(
                "TYPE_MISMATCH",
                f"{node.key.upper()} query has different number of fields: {len(left)}, {len(right)}",
                node,
            )
        merged: Columns = []
        for index, ((name, a), (_, b)) in enumerate(zip(left, right, strict=True)):
            wider = types.common(a, b)
            if wider is None:
                raise QueryError(
                    "TYPE_MISMATCH",
                    f"column {index + 1} in {node.key.upper()} query has incompatible types: {a}, {b}",
                    node,
                )
            merged.append((name, wider))
        word = {"union": "UNION", "except": "EXCEPT", "intersect": "INTERSECT"}[node.key]
        every = "" if node.args.get("distinct") else " ALL"
        both = f"{_casted(left_sql, left, merged)} {word}{every} {_casted(right_sql, right, merged)}"
        return self._tail(node, f"SELECT * FROM ({both}) AS _p", merged, outer)

    def _tail(self, node: Any, sql: str, columns: Columns, outer: Scope | None) -> tuple[str, Columns]:
        """ORDER BY, OFFSET and LIMIT over a finished relation called _p."""
        found = tuple(Column(n, Typed(f'_p."c{i}"', t)) for i, (n, t) in enumerate(columns))
        order = self._order(node, Scope(found, outer), list(found), {}, plain=True)
        return f"{sql}{order}{self._limit(node, outer)}", columns

    def _values(self, node: Any, outer: Scope | None) -> tuple[str, Columns]:
        compiler = self._expressions(Scope((), outer))
        rows = [r.expressions if isinstance(r, exp.Tuple) else [r] for r in node.expressions]
        if len({len(r) for r in rows}) != 1:
            raise QueryError("TYPE_MISMATCH", "Values rows have mismatched sizes", node)
        merged = [compiler.same_type([r[i] for r in rows]) for i in range(len(rows[0]))]
        lines = [f"({', '.join(values[i] for values, _ in merged)})" for i in range(len(rows))]
        labels = ", ".join(f"c{i}" for i in range(len(merged)))
        columns = [(f"_col{i}", type_) for i, (_, type_) in enumerate(merged)]
        return self._tail(node, f"SELECT * FROM (VALUES {', '.join(lines)}) AS _p({labels})", columns, outer)

    # SELECT

    def _select(self, node: Any, outer: Scope | None) -> tuple[str, Columns]:
        _refuse_clauses(node)
        source, visible = self._from(node, outer)
        scope = Scope(tuple(visible), outer)
        windows = {w.this.name.lower(): w for w in node.args.get("windows") or []}
        compiler = self._expressions(scope, windows)
        where = node.args.get("where")
        condition = f" WHERE {compiler.boolean(where.this)}" if where is not None else ""
        if where is not None:
            self._prune(where.this, visible)
        outputs = list(self._outputs(node, compiler, visible))
        group = self._group(node, compiler, outputs)
        having = node.args.get("having")
        after = f" HAVING {compiler.boolean(having.this)}" if having is not None else ""
        distinct = "DISTINCT " if node.args.get("distinct") else ""
        listed = ", ".join(f'{column.value.sql} AS "c{index}"' for index, column in enumerate(outputs))
        order = self._order(node, scope, outputs, windows)
        sql = f"SELECT {distinct}{listed}{source}{condition}{group}{after}{order}{self._limit(node, outer)}"
        return sql, [(column.name, column.value.type) for column in outputs]

    def _outputs(self, node: Any, compiler: Expressions, visible: Sequence[Column]) -> Iterator[Column]:
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
            value = compiler.compile(inner)
            name = alias or _natural_name(inner) or f"_col{unnamed}"
            yield Column(name.lower(), value)
            unnamed += 1

    def _group(self, node: Any, compiler: Expressions, outputs: Sequence[Column]) -> str:
        group = node.args.get("group")
        if group is None:
            return ""
        if group.args.get("all"):
            raise not_supported("GROUP BY ALL", group)

        terms = [
            _group_term(part, compiler, outputs)
            for key in ("expressions", "grouping_sets", "rollup", "cube")
            for part in group.args.get(key) or []
        ]
        return f" GROUP BY {', '.join(terms)}"

    def _order(
        self,
        node: Any,
        scope: Scope,
        outputs: Sequence[Column],
        windows: dict[str, exp.Expression],
        *,
        plain: bool = False,
    ) -> str:
        order = node.args.get("order")
        if order is None:
            return ""
        named = {column.name.lower() for column in outputs if not plain}
        by_output = tuple(Column(c.name, c.value) for c in _unique(outputs)) if not plain else ()
        compiler = self._expressions(Scope((*by_output, *_behind(scope.columns, named)), scope.parent), windows)
        terms = []
        for term in order.expressions:
            if isinstance(term.this, exp.Literal) and not term.this.is_string:
                position = outputs.index(_ordinal(term.this, outputs, "ORDER BY"))
                sql = f'"c{position}"' if plain else str(position + 1)
            else:
                sql = compiler.compile(term.this).sql
            direction = "DESC" if term.args.get("desc") else "ASC"
            terms.append(f"{sql} {direction} NULLS {'FIRST' if term.args.get('nulls_first') else 'LAST'}")
        return f" ORDER BY {', '.join(terms)}"

    def _limit(self, node: Any, outer: Scope | None) -> str:
        limit, offset = node.args.get("limit"), node.args.get("offset")
        clauses = ""
        compiler = self._expressions(Scope((), outer))
        if isinstance(limit, exp.Fetch):
            options = limit.args.get("limit_options")
            if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
                raise not_supported("FETCH FIRST WITH TIES", limit)
            clauses += f" LIMIT {compiler.compile(limit.args['count']).sql if limit.args.get('count') else 1}"
        elif limit is not None and not (
            isinstance(limit.expression, exp.Column) and limit.expression.name.upper() == "ALL"
        ):
            clauses += f" LIMIT {compiler.compile(limit.expression).sql}"
        if offset is not None:
            clauses += f" OFFSET {compiler.compile(offset.expression).sql}"
        return clauses

    # FROM

    def _from(self, node: Any, outer: Scope | None) -> Relation:
        from_ = node.args.get("from_")
        if from_ is None:
            return "", []
        sql, columns = self._relation(from_.this, outer, [])
        for join in [*(from_.this.args.get("joins") or []), *(node.args.get("joins") or [])]:
            sql, columns = self._join(sql, columns, join, outer)
        return f" FROM {sql}", columns

    def _relation(self, node: Any, outer: Scope | None, left: list[Column]) -> Relation:
        if node.args.get("sample") or node.args.get("pivots") or node.args.get("match_recognize"):
            raise not_supported(f"Unsupported relation: {node.sql()[:200]}", node)
        if isinstance(node, exp.Table):
            return self._table(node)
        if isinstance(node, exp.Unnest):
            return self._unnest(node, Scope(tuple(left), outer))
        if isinstance(node, exp.Lateral):
            inner = node.this
            return self._derived(*self.query(inner.this, Scope(tuple(left), outer)), node, lateral=True)
        if isinstance(node, exp.Subquery) and isinstance(node.this, (exp.Table, exp.Join)):
            return self._nested_join(node, outer)
        if isinstance(node, (exp.Subquery, exp.Values)):
            inner = node.this if isinstance(node, exp.Subquery) else node
            return self._derived(*self.query(inner, outer), node)
        raise not_supported(f"Unsupported relation: {node.sql()[:200]}", node)

    def _nested_join(self, node: Any, outer: Scope | None) -> Relation:
        sql, columns = self._relation(node.this, outer, [])
        for join in node.this.args.get("joins") or []:
            sql, columns = self._join(sql, columns, join, outer)
        return f"({sql})", columns

    def _derived(self, sql: str, columns: Columns, node: Any, *, lateral: bool = False) -> Relation:
        alias = f"t{next(self.numbers)}"
        name, names = _alias(node)
        renamed = _renamed(columns, names, node)
        relation = (name,) if name else ()
        found = [Column(n, Typed(f'{alias}."c{i}"', t), relation) for i, (n, t) in enumerate(renamed)]
        return f"{'LATERAL ' if lateral else ''}({sql}) AS {alias}", found

    def _table(self, node: Any) -> Relation:
        name = node.name.lower()
        if not node.db and name in self.ctes:
            physical, columns = self.ctes[name]
            return self._derived(f"SELECT * FROM {physical}", columns, _aliased(node, name))
        if node.catalog and node.catalog.lower() not in ("awsdatacatalog", "hive"):
            raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{node.catalog}' does not exist", node)
        database = (node.db or self.database).lower()
        try:
            stored = self.lookup(database, name)
        except QueryError as error:
            raise QueryError(error.code, str(error).partition(": ")[2], node) from None
        if stored.view is not None:
            return self._view(stored, node)
        return self._stored(stored, node)

    def _view(self, stored: StoredTable, node: Any) -> Relation:
        tree, database = stored.view  # type: ignore[misc]
        sql, found = replace(self, database=database, ctes={}).query(tree)
        wanted = stored.columns or found
        if len(wanted) != len(found):
            raise QueryError(
                "VIEW_IS_STALE", f"View '{stored.database}.{stored.name}' is stale or in invalid state", node
            )
        return self._derived(_casted(sql, found, wanted), wanted, _aliased(node, stored.name))

    def _stored(self, stored: StoredTable, node: Any) -> Relation:
        number = next(self.numbers)
        alias = f"t{number}"
        use = TableUse(stored.database, stored.name, f"\x00{number}\x00", node.args.get("version"), alias=alias)
        self.uses.append(use)
        name, names = _alias(node)
        relation = (name,) if name else ("awsdatacatalog", stored.database, stored.name)
        if names:
            raise not_supported("column aliases of a table; name them in a subquery", node)
        found = [
            Column(n, Typed(f"{alias}.{quote(n)}", t), relation, use, n.startswith("$"), n in stored.partitions)
            for n, t in stored.columns
        ]
        return f"{use.marker} AS {alias}", found

    def _join(self, sql: str, columns: list[Column], join: Any, outer: Scope | None) -> Relation:
        if isinstance(join.this, exp.Unnest) and (join.side or "").upper() not in ("", "LEFT"):
            raise not_supported("RIGHT or FULL JOIN of UNNEST", join)
        if join.args.get("method"):
            raise not_supported(f"{join.args['method']} JOIN", join)
        right_sql, right = self._relation(join.this, outer, columns)
        for nested in join.this.args.get("joins") or []:
            right_sql, right = self._join(right_sql, right, nested, outer)
        side, kind = (join.side or "").upper(), (join.kind or "").upper()
        if kind in ("SEMI", "ANTI"):
            raise not_supported(f"{kind} JOIN", join)
        if join.args.get("using"):
            return self._using(sql, columns, right_sql, right, join, side)
        both = [*columns, *right]
        on = join.args.get("on")
        if on is None:
            return f"{sql} CROSS JOIN {right_sql}", both
        condition = self._expressions(Scope(tuple(both), outer)).boolean(on)
        word = f"{side} JOIN" if side else "JOIN"
        return f"{sql} {word} {right_sql} ON {condition}", both

    def _using(
        self, sql: str, columns: list[Column], right_sql: str, right: list[Column], join: Any, side: str
    ) -> Relation:
        conditions, merged = [], []
        for identifier in join.args["using"]:
            name = identifier.name.lower()
            a, b = (_find(name, side_columns, identifier) for side_columns in (columns, right))
            wider = types.common(a.value.type, b.value.type)
            if wider is None:
                raise QueryError("TYPE_MISMATCH", f"Column types of join column {name} do not match", identifier)
            x, y = coerce(a.value, wider).sql, coerce(b.value, wider).sql
            conditions.append(f"{x} = {y}")
            kept = f"coalesce({x}, {y})" if side in ("FULL", "RIGHT") else x
            merged.append(Column(name, Typed(kept, wider)))
        names = {column.name for column in merged}
        rest = [c for c in (*columns, *right) if c.name.lower() not in names]
        word = f"{side} JOIN" if side else "JOIN"
        return f"{sql} {word} {right_sql} ON {' AND '.join(conditions)}", [*merged, *rest]

    def _unnest(self, node: Any, scope: Scope) -> Relation:
        compiler = self._expressions(scope)
        alias = f"t{next(self.numbers)}"
        values = [compiler.compile(value) for value in node.expressions]
        arrays, made = _unnested(values, node)
        inner = [f'unnest({array}) AS "a{index}"' for index, array in enumerate(arrays)]
        if node.args.get("offset"):
            lengths = ", ".join(f"coalesce(len({array}), 0)" for array in arrays)
            inner.append(f'unnest(range(1, greatest({lengths}) + 1)) AS "n"')
            made.append(('"n"', BIGINT))
        fields = ", ".join(f'{sql} AS "c{index}"' for index, (sql, _) in enumerate(made))
        columns: Columns = [(f"_col{index}", type_) for index, (_, type_) in enumerate(made)]
        name, names = _alias(node)
        offset = node.args.get("offset")
        if isinstance(offset, exp.Identifier):
            names = [*names, offset.name]
        renamed = _renamed(columns, names, node)
        found = [Column(n, Typed(f'{alias}."c{i}"', t), (name,) if name else ()) for i, (n, t) in enumerate(renamed)]
        return f"LATERAL (SELECT {fields} FROM (SELECT {', '.join(inner)}) AS _u) AS {alias}", found

    # Partitions

    def _prune(self, condition: exp.Expression, visible: Sequence[Column]) -> None:
        """Hand each table the conjuncts over its partition columns alone."""
        for table in {c.table for c in visible if c.table is not None and c.is_partition}:
            own = tuple(c for c in visible if c.table is table and c.is_partition)
            compiler = self._expressions(Scope(own, None))
            for conjunct in _conjuncts(condition):
                if conjunct.find(exp.Column) is None or conjunct.find(exp.Query) is not None:
                    continue
                try:
                    table.pruning.append(compiler.boolean(conjunct))
                except QueryError:
                    continue  # it needs other columns, and stays where it is


def _group_term(part: Any, compiler: Expressions, outputs: Sequence[Column]) -> str:
    """A term of GROUP BY: an expression, an ordinal, or sets of them."""
    if isinstance(part, (exp.GroupingSets, exp.Rollup, exp.Cube)):
        word = "GROUPING SETS" if isinstance(part, exp.GroupingSets) else part.key.upper()
        return f"{word} ({', '.join(_group_set(inner, compiler, outputs) for inner in part.expressions)})"
    if isinstance(part, exp.Literal) and not part.is_string:
        return _ordinal(part, outputs, "GROUP BY").value.sql
    return compiler.compile(part).sql


def _group_set(part: Any, compiler: Expressions, outputs: Sequence[Column]) -> str:
    if isinstance(part, (exp.Paren, exp.Tuple)):
        inner = part.expressions if isinstance(part, exp.Tuple) else [part.this]
        return f"({', '.join(_group_term(term, compiler, outputs) for term in inner)})"
    return _group_term(part, compiler, outputs)


def _conjuncts(node: exp.Expression) -> Iterator[exp.Expression]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.this)
        yield from _conjuncts(node.expression)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node


def _refuse_clauses(node: Any) -> None:
    distinct = node.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise not_supported("DISTINCT ON", node)
    known = {
        "expressions",
        "from_",
        "joins",
        "where",
        "group",
        "having",
        "windows",
        "distinct",
        "order",
        "limit",
        "offset",
        "with_",
    }
    for key, value in node.args.items():
        if value and key not in known:
            raise not_supported(f"Unsupported clause: {key}", node)


def _mentions(node: exp.Expression, name: str) -> bool:
    return any(table.name.lower() == name and not table.db for table in node.find_all(exp.Table))


def _alias(node: Any) -> tuple[str, list[str]]:
    alias = node.args.get("alias")
    if alias is None:
        return "", []
    if isinstance(alias, exp.TableAlias):
        return (alias.this.name.lower() if alias.this else ""), [column.name.lower() for column in alias.columns]
    return alias.name.lower(), []


def _aliased(node: Any, name: str) -> exp.Expression:
    if node.args.get("alias") is not None:
        return node  # type: ignore[no-any-return]
    return exp.Subquery(alias=exp.TableAlias(this=exp.to_identifier(name)))


def _renamed(columns: Columns, names: Sequence[str], node: Any) -> Columns:
    if not names:
        return columns
    if len(names) != len(columns):
        raise QueryError(
            "MISMATCHED_COLUMN_ALIASES",
            f"Column alias list has {len(names)} entries but relation has {len(columns)} columns",
            node,
        )
    return [(name.lower(), type_) for name, (_, type_) in zip(names, columns, strict=True)]


def _casted(sql: str, columns: Columns, wanted: Columns) -> str:
    """A relation with its columns cast to other types."""
    parts = []
    for index, ((_, from_), (_, to)) in enumerate(zip(columns, wanted, strict=True)):
        label = f'"c{index}"'
        parts.append(f"{cast(Typed(f'_k.{label}', from_), to).sql} AS {label}")
    return f"(SELECT {', '.join(parts)} FROM ({sql}) AS _k)"


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


def _ordinal(node: Any, outputs: Sequence[Column], clause: str) -> Column:
    if not node.this.isdigit() or not 1 <= int(node.this) <= len(outputs):
        raise QueryError("INVALID_COLUMN_REFERENCE", f"{clause} position {node.this} is not in select list", node)
    return outputs[int(node.this) - 1]


def _unique(outputs: Sequence[Column]) -> list[Column]:
    names = [column.name.lower() for column in outputs]
    return [column for column in outputs if names.count(column.name.lower()) == 1]


def _behind(columns: Sequence[Column], outputs: set[str]) -> Iterator[Column]:
    """The source's columns; where an output has the same name, only a qualified name means the source's."""
    for column in columns:
        yield replace(column, only_qualified=column.name.lower() in outputs)


def _find(name: str, columns: Sequence[Column], node: Any) -> Column:
    found = [column for column in columns if column.name.lower() == name]
    if len(found) != 1:
        code = "AMBIGUOUS_NAME" if found else "COLUMN_NOT_FOUND"
        raise QueryError(
            code, f"Column '{name}' is {'ambiguous' if found else 'missing from a side of the join'}", node
        )
    note_use(found[0])
    return found[0]


def _unnested(values: Sequence[Typed], node: Any) -> tuple[list[str], list[tuple[str, Type]]]:
    """The arrays to unnest, and the SQL and type of each column that comes of them."""
    arrays: list[str] = []
    made: list[tuple[str, Type]] = []
    for value in values:
        if value.type.name == "map":
            for function, type_ in zip(("map_keys", "map_values"), value.type.arguments, strict=True):
                made.append((f'"a{len(arrays)}"', type_))
                arrays.append(f"{function}({value.sql})")
        elif value.type.name == "array":
            element = value.type.arguments[0]
            source = f'"a{len(arrays)}"'
            arrays.append(value.sql)
            if element.name == "row":
                made += [(f"struct_extract({source}, '{n}')", t) for n, t in element.fields]
            else:
                made.append((source, element))
        else:
            raise QueryError("TYPE_MISMATCH", f"Cannot unnest type: {value.type}", node)
    return arrays, made

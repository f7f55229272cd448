# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""DELETE, UPDATE and MERGE: the rows that change are found by file and place, and their files are written anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyiceberg.table import Table
from sqlglot import exp

from emulator.services.athena import assignment, select, tables
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.iceberg import scan, writing
from emulator.services.athena.iceberg.schema_types import columns
from emulator.services.athena.session import Session
from emulator.services.athena.types import Type, quote

Columns = list[tuple[str, Type]]


def delete(session: Session, tree: Any) -> int:
    """Remove rows; their number.

    Raises:
        QueryError: the statement is wrong, or the table is not Iceberg's.
    """
    table, place = _target(session, tree.this)
    query = exp.Select(expressions=place, from_=exp.From(this=tree.this), where=tree.args.get("where"))
    _find(session, query)
    return _apply(session, table, None)


def update(session: Session, tree: Any) -> int:
    """Change rows; their number.

    Raises:
        QueryError: the statement is wrong, or the table is not Iceberg's.
    """
    table, place = _target(session, tree.this)
    target = columns(table.schema())
    given = _assignments(tree.expressions, target)
    values = [given.get(name, _column(tree.this, name)) for name, _ in target]
    query = exp.Select(
        expressions=[*place, *_labeled(values)], from_=exp.From(this=tree.this), where=tree.args.get("where")
    )
    found = _find(session, query)
    kinds = [type_ for _, type_ in target]
    what = "UPDATE table column types don't match SET expressions"
    assignment.check(what, kinds, [type_ for _, type_ in found[2:]], "Expressions")
    return _apply(session, table, _cast(found[2:], 2, target))


def merge(session: Session, tree: Any) -> int:
    """Join a source to the table and, for each of its rows, do what the first clause that applies says.

    Raises:
        QueryError: the statement is wrong, the table is not Iceberg's, or MERGE_TARGET_ROW_MULTIPLE_MATCHES.
    """
    table, place = _target(session, tree.this)
    target = columns(table.schema())
    whens = tree.args["whens"].expressions
    action, values = _action(whens, place[0]), [_clause_values(when, target) for when in whens]
    base = [_column(tree.this, name) for name, _ in target]
    listed = [*place, action, *_labeled([*base, *(v for given in values for v in given.values())])]
    join = exp.Join(this=tree.this, side="LEFT", on=tree.args["on"])
    query = exp.Select(expressions=listed, from_=exp.From(this=tree.args["using"]), joins=[join])
    found = _find(session, query, "WHERE c2 IS NOT NULL")
    repeated = "SELECT 1 FROM _changes WHERE c0 IS NOT NULL GROUP BY c0, c1 HAVING count(*) > 1"
    if session.cursor.execute(repeated).fetchall():
        raise QueryError(
            "MERGE_TARGET_ROW_MULTIPLE_MATCHES", "One MERGE target table row matched more than one source row"
        )
    return _apply(session, table, _merged(whens, values, found, target), _deletions(whens))


def _target(session: Session, node: Any) -> tuple[Table, list[exp.Expression]]:
    """The table, and the columns that say where a row of it is."""
    database, name = (node.db or session.database).lower(), node.name.lower()
    if not tables.is_iceberg(session.catalog.table(database, name)):
        raise not_supported("Modifying Hive table rows is only supported for transactional tables", node)
    return session.iceberg.find(database, name), _labeled([_column(node, "$path"), _column(node, "$pos")])


def _column(table: Any, name: str) -> exp.Column:
    qualifier = exp.to_identifier(table.alias_or_name, quoted=True)
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=qualifier)


def _labeled(values: Sequence[exp.Expression]) -> list[exp.Expression]:
    return [exp.Alias(this=value.copy(), alias=exp.to_identifier(f"v{n}")) for n, value in enumerate(values)]


def _assignments(expressions: Sequence[Any], target: Columns) -> dict[str, exp.Expression]:
    names, given = {name for name, _ in target}, {}
    for assigned in expressions:
        name = assigned.this.name.lower() if isinstance(assigned, exp.EQ) else ""
        if name not in names:
            raise QueryError("COLUMN_NOT_FOUND", f"The UPDATE table column doesn't exist: {name}", assigned)
        if name in given:
            raise QueryError("INVALID_COLUMN_REFERENCE", f"Column '{name}' is assigned more than once", assigned)
        given[name] = assigned.expression
    return given


def _clause_values(when: Any, target: Columns) -> dict[str, exp.Expression]:
    """What a clause gives each column; evaluated only where the clause may apply."""
    then = when.args["then"]
    if when.args.get("source"):
        raise not_supported("WHEN NOT MATCHED BY SOURCE", when)
    if isinstance(then, exp.Update):
        return _assignments(then.expressions, target)
    if not isinstance(then, exp.Insert):
        return {}
    values = then.expression.expressions if isinstance(then.expression, exp.Tuple) else [then.expression.this]
    names = [c.name.lower() for c in then.this.expressions] if then.this is not None else [name for name, _ in target]
    if len(names) != len(values) or set(names) - {name for name, _ in target}:
        raise QueryError("TYPE_MISMATCH", f"MERGE INSERT names {len(names)} columns and has {len(values)} values", when)
    return dict(zip(names, values, strict=True))


def _action(whens: Sequence[Any], path: exp.Expression) -> exp.Expression:
    """The number of the clause that applies to a row, null for none."""
    place = path.this
    cases = []
    for number, when in enumerate(whens):
        matched = exp.Is(this=place.copy(), expression=exp.Null())
        condition: exp.Expression = exp.Not(this=matched) if when.args["matched"] else matched
        if when.args.get("condition") is not None:
            condition = exp.And(this=condition, expression=exp.Paren(this=when.args["condition"].copy()))
        cases.append(exp.If(this=condition, true=exp.Literal.number(number)))
    return exp.Alias(this=exp.Case(ifs=cases), alias=exp.to_identifier("action"))


def _find(session: Session, query: exp.Expression, rest: str = "") -> Columns:
    """Keep the changed rows as the table _changes: path, place in the file, and what the query adds."""
    sql, found = select.bound(query, session, tables.lookup(session, positions=True))
    session.cursor.execute(f"CREATE OR REPLACE TEMP TABLE _changes AS SELECT * FROM ({sql}) AS _f {rest}")
    return found


def _cast(found: Columns, first: int, target: Columns) -> list[str]:
    pairs = zip(found, target, strict=True)
    return [
        assignment.cast_to_column(f"_c.c{first + n}", from_, name, to)
        for n, ((_, from_), (name, to)) in enumerate(pairs)
    ]


def _merged(whens: Sequence[Any], values: Sequence[dict[str, Any]], found: Columns, target: Columns) -> list[str]:
    """For each column of the table the SQL of its new value, by the clause that applied."""
    cases: dict[str, list[str]] = {name: [] for name, _ in target}
    kinds, place = dict(target), 3 + len(target)
    for number, given in enumerate(values):
        for name in given:
            value = assignment.cast_to_column(f"_c.c{place}", found[place][1], name, kinds[name])
            cases[name].append(f"WHEN {number} THEN {value}")
            place += 1
    updates = [str(n) for n, when in enumerate(whens) if isinstance(when.args["then"], exp.Update)]
    kept = f"WHEN c2 IN ({', '.join(updates)}) THEN" if updates else "WHEN false THEN"
    return [
        f"CASE _c.c2 {' '.join(cases[name])} ELSE CASE {kept} _c.c{3 + n} END END" if cases[name]
        else f"CASE {kept} _c.c{3 + n} END"
        for n, (name, _) in enumerate(target)
    ]  # fmt: skip


def _deletions(whens: Sequence[Any]) -> str:
    numbers = [str(n) for n, w in enumerate(whens) if not isinstance(w.args["then"], (exp.Update, exp.Insert))]
    return f"_c.c2 NOT IN ({', '.join(numbers)})" if numbers else "true"


def _apply(session: Session, table: Table, values: Sequence[str] | None, kept: str = "true") -> int:
    """Write the files of the changed rows anew; `values` are the columns of what takes their place, if anything."""
    cursor = session.cursor
    changed: int = cursor.execute("SELECT count(*) FROM _changes").fetchone()[0]
    paths = {path for (path,) in cursor.execute("SELECT DISTINCT c0 FROM _changes").fetchall()}
    schema = table.schema()
    affected = [task for task in scan.tasks(table, table.current_snapshot()) if task.file.file_path in paths]
    rows = []
    if affected:
        source = scan.relation(session, table, schema, affected, set())
        listed = ", ".join(f"_o.{quote(field.name.lower())}" for field in schema.fields)
        same = '_o."$path" = _c.c0 AND _o."$pos" = _c.c1'
        rows.append(f"SELECT {listed} FROM {source.sql} AS _o ANTI JOIN _changes AS _c ON {same}")
    if values is not None:
        rows.append(f"SELECT {', '.join(values)} FROM _changes AS _c WHERE {kept}")
    if changed:
        writing.replace(session, table, [task.file for task in affected], " UNION ALL ".join(rows))
    cursor.execute("DROP TABLE _changes")
    return changed

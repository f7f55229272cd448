"""JOIN, with ON or USING."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.query import aggregation, from_clause
from emulator.services.athena.query.relation import Relation
from emulator.services.athena.scope import Column, Scope, note_use

if TYPE_CHECKING:
    from emulator.services.athena.query.compiler import Compiler


def joined(compiler: Compiler, sql: str, columns: list[Column], join: Any, outer: Scope | None) -> Relation:
    """A relation joined to what stands left of it."""
    if isinstance(join.this, exp.Unnest) and (join.side or "").upper() not in ("", "LEFT"):
        raise not_supported("RIGHT or FULL JOIN of UNNEST", join)
    if join.args.get("method"):
        raise not_supported(f"{join.args['method']} JOIN", join)
    right_sql, right = from_clause.relation(compiler, join.this, outer, columns)
    for nested in join.this.args.get("joins") or []:
        right_sql, right = joined(compiler, right_sql, right, nested, outer)
    side, kind = (join.side or "").upper(), (join.kind or "").upper()
    if kind in ("SEMI", "ANTI"):
        raise not_supported(f"{kind} JOIN", join)
    if join.args.get("using"):
        return _using(sql, columns, right_sql, right, join, side)
    both = [*_optional(columns, side, "LEFT"), *_optional(right, side, "RIGHT")]
    on = join.args.get("on")
    if on is None:
        return f"{sql} CROSS JOIN {right_sql}", both
    aggregation.forbid(on, "JOIN clause")
    condition = compiler.expressions(Scope(tuple(both), outer)).boolean(on, "JOIN ON clause must evaluate to a boolean")
    word = f"{side} JOIN" if side else "JOIN"
    return f"{sql} {word} {right_sql} ON {condition}", both


def _optional(columns: list[Column], side: str, own: str) -> list[Column]:
    """The columns of a side: where the join may make them null, a condition on them chooses nothing."""
    return columns if side in ("", own) else [replace(column, optional=True) for column in columns]


def _using(sql: str, columns: list[Column], right_sql: str, right: list[Column], join: Any, side: str) -> Relation:
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
    both = [*_optional(columns, side, "LEFT"), *_optional(right, side, "RIGHT")]
    rest = [c for c in both if c.name.lower() not in names]
    word = f"{side} JOIN" if side else "JOIN"
    return f"{sql} {word} {right_sql} ON {' AND '.join(conditions)}", [*merged, *rest]


def _find(name: str, columns: Sequence[Column], node: Any) -> Column:
    found = [column for column in columns if column.name.lower() == name]
    if len(found) != 1:
        code = "AMBIGUOUS_NAME" if found else "COLUMN_NOT_FOUND"
        raise QueryError(
            code, f"Column '{name}' is {'ambiguous' if found else 'missing from a side of the join'}", node
        )
    note_use(found[0])
    return found[0]

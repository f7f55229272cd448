"""What OVER says: partitions, order and frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.services.athena.errors import QueryError, not_supported

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def order_by(self: Expressions, order: Any) -> str:
    """The terms of an ORDER BY; nulls come last unless told, in Trino, whatever the direction."""
    terms = []
    for term in order.expressions:
        direction = "DESC" if term.args.get("desc") else "ASC"
        nulls = "FIRST" if term.args.get("nulls_first") else "LAST"
        terms.append(f"{self.compile(term.this).sql} {direction} NULLS {nulls}")
    return ", ".join(terms)


def specification(self: Expressions, node: Any) -> str:
    """What stands in the parentheses of OVER; a named window is looked up, and added to.

    Raises:
        QueryError: INVALID_WINDOW_REFERENCE.
    """
    parts = _parts(self, node)
    clauses = []
    if parts.get("partition_by"):
        clauses.append("PARTITION BY " + ", ".join(self.compile(part).sql for part in parts["partition_by"]))
    if parts.get("order"):
        clauses.append("ORDER BY " + order_by(self, parts["order"]))
    spec = parts.get("spec")
    if spec is not None:
        if spec.args.get("exclude"):
            raise not_supported("EXCLUDE in a window frame", node)
        start = _bound(self, spec.args.get("start"), spec.args.get("start_side"))
        end = _bound(self, spec.args.get("end") or "CURRENT ROW", spec.args.get("end_side"))
        clauses.append(f"{spec.args['kind'].upper()} BETWEEN {start} AND {end}")
    return " ".join(clauses)


def _parts(self: Expressions, node: Any) -> dict[str, Any]:
    own = {key: node.args[key] for key in ("partition_by", "order", "spec") if node.args.get(key)}
    name = node.args.get("alias")
    if name is None:
        return own
    if name.name.lower() not in self.windows:
        raise QueryError("INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {name.name}", node)
    named = _parts(self, self.windows[name.name.lower()])
    return {**named, **own}


def _bound(self: Expressions, value: Any, side: str | None) -> str:
    if not isinstance(value, str):
        return f"{self.compile(value).sql} {(side or '').upper()}"
    return value.upper() if value.upper() == "CURRENT ROW" else f"{value} {side or ''}".upper()

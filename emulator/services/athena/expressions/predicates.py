"""Conditions: AND, OR, NOT, comparisons, IS NULL, BETWEEN, IN and LIKE."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError
from emulator.services.athena.expressions import subqueries
from emulator.services.athena.types import BOOLEAN, VARCHAR, Type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def parenthesized(self: Expressions, node: Any) -> Typed:
    """What stands in parentheses."""
    value = self.compile(node.this)
    return Typed(f"({value.sql})", value.type)


def connective(word: str) -> Callable[[Expressions, Any], Typed]:
    """The rule of AND or OR."""

    def rule(self: Expressions, node: Any) -> Typed:
        sides = [self.boolean(side, "Logical expression term must evaluate to a boolean") for side in node.flatten()]
        return Typed(f"({f' {word} '.join(sides)})", BOOLEAN)

    return rule


def negation(self: Expressions, node: Any) -> Typed:
    """NOT."""
    condition = self.boolean(node.this, "Value of logical NOT expression must evaluate to a boolean")
    return Typed(f"(NOT {condition})", BOOLEAN)


def comparison(operator: str) -> Callable[[Expressions, Any], Typed]:
    """The rule of a comparison, also with ANY or ALL of a subquery."""

    def rule(self: Expressions, node: Any) -> Typed:
        if subqueries.is_quantified(node.expression):
            return subqueries.quantified(self, node, operator)
        left, right = self.compile(node.this), self.compile(node.expression)
        return compared(operator, left, right, node)

    return rule


def compared(operator: str, left: Typed, right: Typed, node: Any) -> Typed:
    """``left operator right``.

    Raises:
        QueryError: TYPE_MISMATCH.
    """
    merged = types.common(left.type, right.type)
    if merged is None and left.type.zone and right.type.zone:
        return Typed(f"({left.sql} {operator} {right.sql})", BOOLEAN)
    if merged is None or not _comparable(operator, merged):
        raise QueryError("TYPE_MISMATCH", f"Cannot apply operator: {left.type} {operator} {right.type}", node)
    a, b = coerce(left, merged).sql, coerce(right, merged).sql
    return Typed(_of_type(merged, operator, a, b), BOOLEAN)


def _of_type(type_: Type, operator: str, a: str, b: str) -> str:
    if type_.name in ("double", "real"):
        return _of_floats(operator, a, b)
    if type_.name == "char":  # the spaces that fill it up do not count
        return f"(rtrim({a}, ' ') {operator} rtrim({b}, ' '))"
    if type_.name == "array" and operator in ("=", "<>"):  # with a null among the elements nothing is known
        equal = f"trino_arrays_equal({a}, {b})"
        return equal if operator == "=" else f"(NOT {equal})"
    return f"({a} {operator} {b})"


_UNORDERED = ("map", "json", "ipaddress", *types.OPAQUE)


def _comparable(operator: str, type_: Type) -> bool:
    """Whether values of a type can be compared so: maps and JSON have no order, for instance."""
    if operator in ("<", "<=", ">", ">="):
        return type_.name not in _UNORDERED and all(_comparable(operator, inner) for inner in type_.arguments)
    return True


# To DuckDB a NaN equals itself and is the greatest number; to Trino every comparison with it but <> is false.
_NAN_WRONG = {"=": (0,), "<": (1,), "<=": (0, 1), ">": (0,), ">=": (0, 1)}


def _of_floats(operator: str, a: str, b: str) -> str:
    if operator == "<>":
        suspects = [f"isnan({side})" for side in (a, b) if not _is_constant(side)]
        return f"({' OR '.join([f'{a} <> {b}', *suspects])})"
    suspects = [
        f"NOT isnan({(a, b)[place]})" for place in _NAN_WRONG.get(operator, ()) if not _is_constant((a, b)[place])
    ]
    return f"({' AND '.join([f'{a} {operator} {b}', *suspects])})"


def _is_constant(sql: str) -> bool:
    """Whether it is a number that was written out, and so no NaN."""
    inner = sql
    while inner.startswith("CAST("):
        inner = inner.removeprefix("CAST(")
    return inner[:1].isdigit()


def is_null(self: Expressions, node: Any) -> Typed:
    """IS NULL, or IS NOT NULL where the parser says so."""
    if not isinstance(node.expression, exp.Null):
        raise QueryError("SYNTAX_ERROR", f"mismatched input '{node.expression.sql()}'", node)
    word = "IS NOT NULL" if node.args.get("negate") else "IS NULL"
    return Typed(f"({self.compile(node.this).sql} {word})", BOOLEAN)


def between(self: Expressions, node: Any) -> Typed:
    """BETWEEN."""
    value, low, high = (self.compile(part) for part in (node.this, node.args["low"], node.args["high"]))
    merged = value.type
    for bound in (low, high):
        wider = types.common(merged, bound.type)
        if wider is None and not (merged.zone and bound.type.zone):
            raise QueryError(
                "TYPE_MISMATCH", f"Cannot check if {value.type} is BETWEEN {low.type} and {high.type}", node
            )
        merged = wider or merged
    a, b, c = (coerce(part, merged).sql for part in (value, low, high))
    return Typed(f"({a} BETWEEN {b} AND {c})", BOOLEAN)


def in_list(self: Expressions, node: Any) -> Typed:
    """IN, with values or a subquery."""
    if node.args.get("query") is not None:
        return subqueries.in_query(self, node)
    (value, *options), _ = self.same_type([node.this, *node.expressions], "IN value and list items")
    return Typed(f"({value} IN ({', '.join(options)}))", BOOLEAN)


def like(self: Expressions, node: Any) -> Typed:
    """LIKE, with or without ESCAPE."""
    escape = ""
    if isinstance(node, exp.Escape):
        escape = f" ESCAPE {coerce(self.compile(node.expression), VARCHAR).sql}"
        node = node.this
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    left, right = self.compile(node.this), self.compile(node.expression)
    for side, value in (("Left side of LIKE expression", left), ("Pattern for LIKE expression", right)):
        if value.type.name not in ("varchar", "char", "unknown"):
            raise QueryError("TYPE_MISMATCH", f"{side} must evaluate to a varchar (actual: {value.type})", node)
    return Typed(f"({coerce(left, VARCHAR).sql} {word} {coerce(right, VARCHAR).sql}{escape})", BOOLEAN)

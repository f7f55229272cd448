"""Conditions: AND, OR, NOT, comparisons, IS NULL, BETWEEN, IN and LIKE."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.expressions import subqueries
from emulator.services.athena.types import BOOLEAN, VARCHAR

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def parenthesized(self: Expressions, node: Any) -> Typed:
    """What stands in parentheses."""
    value = self.compile(node.this)
    return Typed(f"({value.sql})", value.type)


def connective(word: str) -> Callable[[Expressions, Any], Typed]:
    """The rule of AND or OR."""

    def rule(self: Expressions, node: Any) -> Typed:
        return Typed(f"({self.boolean(node.this)} {word} {self.boolean(node.expression)})", BOOLEAN)

    return rule


def negation(self: Expressions, node: Any) -> Typed:
    """NOT."""
    return Typed(f"(NOT {self.boolean(node.this)})", BOOLEAN)


def comparison(operator: str) -> Callable[[Expressions, Any], Typed]:
    """The rule of a comparison, also with ANY or ALL of a subquery."""

    def rule(self: Expressions, node: Any) -> Typed:
        if isinstance(node.expression, (exp.Any, exp.All)):
            return subqueries.quantified(self, node, operator)
        left, right = self.compile(node.this), self.compile(node.expression)
        merged = types.common(left.type, right.type)
        if merged is None and left.type.zone and right.type.zone:
            return Typed(f"({left.sql} {operator} {right.sql})", BOOLEAN)
        if merged is None:
            shown = "=" if operator == "=" else operator
            raise QueryError("TYPE_MISMATCH", f"Cannot apply operator: {left.type} {shown} {right.type}", node)
        return Typed(f"({coerce(left, merged).sql} {operator} {coerce(right, merged).sql})", BOOLEAN)

    return rule


def is_null(self: Expressions, node: Any) -> Typed:
    """IS NULL."""
    if not isinstance(node.expression, exp.Null):
        raise not_supported(f"Unsupported expression: {node.sql()}", node)
    return Typed(f"({self.compile(node.this).sql} IS NULL)", BOOLEAN)


def between(self: Expressions, node: Any) -> Typed:
    """BETWEEN."""
    if node.args.get("symmetric"):
        raise not_supported("BETWEEN SYMMETRIC", node)
    (value, low, high), _ = self.same_type([node.this, node.args["low"], node.args["high"]])
    return Typed(f"({value} BETWEEN {low} AND {high})", BOOLEAN)


def in_list(self: Expressions, node: Any) -> Typed:
    """IN, with values or a subquery."""
    if node.args.get("query") is not None:
        return subqueries.in_query(self, node)
    (value, *options), _ = self.same_type([node.this, *node.expressions])
    return Typed(f"({value} IN ({', '.join(options)}))", BOOLEAN)


def like(self: Expressions, node: Any) -> Typed:
    """LIKE, with or without ESCAPE."""
    escape = ""
    if isinstance(node, exp.Escape):
        escape = f" ESCAPE {coerce(self.compile(node.expression), VARCHAR).sql}"
        node = node.this
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    left, right = self.compile(node.this), self.compile(node.expression)
    if {left.type.name, right.type.name} - {"varchar", "char", "unknown"}:
        raise QueryError(
            "TYPE_MISMATCH", f"Left side of LIKE expression must evaluate to a varchar (actual: {left.type})", node
        )
    return Typed(f"({coerce(left, VARCHAR).sql} {word} {coerce(right, VARCHAR).sql}{escape})", BOOLEAN)

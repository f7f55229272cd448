"""Expressions: each node is resolved, typed as Trino types it, and written as DuckDB SQL, in one pass.

Nothing is passed through: a node that has no rule here fails with NOT_SUPPORTED.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from emulator.services.athena import arithmetic, types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.expressions import conversions, literals, names, predicates, subqueries, syntax
from emulator.services.athena.functions import calls
from emulator.services.athena.scope import Scope
from emulator.services.athena.types import BOOLEAN, UNKNOWN, Type

CompileQuery = Callable[[exp.Expression, Scope], tuple[str, list[tuple[str, Type]]]]


@dataclass(frozen=True)
class Expressions:
    """Compiles the expressions of one scope.

    `query` compiles a subquery; `windows` are the named windows of the SELECT; `lambda_depth` names parameters.
    """

    scope: Scope
    query: CompileQuery
    windows: dict[str, exp.Expression] = field(default_factory=dict)
    lambda_depth: int = 0

    def compile(self, node: exp.Expression) -> Typed:
        """The node's SQL, safe to stand as an operand, and its type.

        Raises:
            QueryError: as Trino would, or NOT_SUPPORTED.
        """
        rule = _RULES.get(type(node))
        if rule is None:
            raise not_supported(f"Unsupported expression: {node.sql(dialect='trino')}", node)
        return rule(self, node)

    def boolean(self, node: exp.Expression) -> str:
        """A condition's SQL.

        Raises:
            QueryError: TYPE_MISMATCH.
        """
        value = self.compile(node)
        if value.type.name not in ("boolean", "unknown"):
            raise QueryError("TYPE_MISMATCH", f"Expression must evaluate to a boolean (actual: {value.type})", node)
        return coerce(value, BOOLEAN).sql

    def inside_lambda(self, names: Sequence[str], values: Sequence[Typed]) -> Expressions:
        """The same, where a lambda's parameters are in sight too."""
        scope = self.scope.with_lambdas(dict(zip([name.lower() for name in names], values, strict=True)))
        return replace(self, scope=scope, lambda_depth=self.lambda_depth + 1)

    def same_type(self, nodes: Sequence[exp.Expression]) -> tuple[list[str], Type]:
        """Several expressions coerced to their common type.

        Raises:
            QueryError: TYPE_MISMATCH.
        """
        values = [self.compile(node) for node in nodes]
        merged = UNKNOWN
        for node, value in zip(nodes, values, strict=True):
            wider = types.common(merged, value.type)
            if wider is None:
                raise QueryError("TYPE_MISMATCH", f"All operands must be the same type: {merged}, {value.type}", node)
            merged = wider
        return [coerce(value, merged).sql for value in values], merged


_RULES: dict[type[exp.Expression], Callable[[Expressions, Any], Typed]] = {
    exp.Column: names.column,
    exp.Identifier: names.column,
    exp.Dot: names.field,
    exp.Literal: literals.number_or_text,
    exp.Null: literals.null,
    exp.Boolean: literals.boolean,
    exp.HexString: literals.hexadecimal,
    exp.Paren: predicates.parenthesized,
    exp.And: predicates.connective("AND"),
    exp.Or: predicates.connective("OR"),
    exp.Not: predicates.negation,
    exp.EQ: predicates.comparison("="),
    exp.NEQ: predicates.comparison("<>"),
    exp.LT: predicates.comparison("<"),
    exp.LTE: predicates.comparison("<="),
    exp.GT: predicates.comparison(">"),
    exp.GTE: predicates.comparison(">="),
    exp.NullSafeEQ: predicates.comparison("IS NOT DISTINCT FROM"),
    exp.NullSafeNEQ: predicates.comparison("IS DISTINCT FROM"),
    exp.Is: predicates.is_null,
    exp.Between: predicates.between,
    exp.In: predicates.in_list,
    exp.Exists: subqueries.exists,
    exp.Subquery: subqueries.scalar,
    exp.Select: subqueries.scalar,
    exp.Like: predicates.like,
    exp.Escape: predicates.like,
    exp.Case: conversions.case,
    exp.If: conversions.if_,
    exp.Cast: conversions.cast_,
    exp.TryCast: conversions.cast_,
    exp.AtTimeZone: syntax.at_zone,
    exp.Array: names.array,
    exp.Bracket: names.subscript,
    exp.Extract: syntax.extract,
    exp.Substring: syntax.renamed("substr", "this", "start", "length"),
    exp.StrPosition: syntax.renamed("strpos", "this", "substr"),
    exp.Trim: syntax.trim,
    exp.Tuple: names.row,
    exp.Anonymous: syntax.named,
    exp.Window: calls.window,
    exp.Filter: calls.aggregate_clauses,
    exp.WithinGroup: calls.aggregate_clauses,
    exp.IgnoreNulls: calls.aggregate_clauses,
    exp.Interval: lambda _, node: arithmetic.interval(node),
    exp.Add: lambda self, node: arithmetic.binary("+", self.compile(node.this), self.compile(node.expression), node),
    exp.Sub: lambda self, node: arithmetic.binary("-", self.compile(node.this), self.compile(node.expression), node),
    exp.Mul: lambda self, node: arithmetic.binary("*", self.compile(node.this), self.compile(node.expression), node),
    exp.Div: lambda self, node: arithmetic.binary("/", self.compile(node.this), self.compile(node.expression), node),
    exp.Mod: lambda self, node: arithmetic.binary("%", self.compile(node.this), self.compile(node.expression), node),
    exp.Neg: lambda self, node: arithmetic.negate(self.compile(node.this), node),
    exp.DPipe: lambda self, node: calls.call(self, "concat", [node.this, node.expression], node),
    exp.CurrentDate: literals.current_date,
    exp.CurrentTimestamp: literals.current_timestamp,
    exp.Localtimestamp: literals.local_timestamp,
    exp.ParseJSON: syntax.json,
}

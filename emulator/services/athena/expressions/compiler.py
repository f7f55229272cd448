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
from emulator.services.athena.expressions import (
    conversions,
    json_calls,
    json_syntax,
    literals,
    names,
    predicates,
    subqueries,
    syntax,
)
from emulator.services.athena.functions import aggregates, calls
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
        ignored = {key for key, value in node.args.items() if value} - _ARGUMENTS - _OWN.get(type(node), frozenset())
        if rule is None or ignored:
            raise not_supported(f"Unsupported expression: {node.sql(dialect='trino')}", node)
        return rule(self, node)

    def boolean(self, node: exp.Expression, what: str = "Expression must evaluate to a boolean") -> str:
        """A condition's SQL; `what` begins the message where it is none.

        Raises:
            QueryError: TYPE_MISMATCH.
        """
        value = self.compile(node)
        if value.type.name not in ("boolean", "unknown"):
            raise QueryError("TYPE_MISMATCH", f"{what} (actual: {value.type})", node)
        return coerce(value, BOOLEAN).sql

    def inside_lambda(self, names: Sequence[str], values: Sequence[Typed]) -> Expressions:
        """The same, where a lambda's parameters are in sight too."""
        scope = self.scope.with_lambdas(dict(zip([name.lower() for name in names], values, strict=True)))
        return replace(self, scope=scope, lambda_depth=self.lambda_depth + 1)

    def same_type(self, nodes: Sequence[exp.Expression], what: str = "All operands") -> tuple[list[str], Type]:
        """Several expressions coerced to their common type; `what` they are begins the message.

        Raises:
            QueryError: TYPE_MISMATCH.
        """
        values = [self.compile(node) for node in nodes]
        merged = UNKNOWN
        for node, value in zip(nodes, values, strict=True):
            wider = types.common(merged, value.type)
            if wider is None:
                raise QueryError("TYPE_MISMATCH", f"{what} must be the same type: {merged}, {value.type}", node)
            merged = wider
        return [coerce(value, merged).sql for value in values], merged


# What the rules read of a node: a part that is not listed would be dropped silently, and so is refused.
_ARGUMENTS = frozenset({"this", "expression", "expressions"})
_OWN: dict[type[exp.Expression], frozenset[str]] = {
    exp.Column: frozenset({"table", "db", "catalog"}),
    exp.Identifier: frozenset({"quoted"}),
    exp.Literal: frozenset({"is_string"}),
    exp.UnicodeString: frozenset({"escape"}),
    exp.Is: frozenset({"negate"}),
    exp.Like: frozenset({"negate"}),
    exp.Between: frozenset({"low", "high"}),
    exp.In: frozenset({"query"}),
    exp.Subquery: frozenset({"with_", "order", "limit", "offset"}),
    exp.Select: frozenset(exp.Select.arg_types),
    exp.Values: frozenset({"order", "limit", "offset"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.If: frozenset({"true", "false"}),
    exp.Cast: frozenset({"to"}),
    exp.TryCast: frozenset({"to", "safe"}),
    exp.AtTimeZone: frozenset({"zone"}),
    exp.Array: frozenset({"bracket_notation"}),
    exp.Bracket: frozenset({"offset"}),
    exp.Substring: frozenset({"start", "length"}),
    exp.StrPosition: frozenset({"substr"}),
    exp.Trim: frozenset({"position"}),
    exp.Window: frozenset({"partition_by", "order", "spec", "alias", "over"}),
    exp.Interval: frozenset({"unit"}),
    exp.DPipe: frozenset({"safe"}),
    exp.Div: frozenset({"typed", "safe"}),
    exp.ParseJSON: frozenset({"is_literal"}),
    json_syntax.JsonCall: frozenset(json_syntax.JsonCall.arg_types),
    json_syntax.JsonMake: frozenset(json_syntax.JsonMake.arg_types),
}
_RULES: dict[type[exp.Expression], Callable[[Expressions, Any], Typed]] = {
    exp.Column: names.column,
    exp.Identifier: names.column,
    exp.Dot: names.field,
    exp.Literal: literals.number_or_text,
    exp.Null: literals.null,
    exp.Boolean: literals.boolean,
    exp.HexString: literals.hexadecimal,
    exp.UnicodeString: literals.unicode,
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
    exp.Values: subqueries.scalar,
    exp.Union: subqueries.scalar,
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
    exp.Window: aggregates.window,
    exp.Filter: aggregates.with_clauses,
    exp.WithinGroup: aggregates.with_clauses,
    exp.IgnoreNulls: aggregates.with_clauses,
    exp.Interval: lambda _, node: arithmetic.interval(node),
    exp.Add: lambda self, node: arithmetic.binary("+", self.compile(node.this), self.compile(node.expression), node),
    exp.Sub: lambda self, node: arithmetic.binary("-", self.compile(node.this), self.compile(node.expression), node),
    exp.Mul: lambda self, node: arithmetic.binary("*", self.compile(node.this), self.compile(node.expression), node),
    exp.Div: lambda self, node: arithmetic.binary("/", self.compile(node.this), self.compile(node.expression), node),
    exp.Mod: lambda self, node: arithmetic.binary("%", self.compile(node.this), self.compile(node.expression), node),
    exp.Neg: literals.negative,
    exp.DPipe: lambda self, node: calls.call(self, "concat", [node.this, node.expression], node),
    exp.CurrentDate: literals.current_date,
    exp.CurrentTimestamp: literals.current_timestamp,
    exp.Localtimestamp: literals.local_timestamp,
    exp.Localtime: literals.local_time,
    exp.CurrentCatalog: literals.current_catalog,
    exp.ParseJSON: syntax.json,
    json_syntax.JsonCall: json_calls.path_call,
    json_syntax.JsonMake: json_calls.make,
    json_syntax.FormattedJson: json_calls.formatted,
}

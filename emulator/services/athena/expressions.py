# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""Expressions: each node is resolved, typed as Trino types it, and written as DuckDB SQL, in one pass.

Nothing is passed through: a node that has no rule here fails with NOT_SUPPORTED.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from emulator.services.athena import arithmetic, casts, types
from emulator.services.athena.casts import Typed, cast, coerce
from emulator.services.athena.errors import QueryError, failure, not_supported
from emulator.services.athena.functions import calls
from emulator.services.athena.scope import Scope, dereference, literal
from emulator.services.athena.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, UNKNOWN, VARCHAR, Type

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


def _column(self: Expressions, node: exp.Expression) -> Typed:
    parts = [part.name for part in node.parts] if isinstance(node, exp.Column) else [node.name]
    return self.scope.resolve(parts, node)


def _dot(self: Expressions, node: Any) -> Typed:
    if not isinstance(node.expression, exp.Identifier):
        raise not_supported(f"Unsupported expression: {node.sql()}", node)
    return dereference(self.compile(node.this), [node.expression.name.lower()], node)


def _literal(_: Expressions, node: Any) -> Typed:
    text = node.this
    if node.is_string:
        return Typed(literal(text), VARCHAR)
    if re.fullmatch(r"\d+", text):
        value = int(text)
        if value >= 2**63:
            raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"Invalid numeric literal: {text}", node)
        type_ = INTEGER if value < 2**31 else BIGINT
        return Typed(f"CAST({value} AS {types.duckdb_type(type_)})", type_)
    if re.search(r"[eE]", text):
        return Typed(f"CAST({text} AS DOUBLE)", DOUBLE)
    return decimal_literal(text)


def decimal_literal(text: str) -> Typed:
    """``1.50`` is decimal(3,2), as in Trino."""
    whole, _, fraction = text.lstrip("+-").partition(".")
    precision = max(len((whole + fraction).lstrip("0")), len(fraction), 1)
    type_ = types.decimal(precision, len(fraction))
    return Typed(f"CAST('{text}' AS {types.duckdb_type(type_)})", type_)


def _null(_: Expressions, __: Any) -> Typed:
    return Typed("NULL", UNKNOWN)


def _boolean(_: Expressions, node: Any) -> Typed:
    return Typed("true" if node.this else "false", BOOLEAN)


def _hex(_: Expressions, node: Any) -> Typed:
    return Typed(f"unhex('{node.this}')", types.VARBINARY)


def _paren(self: Expressions, node: Any) -> Typed:
    value = self.compile(node.this)
    return Typed(f"({value.sql})", value.type)


def _connective(word: str) -> Callable[[Expressions, Any], Typed]:
    def rule(self: Expressions, node: Any) -> Typed:
        return Typed(f"({self.boolean(node.this)} {word} {self.boolean(node.expression)})", BOOLEAN)

    return rule


def _not(self: Expressions, node: Any) -> Typed:
    return Typed(f"(NOT {self.boolean(node.this)})", BOOLEAN)


def _comparison(operator: str) -> Callable[[Expressions, Any], Typed]:
    def rule(self: Expressions, node: Any) -> Typed:
        if isinstance(node.expression, (exp.Any, exp.All)):
            return _quantified(self, node, operator)
        left, right = self.compile(node.this), self.compile(node.expression)
        merged = types.common(left.type, right.type)
        if merged is None and left.type.zone and right.type.zone:
            return Typed(f"({left.sql} {operator} {right.sql})", BOOLEAN)
        if merged is None:
            shown = "=" if operator == "=" else operator
            raise QueryError("TYPE_MISMATCH", f"Cannot apply operator: {left.type} {shown} {right.type}", node)
        return Typed(f"({coerce(left, merged).sql} {operator} {coerce(right, merged).sql})", BOOLEAN)

    return rule


def _quantified(self: Expressions, node: Any, operator: str) -> Typed:
    left = self.compile(node.this)
    sql, columns = self.query(_unwrap(node.expression.this), self.scope)
    merged = types.common(left.type, columns[0][1])
    if len(columns) != 1 or merged is None:
        raise QueryError("TYPE_MISMATCH", "Quantified comparison needs one column of the same type", node)
    word = "ANY" if isinstance(node.expression, exp.Any) else "ALL"
    column = coerce(Typed('_q."c0"', columns[0][1]), merged)
    return Typed(f"({coerce(left, merged).sql} {operator} {word}(SELECT {column.sql} FROM ({sql}) AS _q))", BOOLEAN)


def _unwrap(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Subquery) and not node.args.get("alias") else node


def _is(self: Expressions, node: Any) -> Typed:
    if not isinstance(node.expression, exp.Null):
        raise not_supported(f"Unsupported expression: {node.sql()}", node)
    return Typed(f"({self.compile(node.this).sql} IS NULL)", BOOLEAN)


def _between(self: Expressions, node: Any) -> Typed:
    if node.args.get("symmetric"):
        raise not_supported("BETWEEN SYMMETRIC", node)
    (value, low, high), _ = self.same_type([node.this, node.args["low"], node.args["high"]])
    return Typed(f"({value} BETWEEN {low} AND {high})", BOOLEAN)


def _in(self: Expressions, node: Any) -> Typed:
    if node.args.get("query") is not None:
        return _in_query(self, node)
    (value, *options), _ = self.same_type([node.this, *node.expressions])
    return Typed(f"({value} IN ({', '.join(options)}))", BOOLEAN)


def _in_query(self: Expressions, node: Any) -> Typed:
    sql, columns = self.query(_unwrap(node.args["query"]), self.scope)
    parts = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
    if len(parts) != len(columns):
        raise QueryError("TYPE_MISMATCH", "The number of columns in a predicate and its subquery differ", node)
    left, right = [], []
    for index, (part, (_, type_)) in enumerate(zip(parts, columns, strict=True)):
        value = self.compile(part)
        merged = types.common(value.type, type_)
        if merged is None:
            raise QueryError(
                "TYPE_MISMATCH", f"value and result of subquery must be of the same type: {value.type} vs {type_}", node
            )
        left.append(coerce(value, merged).sql)
        right.append(coerce(Typed(f'_q."c{index}"', type_), merged).sql)
    inner = f"SELECT {', '.join(right)} FROM ({sql}) AS _q"
    tuple_ = left[0] if len(left) == 1 else f"({', '.join(left)})"
    return Typed(f"({tuple_} IN ({inner}))", BOOLEAN)


def _exists(self: Expressions, node: Any) -> Typed:
    sql, _ = self.query(_unwrap(node.this), self.scope)
    return Typed(f"EXISTS ({sql})", BOOLEAN)


def _scalar_subquery(self: Expressions, node: Any) -> Typed:
    sql, columns = self.query(node.this if isinstance(node, exp.Subquery) else node, self.scope)
    if len(columns) != 1:
        raise QueryError(
            "SUBQUERY_MULTIPLE_COLUMNS",
            f"Multiple columns returned by subquery are not yet supported. Found {len(columns)}",
            node,
        )
    return Typed(f"({sql})", columns[0][1])


def _like(self: Expressions, node: Any) -> Typed:
    escape = ""
    if isinstance(node, exp.Escape):
        escape = f" ESCAPE {coerce(self.compile(node.expression), VARCHAR).sql}"
        node = node.this
    left, right = self.compile(node.this), self.compile(node.expression)
    if {left.type.name, right.type.name} - {"varchar", "char", "unknown"}:
        raise QueryError(
            "TYPE_MISMATCH", f"Left side of LIKE expression must evaluate to a varchar (actual: {left.type})", node
        )
    return Typed(f"({coerce(left, VARCHAR).sql} LIKE {coerce(right, VARCHAR).sql}{escape})", BOOLEAN)


def _case(self: Expressions, node: Any) -> Typed:
    results = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    values, merged = self.same_type([*results, *([default] if default is not None else [])])
    branches = []
    for branch, value in zip(node.args["ifs"], values, strict=False):
        if node.this is None:
            condition = self.boolean(branch.this)
        else:
            condition = self.compile(exp.EQ(this=node.this.copy(), expression=branch.this.copy())).sql
        branches.append(f"WHEN {condition} THEN {value}")
    otherwise = values[-1] if default is not None else casts.null(merged)
    return Typed(f"(CASE {' '.join(branches)} ELSE {otherwise} END)", merged)


def _if(self: Expressions, node: Any) -> Typed:
    return _case(self, exp.Case(ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false")))


def _cast(self: Expressions, node: Any) -> Typed:
    to = types.parse(node.args["to"].sql(dialect="trino"))
    safe = isinstance(node, exp.TryCast)
    inner = node.this
    if isinstance(inner, exp.Literal) and inner.is_string and node.meta.get("literal") is None:
        literal_ = _typed_literal(inner.this, to, node)
        if literal_ is not None and not safe:
            return literal_
    return cast(self.compile(inner), to, safe=safe)


def _typed_literal(text: str, to: Type, node: exp.Expression) -> Typed | None:
    """``TIMESTAMP '2024-01-01 10:00 Europe/Rome'`` and ``DECIMAL '1.50'`` take their type from their text."""
    kind = node.args["to"]
    if kind.this == exp.DType.DECIMAL and not kind.expressions and re.fullmatch(r"[+-]?\d*\.?\d*", text):
        return decimal_literal(text)
    zoned = re.fullmatch(r"(\d{4,}-\d+-\d+ [\d:.]+)\s*([A-Za-z][\w/+-]*|[+-]\d\d:\d\d)", text.strip())
    if zoned and (to.zone or to.name == "timestamp"):
        zone = zoned[2]
        return Typed(f"timezone('{duckdb_zone(zone)}', CAST('{zoned[1]}' AS TIMESTAMP))", types.timestamp_tz(zone))
    return None


def duckdb_zone(zone: str) -> str:
    """A zone's name for DuckDB; an offset's sign is turned around, as POSIX has it.

    Raises:
        QueryError: not a zone.
    """
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone)
    if offset and offset[3] == "00":
        return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{int(offset[2])}"
    if not re.fullmatch(r"[A-Za-z][\w/+-]*", zone):
        raise not_supported(f"Time zone {zone}")
    return zone


def _at_zone(self: Expressions, node: Any) -> Typed:
    return calls.at_zone(self, node.this, node.args["zone"])


def _array(self: Expressions, node: Any) -> Typed:
    values, merged = self.same_type(node.expressions)
    return Typed(f"[{', '.join(values)}]" if values else "CAST([] AS INTEGER[])", types.array(merged))


def _subscript(self: Expressions, node: Any) -> Typed:
    base, index = self.compile(node.this), self.compile(node.expressions[0])
    if base.type.name == "map":
        key, value = base.type.arguments
        wanted = coerce(index, key).sql
        missing = failure(
            "INVALID_FUNCTION_ARGUMENT",
            f"'Key not present in map: ' || CAST({wanted} AS VARCHAR)",
            types.duckdb_type(value),
        )
        found = f"map_extract_value({base.sql}, {wanted})"
        sql = f"(CASE WHEN NOT map_contains({base.sql}, {wanted}) THEN {missing} ELSE {found} END)"
        return Typed(sql, value)
    if base.type.name == "row" and isinstance(node.expressions[0], exp.Literal):
        position = int(node.expressions[0].this) - 1
        names = list(base.type.fields)
        if not 0 <= position < len(names):
            raise QueryError("INVALID_FUNCTION_ARGUMENT", f"ROW index out of bounds: {position + 1}", node)
        return Typed(f"struct_extract({base.sql}, {literal(names[position][0])})", names[position][1])
    if base.type.name != "array" or index.type.name not in types.INTEGERS:
        raise QueryError("TYPE_MISMATCH", f"Cannot subscript {base.type} with {index.type}", node)
    element = base.type.arguments[0]
    wrong = failure(
        "INVALID_FUNCTION_ARGUMENT",
        f"'Array subscript must be less than or equal to array length: ' || {index.sql} || ' > ' || len({base.sql})",
        types.duckdb_type(element),
    )
    inside = f"{index.sql} BETWEEN 1 AND len({base.sql}) OR {base.sql} IS NULL OR {index.sql} IS NULL"
    return Typed(f"(CASE WHEN {inside} THEN list_extract({base.sql}, {index.sql}) ELSE {wrong} END)", element)


def _extract(self: Expressions, node: Any) -> Typed:
    name = node.this.name.lower()
    return calls.call(self, name, [node.expression], node)


def _renamed(name: str, *arguments: str) -> Callable[[Expressions, Any], Typed]:
    def rule(self: Expressions, node: Any) -> Typed:
        given = [node.args[argument] for argument in arguments if node.args.get(argument) is not None]
        return calls.call(self, name, given, node)

    return rule


def _trim(self: Expressions, node: Any) -> Typed:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "trim")
    extra = [node.expression] if node.args.get("expression") is not None else []
    return calls.call(self, name, [node.this, *extra], node)


def _tuple(self: Expressions, node: Any) -> Typed:
    return calls.row(self, node.expressions)


def _anonymous(self: Expressions, node: Any) -> Typed:
    return calls.call(self, node.name.lower(), node.expressions, node)


def _current_date(_: Expressions, __: Any) -> Typed:
    return Typed("CAST(timezone('UTC', now()) AS DATE)", DATE)


def _current_timestamp(_: Expressions, __: Any) -> Typed:
    return Typed("now()", types.timestamp_tz("UTC"))


def _localtimestamp(_: Expressions, __: Any) -> Typed:
    return Typed("date_trunc('millisecond', timezone('UTC', now()))", types.TIMESTAMP)


def _json_literal(self: Expressions, node: Any) -> Typed:
    return calls.call(self, "json_parse", [node.this], node)


_RULES: dict[type[exp.Expression], Callable[[Expressions, Any], Typed]] = {
    exp.Column: _column,
    exp.Identifier: _column,
    exp.Dot: _dot,
    exp.Literal: _literal,
    exp.Null: _null,
    exp.Boolean: _boolean,
    exp.HexString: _hex,
    exp.Paren: _paren,
    exp.And: _connective("AND"),
    exp.Or: _connective("OR"),
    exp.Not: _not,
    exp.EQ: _comparison("="),
    exp.NEQ: _comparison("<>"),
    exp.LT: _comparison("<"),
    exp.LTE: _comparison("<="),
    exp.GT: _comparison(">"),
    exp.GTE: _comparison(">="),
    exp.NullSafeEQ: _comparison("IS NOT DISTINCT FROM"),
    exp.NullSafeNEQ: _comparison("IS DISTINCT FROM"),
    exp.Is: _is,
    exp.Between: _between,
    exp.In: _in,
    exp.Exists: _exists,
    exp.Subquery: _scalar_subquery,
    exp.Select: _scalar_subquery,
    exp.Like: _like,
    exp.Escape: _like,
    exp.Case: _case,
    exp.If: _if,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.AtTimeZone: _at_zone,
    exp.Array: _array,
    exp.Bracket: _subscript,
    exp.Extract: _extract,
    exp.Substring: _renamed("substr", "this", "start", "length"),
    exp.StrPosition: _renamed("strpos", "this", "substr"),
    exp.Trim: _trim,
    exp.Tuple: _tuple,
    exp.Anonymous: _anonymous,
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
    exp.CurrentDate: _current_date,
    exp.CurrentTimestamp: _current_timestamp,
    exp.Localtimestamp: _localtimestamp,
    exp.ParseJSON: _json_literal,
}

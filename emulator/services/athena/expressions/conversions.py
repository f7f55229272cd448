"""CASE, IF, CAST and TRY_CAST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import casts, types
from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.errors import QueryError
from emulator.services.athena.expressions import literals

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def case(self: Expressions, node: Any) -> Typed:
    """CASE in both its forms."""
    results = [branch.args["true"] for branch in node.args["ifs"]]
    default = node.args.get("default")
    values, merged = self.same_type([*results, *([default] if default is not None else [])], "All CASE results")
    branches = []
    for branch, value in zip(node.args["ifs"], values, strict=False):
        if node.this is None:
            condition = self.boolean(branch.this)
        else:
            condition = self.compile(exp.EQ(this=node.this.copy(), expression=branch.this.copy())).sql
        branches.append(f"WHEN {condition} THEN {value}")
    otherwise = values[-1] if default is not None else casts.null(merged)
    return Typed(f"(CASE {' '.join(branches)} ELSE {otherwise} END)", merged)


def if_(self: Expressions, node: Any) -> Typed:
    """``IF(condition, a, b)``: a CASE of one branch."""
    return case(self, exp.Case(ifs=[exp.If(this=node.this, true=node.args["true"])], default=node.args.get("false")))


def cast_(self: Expressions, node: Any) -> Typed:
    """CAST and TRY_CAST, and the literals that they are parsed from."""
    if node.args["to"].this == exp.DType.TEXT:
        raise QueryError("TYPE_NOT_FOUND", "Unknown type: string", node)
    to = types.parse(node.args["to"].sql(dialect="trino"))
    safe = isinstance(node, exp.TryCast)
    inner = node.this
    if isinstance(inner, exp.Literal) and inner.is_string and node.meta.get("literal") is None:
        literal_ = literals.typed_literal(inner.this, to, node)
        if literal_ is not None and not safe:
            return literal_
    value = self.compile(inner)
    try:
        return cast(value, to, safe=safe)
    except QueryError as error:
        raise QueryError(error.code, str(error).removeprefix(f"{error.code}: "), node) from None

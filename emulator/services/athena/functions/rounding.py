"""Rounding of decimals, whose result types no signature states, and the remainder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import arithmetic, types
from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import not_supported
from emulator.services.athena.types import duckdb_type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions
    from emulator.services.athena.functions.forms import Form


def rounding(function: str) -> Form:
    """The rule of round, ceil, floor or truncate on a decimal; other types are left to the tables."""

    def rule(self: Expressions, nodes: list[Any], node: Any) -> Typed | None:
        value = self.compile(nodes[0])
        if value.type.name != "decimal":
            return None
        if len(nodes) == 2:
            return _to_digits(function, value, nodes[1], node)
        precision, scale = value.type.precision or 0, value.type.scale or 0
        kept = types.decimal(max(precision - scale + (1 if scale and function != "truncate" else 0), 1), 0)
        name = {"truncate": "trunc"}.get(function, function)
        return Typed(f"CAST({name}({value.sql}) AS {duckdb_type(kept)})", kept)

    return rule


def _to_digits(function: str, value: Typed, digits: Any, node: Any) -> Typed:
    precision, scale = value.type.precision or 0, value.type.scale or 0
    negative = isinstance(digits, exp.Neg)
    written = digits.this if negative else digits
    if not isinstance(written, exp.Literal) or not written.this.isdigit():
        raise not_supported(f"{function} of a decimal to a number of digits that is not a literal", node)
    wanted = -int(written.this) if negative else int(written.this)
    kept = types.decimal(precision + (1 if function == "round" and scale else 0), scale)
    if wanted >= scale:
        return Typed(f"CAST({value.sql} AS {duckdb_type(kept)})", kept)
    # In whole units of the last digit kept, so that nothing passes through a double.
    unit = 10 ** (scale - wanted)
    whole = arithmetic.unscaled(value.sql)
    quotient = f"trino_divide({whole}, CAST({unit} AS HUGEINT))" if function == "round" else f"({whole} // {unit})"
    scaled = f"CAST({quotient} * CAST({unit} AS HUGEINT) AS DECIMAL(38,0))"
    return Typed(f"CAST({scaled} * {arithmetic.unit(scale)} AS {duckdb_type(kept)})", kept)


def mod(self: Expressions, nodes: list[Any], node: Any) -> Typed:
    """The remainder, as the operator gives it."""
    return arithmetic.binary("%", self.compile(nodes[0]), self.compile(nodes[1]), node)

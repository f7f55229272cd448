"""Literals and the values that a statement's own time gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import arithmetic, types
from emulator.services.athena.casts import Typed
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.host_functions import dates
from emulator.services.athena.scope import literal
from emulator.services.athena.time_zones import duckdb_zone
from emulator.services.athena.types import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, UNKNOWN, Type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def number_or_text(_: Expressions, node: Any) -> Typed:
    """A number or a text."""
    text = node.this
    if node.is_string:
        return Typed(literal(text), Type("varchar", precision=len(text)))
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


def negative(self: Expressions, node: Any) -> Typed:
    """``-value``; the least bigint can be written only so."""
    if isinstance(node.this, exp.Literal) and node.this.this == str(2**63):
        return Typed(f"(-CAST({2**63} AS HUGEINT))::BIGINT", BIGINT)
    return arithmetic.negate(self.compile(node.this), node)


def unicode(_: Expressions, node: Any) -> Typed:
    r"""``U&'snow \2603'``: text with code points in it.

    Raises:
        QueryError: INVALID_LITERAL.
    """
    mark = node.args["escape"].this if node.args.get("escape") else "\\"

    def code_point(found: re.Match[str]) -> str:
        if found[3] is not None:
            return mark
        if found[1] is None and found[2] is None:
            raise QueryError("INVALID_LITERAL", "Incomplete escape sequence", node)
        return chr(int(found[1] or found[2], 16))

    sign = re.escape(mark)
    text = re.sub(rf"{sign}(?:([0-9A-Fa-f]{{4}})|\+([0-9A-Fa-f]{{6}})|({sign})|)", code_point, node.this)
    return Typed(literal(text), Type("varchar", precision=len(text)))


def null(_: Expressions, __: Any) -> Typed:
    """NULL, of a type that its surroundings give."""
    return Typed("NULL", UNKNOWN)


def boolean(_: Expressions, node: Any) -> Typed:
    """TRUE or FALSE."""
    return Typed("true" if node.this else "false", BOOLEAN)


def hexadecimal(_: Expressions, node: Any) -> Typed:
    """``X'00ff'``."""
    return Typed(f"unhex('{node.this}')", types.VARBINARY)


def typed_literal(text: str, to: Type, node: exp.Expression) -> Typed | None:
    """``TIMESTAMP '2024-01-01 10:00 Europe/Rome'`` and ``DECIMAL '1.50'`` take their type from their text."""
    kind = node.args["to"]
    if kind.this == exp.DType.DECIMAL and not kind.expressions and re.fullmatch(r"[+-]?\d*\.?\d*", text):
        return decimal_literal(text)
    if to.zone or to.name == "timestamp":
        return _moment(text.strip(), to, node)
    return None


def _moment(text: str, to: Type, node: exp.Expression) -> Typed | None:
    """A timestamp literal: its digits give its precision, and its zone makes it one with a time zone."""
    found = re.fullmatch(r"(\d{4,}-\d+-\d+(?: [\d:]+(?:\.(\d+))?)?)\s*([A-Za-z][\w/+-]*|[+-]\d\d:\d\d)?", text)
    if found is None:
        return None
    digits = len(found[2] or "")
    if digits > 6:
        raise not_supported(f"timestamp({digits}): more than microseconds", node)
    if found[3] is None and not to.zone:
        # Only a literal's type has as many digits as its text; a cast to fewer rounds.
        return Typed(f"CAST('{found[1]}' AS TIMESTAMP)", to) if digits <= (to.precision or 0) else None
    if not to.zone and not node.args["to"].expressions:
        return None
    if found[3] is None:
        return Typed(f"timezone('UTC', CAST('{found[1]}' AS TIMESTAMP))", types.timestamp_tz("UTC", digits))
    zone = dates.zone_id(found[3]) if found[3][0] in "+-" else found[3]
    return Typed(f"timezone('{duckdb_zone(zone)}', CAST('{found[1]}' AS TIMESTAMP))", types.timestamp_tz(zone, digits))


def current_date(_: Expressions, __: Any) -> Typed:
    """The date in UTC."""
    return Typed("CAST(timezone('UTC', now()) AS DATE)", DATE)


def current_timestamp(_: Expressions, __: Any) -> Typed:
    """The instant, in UTC."""
    return Typed("now()", types.timestamp_tz("UTC"))


def local_time(_: Expressions, __: Any) -> Typed:
    """The time of day in UTC, to the millisecond."""
    return Typed("CAST(date_trunc('millisecond', timezone('UTC', now())) AS TIME)", types.TIME)


def current_catalog(_: Expressions, __: Any) -> Typed:
    """The catalog in which names are looked up."""
    return Typed("'awsdatacatalog'", types.VARCHAR)


def local_timestamp(_: Expressions, __: Any) -> Typed:
    """The time in UTC, to the millisecond."""
    return Typed("date_trunc('millisecond', timezone('UTC', now()))", types.TIMESTAMP)

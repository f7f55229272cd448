"""Time zones of timestamps, and timestamps whose zone stands in their text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import text_casts, types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.functions.templates import zone_of
from emulator.services.athena.host_functions import dates
from emulator.services.athena.scope import literal
from emulator.services.athena.types import Type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions
    from emulator.services.athena.functions.forms import Form


def _zone(node: Any, precision: int) -> Type:
    if isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal) and node.args["unit"].name == "HOUR":
        return types.timestamp_tz(_hours(int(node.this.this) * 60), precision)
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise not_supported("a time zone that is not a literal", node)
    return types.timestamp_tz(dates.zone_id(node.this) if node.this[:1] in "+-" else node.this, precision)


def at_zone(self: Expressions, value_node: Any, zone_node: Any) -> Typed:
    """``value AT TIME ZONE 'zone'``: the same instant, shown elsewhere.

    Raises:
        QueryError: NOT_SUPPORTED, the zone is not a literal.
    """
    value = self.compile(value_node)
    zone = _zone(zone_node, 3 if value.type.precision is None else value.type.precision)
    zone_of(Typed("", zone))
    if not value.type.zone:
        value = coerce(value, types.timestamp_tz("UTC"))
    return Typed(value.sql, zone)


def at_timezone(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """``at_timezone(value, 'zone')``."""
    return at_zone(self, nodes[0], nodes[1])


def with_timezone(self: Expressions, nodes: list[Any], _: Any) -> Typed:
    """``with_timezone(timestamp, 'zone')``: the wall clock, now of a zone."""
    value = coerce(self.compile(nodes[0]), types.TIMESTAMP)
    zoned = _zone(nodes[1], value.type.precision or 3)
    return Typed(f"timezone({literal(zone_of(Typed('', zoned)))}, {value.sql})", zoned)


def _now(digits: int) -> str:
    """The wall clock in UTC at which the query started, to so many digits of a second."""
    return text_casts.rounded_timestamp("timezone('UTC', now())", digits)


def current(*, zoned: bool) -> Form:
    """The rule of ``current_timestamp(p)`` or ``localtimestamp(p)``."""

    def rule(_: Expressions, nodes: list[Any], node: Any) -> Typed:
        digits = int(nodes[0].this) if len(nodes) == 1 and isinstance(nodes[0], exp.Literal) else 99
        if digits > (3 if zoned else 6):
            raise not_supported(f"{node.sql(dialect='trino')}: so many digits of a second", node)
        if zoned:
            return Typed(f"timezone('UTC', {_now(digits)})", types.timestamp_tz("UTC", digits))
        return Typed(_now(digits), Type("timestamp", precision=digits))

    return rule


def from_unixtime(self: Expressions, nodes: list[Any], _: Any) -> Typed | None:
    """``from_unixtime(seconds, zone)`` and ``from_unixtime(seconds, hours, minutes)``."""
    if len(nodes) == 1:
        return None
    seconds = coerce(self.compile(nodes[0]), types.DOUBLE).sql
    zone = _zone(nodes[1], 3) if len(nodes) == 2 else types.timestamp_tz(_offset(nodes[1], nodes[2]))
    zone_of(Typed("", zone))
    return Typed(f"to_timestamp(round({seconds}, 3))", zone)


def _offset(hours: Any, minutes: Any) -> str:
    numbers = [-int(n.this.this) if isinstance(n, exp.Neg) else int(n.this) for n in (hours, minutes)]
    return _hours(numbers[0] * 60 + numbers[1])


def _hours(total: int) -> str:
    """An offset from UTC in minutes, as a zone's name."""
    return dates.zone_id(f"{'-' if total < 0 else '+'}{abs(total) // 60:02}:{abs(total) % 60:02}")


def zoned_literal(read: Callable[..., tuple[datetime, str]]) -> Form:
    """The rule of a function that reads a timestamp with its zone, where its arguments are literals.

    A column of such texts is left to the tables: its values must all be in UTC.
    """

    def rule(_: Expressions, nodes: list[Any], node: Any) -> Typed | None:
        if not all(isinstance(n, exp.Literal) and n.is_string for n in nodes):
            return None
        try:
            moment, zone = read(*(n.this for n in nodes))
        except (ValueError, TypeError):
            return None  # it fails when it is run, as Trino's does
        zoned = types.timestamp_tz(zone)
        try:
            name = zone_of(Typed("", zoned))
        except QueryError as error:
            raise not_supported(str(error), node) from None
        stamp = moment.isoformat(sep=" ", timespec="milliseconds")
        return Typed(f"timezone({literal(name)}, TIMESTAMP '{stamp}')", zoned)

    return rule

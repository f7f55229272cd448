# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""A type of Trino."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.services.athena.errors import not_supported


@dataclass(frozen=True)
class Type:
    """One type. `arguments` are the element types; `names` the fields of a row (None where anonymous).

    `precision` and `scale` are those of a decimal; `precision` also the length of varchar(n) and char(n) and the
    fractional digits of a time or timestamp. `zone` is the time zone in which a timestamp with time zone is shown.
    """

    name: str
    arguments: tuple[Type, ...] = ()
    names: tuple[str | None, ...] = ()
    precision: int | None = None
    scale: int | None = None
    zone: str | None = None

    def __str__(self) -> str:
        if self.name == "row":
            fields = [f"{n} {t}" if n else str(t) for n, t in zip(self.names, self.arguments, strict=True)]
            return f"row({', '.join(fields)})"
        if self.arguments:
            return f"{self.name}({', '.join(map(str, self.arguments))})"
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name in ("varchar", "char") and self.precision is not None:
            return f"{self.name}({self.precision})"
        if self.name == "timestamp":
            return f"timestamp({3 if self.precision is None else self.precision})"
        if self.name == "timestamp with time zone":
            return f"timestamp({3 if self.precision is None else self.precision}) with time zone"
        if self.name == "time":
            return f"time({3 if self.precision is None else self.precision})"
        return self.name

    @property
    def fields(self) -> Iterator[tuple[str, Type]]:
        """Fields of a row; an anonymous one is named as Athena prints it."""
        for index, (name, type_) in enumerate(zip(self.names, self.arguments, strict=True)):
            yield name or f"field{index}", type_


def simple(name: str) -> Type:
    """A type without parameters."""
    return Type(name)


def decimal(precision: int, scale: int) -> Type:
    """A decimal; precision is capped at 38 as Trino caps it.

    Raises:
        QueryError: a scale that no decimal has.
    """
    if scale > 38:
        raise not_supported(f"DECIMAL scale must be in range [0, 38], got {scale}")
    return Type("decimal", precision=min(precision, 38), scale=scale)


def array(element: Type) -> Type:
    """An array of elements of one type."""
    return Type("array", (element,))


def map_of(key: Type, value: Type) -> Type:
    """map(key, value)."""
    return Type("map", (key, value))


UNKNOWN, BOOLEAN, TINYINT, SMALLINT = map(simple, ("unknown", "boolean", "tinyint", "smallint"))
INTEGER, BIGINT, REAL, DOUBLE = map(simple, ("integer", "bigint", "real", "double"))
VARCHAR, VARBINARY, JSON, DATE, TIME = map(simple, ("varchar", "varbinary", "json", "date", "time"))
TIMESTAMP = Type("timestamp", precision=3)
DAY_INTERVAL, YEAR_INTERVAL = simple("interval day to second"), simple("interval year to month")


def timestamp_tz(zone: str, precision: int = 3) -> Type:
    """A timestamp with time zone, shown in `zone`."""
    return Type("timestamp with time zone", precision=precision, zone=zone)


# Types of which Athena prints bytes of its own; here they are made and read by their functions alone.
OPAQUE = frozenset({"hyperloglog", "setdigest", "tdigest", "qdigest", "geometry", "sphericalgeography", "bingtile"})
INTEGERS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}
NUMERIC = {*INTEGERS, "decimal", "real", "double"}
ORDER = ("tinyint", "smallint", "integer", "bigint", "decimal", "real", "double")

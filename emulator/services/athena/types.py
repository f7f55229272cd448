# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""Trino's types: parsed from Glue and SQL, coerced as Trino does, named for DuckDB, Hive and Athena's clients."""

from __future__ import annotations

import re
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
_ORDER = ("tinyint", "smallint", "integer", "bigint", "decimal", "real", "double")

_DUCKDB = {
    "unknown": "INTEGER", "varbinary": "BLOB", "real": "FLOAT", "json": "VARCHAR", "char": "VARCHAR",
    "varchar": "VARCHAR", "timestamp with time zone": "TIMESTAMPTZ", "timestamp": "TIMESTAMP",
    "interval day to second": "INTERVAL", "interval year to month": "INTERVAL",
    "raw json": "JSON", "ipaddress": "VARCHAR", "geometry": "VARCHAR", "sphericalgeography": "VARCHAR",
    "bingtile": "VARCHAR", "hyperloglog": "UBIGINT[]", "setdigest": "UBIGINT[]", "tdigest": "DOUBLE[]",
    "qdigest": "DOUBLE[]",
}  # fmt: skip
_HIVE = {"integer": "int", "varchar": "string", "varbinary": "binary", "real": "float", "timestamp with time zone": ""}


def quote(name: str) -> str:
    """An identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def duckdb_type(type_: Type) -> str:
    """How DuckDB holds a value of this type."""
    if type_.name == "array":
        return duckdb_type(type_.arguments[0]) + "[]"
    if type_.name == "map":
        return f"MAP({', '.join(map(duckdb_type, type_.arguments))})"
    if type_.name == "row":
        return f"STRUCT({', '.join(f'{quote(n)} {duckdb_type(t)}' for n, t in type_.fields)})"
    if type_.name == "decimal":
        return f"DECIMAL({type_.precision},{type_.scale})"
    return _DUCKDB.get(type_.name, type_.name.upper())


def hive_type(type_: Type) -> str:
    """The type's name in the Glue catalog.

    Raises:
        QueryError: Hive has no such type.
    """
    if type_.name == "array":
        return f"array<{hive_type(type_.arguments[0])}>"
    if type_.name == "map":
        return f"map<{','.join(map(hive_type, type_.arguments))}>"
    if type_.name == "row":
        return f"struct<{','.join(f'{n}:{hive_type(t)}' for n, t in type_.fields)}>"
    if type_.name in ("unknown", "json", "time") or type_.zone or type_.name.startswith("interval"):
        raise not_supported(f"Unsupported Hive type: {type_}")
    if type_.name == "timestamp":
        return "timestamp"
    if type_.name in ("varchar", "char") and type_.precision is not None:
        return str(type_)
    return _HIVE.get(type_.name, str(type_))


_ALIASES = {
    "string": "varchar", "int": "integer", "binary": "varbinary", "float": "real", "numeric": "decimal",
    "dec": "decimal",    "bool": "boolean", "struct": "row", "double precision": "double", "text": "varchar",
}  # fmt: skip
_KNOWN = {
    *NUMERIC, "boolean", "varchar", "char", "varbinary", "json", "date", "time", "timestamp", "unknown",
    "interval day to second", "interval year to month", *OPAQUE, "uuid", "ipaddress",
}  # fmt: skip


def _split(text: str) -> list[str]:
    """Splits at the commas outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def parse(text: str) -> Type:
    """A type as Glue (``array<struct<a:int>>``) or Trino (``array(row(a integer))``) writes it.

    Raises:
        QueryError: not a type.
    """
    text = text.strip().lower()
    found = re.fullmatch(r"([a-z_ ]+?)\s*(?:[<(](.*)[>)])?(\s+with time zone)?", text, re.DOTALL)
    if not found:
        raise not_supported(f"Unknown type: {text}")
    name, inner, zoned = _ALIASES.get(found[1], found[1]), found[2], found[3]
    if name in ("array", "map") and inner:
        return Type(name, tuple(map(parse, _split(inner))))
    if name == "row" and inner:
        return _parse_row(inner)
    if name == "qdigest" and inner:
        return Type(name, (parse(inner),))
    if zoned or name.endswith(" with time zone"):
        return timestamp_tz("UTC")
    if name not in _KNOWN:
        raise not_supported(f"Unknown type: {text}")
    digits = [int(number) for number in _split(inner)] if inner else []
    if name == "decimal":
        return decimal(*(([*digits, 0])[:2] if digits else (10, 0) if "<" in text else (38, 0)))
    return Type(name, precision=digits[0] if digits else 3 if name == "timestamp" else None)


def _parse_row(inner: str) -> Type:
    names: list[str | None] = []
    types: list[Type] = []
    for field in _split(inner):
        named = re.fullmatch(r'"?([^":\s<(]+)"?\s*(?::|\s)\s*(.+)', field, re.DOTALL)
        names.append(named[1] if named else None)
        types.append(parse(named[2] if named else field))
    return Type("row", tuple(types), tuple(names))


def common(left: Type, right: Type) -> Type | None:
    """The type to which Trino coerces both, or None."""
    if left == right or right.name == "unknown":
        return left
    if left.name == "unknown":
        return right
    if left.name in NUMERIC and right.name in NUMERIC:
        return _common_number(left, right)
    if left.name == right.name:
        return _common_same(left, right)
    names = {left.name, right.name}
    if names == {"varchar", "char"}:
        return VARCHAR
    if names == {"date", "timestamp"}:
        return left if left.name == "timestamp" else right
    if "timestamp with time zone" in names and names & {"date", "timestamp"}:
        return left if left.zone else right
    return None


def as_decimal(type_: Type) -> Type:
    """The decimal that holds an integer type, or the decimal itself."""
    return type_ if type_.name == "decimal" else decimal(INTEGERS[type_.name], 0)


def _common_number(left: Type, right: Type) -> Type:
    low, high = sorted((left, right), key=lambda t: _ORDER.index(t.name))
    if high.name != "decimal":
        return high
    low = as_decimal(low)
    assert low.precision is not None and low.scale is not None  # noqa: S101
    assert high.precision is not None and high.scale is not None  # noqa: S101
    scale = max(low.scale, high.scale)
    return decimal(max(low.precision - low.scale, high.precision - high.scale) + scale, scale)


def _common_same(left: Type, right: Type) -> Type | None:
    if left.name in ("varchar", "char"):
        lengths = (left.precision, right.precision)
        return Type(left.name, precision=None if None in lengths else max(n for n in lengths if n is not None))
    if left.name == "timestamp":
        return Type("timestamp", precision=max(left.precision or 0, right.precision or 0))
    if left.zone:
        return None
    if len(left.arguments) != len(right.arguments) or not left.arguments:
        return None
    arguments = [common(a, b) for a, b in zip(left.arguments, right.arguments, strict=True)]
    names = tuple(a if a == b else None for a, b in zip(left.names, right.names, strict=True))
    known = [argument for argument in arguments if argument is not None]
    return Type(left.name, tuple(known), names) if len(known) == len(arguments) else None

"""A type's names: for DuckDB, and in the Glue catalog."""

from __future__ import annotations

from emulator.services.athena.errors import not_supported
from emulator.services.athena.types.model import Type

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

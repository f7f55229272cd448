"""Trino's types as Arrow's, for the formats that Arrow reads and writes."""

from __future__ import annotations

import pyarrow as pa

from emulator.services.athena.errors import not_supported
from emulator.services.athena.types import Type

_SIMPLE = {
    "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(),
    "real": pa.float32(), "double": pa.float64(), "varchar": pa.string(), "char": pa.string(), "json": pa.string(),
    "varbinary": pa.binary(), "date": pa.date32(), "time": pa.time64("us"), "timestamp": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us", "UTC"), "unknown": pa.null(),
}  # fmt: skip


def arrow_type(type_: Type) -> pa.DataType:
    """Arrow's type.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    if type_.name == "array":
        return pa.list_(arrow_type(type_.arguments[0]))
    if type_.name == "map":
        return pa.map_(*map(arrow_type, type_.arguments))
    if type_.name == "row":
        return pa.struct([pa.field(name, arrow_type(inner)) for name, inner in type_.fields])
    if type_.name == "decimal":
        return pa.decimal128(type_.precision or 38, type_.scale or 0)
    if type_.name not in _SIMPLE:
        raise not_supported(f"writing the type {type_}")
    return _SIMPLE[type_.name]

"""Iceberg's types and Trino's, each in the other's words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from pyiceberg import types as iceberg
from pyiceberg.schema import Schema

from emulator.services.athena import types
from emulator.services.athena.errors import not_supported
from emulator.services.athena.types import Type

_PRIMITIVE: dict[type[iceberg.IcebergType], Type] = {
    iceberg.BooleanType: types.BOOLEAN,
    iceberg.IntegerType: types.INTEGER,
    iceberg.LongType: types.BIGINT,
    iceberg.FloatType: types.REAL,
    iceberg.DoubleType: types.DOUBLE,
    iceberg.DateType: types.DATE,
    iceberg.TimeType: types.TIME,
    iceberg.StringType: types.VARCHAR,
    iceberg.BinaryType: types.VARBINARY,
    iceberg.FixedType: types.VARBINARY,
    iceberg.TimestampType: Type("timestamp", precision=6),
    iceberg.TimestamptzType: types.timestamp_tz("UTC"),
}


def columns(schema: Schema) -> list[tuple[str, Type]]:
    """A schema's columns, named in lower case as Athena shows them."""
    return [(field.name.lower(), trino_type(field.field_type)) for field in schema.fields]


def trino_type(type_: iceberg.IcebergType) -> Type:
    """Trino's type.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    if isinstance(type_, iceberg.ListType):
        return types.array(trino_type(type_.element_type))
    if isinstance(type_, iceberg.MapType):
        return types.map_of(trino_type(type_.key_type), trino_type(type_.value_type))
    if isinstance(type_, iceberg.StructType):
        inner = tuple(trino_type(field.field_type) for field in type_.fields)
        return Type("row", inner, tuple(field.name for field in type_.fields))
    if isinstance(type_, iceberg.DecimalType):
        return types.decimal(type_.precision, type_.scale)
    if type(type_) not in _PRIMITIVE:
        raise not_supported(f"Iceberg's type {type_}")
    return _PRIMITIVE[type(type_)]


def iceberg_type(type_: Type, numbers: Iterator[int] | None = None) -> iceberg.IcebergType:
    """Iceberg's type; `numbers` gives the parts of a nested type their ids, which the library gives anew.

    Raises:
        QueryError: NOT_SUPPORTED, Iceberg has no such type.
    """
    ids = numbers or count(1)
    if type_.name == "array":
        return iceberg.ListType(next(ids), iceberg_type(type_.arguments[0], ids), element_required=False)
    if type_.name == "map":
        key, value = (iceberg_type(argument, ids) for argument in type_.arguments)
        return iceberg.MapType(next(ids), key, next(ids), value, value_required=False)
    if type_.name == "row":
        fields = [(name, iceberg_type(inner, ids)) for name, inner in type_.fields]
        return iceberg.StructType(*(iceberg.NestedField(next(ids), name, inner) for name, inner in fields))
    if type_.name == "decimal":
        return iceberg.DecimalType(type_.precision or 38, type_.scale or 0)
    names = {trino.name: native for native, trino in reversed(_PRIMITIVE.items())}
    if type_.name == "char" or type_.name not in names:
        raise not_supported(f"Type not supported for Iceberg: {type_}")
    return names[type_.name]()


def schema(described: list[tuple[str, Type, str | None]]) -> Schema:
    """A schema of columns: name, type and comment.

    Raises:
        QueryError: NOT_SUPPORTED, Iceberg has no such type.
    """
    ids = count(1)
    fields = [
        iceberg.NestedField(next(ids), name, iceberg_type(type_, ids), required=False, doc=comment)
        for name, type_, comment in described
    ]
    return Schema(*fields)

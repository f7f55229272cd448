"""Avro files: what they hold by the names of fields, and the schema of what is written."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from emulator.services.athena.arrow_types import arrow_type
from emulator.services.athena.compression import unsnapped_block, unzstd
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.types import Type

Columns = Sequence[tuple[str, Type]]
_SIMPLE: dict[str, Any] = {
    "boolean": "boolean", "tinyint": "int", "smallint": "int", "integer": "int", "bigint": "long", "real": "float",
    "double": "double", "varchar": "string", "char": "string", "varbinary": "bytes",
    "date": {"type": "int", "logicalType": "date"}, "timestamp": {"type": "long", "logicalType": "timestamp-millis"},
}  # fmt: skip


def rows(_: Mapping[str, Any], path: Path, data: Columns) -> pa.Table:
    """A file's rows as the table's columns; a field that the file has not is null.

    Raises:
        QueryError: HIVE_BAD_DATA, it is no Avro file, or a value is not of the column's type.
    """
    library, schema = _library(), pa.schema([pa.field(name, arrow_type(type_)) for name, type_ in data])
    try:
        with path.open("rb") as file:
            found = [_lowered(record) for record in library.reader(file)]
        return pa.table({n: pa.array([_value(r.get(n), t) for r in found], schema.field(n).type) for n, t in data})
    except (ValueError, pa.ArrowInvalid, pa.ArrowTypeError, EOFError) as error:
        raise QueryError("HIVE_BAD_DATA", f"Error reading an Avro file: {error}") from error


@functools.cache
def _library() -> Any:
    """The library, with the codecs for which it asks for packages that are not there."""
    import fastavro.read  # noqa: PLC0415 (few statements read it)

    fastavro.read.BLOCK_READERS["snappy"] = lambda stream: _block(stream, unsnapped_block, 4)  # then a checksum
    fastavro.read.BLOCK_READERS["zstandard"] = lambda stream: _block(stream, unzstd, 0)
    return fastavro


def _block(stream: BinaryIO, unpacked: Callable[[bytes], bytes], rest: int) -> io.BytesIO:
    """A block: the number of its bytes, seven bits a byte and with its sign in the last, and the bytes."""
    size, shift = 0, 0
    while True:
        (byte,) = stream.read(1)
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    body = stream.read((size >> 1) - rest)
    stream.read(rest)
    return io.BytesIO(unpacked(body))


def _lowered(record: Any) -> Mapping[str, Any]:
    return {key.lower(): value for key, value in record.items()}


def _value(value: Any, type_: Type) -> Any:
    """A value as Arrow takes it: timestamps lose the zone that Avro's library gives them."""
    if value is None:
        return None
    if type_.name == "row":
        fields = _lowered(value)
        return {name: _value(fields.get(name.lower()), inner) for name, inner in type_.fields}
    if type_.name == "array":
        return [_value(item, type_.arguments[0]) for item in value]
    if type_.name == "map":
        return [(key, _value(item, type_.arguments[1])) for key, item in value.items()]
    if type_.name == "timestamp" and getattr(value, "tzinfo", None):
        return value.replace(tzinfo=None)
    return value


def schema(data: Columns) -> dict[str, Any]:
    """The schema of a file with these columns.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    numbers = count()
    fields = [{"name": name, "type": ["null", _type(type_, numbers)], "default": None} for name, type_ in data]
    return {"type": "record", "name": "row", "fields": fields}


def _type(type_: Type, numbers: Iterator[int]) -> Any:
    if type_.name == "array":
        return {"type": "array", "items": ["null", _type(type_.arguments[0], numbers)]}
    if type_.name == "map":
        if type_.arguments[0].name != "varchar":
            raise not_supported(f"Avro maps have keys of type varchar, not {type_.arguments[0]}")
        return {"type": "map", "values": ["null", _type(type_.arguments[1], numbers)]}
    if type_.name == "row":
        fields = [{"name": name, "type": ["null", _type(inner, numbers)]} for name, inner in type_.fields]
        return {"type": "record", "name": f"record{next(numbers)}", "fields": fields}
    if type_.name == "decimal":
        return {"type": "bytes", "logicalType": "decimal", "precision": type_.precision, "scale": type_.scale}
    if type_.name not in _SIMPLE:
        raise not_supported(f"writing the type {type_} as Avro")
    return _SIMPLE[type_.name]

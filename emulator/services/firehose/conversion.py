"""Firehose's record format conversion: JSON records as Parquet or ORC, in the columns of a Glue table."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_PLAIN = {
    "tinyint": "int8",
    "smallint": "int16",
    "int": "int32",
    "integer": "int32",
    "bigint": "int64",
    "float": "float32",
    "double": "float64",
    "boolean": "bool_",
    "string": "string",
    "binary": "binary",
    "date": "date32",
}


class ConversionError(ValueError):
    """A record does not fit the table."""


def convert(rows: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, str]], serializer: str) -> bytes:
    """Rows, as `read` returns them, in a file.

    Args:
        rows: one mapping for each record.
        columns: the table's, as GetTable shows them.
        serializer: ``ParquetSerDe`` or ``OrcSerDe``.
    """
    import pyarrow as pa  # noqa: PLC0415 (loaded when a stream converts)
    from pyarrow import orc, parquet  # noqa: PLC0415

    schema = pa.schema([(column["Name"], _arrow(column["Type"])) for column in columns])
    table, content = pa.Table.from_pylist(list(rows), schema=schema), io.BytesIO()
    if serializer == "OrcSerDe":
        orc.write_table(table, content)
    else:
        parquet.write_table(table, content, compression="snappy")
    return content.getvalue()


def read(data: bytes, columns: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """One record's values by column; names are compared without regard to case, absent ones are null.

    Raises:
        ConversionError: it is no JSON object, or a value is none of its column's type.
    """
    import pyarrow as pa  # noqa: PLC0415 (loaded when a stream converts)

    try:
        found = json.loads(data)
    except ValueError as error:
        raise ConversionError(f"The record is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ConversionError("The record is no JSON object")
    given = {name.lower(): value for name, value in found.items()}
    row = {}
    for column in columns:
        name, kind = column["Name"], _arrow(column["Type"])
        try:
            row[name] = _value(given.get(name.lower()), kind)
            pa.array([row[name]], kind)
        except (pa.ArrowException, ValueError, TypeError, ArithmeticError) as error:
            raise ConversionError(f"{name} is no {column['Type']}: {error}") from None
    return row


def _value(value: Any, kind: Any) -> Any:
    from pyarrow import types  # noqa: PLC0415 (loaded when a stream converts)

    if value is None:
        return None
    if types.is_temporal(kind):
        return _time(value).date() if types.is_date(kind) else _time(value)
    if types.is_decimal(kind):
        return Decimal(str(value))
    if types.is_string(kind):
        return value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, str) and types.is_primitive(kind) and not types.is_boolean(kind):
        return int(value) if types.is_integer(kind) else float(value)
    return _nested(value, kind)


def _time(value: Any) -> datetime:
    """A time as text, or in milliseconds since 1970."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)
    return datetime.fromisoformat(value.replace("Z", "+00:00")).replace(tzinfo=None)


def _nested(value: Any, kind: Any) -> Any:
    from pyarrow import types  # noqa: PLC0415 (loaded when a stream converts)

    if types.is_list(kind):
        return [_value(each, kind.value_type) for each in value]
    if types.is_map(kind):
        return [(name, _value(each, kind.item_type)) for name, each in value.items()]
    if types.is_struct(kind):
        given = {name.lower(): each for name, each in value.items()}
        return {field.name: _value(given.get(field.name.lower()), field.type) for field in kind}
    return value


def _arrow(kind: str) -> Any:
    import pyarrow as pa  # noqa: PLC0415 (loaded when a stream converts)

    name, _, inner = kind.strip().partition("<")
    inner = inner.removesuffix(">")
    lowered = name.strip().lower()
    if lowered == "array":
        return pa.list_(_arrow(inner))
    if lowered == "map":
        key, value = _split(inner)
        return pa.map_(_arrow(key), _arrow(value))
    if lowered == "struct":
        fields = (each.partition(":") for each in _split(inner))
        return pa.struct([(field, _arrow(of)) for field, _, of in fields])
    if lowered.startswith("decimal"):
        precision, _, scale = lowered.removeprefix("decimal").strip("()").partition(",")
        return pa.decimal128(int(precision or 10), int(scale or 0))
    if lowered.startswith(("varchar", "char")):
        return pa.string()
    return pa.timestamp("ms") if lowered == "timestamp" else getattr(pa, _PLAIN[lowered])()


def _split(text: str) -> list[str]:
    """The parts between commas that are not within a nested type."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts

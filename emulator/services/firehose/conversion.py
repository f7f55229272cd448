"""Firehose's record format conversion: JSON records as Parquet or ORC, in the columns of a Glue table."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from emulator.services.firehose import deserializers
from emulator.services.firehose.deserializers import ConversionError, Times

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


_ORC_COMPRESSION = {"NONE": "UNCOMPRESSED"}


def convert(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Mapping[str, str]],
    serializer: str,
    options: Mapping[str, Any],
) -> bytes:
    """Rows, as `read` returns them, in a file.

    Args:
        rows: one mapping for each record.
        columns: the table's, as GetTable shows them.
        serializer: ``ParquetSerDe`` or ``OrcSerDe``.
        options: the serializer's; sizes and padding for HDFS have no effect on an object of S3.
    """
    import pyarrow as pa  # noqa: PLC0415 (loaded when a stream converts)
    from pyarrow import orc, parquet  # noqa: PLC0415

    schema = pa.schema([(column["Name"], _arrow(column["Type"])) for column in columns])
    table, content = pa.Table.from_pylist(list(rows), schema=schema), io.BytesIO()
    if serializer == "OrcSerDe":
        orc.write_table(table, content, **_orc_options(options, [column["Name"] for column in columns]))
    else:
        parquet.write_table(table, content, **_parquet_options(options))
    return content.getvalue()


def _parquet_options(given: Mapping[str, Any]) -> dict[str, Any]:
    compression = str(given.get("Compression", "SNAPPY")).lower()
    return {
        "compression": "none" if compression == "uncompressed" else compression,
        "use_dictionary": bool(given.get("EnableDictionaryCompression", False)),
        "data_page_size": int(given.get("PageSizeBytes", 1 << 20)),
        "data_page_version": "2.0" if given.get("WriterVersion") == "V2" else "1.0",
    }


def _orc_options(given: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    compression = given.get("Compression", "SNAPPY")
    filtered = [names.index(name) for name in given.get("BloomFilterColumns") or () if name in names]
    return {
        "compression": _ORC_COMPRESSION.get(compression, compression),
        "stripe_size": int(given.get("StripeSizeBytes", 64 << 20)),
        "row_index_stride": int(given.get("RowIndexStride", 10_000)),
        "dictionary_key_size_threshold": float(given.get("DictionaryKeyThreshold", 0.0)),
        "bloom_filter_columns": filtered or None,
        "bloom_filter_fpp": float(given.get("BloomFilterFalsePositiveProbability", 0.05)),
        "file_version": "0.11" if given.get("FormatVersion") == "V0_11" else "0.12",
    }


def read(data: bytes, columns: Sequence[Mapping[str, str]], deserializer: Mapping[str, Any]) -> dict[str, Any]:
    """One record's values by column; absent ones are null.

    Args:
        data: the record, JSON.
        columns: the table's, as GetTable shows them.
        deserializer: the stream's, with its options: ``OpenXJsonSerDe`` or ``HiveJsonSerDe``.

    Raises:
        ConversionError: it is no JSON object, or a value is none of its column's type.
    """
    import pyarrow as pa  # noqa: PLC0415 (loaded when a stream converts)

    given = deserializers.by_column(data, [column["Name"] for column in columns], deserializer)
    times = deserializers.times(deserializer)
    row = {}
    for column in columns:
        name, kind = column["Name"], _arrow(column["Type"])
        try:
            row[name] = _value(given.get(name), kind, times)
            pa.array([row[name]], kind)
        except (pa.ArrowException, ValueError, TypeError, ArithmeticError) as error:
            raise ConversionError(f"{name} is no {column['Type']}: {error}") from None
    return row


def _value(value: Any, kind: Any, times: Times) -> Any:
    from pyarrow import types  # noqa: PLC0415 (loaded when a stream converts)

    if value is None:
        return None
    if types.is_temporal(kind):
        return times(value).date() if types.is_date(kind) else times(value)
    if types.is_decimal(kind):
        return Decimal(str(value))
    if types.is_string(kind):
        return value if isinstance(value, str) else deserializers.text(value)
    if isinstance(value, str) and types.is_primitive(kind) and not types.is_boolean(kind):
        return int(value) if types.is_integer(kind) else float(value)
    return _nested(value, kind, times)


def _nested(value: Any, kind: Any, times: Times) -> Any:
    from pyarrow import types  # noqa: PLC0415 (loaded when a stream converts)

    if types.is_list(kind):
        return [_value(each, kind.value_type, times) for each in value]
    if types.is_map(kind):
        return [(name, _value(each, kind.item_type, times)) for name, each in value.items()]
    if types.is_struct(kind):
        given = {name.lower(): each for name, each in value.items()}
        return {field.name: _value(given.get(field.name.lower()), field.type, times) for field in kind}
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

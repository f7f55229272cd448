"""What a crawler's classifiers make of one file: format, columns, and the SerDe that reads it."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.services.glue import crawlers_types as types
from emulator.services.glue.crawlers_types import Type

_HEAD_BYTES = 1_048_576
_DELIMITERS = (",", "|", "\t", ";", "\x01")
_LONGEST_NAME = 150
_NAME = re.compile(r"[^\x00-\x1f\"'`]+")
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@dataclass(frozen=True)
class Classified:
    """One file, understood. `parameters` are those of the table, `serde_parameters` those of its SerDe."""

    classification: str
    schema: Mapping[str, Type]
    serde: str
    serde_parameters: Mapping[str, str]
    input_format: str = _TEXT_INPUT
    output_format: str = _TEXT_OUTPUT
    parameters: Mapping[str, str] = field(default_factory=dict)
    compression: str = "none"
    records: int = 0

    @property
    def kind(self) -> tuple[str, ...]:
        """What files of one table have in common."""
        return (self.classification, self.serde, self.parameters.get("delimiter", ""))


def classify(read: Callable[[int | None], bytes], classifiers: Sequence[Mapping[str, Any]]) -> Classified | None:
    """What a file is.

    Args:
        read: reads so many bytes of the file from its start, or all of it for None.
        classifiers: the crawler's own, as GetClassifier shows them; they are asked before Glue's.

    Returns:
        None when no classifier understands the file.
    """
    start = read(4)
    for magic, reader in _BINARY.items():
        if start.startswith(magic):
            return reader(read(None))
    head, compression, whole = _plain(read(_HEAD_BYTES))
    try:
        text = head.decode("utf-8-sig", "strict" if whole else "ignore")
    except UnicodeDecodeError:
        return None
    lines = text if whole else text[: text.rfind("\n") + 1]
    for classifier in classifiers:
        found = _by_own(classifier, lines)
        if found:
            return _compressed(found, compression)
    found = _json(lines, None) or _delimited(lines, {})
    return _compressed(found, compression) if found else None


def _plain(head: bytes) -> tuple[bytes, str, bool]:
    """Bytes from the start of a file that may be compressed, how it is, and whether they are all there is."""
    whole = len(head) < _HEAD_BYTES
    if head.startswith(b"\x1f\x8b"):
        return _decompressed(head, "gzip", whole)
    if head.startswith(b"BZh"):
        return _decompressed(head, "bzip2", whole)
    return head, "none", whole


def _decompressed(head: bytes, compression: str, whole: bool) -> tuple[bytes, str, bool]:
    if whole:
        return (gzip.decompress if compression == "gzip" else bz2.decompress)(head), compression, True
    partial: Any = zlib.decompressobj(wbits=31) if compression == "gzip" else bz2.BZ2Decompressor()
    return partial.decompress(head), compression, False


def _compressed(found: Classified, compression: str) -> Classified:
    return Classified(**{**vars(found), "compression": compression})


def _by_own(classifier: Mapping[str, Any], text: str) -> Classified | None:
    if "JsonClassifier" in classifier:
        return _json(text, classifier["JsonClassifier"]["JsonPath"])
    return _delimited(text, classifier["CsvClassifier"])


def _json(text: str, path: str | None) -> Classified | None:
    documents = _documents(text)
    if not documents:
        return None
    if path not in (None, "$"):
        documents = [found for each in documents for found in _along(path or "$", each)]
    elif all(isinstance(each, list) for each in documents):
        documents = [{"array": each} for each in documents]
    if not documents or not all(isinstance(each, dict) for each in documents):
        return None
    schema: dict[str, Type] = {}
    for each in documents:
        schema = types.merged(schema, types.of_json(each)[1])
    serde = "org.openx.data.jsonserde.JsonSerDe"
    return Classified("json", schema, serde, {"paths": ",".join(schema)}, records=len(documents))


def _documents(text: str) -> list[Any]:
    """The JSON documents in a text, one after another; empty when it holds anything else."""
    decoder, found, place = json.JSONDecoder(), list[Any](), 0
    if not text.lstrip().startswith(("{", "[")):
        return []
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        try:
            document, place = decoder.raw_decode(text, place)
        except ValueError:
            return []
        found.append(document)
    return found


def _along(path: str, document: Any) -> list[Any]:
    """What a classifier's JSON path, such as ``$.records[*]``, finds."""
    found = [document]
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\*|\d+)\]", path):
        if name:
            found = [each[name] for each in found if isinstance(each, dict) and name in each]
        elif index == "*":
            found = [element for each in found if isinstance(each, list) for element in each]
        else:
            found = [each[int(index)] for each in found if isinstance(each, list) and len(each) > int(index)]
    return found


def _delimited(text: str, custom: Mapping[str, Any]) -> Classified | None:
    quote = custom.get("QuoteSymbol") or '"'
    candidates = [custom["Delimiter"]] if custom.get("Delimiter") else _DELIMITERS
    for delimiter in candidates:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter, quotechar=quote) if row]
        width = len(rows[0]) if rows else 0
        single = width == 1 and custom.get("AllowSingleColumn")
        if (width < 2 and not single) or any(len(row) != width for row in rows) or (len(rows) < 2 and not custom):
            continue
        return _table(rows, delimiter, quote, quote in text, custom)
    return None


def _table(rows: list[list[str]], delimiter: str, quote: str, quoted: bool, custom: Mapping[str, Any]) -> Classified:
    header = _header(rows, custom)
    data = rows[1:] if header else rows
    names = custom.get("Header") or header or [f"col{number}" for number in range(len(rows[0]))]
    if not custom.get("DisableValueTrimming"):
        names = [name.strip() for name in names]
    schema = types.of_rows([_column(name) for name in names], data)
    serde = {"OpenCSVSerDe": _OPEN_CSV, "LazySimpleSerDe": _LAZY}.get(custom.get("Serde", ""))
    serde = serde or (_OPEN_CSV if quoted else _LAZY)
    if custom.get("CustomDatatypes"):
        given = (kind.lower() for kind in custom["CustomDatatypes"])
        schema = dict(zip(schema, given, strict=False))
    if serde == _OPEN_CSV:
        schema = {name: _readable_quoted(kind, name, names, data) for name, kind in schema.items()}
        settings = {"separatorChar": delimiter, "quoteChar": quote, "escapeChar": "\\"}
    else:
        settings = {"field.delim": delimiter}
    parameters = {
        "columnsOrdered": "true",
        "areColumnsQuoted": "true" if quoted else "false",
        "delimiter": delimiter,
        **({"skip.header.line.count": "1"} if header else {}),
    }
    return Classified("csv", schema, serde, settings, parameters=parameters, records=len(data))


def _readable_quoted(kind: Type, name: str, names: Sequence[str], data: Sequence[Sequence[str]]) -> Type:
    """OpenCSVSerde reads no times as they are written, and no empty numbers."""
    place = [_column(each) for each in names].index(name)
    return "string" if kind == "timestamp" or any(not row[place].strip() for row in data) else kind


def _header(rows: list[list[str]], custom: Mapping[str, Any]) -> list[str]:
    """The first row, where it is a header: by the classifier, or because it differs from the rows that follow."""
    wanted = custom.get("ContainsHeader", "UNKNOWN")
    if wanted != "UNKNOWN":
        return rows[0] if wanted == "PRESENT" else []
    first, rest = rows[0], rows[1:]
    names = all(types.of_text(each) == "string" and _NAME.fullmatch(each.strip()) for each in first)
    short = all(len(each) <= _LONGEST_NAME for each in first[:-1])
    different = any(types.of_text(each) not in ("string", None) for row in rest for each in row)
    return first if names and short and different and len(set(first)) == len(first) else []


def _column(name: str) -> str:
    return name.strip().lower()


def _parquet(content: bytes) -> Classified:
    import pyarrow.parquet  # noqa: PLC0415 (loaded when a crawler runs)

    file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
    return Classified(
        "parquet",
        _arrow_schema(file.schema_arrow),
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        {"serialization.format": "1"},
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        records=file.metadata.num_rows,
    )


def _orc(content: bytes) -> Classified:
    import pyarrow.orc  # noqa: PLC0415 (loaded when a crawler runs)

    file = pyarrow.orc.ORCFile(io.BytesIO(content))
    return Classified(
        "orc",
        _arrow_schema(file.schema),
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        {},
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        records=file.nrows,
    )


def _avro(content: bytes) -> Classified:
    import fastavro  # noqa: PLC0415 (loaded when a crawler runs)

    file = fastavro.reader(io.BytesIO(content))
    written = json.loads(file.metadata["avro.schema"])
    return Classified(
        "avro",
        {each["name"].lower(): _avro_type(each["type"]) for each in written["fields"]},
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        {"serialization.format": "1", "avro.schema.literal": json.dumps(written, separators=(",", ":"))},
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        records=sum(1 for _ in file),
    )


_AVRO = {"int": "int", "long": "bigint", "float": "float", "double": "double", "boolean": "boolean", "bytes": "binary"}
_AVRO_LOGICAL = {"date": "date", "timestamp-millis": "timestamp", "timestamp-micros": "timestamp"}


def _avro_type(kind: Any) -> Type:
    if isinstance(kind, list):  # null or something
        return types.union(_avro_type(each) for each in kind if each != "null")
    if not isinstance(kind, dict):
        return _AVRO.get(kind, "string")
    logical = kind.get("logicalType")
    if logical == "decimal":
        return f"decimal({kind['precision']},{kind.get('scale', 0)})"
    return _AVRO_LOGICAL[logical] if logical in _AVRO_LOGICAL else _avro_nested(kind)


def _avro_nested(kind: Mapping[str, Any]) -> Type:
    if kind["type"] == "array":
        return ("array", _avro_type(kind["items"]))
    if kind["type"] == "map":
        return f"map<string,{types.spelled(_avro_type(kind['values']))}>"
    if kind["type"] == "record":
        return ("struct", {each["name"].lower(): _avro_type(each["type"]) for each in kind["fields"]})
    return _avro_type(kind["type"])


def _arrow_schema(schema: Any) -> dict[str, Type]:
    return {each.name.lower(): types.of_arrow(each.type) for each in schema}


_BINARY: Mapping[bytes, Callable[[bytes], Classified]] = {b"PAR1": _parquet, b"ORC": _orc, b"Obj\x01": _avro}

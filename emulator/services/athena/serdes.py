"""How the files of a table are read, by its SerDe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.services.athena import avro, compression, delimited, json_lines, open_csv, orc, parquet, text_patterns
from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.catalog import Table
from emulator.services.athena.converted import Reader, as_parquet
from emulator.services.athena.errors import not_supported
from emulator.services.athena.scope import literal
from emulator.services.athena.statistics import Bound
from emulator.services.athena.storage import StoredObject
from emulator.services.athena.types import VARCHAR, Type, quote

Columns = Sequence[tuple[str, Type]]


@dataclass(frozen=True)
class Serde:
    """`read` writes SQL, `cost` counts the bytes that a scan of some columns for some rows reads.

    `stage` gives the file that is read in a file's stead.
    """

    read: Callable[[Table, Sequence[StoredObject], Columns], str]
    cost: Callable[[StoredObject, set[str], Sequence[Bound]], int] = lambda file, _, __: file.size
    stage: Callable[[Table, StoredObject, Columns], StoredObject] = lambda _, file, __: file


def serde_of(table: Table) -> Serde:
    """The SerDe of a table.

    Raises:
        QueryError: NOT_SUPPORTED.
    """
    library = table["StorageDescriptor"].get("SerdeInfo", {}).get("SerializationLibrary", "")
    name = library.rsplit(".", 1)[-1]
    if name not in _SERDES:
        raise not_supported(f"tables with the SerDe {library or 'none'}")
    return _SERDES[name]


def _converted(reader: Reader) -> Serde:
    def stage(table: Table, file: StoredObject, data: Columns) -> StoredObject:
        return as_parquet(reader, table, file, data)

    return Serde(lambda _, files, data: parquet.read(files, data), stage=stage)


def _of_text(reader: Reader) -> Serde:
    """Columns that are read as text and then cast."""

    def read(_: Table, files: Sequence[StoredObject], data: Columns) -> str:
        texts = parquet.read(files, [(name, VARCHAR) for name, _ in data])
        listed = [f"{cast(Typed(f'_t.{quote(n)}', VARCHAR), type_, safe=True).sql} AS {quote(n)}" for n, type_ in data]
        return f"SELECT {', '.join([*listed, '_t._file'])} FROM ({texts}) AS _t"  # noqa: S608 (names are quoted)

    return Serde(read, stage=_converted(reader).stage)


def _skip(table: Table) -> int:
    return int(table.get("Parameters", {}).get("skip.header.line.count", "0"))


def _open_csv(table: Table, files: Sequence[StoredObject], data: Columns) -> str:
    described = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in data) + "}"
    return open_csv.read(table, parquet.paths(files), described, _skip(table), data)


def _delimited(table: Table, files: Sequence[StoredObject], data: Columns) -> str:
    return delimited.read(table, parquet.paths(files), _skip(table), data)


_DELIMITED = Serde(_delimited, stage=lambda _, file, __: compression.plain(file))
_SERDES = {
    "ParquetHiveSerDe": Serde(lambda _, files, data: parquet.read(files, data), parquet.bytes_of),
    "OrcSerde": _converted(orc.rows),
    "AvroSerDe": _converted(avro.rows),
    "OpenCSVSerde": Serde(
        _open_csv, stage=lambda table, file, _: open_csv.without_escapes(table, compression.plain(file))
    ),
    "LazySimpleSerDe": _DELIMITED,
    "MultiDelimitSerDe": _DELIMITED,
    "JsonSerDe": _converted(json_lines.rows),
    "CloudTrailSerde": _converted(json_lines.rows),
    "RegexSerDe": _of_text(text_patterns.regex_rows),
    "GrokSerDe": _of_text(text_patterns.grok_rows),
    "GrokSerde": _of_text(text_patterns.grok_rows),
}

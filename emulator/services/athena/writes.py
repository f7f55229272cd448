"""CREATE TABLE AS, INSERT and UNLOAD: a query's rows written to S3 in the caller's name."""

# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.services.athena import ddl, parser, select, types
from emulator.services.athena.casts import Typed, cast, null
from emulator.services.athena.catalog import columns, partition_columns
from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.hive_reader import HiveReader, TableClauses
from emulator.services.athena.results import Result
from emulator.services.athena.scope import literal
from emulator.services.athena.session import Session
from emulator.services.athena.storage_formats import descriptor, format_of
from emulator.services.athena.types import BIGINT, VARCHAR, Type, hive_type, quote

Run = Callable[[Session], Result]
Columns = Sequence[tuple[str, Type]]
_NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_CODECS = {"PARQUET": ("SNAPPY", "GZIP", "ZSTD", "LZ4", "NONE"), "JSON": ("GZIP", "NONE"), "TEXTFILE": ("GZIP", "NONE")}
_DEFAULT_CODEC = {"PARQUET": "GZIP", "JSON": "GZIP", "TEXTFILE": "GZIP"}


@dataclass(frozen=True)
class Target:
    """Where and how rows are written: a folder in S3, a format, a codec, and the columns that become folders."""

    location: str
    format: str
    codec: str
    partitions: tuple[str, ...] = ()
    delimiter: str = "\x01"


@dataclass(frozen=True)
class Written:
    """What was written: the objects, the partitions that they lie in, and the rows."""

    uris: tuple[str, ...]
    partitions: Mapping[tuple[str, ...], str]
    rows: int


def write(session: Session, sql: str, described: Columns, target: Target) -> Written:
    """Write a relation whose columns are named c0, c1, ...; one object per partition.

    Raises:
        QueryError: S3 refuses.
    """
    cursor, labels = session.cursor, {name: quote(f"c{i}") for i, (name, _) in enumerate(described)}
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE _rows AS {sql}")
    keys = [labels[name] for name in target.partitions]
    groups: list[tuple[Any, ...]] = [()]
    if keys:
        listed = ", ".join(f"CAST({key} AS VARCHAR)" for key in keys)
        groups = cursor.execute(f"SELECT DISTINCT {listed} FROM _rows ORDER BY ALL").fetchall()
    data = [(name, type_) for name, type_ in described if name not in target.partitions]
    uris, partitions = [], {}
    for number, group in enumerate(groups):
        values = tuple(_NULL_PARTITION if value is None else value for value in group)
        folder = (
            target.location.rstrip("/")
            + "/"
            + "".join(f"{n}={v}/" for n, v in zip(target.partitions, values, strict=True))
        )
        condition = " AND ".join(
            f"CAST({key} AS VARCHAR) IS NOT DISTINCT FROM {'NULL' if value is None else literal(value)}"
            for key, value in zip(keys, group, strict=True)
        )
        chosen = (
            f"SELECT {', '.join(f'{labels[n]} AS {quote(n)}' for n, _ in data)} FROM _rows WHERE {condition or 'true'}"
        )
        uris.append(_put(session, chosen, data, target, f"{folder}{session.query_id}_{number:05}"))
        partitions[values] = folder
    rows = cursor.execute("SELECT count(*) FROM _rows").fetchone()[0]
    cursor.execute("DROP TABLE _rows")
    return Written(tuple(uris), partitions if target.partitions else {}, rows)


def _put(session: Session, sql: str, data: Columns, target: Target, stem: str) -> str:
    folder = Path(tempfile.mkdtemp(prefix="athena-"))
    try:
        path = folder / "part"
        session.cursor.execute(_copy(sql, data, target, path))
        name = stem
        if target.format != "PARQUET" and target.codec == "GZIP":
            path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
            name += ".gz"
        session.storage.write(name, path, **session.put_options)
    finally:
        shutil.rmtree(folder)
    return name


def _copy(sql: str, data: Columns, target: Target, path: Path) -> str:
    if target.format == "PARQUET":
        codec = "UNCOMPRESSED" if target.codec == "NONE" else target.codec
        return f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION {codec})"
    if any(type_.arguments for _, type_ in data) and target.format == "TEXTFILE":
        raise not_supported("nested types in a text file")
    if target.format == "JSON":
        return f"COPY ({sql}) TO {literal(str(path))} (FORMAT json)"
    texts = ", ".join(f"{cast(Typed(f'_t.{quote(n)}', t), VARCHAR).sql} AS {quote(n)}" for n, t in data)
    return (
        f"COPY (SELECT {texts} FROM ({sql}) AS _t) TO {literal(str(path))} "
        f"(FORMAT csv, HEADER false, DELIMITER {literal(target.delimiter)}, QUOTE '', ESCAPE '', NULLSTR '\\N')"
    )


def _codec(format_: str, wanted: str | None) -> str:
    codec = (wanted or _DEFAULT_CODEC[format_]).upper()
    if codec not in _CODECS[format_]:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Unsupported compression {codec} for {format_}")
    return codec


def _format(wanted: str) -> str:
    name = {"TEXT": "TEXTFILE", "CSV": "TEXTFILE"}.get(wanted.upper(), wanted.upper())
    if name not in _CODECS:
        raise not_supported(f"writing the format {wanted}")
    return name


# UNLOAD


def unload(reader: HiveReader) -> Run:
    """``UNLOAD (query) TO 's3://..' WITH (format = '..', ...)``."""
    tree = parser.parse(reader.parenthesized())
    reader.expect("TO")
    location = reader.string()
    options = reader.options() if reader.accept("WITH") else {}
    reader.end()

    def run(session: Session) -> Result:
        if not session.storage.is_empty(location):
            raise QueryError("HIVE_PATH_ALREADY_EXISTS", f"Target directory for UNLOAD already exists: {location}")
        format_ = _format(str(options.get("format", "PARQUET")))
        target = Target(
            location,
            format_,
            _codec(format_, options.get("compression")),
            tuple(options.get("partitioned_by", ())),
            options.get("field_delimiter", "\x01"),
        )
        sql, described = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
        written = write(session, sql, _named(described), target)
        return Result((("rows", BIGINT),), (), update_count=written.rows, manifest=written.uris)

    return run


def _named(described: Columns) -> list[tuple[str, Type]]:
    names = [name for name, _ in described]
    for name in names:
        if names.count(name) > 1:
            raise QueryError("DUPLICATE_COLUMN_NAME", f"Column name '{name}' specified more than once")
    return list(described)


# CREATE TABLE AS


def create_table_as(reader: HiveReader) -> Run:
    """``CREATE TABLE name [WITH (..)] AS query [WITH NO DATA]``."""
    optional, names = reader.accept("IF", "NOT", "EXISTS"), reader.name()
    options = reader.options() if reader.accept("WITH") else {}
    reader.expect("AS")
    text = reader.rest()
    empty = text.upper().endswith("WITH NO DATA")
    tree = parser.parse(text[: -len("WITH NO DATA")] if empty else text)

    def run(session: Session) -> Result:
        database, name = names.of(session)
        if _exists(session, database, name):
            if optional:
                return ddl.DONE
            raise QueryError(
                "TABLE_ALREADY_EXISTS", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' already exists"
            )
        if str(options.get("table_type", "HIVE")).upper() != "HIVE" or "bucketed_by" in options:
            raise not_supported("CREATE TABLE AS of Iceberg or bucketed tables")
        location = (
            options.get("external_location") or f"{session.output_location.rstrip('/')}/tables/{session.query_id}"
        )
        if not session.storage.is_empty(location):
            raise QueryError(
                "HIVE_PATH_ALREADY_EXISTS", f"Target directory for table '{database}.{name}' already exists: {location}"
            )
        target = _ctas_target(options, location)
        sql, found = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
        described = _named(found)
        _check_partitions(described, target.partitions)
        sql = f"{sql} LIMIT 0" if empty else sql
        written = write(session, f"SELECT * FROM ({sql}) AS _w", described, target) if not empty else None
        _describe(session, database, name, described, target)
        if written is not None:
            table = session.catalog.table(database, name)
            for values, folder in written.partitions.items():
                ddl.add_partition(session, table, values, folder)
        rows = written.rows if written else 0
        return Result((("rows", BIGINT),), (), update_count=rows, manifest=written.uris if written else ())

    return run


def _ctas_target(options: Mapping[str, Any], location: str) -> Target:
    format_ = _format(str(options.get("format", "PARQUET")))
    codec = options.get("write_compression") or options.get(f"{format_.lower()}_compression")
    return Target(
        location,
        format_,
        _codec(format_, codec),
        tuple(options.get("partitioned_by", ())),
        options.get("field_delimiter", "\x01"),
    )


def _exists(session: Session, database: str, name: str) -> bool:
    try:
        session.catalog.table(database, name)
    except QueryError as error:
        if error.code != "TABLE_NOT_FOUND":
            raise
        return False
    return True


def _check_partitions(described: Columns, partitions: Sequence[str]) -> None:
    names = [name for name, _ in described]
    if partitions and names[-len(partitions) :] != list(partitions):
        raise QueryError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties",
        )


def _describe(session: Session, database: str, name: str, described: Columns, target: Target) -> None:
    clauses = TableClauses(stored_as=target.format)
    if target.format == "TEXTFILE":
        clauses.serde_properties = {"field.delim": target.delimiter, "serialization.format": target.delimiter}
    listed = [{"Name": column, "Type": hive_type(type_)} for column, type_ in described]
    data = [column for column in listed if column["Name"] not in target.partitions]
    ddl.create_in_glue(
        session,
        database,
        {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {"Columns": data, "Location": target.location, **descriptor(clauses)},
            "PartitionKeys": [column for column in listed if column["Name"] in target.partitions],
            "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false", "classification": target.format.lower()},
        },
    )


# INSERT


def insert(reader: HiveReader) -> Run:
    """``INSERT INTO name [(columns)] query``."""
    names = reader.name()
    listed = _column_list(reader)
    tree = parser.parse(reader.rest())

    def run(session: Session) -> Result:
        table = session.catalog.table(*names.of(session))
        if table.get("TableType") == "VIRTUAL_VIEW":
            raise not_supported("Inserting into views")
        all_columns = [*columns(table), *partition_columns(table)]
        sql, found = select.bound(select.with_parameters(tree.copy(), session.parameters), session)
        wanted = listed or [name for name, _ in all_columns]
        if len(wanted) != len(found) or set(wanted) - {name for name, _ in all_columns}:
            raise QueryError(
                "TYPE_MISMATCH",
                f"Insert query has mismatched column types: Table: {[str(t) for _, t in all_columns]}, "
                f"Query: {[str(t) for _, t in found]}",
            )
        target = _table_target(table)
        written = write(session, _arranged(sql, found, wanted, all_columns), all_columns, target)
        known = {partition.values for partition in session.catalog.partitions(table)} if written.partitions else set()
        for values, folder in written.partitions.items():
            if values not in known:
                ddl.add_partition(session, table, values, folder)
        return Result((("rows", BIGINT),), (), update_count=written.rows, manifest=written.uris)

    return run


def _column_list(reader: HiveReader) -> list[str]:
    mark = reader.mark()
    if reader.accept("(") and not (
        reader.peek("SELECT") or reader.peek("VALUES") or reader.peek("WITH") or reader.peek("(")
    ):
        found = [reader.identifier()]
        while reader.accept(","):
            found.append(reader.identifier())
        reader.expect(")")
        return found
    reader.reset(mark)
    return []


def _arranged(sql: str, found: Columns, wanted: Sequence[str], all_columns: Columns) -> str:
    """The query's columns in the table's order and of its types; a column that is not given is null."""
    parts = []
    for index, (name, type_) in enumerate(all_columns):
        label = quote(f"c{index}")
        if name not in wanted:
            parts.append(f"{null(type_)} AS {label}")
            continue
        given = wanted.index(name)
        from_ = found[given][1]
        if types.common(from_, type_) is None:
            raise QueryError(
                "TYPE_MISMATCH", f"Insert query has mismatched column types: {name} is {type_}, the query gives {from_}"
            )
        source = f"_i.{quote(f'c{given}')}"
        parts.append(f"{cast(Typed(source, from_), type_).sql} AS {label}")
    return f"SELECT {', '.join(parts)} FROM ({sql}) AS _i"


def _table_target(table: Mapping[str, Any]) -> Target:
    described = table["StorageDescriptor"]
    serde = described.get("SerdeInfo", {})
    format_ = format_of(serde.get("SerializationLibrary", ""))
    properties = table.get("Parameters", {})
    codec = properties.get("parquet.compression") or properties.get("write.compression")
    delimiter = serde.get("Parameters", {}).get("field.delim", "\x01")
    keys = tuple(key["Name"].lower() for key in table.get("PartitionKeys", []))
    return Target(described["Location"], format_, _codec(format_, codec), keys, delimiter)

# ruff: noqa: S608 (writing SQL is this package's purpose; names and literals are quoted)
"""One snapshot of an Iceberg table as a DuckDB relation: columns found by their ids, deleted rows left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from pyiceberg.expressions import (
    AlwaysTrue,
    And,
    BooleanExpression,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
    Or,
)
from pyiceberg.expressions.visitors import bind
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.transforms import IdentityTransform

from emulator.services.athena import parquet
from emulator.services.athena.casts import Typed, cast, null
from emulator.services.athena.errors import not_supported
from emulator.services.athena.iceberg.schema_types import trino_type
from emulator.services.athena.relations import Source
from emulator.services.athena.scope import literal
from emulator.services.athena.session import Session
from emulator.services.athena.statistics import Bound
from emulator.services.athena.storage import StoredObject
from emulator.services.athena.types import VARCHAR, duckdb_type, quote

# Where a column is in a file, or the SQL of the one value that it has in all of it.
Places = tuple[tuple[str | None, str], ...]
_OPERATORS: dict[str, Any] = {
    "=": EqualTo,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}


@dataclass(frozen=True)
class Part:
    """A data file and its copy on disk."""

    task: FileScanTask
    copy: StoredObject


def tasks(table: Table, snapshot: Snapshot | None, wanted: Sequence[Bound] = ()) -> list[FileScanTask]:
    """The data files of a snapshot that may hold wanted rows.

    Raises:
        QueryError: NOT_SUPPORTED, equality deletes.
    """
    if snapshot is None:
        return []
    try:
        return list(table.scan(row_filter=_filter(table, wanted), snapshot_id=snapshot.snapshot_id).plan_files())
    except ValueError as error:
        raise not_supported(f"Iceberg: {error}") from error


def _filter(table: Table, wanted: Sequence[Bound]) -> BooleanExpression:
    """The bounds as the library prunes by them; it knows the table's own partitions."""
    found: BooleanExpression = AlwaysTrue()
    for bound in wanted:
        try:
            name = table.schema().find_field(bound.column, case_sensitive=False).name
            one = reduce(Or, (_OPERATORS[bound.operator](name, constant) for constant in bound.constants))
            bind(table.schema(), one, case_sensitive=True)
        except (ValueError, TypeError):
            continue  # a constant that Iceberg cannot compare
        found = And(found, one)
    return found


def relation(
    session: Session,
    table: Table,
    schema: Schema,
    found: Sequence[FileScanTask],
    used: set[str],
    wanted: Sequence[Bound] = (),
) -> Source:
    """All columns of the files' rows, with the hidden ones ``$path`` and ``$pos``; and what reading `used` costs.

    Raises:
        QueryError: a file cannot be read.
    """
    parts = fetch(session, found)
    if not parts:
        listed = ", ".join(f"{null(trino_type(f.field_type))} AS {quote(f.name.lower())}" for f in schema.fields)
        return Source(f'(SELECT {listed}, CAST(NULL AS VARCHAR) AS "$path", 0 AS "$pos" WHERE false)', 0)
    groups: dict[Places, list[Part]] = defaultdict(list)
    for part in parts:
        groups[_places(table, schema, part)].append(part)
    scanned = sum(_cost(places, schema, part, used, wanted) for places, members in groups.items() for part in members)
    deletes = session.storage.fetch(_listed({file for part in parts for file in part.task.delete_files}))
    union = " UNION ALL ".join(_group(schema, places, members) for places, members in groups.items())
    scanned += sum(file.size for file in deletes)
    if not deletes:
        return Source(f"({union})", scanned)
    gone = f"read_parquet([{', '.join(literal(str(file.path)) for file in deletes)}], hive_partitioning = false)"
    return Source(
        f'(SELECT * FROM ({union}) AS _r ANTI JOIN {gone} AS _x ON _r."$path" = _x.file_path AND _r."$pos" = _x.pos)',
        scanned,
    )


def fetch(session: Session, found: Sequence[FileScanTask]) -> list[Part]:
    """Copies on disk of the data files."""
    copies = session.storage.fetch(_listed(task.file for task in found))
    return [Part(task, copy) for task, copy in zip(found, copies, strict=True)]


def _listed(files: Iterable[DataFile]) -> list[tuple[str, int, str]]:
    """Files as the storage asks for them. A file never changes, so that its name does for an ETag."""
    listed = []
    for file in files:
        if file.file_format != FileFormat.PARQUET:
            raise not_supported(f"Iceberg files of the format {file.file_format}")
        listed.append((file.file_path, file.file_size_in_bytes, "iceberg"))
    return listed


def _places(table: Table, schema: Schema, part: Part) -> Places:
    file_schema = parquet.footer(part.copy).schema.to_arrow_schema()
    ids = {int(field.metadata[b"PARQUET:field_id"]): field.name for field in file_schema if _has_id(field)}
    if not ids:  # files that were added as they were are read by name
        names = {field.name.lower(): field.name for field in file_schema}
        ids = {f.field_id: names[f.name.lower()] for f in schema.fields if f.name.lower() in names}
    constants = _constants(table, part.task.file)
    places: list[tuple[str | None, str]] = []
    for field in schema.fields:
        if field.field_id in ids:
            places.append((ids[field.field_id], ""))
        elif field.initial_default is not None:
            raise not_supported("Iceberg columns with a default value")
        else:
            type_ = trino_type(field.field_type)
            value = constants.get(field.field_id)
            places.append((None, null(type_) if value is None else cast(Typed(literal(value), VARCHAR), type_).sql))
    return tuple(places)


def _has_id(field: Any) -> bool:
    return bool(field.metadata) and b"PARQUET:field_id" in field.metadata


def _constants(table: Table, file: DataFile) -> Mapping[int, str]:
    """Values of the columns by which a file is partitioned, where the files need not hold them."""
    found = {}
    for position, field in enumerate(table.specs()[file.spec_id].fields):
        value = file.partition[position]
        if isinstance(field.transform, IdentityTransform) and value is not None:
            type_ = table.schema().find_type(field.source_id)
            found[field.source_id] = field.transform.to_human_string(type_, value)
    return found


def _cost(places: Places, schema: Schema, part: Part, used: set[str], wanted: Sequence[Bound]) -> int:
    """Bytes of the chunks that are read: the file may call the columns otherwise."""
    names = {
        field.name.lower(): place.lower() for field, (place, _) in zip(schema.fields, places, strict=True) if place
    }
    renamed = [replace(bound, column=names[bound.column]) for bound in wanted if bound.column in names]
    return parquet.bytes_of(part.copy, {names[column] for column in used if column in names}, renamed)


def _group(schema: Schema, places: Places, parts: Sequence[Part]) -> str:
    listed = []
    for field, (name, constant) in zip(schema.fields, places, strict=True):
        type_ = duckdb_type(trino_type(field.field_type))
        value = f"CAST(_d.{quote(name)} AS {type_})" if name else constant
        listed.append(f"{value} AS {quote(field.name.lower())}")
    paths = ", ".join(literal(str(part.copy.path)) for part in parts)
    rows = ", ".join(f"({literal(str(part.copy.path))}, {literal(part.copy.uri)})" for part in parts)
    return (
        f'SELECT {", ".join(listed)}, _p.uri AS "$path", _d.file_row_number AS "$pos" FROM read_parquet([{paths}], '
        "filename = true, file_row_number = true, union_by_name = true, hive_partitioning = false) AS _d "
        f"JOIN (VALUES {rows}) AS _p(path, uri) ON _d.filename = _p.path"
    )

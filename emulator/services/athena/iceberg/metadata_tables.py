"""``"t$snapshots"`` and its like: what an Iceberg table's metadata says, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyiceberg.conversions import from_bytes
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile, ManifestEntry, ManifestFile
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot, ancestors_of
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import NestedField

from emulator.services.athena import types
from emulator.services.athena.iceberg.schema_types import iceberg_type, trino_type
from emulator.services.athena.types import BIGINT, BOOLEAN, INTEGER, VARBINARY, VARCHAR, Type

Row = Sequence[Any]
Columns = list[tuple[str, Type]]
_INSTANT = types.timestamp_tz("UTC")
_COUNTS, _BOUNDS = types.map_of(INTEGER, BIGINT), types.map_of(INTEGER, VARCHAR)
_SUMMARY = Type(
    "row", (BOOLEAN, BOOLEAN, VARCHAR, VARCHAR), ("contains_null", "contains_nan", "lower_bound", "upper_bound")
)


def rows(name: str, table: Table, snapshot: Snapshot | None) -> tuple[Columns, pa.Table]:
    """Columns and rows of one of them."""
    described, listed = _TABLES[name](table, snapshot)
    schema = Schema(*(NestedField(n, column, iceberg_type(t)) for n, (column, t) in enumerate(described, 1)))
    arrow = schema_to_pyarrow(schema, include_field_ids=False)
    data = [dict(zip(arrow.names, row, strict=True)) for row in listed]
    return described, pa.Table.from_pylist(data, schema=arrow)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _snapshots(table: Table, _: Snapshot | None) -> tuple[Columns, Iterable[Row]]:
    described = [
        ("committed_at", _INSTANT), ("snapshot_id", BIGINT), ("parent_id", BIGINT), ("operation", VARCHAR),
        ("manifest_list", VARCHAR), ("summary", types.map_of(VARCHAR, VARCHAR)),
    ]  # fmt: skip
    return described, (
        (
            _instant(s.timestamp_ms), s.snapshot_id, s.parent_snapshot_id,
            s.summary.operation.value if s.summary else None, s.manifest_list,
            dict(s.summary.additional_properties) if s.summary else None,
        )
        for s in table.snapshots()
    )  # fmt: skip


def _history(table: Table, _: Snapshot | None) -> tuple[Columns, Iterable[Row]]:
    described = [
        ("made_current_at", _INSTANT), ("snapshot_id", BIGINT), ("parent_id", BIGINT), ("is_current_ancestor", BOOLEAN),
    ]  # fmt: skip
    known = {s.snapshot_id: s for s in table.snapshots()}
    ancestors = {s.snapshot_id for s in ancestors_of(table.current_snapshot(), table.metadata)}
    return described, (
        (
            _instant(entry.timestamp_ms), entry.snapshot_id,
            known[entry.snapshot_id].parent_snapshot_id if entry.snapshot_id in known else None,
            entry.snapshot_id in ancestors,
        )
        for entry in table.history()
    )  # fmt: skip


def _refs(table: Table, _: Snapshot | None) -> tuple[Columns, Iterable[Row]]:
    described = [
        ("name", VARCHAR), ("type", VARCHAR), ("snapshot_id", BIGINT), ("max_reference_age_in_ms", BIGINT),
        ("min_snapshots_to_keep", INTEGER), ("max_snapshot_age_in_ms", BIGINT),
    ]  # fmt: skip
    return described, (
        (
            name, ref.snapshot_ref_type.value.upper(), ref.snapshot_id, ref.max_ref_age_ms, ref.min_snapshots_to_keep,
            ref.max_snapshot_age_ms,
        )
        for name, ref in table.refs().items()
    )  # fmt: skip


def _manifests(table: Table, snapshot: Snapshot | None) -> tuple[Columns, Iterable[Row]]:
    counts = [f"{what}_{kind}_count" for what in ("added", "existing", "deleted") for kind in ("data_files", "rows")]
    described = [
        ("path", VARCHAR), ("length", BIGINT), ("partition_spec_id", INTEGER), ("added_snapshot_id", BIGINT),
        *((name, INTEGER if "files" in name else BIGINT) for name in counts),
        ("partition_summaries", types.array(_SUMMARY)),
    ]  # fmt: skip
    return described, (
        (
            m.manifest_path, m.manifest_length, m.partition_spec_id, m.added_snapshot_id, m.added_files_count,
            m.added_rows_count, m.existing_files_count, m.existing_rows_count, m.deleted_files_count,
            m.deleted_rows_count, _summaries(table, m),
        )
        for m in _manifest_files(table, snapshot)
    )  # fmt: skip


def _manifest_files(table: Table, snapshot: Snapshot | None) -> list[ManifestFile]:
    return snapshot.manifests(table.io) if snapshot else []


def _summaries(table: Table, manifest: ManifestFile) -> list[dict[str, Any]]:
    spec = table.specs()[manifest.partition_spec_id]
    kinds = [field.field_type for field in spec.partition_type(table.schema()).fields]
    found = []
    for field, kind, summary in zip(spec.fields, kinds, manifest.partitions or [], strict=False):
        bounds = [
            None if bound is None else field.transform.to_human_string(kind, from_bytes(kind, bound))  # type: ignore[arg-type]
            for bound in (summary.lower_bound, summary.upper_bound)
        ]
        found.append({
            "contains_null": summary.contains_null, "contains_nan": summary.contains_nan,
            "lower_bound": bounds[0], "upper_bound": bounds[1],
        })  # fmt: skip
    return found


def _entries(table: Table, snapshot: Snapshot | None) -> list[ManifestEntry]:
    return [e for m in _manifest_files(table, snapshot) for e in m.fetch_manifest_entry(table.io, discard_deleted=True)]


def _partition_type(table: Table) -> Type | None:
    fields = table.spec().partition_type(table.schema()).fields
    if not fields:
        return None
    return Type("row", tuple(trino_type(f.field_type) for f in fields), tuple(f.name for f in fields))


def _partition(table: Table, file: DataFile) -> dict[str, Any]:
    spec = table.specs()[file.spec_id]
    kinds = {f.name: f.field_type for f in spec.partition_type(table.schema()).fields}
    return {
        field.name: _shown(kinds[field.name], file.partition[position]) for position, field in enumerate(spec.fields)
    }


def _shown(kind: Any, value: Any) -> Any:
    """A partition's value as Arrow takes it: the format holds days and microseconds as numbers."""
    text = IdentityTransform().to_human_string(kind, value) if value is not None else None
    name = trino_type(kind).name
    if text is not None and name in ("date", "timestamp", "timestamp with time zone"):
        moment = datetime.fromisoformat(text)
        return moment.date() if name == "date" else moment
    return value


def _files(table: Table, snapshot: Snapshot | None) -> tuple[Columns, Iterable[Row]]:
    partition = _partition_type(table)
    described = [
        ("content", INTEGER), ("file_path", VARCHAR), ("file_format", VARCHAR), ("spec_id", INTEGER),
        *([("partition", partition)] if partition else []), ("record_count", BIGINT), ("file_size_in_bytes", BIGINT),
        ("column_sizes", _COUNTS), ("value_counts", _COUNTS), ("null_value_counts", _COUNTS),
        ("nan_value_counts", _COUNTS), ("lower_bounds", _BOUNDS), ("upper_bounds", _BOUNDS),
        ("key_metadata", VARBINARY), ("split_offsets", types.array(BIGINT)), ("equality_ids", types.array(INTEGER)),
        ("sort_order_id", INTEGER),
    ]  # fmt: skip

    def row(file: DataFile) -> Row:
        split, equal = file.split_offsets, file.equality_ids
        return (
            file.content.value, file.file_path, file.file_format.value, file.spec_id,
            *([_partition(table, file)] if partition else []), file.record_count, file.file_size_in_bytes,
            *map(_counts, (file.column_sizes, file.value_counts, file.null_value_counts, file.nan_value_counts)),
            _bounds(table, file.lower_bounds), _bounds(table, file.upper_bounds), file.key_metadata,
            list(split) if split else None, list(equal) if equal else None, file.sort_order_id,
        )  # fmt: skip

    return described, (row(entry.data_file) for entry in _entries(table, snapshot))


def _counts(counts: Mapping[int, int] | None) -> dict[int, int] | None:
    return None if counts is None else dict(counts)


def _bounds(table: Table, bounds: dict[int, bytes] | None) -> dict[int, str] | None:
    if bounds is None:
        return None
    found = {}
    for number, bound in bounds.items():
        kind = table.schema().find_type(number)
        found[number] = IdentityTransform().to_human_string(kind, from_bytes(kind, bound))  # type: ignore[arg-type]
    return found


def _partitions(table: Table, snapshot: Snapshot | None) -> tuple[Columns, Iterable[Row]]:
    partition = _partition_type(table)
    described = [("record_count", BIGINT), ("file_count", BIGINT), ("total_size", BIGINT)]
    totals: dict[str, tuple[dict[str, Any], list[int]]] = {}
    for file in (entry.data_file for entry in _entries(table, snapshot)):
        if file.content.value:
            continue
        values = _partition(table, file)
        _, sums = totals.setdefault(repr(values), (values, [0, 0, 0]))
        for position, number in enumerate((file.record_count, 1, file.file_size_in_bytes)):
            sums[position] += number
    listed = (((values,) if partition else ()) + tuple(sums) for values, sums in totals.values())
    return [*([("partition", partition)] if partition else []), *described], listed


_TABLES: dict[str, Callable[[Table, Snapshot | None], tuple[Columns, Iterable[Row]]]] = {
    "snapshots": _snapshots,
    "history": _history,
    "refs": _refs,
    "manifests": _manifests,
    "files": _files,
    "partitions": _partitions,
}
NAMES = frozenset(_TABLES)

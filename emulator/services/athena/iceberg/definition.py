"""What a CREATE TABLE says of an Iceberg table: its columns, partitions and properties."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import parse_transform

from emulator.services.athena.errors import QueryError, not_supported
from emulator.services.athena.iceberg.catalog import committed
from emulator.services.athena.session import Session

# What Athena lets one set of an Iceberg table, beside its type and format.
PROPERTIES = frozenset({
    "write_compression", "compression_level", "optimize_rewrite_data_file_threshold",
    "optimize_rewrite_delete_file_threshold", "optimize_rewrite_min_data_file_size_bytes",
    "optimize_rewrite_max_data_file_size_bytes", "vacuum_min_snapshots_to_keep", "vacuum_max_snapshot_age_seconds",
    "vacuum_max_metadata_files_to_keep", "write_target_data_file_size_bytes", "format", "table_type",
})  # fmt: skip
_CODECS = {"zstd", "snappy", "gzip", "lz4", "none"}
_NAMES = {"bucket": "{}_bucket", "truncate": "{}_trunc"}


def create(
    session: Session, database: str, name: str, schema: Schema, parts: Sequence[str], location: str,
    properties: Mapping[str, str],
) -> Table:  # fmt: skip
    """Make an empty table.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY, an unknown partition transform, or Glue or S3 refuses.
    """
    with committed():
        return session.iceberg.create_table(
            (database, name), schema, location, partition_spec(schema, parts), properties=stored(properties)
        )


def partition_spec(schema: Schema, parts: Sequence[str]) -> PartitionSpec:
    """The specification that terms such as ``month(d)``, ``bucket(16, id)`` or ``country`` make.

    Raises:
        QueryError: COLUMN_NOT_FOUND, or INVALID_TABLE_PROPERTY.
    """
    fields = []
    for number, part in enumerate(parts):
        column, transform, label = _part(part)
        try:
            source = schema.find_field(column)
        except ValueError as error:
            raise QueryError("COLUMN_NOT_FOUND", f"Unable to find partitioning column: {column}") from error
        parsed = parse_transform(transform)
        if not parsed.can_transform(source.field_type):
            raise QueryError("INVALID_TABLE_PROPERTY", f"Unable to parse partitioning value: {part}")
        fields.append(PartitionField(source.field_id, PARTITION_FIELD_ID_START + number, parsed, label))
    return PartitionSpec(*fields)


def _part(text: str) -> tuple[str, str, str]:
    """Column, transform and the partition field's name."""
    found = re.fullmatch(r"(\w+)\s*\((.*)\)", text.strip())
    if found is None:
        return text.strip(), "identity", text.strip()
    name = (
        found[1].lower().rstrip("s") if found[1].lower() in ("years", "months", "days", "hours") else found[1].lower()
    )
    arguments = [argument.strip().strip('`"').lower() for argument in found[2].split(",")]
    if name in ("year", "month", "day", "hour") and len(arguments) == 1:
        return arguments[0], name, f"{arguments[0]}_{name}"
    if name in _NAMES and len(arguments) == 2:
        width, column = sorted(arguments, key=str.isdigit, reverse=True)
        if width.isdigit() and int(width) > 0:
            return column, f"{name}[{width}]", _NAMES[name].format(column)
    raise QueryError("INVALID_TABLE_PROPERTY", f"Unable to parse partitioning value: {text}")


def stored(properties: Mapping[str, str]) -> dict[str, str]:
    """Athena's table properties, and what they mean to Iceberg's writers.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY, NOT_SUPPORTED.
    """
    unknown = sorted(set(properties) - PROPERTIES)
    if unknown:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Unsupported table property key: {', '.join(unknown)}")
    if properties.get("format", "parquet").lower() != "parquet":
        raise not_supported(f"Iceberg tables of the format {properties['format']}")
    found = {key: value for key, value in properties.items() if key not in ("table_type", "format")}
    codec = properties.get("write_compression", "zstd").lower()
    if codec not in _CODECS:
        raise QueryError("INVALID_TABLE_PROPERTY", f"Unsupported write_compression for Iceberg: {codec}")
    found["write.parquet.compression-codec"] = "uncompressed" if codec == "none" else codec
    if "compression_level" in properties:
        found["write.parquet.compression-level"] = properties["compression_level"]
    if "write_target_data_file_size_bytes" in properties:
        found["write.target-file-size-bytes"] = properties["write_target_data_file_size_bytes"]
    return {"format-version": "2", "write.format.default": "parquet", **found}

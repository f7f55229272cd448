"""Parquet files: their columns must be stored as the raw table declares them, or Athena's queries would fail."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from crispstack.business_understanding import canonical_text
from crispstack.business_understanding.data_file_counts import Advance, ClassCounts, Outcomes
from crispstack.business_understanding.data_file_header import check_names
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Column, Source, StoredType, Target
from crispstack.errors import DataError


def check(file: DataFile, source: Source, target: Target | None, advance: Advance) -> ClassCounts:
    """Compare the file's schema with the declared columns; its rows, and the target's outcomes where one is given.

    Raises:
        DataError: it is no Parquet file, was cut off, or a column is stored otherwise; the message names the remedy.
    """
    import pyarrow as pa  # noqa: PLC0415 (only where a source is Parquet)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(file.path) as opened:
            _check_schema(file, opened.schema_arrow, source, target)
            for column in source.file_columns:
                if column.stored_type == "timestamp":
                    _check_fractions(file, opened, column)
            outcomes = _outcomes(opened, source, target)
            rows: int = opened.metadata.num_rows
    except OSError as error:
        raise DataError(f"{file.path}: cannot be read ({error}); export the data again") from error
    except pa.ArrowException as error:
        raise DataError(f"{file.path}: not a whole Parquet file ({error}); export the data again") from error
    advance(file.size)
    return outcomes.counts(rows)


def _check_schema(file: DataFile, schema: Any, source: Source, target: Target | None) -> None:
    check_names(str(file.path), schema.names, source, target)
    for column in source.file_columns:
        if column.name not in schema.names:
            remedy = "rename it in the file, or correct sources.columns in the charter"
            raise DataError(f"{file.path}: has no column {column.name!r}, but {', '.join(schema.names)}; {remedy}")
        found = schema.field(column.name).type
        wanted, stored = column.stored_type, readable_as(found)
        if stored != wanted:
            remedy = f"write `stored: {stored}` at the column in the charter" if stored else "store it as text"
            raise DataError(f"{file.path}: column {column.name!r} is stored as {found}, not as {wanted}; {remedy}")


def readable_as(found: Any) -> StoredType:
    """The type of the raw table's column that reads an Arrow type unchanged; empty where there is none."""
    import pyarrow.types as kinds  # noqa: PLC0415 (only where a source is Parquet)

    if kinds.is_dictionary(found):
        found = found.value_type
    unsigned_beyond = kinds.is_uint32(found) or kinds.is_uint64(found)
    checks: tuple[tuple[bool, StoredType], ...] = (
        (kinds.is_integer(found) and not unsigned_beyond, "bigint"),
        (kinds.is_float32(found) or kinds.is_float64(found), "double"),
        (kinds.is_boolean(found), "boolean"),
        (kinds.is_date(found), "date"),
        (kinds.is_timestamp(found) and found.tz is None, "timestamp"),
        (kinds.is_string(found) or kinds.is_large_string(found), "string"),
    )
    return next((stored for matches, stored in checks if matches), "")


def _check_fractions(file: DataFile, opened: Any, column: Column) -> None:
    """Athena rounds timestamps to the millisecond: what is finer would change."""
    pc: Any = importlib.import_module("pyarrow.compute")  # its functions are made at run time

    for batch in opened.iter_batches(columns=[column.name]):
        values = batch.column(0)
        if pc.any(pc.not_equal(values, pc.floor_temporal(values, unit="millisecond"))).as_py():
            remedy = "round it, or store it as text"
            raise DataError(f"{file.path}: {column.name!r} holds times finer than a millisecond; {remedy}")


def _outcomes(opened: Any, source: Source, target: Target | None) -> Outcomes:
    outcomes = Outcomes(target)
    for column in source.file_columns:
        if target and column.name == target.column:
            for value in _values(opened, column.name):
                outcomes.add(canonical_text.text(value, column.type))
    return outcomes


def _values(opened: Any, name: str) -> Iterator[Any]:
    for batch in opened.iter_batches(columns=[name]):
        yield from batch.column(0).to_pylist()

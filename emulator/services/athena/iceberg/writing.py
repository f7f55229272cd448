"""Rows of a query written as data files of an Iceberg table, each in its partition."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import write_file
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey
from pyiceberg.table import Table, Transaction, WriteTask
from pyiceberg.table.metadata import TableMetadata

from emulator.services.athena.iceberg.catalog import committed
from emulator.services.athena.session import Session


def write(session: Session, metadata: TableMetadata, io: FileIO, sql: str) -> tuple[list[DataFile], int]:
    """Write the rows of a relation whose columns are the table's, in its order; the files, and the number of rows.

    Raises:
        QueryError: S3 refuses.
    """
    # The library casts each value to the table's type; Arrow's own cast of a map's keys ends the process.
    rows = session.cursor.sql(sql).to_arrow_table().rename_columns([field.name for field in metadata.schema().fields])
    if not rows.num_rows:
        return [], 0
    return list(write_file(io, metadata, _tasks(metadata, rows))), rows.num_rows


def _tasks(metadata: TableMetadata, rows: pa.Table) -> Iterator[WriteTask]:
    written, numbers = uuid.uuid4(), itertools.count()
    for key, part in _partitions(metadata, rows):
        yield WriteTask(written, next(numbers), metadata.schema(), part.combine_chunks().to_batches(), None, key)


def _partitions(metadata: TableMetadata, rows: pa.Table) -> Iterator[tuple[PartitionKey | None, pa.Table]]:
    """The rows of each partition.

    The library splits with an extension that is not there; its transforms of single values are the format's own.
    """
    spec, schema = metadata.spec(), metadata.schema()
    if spec.is_unpartitioned():
        yield None, rows
        return
    values: list[Iterable[Any]] = []
    for field in spec.fields:
        source = schema.find_field(field.source_id)
        transform = field.transform.transform(source.field_type)
        values.append([transform(value) for value in rows.column(source.name).to_pylist()])
    places: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row, key in enumerate(zip(*values, strict=True)):
        places[key].append(row)
    for key, chosen in places.items():
        fields = [PartitionFieldValue(field, value) for field, value in zip(spec.fields, key, strict=True)]
        yield PartitionKey(fields, spec, schema), rows.take(pa.array(chosen))


def append(session: Session, table: Table, sql: str) -> int:
    """Add the rows of a relation to a table; their number.

    Raises:
        QueryError: S3 or Glue refuses, or ICEBERG_COMMIT_ERROR.
    """
    with committed():
        files, rows = write(session, table.metadata, table.io, sql)
        transaction = table.transaction()
        add(transaction, files)
        transaction.commit_transaction()
    return rows


def add(transaction: Transaction, files: Sequence[DataFile]) -> None:
    """A snapshot with further files."""
    with transaction.update_snapshot().fast_append() as snapshot:
        for file in files:
            snapshot.append_data_file(file)


def replace(session: Session, table: Table, old: Sequence[DataFile], sql: str) -> int:
    """Put the rows of a relation in the place of data files; their number.

    Raises:
        QueryError: S3 or Glue refuses, or ICEBERG_COMMIT_ERROR: somebody changed these files meanwhile.
    """
    with committed():
        files, rows = write(session, table.metadata, table.io, sql)
        if not old and not files:
            return 0
        transaction = table.transaction()
        with transaction.update_snapshot().overwrite() as snapshot:
            for file in old:
                snapshot.delete_data_file(file)
            for file in files:
                snapshot.append_data_file(file)
        transaction.commit_transaction()
    return rows

"""The preparation job's last step: what predictions will look up, written by the executors.

Of a join that is the joined source, one row per key; of a window the aggregate that a row at the newest moment of all
gets, which is what a prediction made now may know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from crispstack.charter import Charter, Column
from crispstack.data_preparation import raw_rows
from crispstack.data_preparation.joins import met, one_row_per_key
from crispstack.data_preparation.lookups import ALL_ROWS, Lookup, lookups
from crispstack.data_preparation.raw_rows import RawTable
from crispstack.data_preparation.requests import request_value
from crispstack.data_preparation.values import UnparsableError, parse_text
from crispstack.data_preparation.windows import latest
from crispstack.joined_sources import Join, Window
from crispstack.preparation_plan import Preparation

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_KEY = "_key"


class LookupWriter(Protocol):
    """Keeps values by version, look-up and key. Travels to Spark's executors, so it can be pickled."""

    def is_complete(self, version: str) -> bool:
        """Whether the version's look-ups are all there, for long enough."""

    def write(self, version: str, lookup: str, items: Iterable[tuple[str, str]]) -> None:
        """Keep each key's values, as JSON; what was there under the key is replaced."""

    def complete(self, version: str) -> None:
        """Mark the version as whole."""


def write_lookups(
    spark: SparkSession, charter: Charter, tables: tuple[RawTable, ...], version: str, writer: LookupWriter
) -> None:
    """Write the look-ups of a prepared version, unless they are there; the mark that they are complete comes last.

    Args:
        spark: the session.
        charter: says what is looked up.
        tables: the sources' raw data, in the charter's order: that of the version.
        version: the prepared version's name.
        writer: keeps the items.
    """
    if writer.is_complete(version):
        return
    by_name = {table.source.name: table for table in tables}
    for lookup in lookups(charter):
        if isinstance(lookup.of, Join):
            rows = one_row_per_key(spark, charter, lookup.of, by_name[lookup.of.source])
            # Several rows of one key stopped the job where a row met them; of the others none is the right one.
            rows = rows.where(f"`{met(lookup.of)}` = 1")
        else:
            rows = _latest(spark, charter, lookup.of, tables[0])
        _write(rows, charter.preparation, lookup, version, writer)
    writer.complete(version)


def _latest(spark: SparkSession, charter: Charter, window: Window, table: RawTable) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 (customary; only the job has Spark)

    aggregates = latest(raw_rows.read(spark, table, table.uris), charter, window)
    key = F.when(F.col(_KEY) == "", ALL_ROWS).otherwise(F.col(_KEY))
    return aggregates.withColumn(_KEY, key).where(F.col(window.name).isNotNull())


def _write(rows: DataFrame, preparation: Preparation, lookup: Lookup, version: str, writer: LookupWriter) -> None:
    name, columns = lookup.name, lookup.columns

    def write(partition: Iterator[Any]) -> None:
        writer.write(version, name, ((row[_KEY], _values(row, columns, preparation)) for row in partition))

    rows.select(_KEY, *(column.name for column in columns)).foreachPartition(write)


def _values(row: Any, columns: tuple[Column, ...], preparation: Preparation) -> str:
    """The row's values by name, as JSON."""
    return json.dumps({column.name: _value(row[column.name], column, preparation) for column in columns})


def _value(text: str | None, column: Column, preparation: Preparation) -> object:
    """The text as a request would bring it; one that is not of its type as it is, to be refused as in training."""
    try:
        value = parse_text(text, column, preparation.missing_words(column.name), preparation.cleaning(column.name))
    except UnparsableError:
        return text
    return request_value(value, column)

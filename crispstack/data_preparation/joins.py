"""Rows gain columns of other sources: each row stays one row, and what it met is kept with it to be accounted for.

The joined source is first reduced to one row per key, so that no join can multiply rows. How many rows had that key
comes along as `met(...)`: 0 where there is none, more than 1 where the source does not say which one is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crispstack.charter import Charter
from crispstack.data_preparation import raw_rows
from crispstack.data_preparation.lookups import KEY_SEPARATOR, TIME_PATTERN, TRUNCATED_LENGTHS
from crispstack.data_preparation.raw_rows import RawTable
from crispstack.joined_sources import Join, JoinKey

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

_LARGEST_BROADCAST = 64 * 2**20


def met(join: Join) -> str:
    """Name of the column that says how many rows of the joined source had the row's key."""
    return f"_met_{join.source}"


def met_key(join: Join) -> str:
    """Name of the column that holds the key of a row that met several."""
    return f"_key_{join.source}"


def with_joins(spark: SparkSession, rows: DataFrame, charter: Charter, tables: tuple[RawTable, ...]) -> DataFrame:
    """The rows with `charter.preparation.joins` made, in their order.

    Args:
        spark: the session.
        rows: columns of the first source as text.
        charter: says what is joined.
        tables: the sources' raw data; those that are joined among them.
    """
    from pyspark.sql import functions as F  # noqa: N812, PLC0415 (customary; only the job has Spark)

    by_name = {table.source.name: table for table in tables}
    for join in charter.preparation.joins:
        table = by_name[join.source]
        right = one_row_per_key(spark, charter, join, table)
        if 0 < table.size <= _LARGEST_BROADCAST:
            right = F.broadcast(right)
        joined = rows.withColumn("_key", _key(charter, join, [key.left for key in join.keys])).join(
            right, "_key", "left"
        )
        rows = (
            joined.withColumn(met(join), F.coalesce(F.col(met(join)), F.lit(0)))
            .withColumn(met_key(join), F.when(F.col(met(join)) > 1, F.col("_key")))
            .drop("_key")
        )
    return rows


def one_row_per_key(spark: SparkSession, charter: Charter, join: Join, table: RawTable) -> DataFrame:
    """Columns `_key`, `met(join)` and those that rows gain; of equal keys the latest row, or any by its texts."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    texts = raw_rows.read(spark, table, table.uris)
    order = [F.col(join.latest_by).alias("_order")] if join.latest_by else []
    gained = [F.col(column.name).alias(column.feature) for column in join.columns]
    rows = texts.select(
        _key(charter, join, [key.right for key in join.keys]).alias("_key"), F.struct(*order, *gained).alias("_row")
    )
    count = F.lit(1) if join.latest_by else F.count("*").cast("int")
    reduced = rows.where("_key IS NOT NULL").groupBy("_key").agg(F.max("_row").alias("_row"), count.alias(met(join)))
    features = [F.col(f"_row.{column.feature}") for column in join.columns]
    return reduced.select("_key", met(join), *features)


def _key(charter: Charter, join: Join, names: list[str]) -> Column:
    """The key as one text; null where a part of it is missing."""
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    missing = sorted({"", *charter.preparation.missing_values})
    parts = []
    for key, name in zip(join.keys, names, strict=True):
        text = F.trim(F.col(name))
        parts.append(_truncated(key, F.when(~text.isin(missing), text)))
    # Null in, null out: concat, unlike concat_ws.
    separated = [part for each in parts for part in (F.lit(KEY_SEPARATOR), each)][1:]
    return F.concat(*separated)


def _truncated(key: JoinKey, text: Column) -> Column:
    from pyspark.sql import functions as F  # noqa: N812, PLC0415

    if not key.truncate:
        return text
    length = TRUNCATED_LENGTHS[key.truncate]
    return F.when(text.rlike(TIME_PATTERN), F.translate(F.substring(text, 1, length), " ", "T"))

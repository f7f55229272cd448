"""A source's rows as Spark reads them: every declared column as text, as Athena and Python read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crispstack.charter import Column, Source
from crispstack.data_preparation.rows import MALFORMED
from crispstack.data_understanding.column_types import NUMBER_PATTERN

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class RawPart:
    """Files of a source that are prepared together: a partition, or all of them. `sha256` is of their content."""

    uris: tuple[str, ...]
    sha256: str
    size: int


@dataclass(frozen=True)
class RawTable:
    """One version of a source: its parts, and the URI of the folder within which partitions have their folders."""

    source: Source
    uri: str
    parts: tuple[RawPart, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts)

    @property
    def uris(self) -> tuple[str, ...]:
        """All files."""
        return tuple(uri for part in self.parts for uri in part.uris)


def read(spark: SparkSession, table: RawTable, uris: tuple[str, ...]) -> DataFrame:
    """The declared columns as text, and `MALFORMED`: the whole line where it has another number of fields, else null.

    The texts are those of `crispstack.data_understanding.raw_table`, so that a row is on the same side everywhere.
    """
    source = table.source
    # Values of partitions are texts, "01" as well as "1".
    spark.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    reader = spark.read.option("basePath", table.uri)
    if source.format in ("parquet", "jdbc", "excel"):
        rows = reader.parquet(*uris)
    elif source.format == "jsonl":
        rows = reader.json(list(uris), schema=_texts(source), mode="PERMISSIVE", columnNameOfCorruptRecord=MALFORMED)
    else:
        rows = reader.csv(
            list(uris),
            schema=_texts(source),
            sep=source.delimiter,
            header=True,
            mode="PERMISSIVE",
            columnNameOfCorruptRecord=MALFORMED,
            # Quotes are doubled, not escaped: as Athena and Python read them.
            escape='"',
            maxCharsPerColumn=-1,
        )
    malformed = MALFORMED if MALFORMED in rows.columns else f"CAST(NULL AS string) AS {MALFORMED}"
    return rows.selectExpr(*(f"{_text(source, column)} AS `{column.name}`" for column in source.columns), malformed)


def _texts(source: Source) -> str:
    """The files' columns, all of them text, as Spark writes a schema."""
    return ", ".join([*(f"`{column.name}` string" for column in source.file_columns), f"{MALFORMED} string"])


def _text(source: Source, column: Column) -> str:
    """The column as text, in Spark's SQL; as `crispstack.data_understanding.raw_table.text` in Athena's."""
    name, stored = f"`{column.name}`", column.stored_type
    if column.name in source.partitions or source.format in ("csv", "excel"):
        return name
    if source.format == "jsonl":
        fraction = f"{name} RLIKE '[.eE]' AND trim({name}) RLIKE r'{NUMBER_PATTERN}'"
        is_number = column.type in ("integer", "number")
        return f"CASE WHEN {fraction} THEN {_number(f'CAST({name} AS double)')} ELSE {name} END" if is_number else name
    if stored == "double":
        return _number(f"CAST({name} AS double)")
    if stored == "timestamp":
        time = f"date_format({name}, 'yyyy-MM-dd HH:mm:ss.SSS')"
        midnight = f"{name} = date_trunc('day', {name})"
        return (
            f"CASE WHEN {midnight} THEN CAST(to_date({name}) AS string) ELSE {time} END"
            if column.type == "date"
            else time
        )
    return f"CAST(CAST({name} AS {stored}) AS string)"


def _number(expression: str) -> str:
    whole = f"{expression} = floor({expression}) AND abs({expression}) < {2**53}"
    return f"CASE WHEN {whole} THEN CAST(CAST({expression} AS bigint) AS string) ELSE CAST({expression} AS string) END"

"""A source's rows as Spark reads them: every declared column as text, as Athena and Python read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crispstack.charter import Source
from crispstack.data_preparation.rows import MALFORMED

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
    """One version of a source: its parts."""

    source: Source
    parts: tuple[RawPart, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts)

    @property
    def uris(self) -> tuple[str, ...]:
        """All files."""
        return tuple(uri for part in self.parts for uri in part.uris)


def read(spark: SparkSession, source: Source, uris: tuple[str, ...]) -> DataFrame:
    """The declared columns as text, and `MALFORMED`: the whole line where it has another number of fields."""
    columns = [f"`{column.name}` string" for column in source.columns]
    return spark.read.csv(
        list(uris),
        schema=", ".join([*columns, f"{MALFORMED} string"]),
        sep=source.delimiter,
        header=True,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=MALFORMED,
        # Quotes are doubled, not escaped: as Athena and Python read them.
        escape='"',
        maxCharsPerColumn=-1,
    )

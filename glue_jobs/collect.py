"""Glue job: the tables of a project's databases become versions of its sources."""

from __future__ import annotations

import argparse
import uuid
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from crispstack.aws import jdbc_connections, jdbc_version
from crispstack.aws.artifact_store import read_bytes
from crispstack.aws.collection import Lake
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter, Source
from crispstack.data_understanding.jdbc_collection import SESSION, JdbcConnection, stage
from crispstack.errors import CrispError, DataError

_ARGUMENTS = ("charter", "sources", "connection", "glue_connection", "raw_bucket", "database", "workgroup")


def main() -> None:
    """Read the tables of these sources through one connection, publish each that changed."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in _ARGUMENTS:
        parser.add_argument(f"--{name}", required=True)
    # Glue adds arguments of its own.
    arguments, _ = parser.parse_known_args()
    lake = Lake(arguments.raw_bucket, arguments.database, arguments.workgroup)
    try:
        charter = charter_json.parse(read_bytes(arguments.charter))
        sources = [_source(charter, name, arguments.connection) for name in arguments.sources.split(",")]
        connection = jdbc_connections.read(arguments.connection, arguments.glue_connection)
        spark = SparkSession.builder.config(map=SESSION).getOrCreate()
        try:
            for source in sources:
                _collect(spark, lake, charter, source, connection)
        finally:
            spark.stop()
    except CrispError as error:
        # In one line, and nothing of Spark's behind it: Glue tells only the line of the last exception.
        raise type(error)("; ".join(str(error).splitlines())) from None


def _source(charter: Charter, name: str, connection: str) -> Source:
    for source in charter.sources:
        if source.name == name and source.jdbc and source.jdbc.connection == connection:
            return source
    raise DataError(f"{charter.name} has no source {name!r} of connection {connection}; correct --sources")


def _collect(spark: SparkSession, lake: Lake, charter: Charter, source: Source, connection: JdbcConnection) -> None:
    staged = jdbc_version.staging_uri(lake, charter.name, source.name, uuid.uuid4().hex)
    try:
        content = stage(spark, source, connection, staged)
        jdbc_version.collect(lake, charter, source, staged, content, datetime.now(UTC))
    finally:
        jdbc_version.discard(staged)


if __name__ == "__main__":
    main()

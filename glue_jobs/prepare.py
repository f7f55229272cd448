"""Glue job: phase 3, data preparation."""

from __future__ import annotations

import argparse
import uuid
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from crispstack.artifacts import BusinessCase, DataProfile, QualityReport
from crispstack.aws import pseudonym_key
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.lookup_table import LookupTable
from crispstack.aws.prepared_storage import S3Storage
from crispstack.charter import Source
from crispstack.data_collection import CollectedFile, CollectedSource, DataCollection, content_version
from crispstack.data_preparation.lookup_items import write_lookups
from crispstack.data_preparation.lookups import lookups
from crispstack.data_preparation.plan_resolution import resolved
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.prepared_version import tidy
from crispstack.data_preparation.privacy import hashes
from crispstack.data_preparation.raw_rows import RawPart, RawTable


def main() -> None:
    """Read the run's charter, prepare its data, write the artifact last."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in (
        "project",
        "run_id",
        "artifacts_bucket",
        "raw_bucket",
        "prepared_bucket",
        "pseudonym_key_prefix",
        "lookup_table_prefix",
    ):
        parser.add_argument(f"--{name}", required=True)
    # Glue adds arguments of its own.
    arguments, _ = parser.parse_known_args()
    store = ArtifactStore(arguments.artifacts_bucket, arguments.project, arguments.run_id)
    case, case_reference = store.read(BusinessCase)
    profile, profile_reference = store.read(DataProfile)
    _, quality_reference = store.read(QualityReport)
    collection, collection_reference = store.read(DataCollection)
    tables = tuple(_raw_table(source, collection.source(source.name)) for source in case.charter.sources)
    inputs = (case_reference, profile_reference, quality_reference, collection_reference)

    storage, prepared = S3Storage(), f"s3://{arguments.prepared_bucket}"
    destination = Destination(prepared, uuid.uuid4().hex, storage)
    secret = f"{arguments.pseudonym_key_prefix}{arguments.project}"
    key = pseudonym_key.read(secret) if hashes(case.charter) else b""
    charter, now = resolved(case.charter, profile), datetime.now(UTC)
    spark = SparkSession.builder.getOrCreate()
    try:
        dataset = prepare(spark, charter, tables, profile.rows + profile.test_rows, destination, inputs, key)
        if lookups(charter):
            table = LookupTable(f"{arguments.lookup_table_prefix}{arguments.project}", now)
            write_lookups(spark, charter, tables, dataset.version, table)
        store.write(dataset)
    finally:
        spark.stop()
    tidy(storage, prepared, arguments.project, now)


def _raw_table(source: Source, collected: CollectedSource) -> RawTable:
    """The files of this very version, by partition."""
    folders: dict[str, list[CollectedFile]] = {}
    for file in collected.files:
        folders.setdefault(file.name.rpartition("/")[0], []).append(file)
    parts = (
        RawPart(
            tuple(f"{collected.uri}{file.name}" for file in files),
            content_version((file.name, file.sha256) for file in files),
            sum(file.bytes for file in files),
        )
        for files in folders.values()
    )
    return RawTable(source, collected.uri, tuple(parts))


if __name__ == "__main__":
    main()

"""Glue job: phase 3, data preparation."""

from __future__ import annotations

import argparse

from pyspark.sql import SparkSession

from crispstack.artifacts import BusinessCase, DataProfile, QualityReport
from crispstack.aws import raw_data
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.data_preparation.prepare import prepare
from crispstack.data_understanding import raw_table


def main() -> None:
    """Read the run's charter, prepare its data, write the artifact last."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("project", "run_id", "artifacts_bucket", "raw_bucket", "prepared_bucket"):
        parser.add_argument(f"--{name}", required=True)
    # Glue adds arguments of its own.
    arguments, _ = parser.parse_known_args()
    store = ArtifactStore(arguments.artifacts_bucket, arguments.project, arguments.run_id)
    case, *references = store.read(BusinessCase)
    for kind in (DataProfile, QualityReport):
        references.append(store.read(kind)[1])
    raw = raw_data.reference(raw_table.uri(case.charter, arguments.raw_bucket))
    spark = SparkSession.builder.getOrCreate()
    try:
        store.write(prepare(spark, case.charter, raw, f"s3://{arguments.prepared_bucket}", tuple(references)))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()

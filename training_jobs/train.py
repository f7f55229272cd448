"""Modeling on EMR Serverless: arguments, session, one library call, write."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from pyspark.sql import SparkSession

from crispstack.aws import training_job
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.executor_rows import ExecutorRows
from crispstack.aws.training_progress import TrainingProgress
from crispstack.modeling.spark_workers import SparkWorkers
from crispstack.modeling.training import train


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    inputs = training_job.read(store)
    spark = SparkSession.builder.appName(f"{options.project}-modeling").getOrCreate()
    rows = ExecutorRows(inputs.dataset.to_json())
    data = rows()
    training = train(
        inputs.charter,
        inputs.dataset,
        data,
        SparkWorkers(spark, data, rows),
        TrainingProgress(store, time.monotonic),
        inputs.plan.dollars_per_hour,
    )
    training_job.write(store, inputs.charter, training, inputs.dataset, inputs.references)


if __name__ == "__main__":
    main()

"""Modeling on EMR Serverless: arguments, session, one library call, write."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from pyspark.sql import SparkSession

from crispstack.aws import training_job
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.executor_rows import ExecutorRows
from crispstack.aws.training_job import TrainingInputs
from crispstack.aws.training_progress import TrainingProgress
from crispstack.modeling.distributed.session import executor_memory, together
from crispstack.modeling.distributed.size import Size, size
from crispstack.modeling.distributed.training import train_distributed
from crispstack.modeling.spark_workers import SparkWorkers
from crispstack.modeling.training import Training, train


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    inputs = training_job.read(store)
    found = size(inputs.dataset, executor_memory(), inputs.charter.modeling.memory_share)
    training = (_together if found.beyond_one_executor else _beside_each_other)(options.project, store, inputs, found)
    training_job.write(store, inputs.charter, training, inputs.dataset, inputs.references)


def _beside_each_other(project: str, store: ArtifactStore, inputs: TrainingInputs, _: Size) -> Training:
    """Every candidate on one executor, which holds all rows."""
    spark = SparkSession.builder.appName(f"{project}-modeling").getOrCreate()
    rows = ExecutorRows(inputs.dataset.to_json())
    data = rows()
    workers = SparkWorkers(spark, data, rows)
    tell = TrainingProgress(store, time.monotonic)
    return train(inputs.charter, inputs.dataset, data, workers, tell, inputs.plan.dollars_per_hour)


def _together(project: str, store: ArtifactStore, inputs: TrainingInputs, found: Size) -> Training:
    """Candidates on a sample; the chosen one by all executors, on rows that none of them holds."""
    spark = together(SparkSession.builder.appName(f"{project}-modeling")).getOrCreate()
    frame = spark.read.parquet(inputs.dataset.train_uri)
    tell = TrainingProgress(store, time.monotonic)
    dollars_per_hour = inputs.plan.dollars_per_hour
    return train_distributed(inputs.charter, inputs.dataset, frame, SparkWorkers(spark), found, tell, dollars_per_hour)


if __name__ == "__main__":
    main()

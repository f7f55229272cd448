"""Modeling on EMR Serverless: arguments, session, one library call, write."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from crispstack.aws import training_job, training_rows
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.modeling.spark_workers import SparkWorkers
from crispstack.modeling.training import train
from crispstack.modeling.training_data import TrainingData


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    inputs = training_job.read(store)
    spark = SparkSession.builder.appName(f"{options.project}-modeling").getOrCreate()
    with tempfile.TemporaryDirectory() as folder:
        rows = training_rows.read(inputs.dataset.train_uri, Path(folder)).to_pylist()
    training = train(inputs.charter, inputs.dataset, rows, _on_executors(SparkWorkers(spark)))
    training_job.write(store, inputs.charter, training, inputs.dataset.version, inputs.references)


def _on_executors(workers: SparkWorkers) -> Callable[..., list[Any]]:
    def spread(function: Callable[[TrainingData, Any], Any], data: TrainingData, tasks: Sequence[Any]) -> list[Any]:
        return [outcome.result for outcome in workers.run(function, data, tasks)]

    return spread


if __name__ == "__main__":
    main()

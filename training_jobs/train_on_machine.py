"""Modeling in a container on one machine, with a GPU or without: arguments, one library call, write."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crispstack.aws import training_job, training_rows
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.modeling.training import train
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Threads


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    inputs = training_job.read(store)
    with tempfile.TemporaryDirectory() as folder:
        data = TrainingData.from_table(training_rows.read(inputs.dataset.train_uri, Path(folder)), inputs.dataset)
    training = train(inputs.charter, inputs.dataset, data, Threads(os.cpu_count() or 1))
    training_job.write(store, inputs.charter, training, inputs.dataset, inputs.references)


if __name__ == "__main__":
    main()

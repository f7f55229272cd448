"""Modeling in a container on one machine, with a GPU or without: arguments, one library call, write."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crispstack.aws import training_job, training_rows
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.modeling.training import train


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    inputs = training_job.read(store)
    with tempfile.TemporaryDirectory() as folder:
        rows = training_rows.read(inputs.dataset.train_uri, Path(folder)).to_pylist()
    training = train(inputs.charter, inputs.dataset, rows, _spread)
    training_job.write(store, inputs.charter, training, inputs.dataset.version, inputs.references)


def _spread(function: Any, data: Any, tasks: Sequence[Any]) -> list[Any]:
    return [function(data, task) for task in tasks]


if __name__ == "__main__":
    main()

"""Modeling in a container on one machine, with a GPU or without: arguments, one library call, write."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from crispstack.aws import training_job, training_rows
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.resumable_training import train_resumably
from crispstack.aws.run_journal import RunJournal
from crispstack.aws.spot_notice import INTERRUPTED, SpotNotice
from crispstack.aws.training_progress import TrainingProgress
from crispstack.modeling.checkpoints import Interruption
from crispstack.modeling.training_data import TrainingData


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix.

    Where the machine is taken away, what was done is kept in S3, and the job exits to be run again and to go on.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    inputs = training_job.read(store)
    with tempfile.TemporaryDirectory() as folder:
        data = TrainingData.from_table(training_rows.read(inputs.dataset.train_uri, Path(folder)), inputs.dataset)
    journal = RunJournal.of(store, inputs.references)
    if trials := journal.kept("trials/"):
        _log(f"goes on from an attempt that was interrupted: {trials} finished trials are kept")
    tell = TrainingProgress(store, time.monotonic)
    with SpotNotice(os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "")) as notice:
        signal.signal(signal.SIGTERM, lambda *_: notice.tell())
        try:
            training = train_resumably(inputs, data, journal, lambda: notice.told, os.cpu_count() or 1, tell)
        except Interruption as told:
            _log(str(told))
            sys.exit(INTERRUPTED)
    training_job.write(store, inputs.charter, training, inputs.dataset, inputs.references)
    journal.clear()


def _log(said: str) -> None:
    print(said, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

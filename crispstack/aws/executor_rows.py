"""Training rows on Spark's executors: each reads them from S3 itself, once for all of its Python processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispstack.artifacts import PreparedDataset
from crispstack.aws import training_rows
from crispstack.modeling.training_data import TrainingData


@dataclass(frozen=True)
class ExecutorRows:
    """Loads the rows of a prepared dataset; `dataset` is its JSON, by which two of these are told apart."""

    dataset: str

    def __call__(self) -> TrainingData:
        """The training set, from the folder that Spark gives every executor and takes away with it."""
        from pyspark import SparkFiles  # noqa: PLC0415 (there only on Spark)

        dataset = PreparedDataset.from_json(self.dataset)
        folder = Path(SparkFiles.getRootDirectory()) / "training_rows"
        return TrainingData.from_table(training_rows.read(dataset.train_uri, folder), dataset)

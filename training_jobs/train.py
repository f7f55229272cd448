"""Modeling on EMR Serverless: arguments, session, one library call, write."""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from crispstack.artifacts import BusinessCase, InputReference, Leaderboard, ModelPackage, PreparedDataset, sha256
from crispstack.aws import training_rows
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter
from crispstack.data_preparation.plan_resolution import with_plan
from crispstack.modeling.training import Training, train
from crispstack.modeling.training_data import TrainingData
from crispstack.phases import Phase


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a run's prepared rows and write the graph, the predictions and the artifacts to its prefix."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--project", "--run-id", "--artifacts-bucket"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    store = ArtifactStore(options.artifacts_bucket, options.project, options.run_id)
    case, case_reference = store.read(BusinessCase)
    dataset, dataset_reference = store.read(PreparedDataset)
    spark = SparkSession.builder.appName(f"{options.project}-modeling").getOrCreate()
    with tempfile.TemporaryDirectory() as folder:
        rows = training_rows.read(dataset.train_uri, Path(folder)).to_pylist()
    charter = with_plan(case.charter, dataset.preparation)
    training = train(charter, dataset, rows, _on_executors(spark))
    write(store, charter, training, dataset.version, (case_reference, dataset_reference))


def _on_executors(spark: SparkSession) -> Callable[..., list[Any]]:
    """One Spark task per search task; the data travels to each executor once."""
    context = spark.sparkContext

    def spread(function: Callable[[TrainingData, Any], Any], data: TrainingData, tasks: Sequence[Any]) -> list[Any]:
        broadcast = context.broadcast(data)
        return context.parallelize(tasks, len(tasks)).map(lambda task: function(broadcast.value, task)).collect()

    return spread


def write(
    store: ArtifactStore,
    charter: Charter,
    training: Training,
    prepared_version: str,
    inputs: tuple[InputReference, ...],
) -> None:
    """Files first, then the artifacts that name them: who finds an artifact finds everything."""
    charter_text = charter_json.dump(charter).encode()
    winner = training.winner
    lines = "".join(json.dumps(dataclasses.asdict(line)) + "\n" for line in training.predictions)
    model = store.write_file(Phase.MODELING, "model.onnx", training.graph)
    store.write_file(Phase.MODELING, "charter.json", charter_text)
    predictions = store.write_file(Phase.MODELING, "validation_predictions.jsonl", lines.encode())
    leaderboard = store.write(
        Leaderboard(
            metric="roc_auc",
            candidates=training.candidates,
            winner=winner.technique,
            folds=charter.modeling.folds,
            repeats=charter.modeling.repeats,
            importances=training.importances,
            inputs=inputs,
        )
    )
    served = training.graph + charter_text + repr((winner.threshold, prepared_version)).encode()
    store.write(
        ModelPackage(
            model_uri=model.uri,
            model_sha256=model.sha256,
            model_version=sha256(served)[:12],
            technique=winner.technique,
            features=training.features,
            threshold=winner.threshold,
            validation_roc_auc=winner.mean_roc_auc,
            validation_predictions_uri=predictions.uri,
            parity=training.parity,
            golden_rows=training.golden_rows,
            prepared_version=prepared_version,
            inputs=(*inputs, model, predictions, leaderboard),
        )
    )


if __name__ == "__main__":
    main()

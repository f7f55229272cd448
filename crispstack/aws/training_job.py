"""A training job, on whatever it runs: the artifacts that it begins with, and those that it leaves."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from crispstack.artifacts import (
    BusinessCase,
    ComputePlan,
    InputReference,
    Leaderboard,
    ModelPackage,
    PreparedDataset,
    sha256,
)
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter
from crispstack.data_preparation.plan_resolution import with_plan
from crispstack.modeling.training import Training
from crispstack.phases import Phase


@dataclass(frozen=True)
class TrainingInputs:
    """What earlier phases left, and the plan of this one; `references` name them."""

    charter: Charter
    dataset: PreparedDataset
    plan: ComputePlan
    references: tuple[InputReference, ...]


def read(store: ArtifactStore) -> TrainingInputs:
    """What a run's training begins with.

    Raises:
        ArtifactError: an artifact is missing or does not fit; the message names its URI.
    """
    case, case_reference = store.read(BusinessCase)
    dataset, dataset_reference = store.read(PreparedDataset)
    plan, plan_reference = store.read(ComputePlan)
    charter = with_plan(case.charter, dataset.preparation)
    return TrainingInputs(charter, dataset, plan, (case_reference, dataset_reference, plan_reference))


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

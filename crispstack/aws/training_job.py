"""A training job, on whatever it runs: the artifacts that it begins with, and those that it leaves."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from crispstack import provenance
from crispstack.artifacts import (
    BusinessCase,
    ComputePlan,
    InputReference,
    ModelPackage,
    PreparedDataset,
    ShortlistedModel,
    sha256,
)
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter
from crispstack.data_preparation.plan_resolution import with_plan
from crispstack.modeling.shortlist import Shortlisted
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
    modeling = dataclasses.replace(charter.modeling, budget_seconds=float(plan.budget_seconds))
    charter = dataclasses.replace(charter, modeling=modeling)
    return TrainingInputs(charter, dataset, plan, (case_reference, dataset_reference, plan_reference))


def write(
    store: ArtifactStore,
    charter: Charter,
    training: Training,
    dataset: PreparedDataset,
    inputs: tuple[InputReference, ...],
) -> None:
    """Files first, then the artifacts that name them: who finds an artifact finds everything."""
    charter_text = charter_json.dump(charter).encode()
    board, outcome = training.leaderboard, training.outcome
    winner = next(each for each in board.candidates if each.name == board.winner)
    lines = "".join(json.dumps(dataclasses.asdict(line)) + "\n" for line in training.predictions)
    model = store.write_file(Phase.MODELING, "model.onnx", training.graph)
    store.write_file(Phase.MODELING, "charter.json", charter_text)
    predictions = store.write_file(Phase.MODELING, "validation_predictions.jsonl", lines.encode())
    shortlist = tuple(_shortlisted(store, each, number) for number, each in enumerate(training.shortlist, start=1))
    leaderboard = store.write(dataclasses.replace(board, inputs=inputs))
    findings = store.write(dataclasses.replace(training.findings, inputs=(*inputs, model)))
    served = training.graph + charter_text + repr((outcome, dataset.version)).encode()
    store.write(
        ModelPackage(
            model_uri=model.uri,
            model_sha256=model.sha256,
            model_version=sha256(served)[:12],
            technique=winner.technique,
            features=training.features,
            threshold=outcome.threshold,
            validation_roc_auc=outcome.roc_auc,
            validation_predictions_uri=predictions.uri,
            parity=training.parity,
            golden_rows=training.golden_rows,
            prepared_version=dataset.version,
            framing=dataset.framing,
            classes=dataset.classes,
            shift=outcome.shift,
            validation_explained_cost=outcome.explained_cost,
            constants=outcome.constants,
            shortlist=shortlist,
            decides_by=charter.decides_by,
            made_with=provenance.current(),
            expected=training.expected,
            inputs=(*inputs, model, predictions, leaderboard, findings),
        )
    )


def _shortlisted(store: ArtifactStore, model: Shortlisted, number: int) -> ShortlistedModel:
    graph = store.write_file(Phase.MODELING, f"shortlist_{number}.onnx", model.graph)
    return ShortlistedModel(
        model.name, model.technique, graph.uri, graph.sha256, model.threshold, model.shift, model.value_per_case
    )

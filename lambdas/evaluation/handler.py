"""Evaluation: the only function whose role may read the test set."""

from __future__ import annotations

import dataclasses
import os
import time
from typing import Any

from crispstack.artifacts import BusinessCase, InputReference, ModelPackage, PreparedDataset
from crispstack.aws import champion
from crispstack.aws.artifact_store import ArtifactStore, exists, read_bytes
from crispstack.aws.json_lines import read_rows
from crispstack.data_collection import DataCollection
from crispstack.data_preparation.requests import prepared_arrays
from crispstack.evaluation import operation
from crispstack.evaluation.decision import decide
from crispstack.evaluation.incumbent import Incumbent, with_incumbent
from crispstack.evaluation.scoring import prediction_lines, score, shortlisted
from crispstack.evaluation.segments import segmentation
from crispstack.evaluation.slices import sliced_columns
from crispstack.phases import Phase
from crispstack.settings import EvaluationSettings


def handler(event: dict[str, Any], _context: object) -> dict[str, str | None]:
    """Score the test rows, write the predictions and the Decision; answer with the verdict, and where it leads back."""
    settings = EvaluationSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    case, case_reference = store.read(BusinessCase)
    collection, collection_reference = store.read(DataCollection)
    dataset, dataset_reference = store.read(PreparedDataset)
    package, package_reference = store.read(ModelPackage)
    rows, rows_reference = read_rows(dataset.test_uri)
    graph = read_bytes(package.model_uri)
    scored = score(rows, dataset, package, graph)
    inputs = prepared_arrays(rows, package.features)
    sliced = sliced_columns(case.charter, dataset.features)
    others = shortlisted(inputs, package, {each.uri: read_bytes(each.uri) for each in package.shortlist})
    scored = dataclasses.replace(scored, columns=prepared_arrays(rows, sliced), rivals=others)
    if serves := champion.champion_uri(settings.champion_parameter_prefix + store.project):
        incumbent = Incumbent(*champion.read_package(serves))
        scored = with_incumbent(scored, rows, case.charter, dataset, package, incumbent)

    there = {f"source {each.name}": exists(each.uri) for each in collection.sources}
    there["the prepared training rows"] = exists(dataset.train_uri)
    measured = operation.measured(graph, inputs, scored.predicted, there, time.perf_counter)
    name = "test_predictions.jsonl"
    model = InputReference(package.model_uri, package.model_sha256)
    references = (
        case_reference,
        collection_reference,
        dataset_reference,
        package_reference,
        model,
        rows_reference,
        *(InputReference(each.uri, each.sha256) for each in package.shortlist),
    )
    decision = decide(case.charter, package, scored, measured, store.uri(Phase.EVALUATION, name), references)
    store.write_file(Phase.EVALUATION, name, prediction_lines(scored))
    written = store.write(decision)
    store.write(segmentation(case.charter, package, scored, inputs, references))
    return {
        "verdict": decision.verdict,
        "summary": decision.summary,
        "return_to": decision.return_to.value if decision.return_to else None,
        "artifact_uri": written.uri,
    }

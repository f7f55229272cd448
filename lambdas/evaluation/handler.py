"""Evaluation: the only function whose role may read the test set."""

from __future__ import annotations

import os
from typing import Any

from crispstack.artifacts import BusinessCase, InputReference, ModelPackage, PreparedDataset
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.aws.json_lines import read_rows
from crispstack.evaluation.decision import decide
from crispstack.evaluation.scoring import prediction_lines, score
from crispstack.phases import Phase
from crispstack.settings import RunSettings


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Score the test rows through the graph, write the predictions and the Decision; answer with the verdict."""
    settings = RunSettings.from_environment(os.environ)
    store = ArtifactStore(settings.artifacts_bucket, event["project"], event["run_id"])
    case, case_reference = store.read(BusinessCase)
    dataset, dataset_reference = store.read(PreparedDataset)
    package, package_reference = store.read(ModelPackage)
    rows, rows_reference = read_rows(dataset.test_uri)
    scored = score(rows, dataset, package, read_bytes(package.model_uri))

    name = "test_predictions.jsonl"
    model = InputReference(package.model_uri, package.model_sha256)
    inputs = (case_reference, dataset_reference, package_reference, model, rows_reference)
    uri = store.uri(Phase.EVALUATION, name)
    decision = decide(case.charter, package, scored, uri, inputs)
    store.write_file(Phase.EVALUATION, name, prediction_lines(scored))
    written = store.write(decision)
    return {"verdict": decision.verdict, "summary": decision.summary, "artifact_uri": written.uri}

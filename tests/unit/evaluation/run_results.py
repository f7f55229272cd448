"""Runs of the wine's grades that came to a decision, without training anything."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from crispstack.artifacts import (
    BusinessCase,
    Candidate,
    Decision,
    Feature,
    Leaderboard,
    PolicyValue,
    PreparedDataset,
    Provenance,
)
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.data_collection import CollectedSource, DataCollection
from crispstack.evaluation.run_changes import RunResult
from crispstack.evaluation.scoring import Scored, prediction_lines
from tests.unit.evaluation import framings

PREDICTIONS = "test_predictions.jsonl"


def result(run_id: str, **changes: Any) -> RunResult:
    """A run; `changes` replace parts of it."""
    prepared = PreparedDataset(
        "v1",
        12,
        8,
        3,
        1,
        {"no grade": 1},
        0,
        0,
        "s3://p/train/",
        "s3://p/test/",
        "s3://p/q/",
        framings.FEATURES,
        "grade",
    )
    parameters = {"C": 1.0, "penalty": "l2"}
    leaderboard = Leaderboard("log_loss", False, (Candidate("one", "ridge", "linear", parameters),), "one", 5, 1)
    decision = Decision(
        "go", "Go.", "EUR", 3, 0, None, 0.8, None, 0.2, (PolicyValue("model", 15.0, 10.0, 20.0),), "always_fair",
        5.0, 1.0, 9.0, 0.95, (), (), (), None, f"s3://artifacts/wine/runs/{run_id}/5_evaluation/{PREDICTIONS}",
        framing="multiclass",
    )  # fmt: skip
    package = dataclasses.replace(
        framings.GRADE_PACKAGE, made_with=Provenance("c" * 64, "e" * 64, "3.11.7", {"numpy": "2.1.0"})
    )
    source = CollectedSource("wines", "aaaa", "s3://r/wines/version=aaaa/", "csv", (), 12, "2026-01-02T00:00:00+00:00")
    whole = RunResult(run_id, framings.GRADES, DataCollection((source,)), prepared, leaderboard, package, decision)
    return dataclasses.replace(whole, **changes)


def write(bucket: str, run: RunResult, predicted: Any) -> ArtifactStore:
    """Store what the run came to, with what it predicted of three wines, one of each class."""
    store = ArtifactStore(bucket, "wine", run.run_id)
    for artifact in (run.collection, run.prepared, run.leaderboard, run.package, run.decision):
        store.write(artifact)
    store.write(BusinessCase(run.charter, ()))
    lines = prediction_lines(Scored(np.arange(3.0), np.asarray(predicted, dtype=float)))
    store.write_file(Decision.phase, PREDICTIONS, lines)
    return store


SUGAR = Feature("sugar", "numeric")

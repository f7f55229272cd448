"""A model registry that keeps what it is told, and runs that came to their decision."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from moto.sagemaker.responses import SageMakerResponse

from crispstack.artifacts import BusinessCase, Decision, ModelPackage, ShortlistedModel
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.charter import ApprovalPolicy
from crispstack.data_collection import CollectedSource, DataCollection
from emulator.services.sagemaker.registry import REPLACEMENTS
from tests.unit.modeling import mocked_s3

GROUP_PREFIX = "crispstack-test-"
OTHER = ShortlistedModel("ridge", "ridge_regression", "s3://artifacts/ridge.onnx", "ab" * 32)


def use(patch: pytest.MonkeyPatch) -> None:
    """Make moto's registry the emulator's: moto's forgets a model's metadata when the model is approved."""
    patch.setenv("PACKAGE_GROUP_PREFIX", GROUP_PREFIX)
    for each in REPLACEMENTS:
        patch.setattr(SageMakerResponse, each.target.rpartition(".")[2], each.function, raising=False)


def decided(store: ArtifactStore, verdict: Any, by: Any = "automatic") -> ModelPackage:
    """A run up to its decision, with this verdict and one more model on the shortlist."""
    package = dataclasses.replace(mocked_s3.write_run(store), shortlist=(OTHER,))
    store.write(package)
    case, _ = store.read(BusinessCase)
    store.write(dataclasses.replace(case, charter=dataclasses.replace(case.charter, approval=ApprovalPolicy(by, 2.0))))
    source = CollectedSource("rows", "0a1b2c", "s3://raw/bank_test/rows/version=0a1b2c/", "csv", (), 900, "2026-01-02")
    store.write(DataCollection((source,)))
    store.write(
        Decision(
            verdict, "The reason.", "EUR", 300, 31, 0.1, 0.8, 0.4, 0.1, (), "no_one", 50.0, 20.0, 80.0, 0.95,
            (), (), (), None, store.uri(Decision.phase, "test_predictions.jsonl"),
        )
    )  # fmt: skip
    return package

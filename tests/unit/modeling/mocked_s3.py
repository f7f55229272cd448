"""Buckets in a mocked S3 and the artifacts of a run in them, for tests of handlers."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gzip
import importlib.util
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crispstack.artifacts import BusinessCase, Leaderboard, ModelPackage, PreparedDataset
from crispstack.aws import artifact_store, champion, training_job
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.charter import Charter
from crispstack.data_collection import CollectedSource, DataCollection
from crispstack.modeling.training import Training, train
from crispstack.modeling.workers import Threads
from crispstack.phases import Phase
from tests.unit.modeling import bank

LAMBDAS = Path(__file__).parents[3] / "lambdas"
TRAIN_ROWS, TEST_ROWS = 600, 300


@contextlib.contextmanager
def mocked() -> Iterator[ArtifactStore]:
    """A store of run r1 of project bank_test in bucket artifacts; bucket prepared beside it."""
    # A new session would parse botocore's descriptions of every service again, in each test.
    with pytest.MonkeyPatch.context() as patch, mock_aws(config={"core": {"reset_boto3_session": False}}):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("ARTIFACTS_BUCKET", "artifacts")
        patch.setenv("CHAMPION_PARAMETER_PREFIX", "/crispstack/test/champion/")
        _forget_clients()
        for bucket in ("artifacts", "prepared"):
            artifact_store.s3().create_bucket(Bucket=bucket)
        yield ArtifactStore("artifacts", "bank_test", "r1")
    _forget_clients()


def _forget_clients() -> None:
    artifact_store.s3.cache_clear()
    champion.client.cache_clear()


def load_handler(name: str) -> ModuleType:
    """The module ``lambdas/<name>/handler.py``, executed anew as at a cold start."""
    spec = importlib.util.spec_from_file_location(f"{name}_handler", LAMBDAS / name / "handler.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def trained() -> tuple[Charter, PreparedDataset, Training]:
    """A small model of real rows, trained once per test session."""
    charter = bank.charter("logistic_regression")
    rows = bank.rows(TRAIN_ROWS)
    dataset = bank.dataset(rows, charter, "s3://prepared/train/v1/", "s3://prepared/test/bank_test/v1/")
    dataset = dataclasses.replace(dataset, test_rows=TEST_ROWS)
    return charter, dataset, train(charter, dataset, bank.data(rows, charter), Threads(1))


def unseen_rows() -> list[dict[str, Any]]:
    """Rows that the model has not seen."""
    return bank.rows(TEST_ROWS, start=TRAIN_ROWS)


def write_run(store: ArtifactStore) -> ModelPackage:
    """What phases 1 to 4 leave, with the test rows in two parts."""
    charter, dataset, training = trained()
    clients = CollectedSource("clients", "v1", "s3://prepared/raw/clients/", "csv", (), TRAIN_ROWS, "2026-01-01")
    put_rows("raw/clients/part.csv", [])
    put_rows(artifact_store.split_uri(dataset.train_uri)[1] + "part-0.json.gz", [])
    store.write(DataCollection((clients,)))
    references = (store.write(BusinessCase(charter, ())), store.write(dataset))
    training_job.write(store, charter, training, dataset, references)
    rows = unseen_rows()
    for part, chunk in enumerate((rows[:200], rows[200:])):
        put_rows(f"test/bank_test/v1/part-{part}.json.gz", chunk)
    store.read(Leaderboard)
    return store.read(ModelPackage)[0]


def put_rows(key: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rows as data preparation writes the test set."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    artifact_store.s3().put_object(Bucket="prepared", Key=key, Body=gzip.compress(lines.encode()))


def keys(prefix: str) -> list[str]:
    """Names of the objects under a prefix of the artifacts bucket, relative to it."""
    listed = boto3.client("s3").list_objects_v2(Bucket="artifacts", Prefix=prefix)
    return sorted(entry["Key"].removeprefix(prefix) for entry in listed.get("Contents", ()))


def evaluation_keys() -> list[str]:
    """What evaluation has written."""
    return keys(f"bank_test/runs/r1/{Phase.EVALUATION.prefix}/")

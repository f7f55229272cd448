"""The functions of the first two phases, and the one that records failures, with their artifacts in a mocked S3."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crispstack.artifacts import BusinessCase, DataProfile, QualityReport, sha256
from crispstack.aws import artifact_store, queries, raw_data
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.aws.queries import QueryResult
from crispstack.business_understanding import charter_json
from crispstack.business_understanding.charter_file import load
from crispstack.charter import QualityRule
from crispstack.data_collection import CollectedSource, DataCollection
from crispstack.errors import ArtifactError, CharterError, DataError, QualityError
from crispstack.phases import Phase
from crispstack.settings import DataUnderstandingSettings
from lambdas.business_understanding import handler as business_understanding
from lambdas.data_understanding import handler as data_understanding
from lambdas.record_failure import handler as record_failure
from tests.unit.data_understanding.collected import put_version
from tests.unit.data_understanding.duckdb_table import run

FOLDER = Path("projects/bank_marketing")
BANK = load(FOLDER / "charter.yaml")
EVENT = {"project": "bank_marketing", "run_id": "r1"}
NAMES = ["profile/clients", "quality/clients", "personal_data/clients"]
QUERIES = {"queries": [{"statement": name, "id": name} for name in NAMES]}
SETTINGS = DataUnderstandingSettings("artifacts", "raw", "lake", "queries")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    for name, value in {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}.items():
        monkeypatch.setenv(name, value)
    for name, value in SETTINGS.to_environment().items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        artifact_store.s3.cache_clear()
        client = boto3.client("s3", region_name="us-east-1")
        for bucket in ("artifacts", "raw"):
            client.create_bucket(Bucket=bucket)
        yield ArtifactStore("artifacts", "bank_marketing", "r1")
    artifact_store.s3.cache_clear()


def put(bucket: str, key: str, content: bytes) -> None:
    boto3.client("s3", region_name="us-east-1").put_object(Bucket=bucket, Key=key, Body=content)


def put_charter(text: str = charter_json.dump(BANK)) -> None:
    put("artifacts", "bank_marketing/runs/r1/charter.json", text.encode())


def put_data() -> CollectedSource:
    content = (FOLDER / "clients.csv").read_bytes()
    return put_version(boto3.client("s3", region_name="us-east-1"), BANK.name, BANK.source, {"clients.csv": content})


def answer(monkeypatch: pytest.MonkeyPatch, charter: Any = BANK) -> None:
    planned = data_understanding.plan(EVENT, None)["statements"]
    version = raw_data.current("raw", "bank_marketing", "clients")
    statements = {name: data_understanding.render(EVENT | {"statement": name}, None)["sql"] for name in planned}
    rows = {name: run(statement, charter, FOLDER / "clients.csv", version) for name, statement in statements.items()}
    results = {name: tuple(map(dict, found)) for name, found in rows.items()}
    monkeypatch.setattr(queries, "result", lambda query_id: QueryResult(results[query_id], 100))


def test_the_business_case_names_the_charter_it_was_made_from(store: ArtifactStore) -> None:
    put_charter()
    answered = business_understanding.handler(EVENT, None)
    case, reference = store.read(BusinessCase)
    assert answered == {"artifact_uri": reference.uri}
    assert case.charter == BANK
    assert all(check.passed for check in case.checks)
    assert [item.uri for item in case.inputs] == ["s3://artifacts/bank_marketing/runs/r1/charter.json"]
    assert case.inputs[0].sha256 == sha256(charter_json.dump(BANK).encode())


def test_without_a_valid_charter_there_is_no_business_case(store: ArtifactStore) -> None:
    with pytest.raises(ArtifactError, match=r"charter\.json: NoSuchKey"):
        business_understanding.handler(EVENT, None)
    put_charter('{"name": 1}')
    with pytest.raises(CharterError, match=r"charter\.name: expected str"):
        business_understanding.handler(EVENT, None)
    with pytest.raises(ArtifactError):
        store.read(BusinessCase)


def test_profile_and_quality_report_name_case_and_data(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    put_charter()
    put_data()
    business_understanding.handler(EVENT, None)
    answer(monkeypatch)
    answered = data_understanding.conclude(EVENT | QUERIES, None)
    profile, reference = store.read(DataProfile)
    report, _ = store.read(QualityReport)
    assert answered == {"artifact_uri": reference.uri}
    assert (profile.rows + profile.test_rows, profile.bytes_scanned) == (4521, 300)
    assert len(report.results) == len(BANK.quality) + 1
    collection, used = store.read(DataCollection)
    assert profile.inputs == (store.read(BusinessCase)[1], used)
    (file,) = collection.source("clients").files
    assert (file.name, file.sha256) == ("clients.csv", sha256((FOLDER / "clients.csv").read_bytes()))
    assert collection.source("clients").license == BANK.source.license
    assert report.inputs == profile.inputs
    kept = read_bytes(store.uri(Phase.DATA_UNDERSTANDING, "statements/quality/clients.sql")).decode()
    assert kept == data_understanding.render(EVENT | {"statement": "quality/clients"}, None)["sql"]


def test_a_rule_that_stops_ends_the_phase(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = dataclasses.replace(BANK, quality=(QualityRule('IsComplete "contact"', "stop"),))
    put_charter(charter_json.dump(strict))
    put_data()
    business_understanding.handler(EVENT, None)
    answer(monkeypatch, strict)
    with pytest.raises(
        QualityError, match=r'clients: IsComplete "contact": 1324 of 4521 rows failing \(29\.29%\); add'
    ):
        data_understanding.conclude(EVENT | QUERIES, None)
    report, _ = store.read(QualityReport)
    assert [result.passed for result in report.results] == [False, True]


def test_raw_data_that_is_missing_or_was_changed_is_named(store: ArtifactStore) -> None:
    put_charter()
    business_understanding.handler(EVENT, None)
    with pytest.raises(DataError, match=r"'clients' has no data yet \(s3://raw/bank_marketing/clients\.json\)"):
        data_understanding.plan(EVENT, None)
    key = put_data().uri.removeprefix("s3://raw/")
    put("raw", f"{key}late.csv", b"")
    with pytest.raises(DataError, match=r"late\.csv is not as it was collected"):
        data_understanding.plan(EVENT, None)
    boto3.client("s3", region_name="us-east-1").delete_object(Bucket="raw", Key=f"{key}late.csv")
    put("raw", f"{key}clients.csv", b"cut off")
    with pytest.raises(DataError, match=r"clients\.csv is not as it was collected"):
        data_understanding.plan(EVENT, None)
    with pytest.raises(ArtifactError):
        store.read(DataCollection)


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ("it broke", "it broke"),
        ('{"errorMessage": "no column y", "errorType": "DataError", "stackTrace": []}', "no column y"),
        ("[1]", "[1]"),
    ],
)
def test_a_failure_is_recorded_beside_the_phases_artifacts(store: ArtifactStore, cause: str, message: str) -> None:
    event = EVENT | {"phase": "modeling", "error": "States.TaskFailed", "cause": cause}
    uri = record_failure.handler(event, None)["failure_uri"]
    assert uri == "s3://artifacts/bank_marketing/runs/r1/4_modeling/failure.json"
    assert json.loads(read_bytes(uri)) == {"phase": "modeling", "error": "States.TaskFailed", "cause": message}

import csv
import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crispstack.artifacts import BusinessCase, DataProfile, sha256
from crispstack.aws import artifact_store, queries
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.data_understanding.exploration import Exploration
from crispstack.data_understanding.personal_data import PersonalColumn, PrivacyReport
from crispstack.errors import ArtifactError
from lambdas.explore import handler as explore
from tests.unit.data_understanding.sampled_cases import CELLS, CHARTER, DECLARED

EVENT = {
    "project": "bank_marketing",
    "run_id": "r1",
    "queries": [{"statement": "profile/cases", "id": "p"}, {"statement": "sample/cases", "id": "s"}],
}


class Athena:
    """Answers for one query."""

    def __init__(self, state: str) -> None:
        self.state = state

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803 (Athena's name)
        assert QueryExecutionId == "s"
        status = {"State": self.state, "StateChangeReason": "it was too long"}
        return {
            "QueryExecution": {"Status": status, "ResultConfiguration": {"OutputLocation": "s3://results/athena/s.csv"}}
        }


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("ARTIFACTS_BUCKET", "artifacts")
    monkeypatch.setattr(queries, "athena", lambda: Athena("SUCCEEDED"))
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        artifact_store.s3.cache_clear()
        for bucket in ("artifacts", "results"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        store = ArtifactStore("artifacts", "bank_marketing", "r1")
        store.write(BusinessCase(CHARTER, ()))
        store.write(DataProfile("lake.cases", 300, 75, 120, (), 1))
        store.write(
            PrivacyReport(
                (PersonalColumn("cases", "city", "place", "declared", 1.0, "declared", None, "warn", ""),), 10
            )
        )
        yield store
    artifact_store.s3.cache_clear()


def put_sample() -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([[column.name for column in DECLARED], *CELLS])
    content = buffer.getvalue().encode()
    boto3.client("s3").put_object(Bucket="results", Key="athena/s.csv", Body=content)
    return content


def test_the_exploration_names_the_sample_it_was_made_from(store: ArtifactStore) -> None:
    content = put_sample()
    answered = explore.handler(EVENT, None)
    found, reference = store.read(Exploration)
    assert answered == {"artifact_uri": reference.uri}
    assert reference.uri.endswith("2_data_understanding/exploration.json")
    assert found.sample.rows == len(CELLS)
    assert [each.uri for each in found.inputs] == [
        store.artifact_uri(BusinessCase), store.artifact_uri(DataProfile), store.artifact_uri(PrivacyReport),
        "s3://results/athena/s.csv",
    ]  # fmt: skip
    assert found.inputs[-1].sha256 == sha256(content)


def test_values_of_personal_columns_are_withheld(store: ArtifactStore) -> None:
    put_sample()
    explore.handler(EVENT, None)
    groups = {each.column: each.groups for each in store.read(Exploration)[0].target}
    assert groups["city"] == ()
    assert groups["age"]


def test_without_a_sample_nothing_is_written(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArtifactError, match=r"s3://results/athena/s\.csv: NoSuchKey"):
        explore.handler(EVENT, None)
    monkeypatch.setattr(queries, "athena", lambda: Athena("FAILED"))
    with pytest.raises(ArtifactError, match="query s is FAILED: it was too long"):
        explore.handler(EVENT, None)
    with pytest.raises(ArtifactError):
        store.read(Exploration)

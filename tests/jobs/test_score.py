"""The scoring job on a real Spark session against an account: its tasks load the model and score files themselves."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow.parquet as pq
import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from crispstack.aws import artifact_store, scores
from crispstack.aws.artifact_store import s3
from crispstack.business_understanding import charter_json
from crispstack.deployment.score import Account, InputFile, ScorePlan, table_columns
from emulator.settings import Settings
from scoring_jobs import score
from tests.jobs.account import own_account
from tests.unit.data_preparation.test_request_reader import PLAIN, SOUND
from tests.unit.deployment import every_type

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

FILES, EACH = 5, 7
OPTIONS = ["--pseudonym-key", "none", "--lookup-table", "none"]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with own_account(tmp_path_factory.mktemp("state")) as settings:
        for bucket in ("lake", "models"):
            s3().create_bucket(Bucket=bucket)
        package = dataclasses.replace(every_type.champion().package, model_uri="s3://models/v1/model.onnx")
        for name, content in (
            ("model.onnx", every_type.graph()),
            ("charter.json", charter_json.dump(PLAIN).encode()),
            ("model_package.json", package.to_json().encode()),
        ):
            s3().put_object(Bucket="models", Key=f"v1/{name}", Body=content)
        glue = boto3.client("glue")
        glue.create_database(DatabaseInput={"Name": "lake"})
        columns = [{"Name": name, "Type": kind} for name, kind in table_columns("binary")]
        table = {"Name": "shop_scores", "PartitionKeys": [{"Name": "score_id", "Type": "string"}]}
        glue.create_table(DatabaseName="lake", TableInput=table | {"StorageDescriptor": {"Columns": columns}})
        glue.close()
        yield settings


@pytest.fixture(scope="module")
def spark(account: Settings) -> Iterator[SparkSession]:
    """A session whose workers find the account, wherever the virtual machine was started."""
    variables = {
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": account.access_key,
        "AWS_SECRET_ACCESS_KEY": account.secret_key,
        "AWS_DEFAULT_REGION": account.region,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        for name, value in variables.items():
            builder = builder.config(f"spark.executorEnv.{name}", value)
        session = builder.getOrCreate()
        yield session
        session.stop()


def plan(score_id: str, contents: list[str]) -> ScorePlan:
    files = []
    for number, content in enumerate(contents):
        s3().put_object(Bucket="lake", Key=f"scoring/{score_id}/{number}.jsonl", Body=content.encode())
        files.append(InputFile(f"s3://lake/scoring/{score_id}/{number}.jsonl", f"{number}.jsonl"))
    made = ScorePlan(
        score_id, "shop", f"s3://lake/scores/{score_id}/", "s3://models/v1/model_package.json", "v1", "x", tuple(files),
        "jsonl", ",", ("whole",), "lake",
    )  # fmt: skip
    scores.write_plan(made)
    return made


def rows(made: ScorePlan) -> list[dict[str, Any]]:
    listed = s3().list_objects_v2(Bucket="lake", Prefix=f"scores/{made.score_id}/rows/")["Contents"]
    contents = (artifact_store.read_bytes(f"s3://lake/{each['Key']}") for each in listed)
    return [row for content in contents for row in pq.read_table(io.BytesIO(content)).to_pylist()]


def test_every_file_is_scored_by_a_task_and_what_was_done_before_is_left_alone(spark: SparkSession) -> None:
    requests = [SOUND | {"whole": number} for number in range(FILES * EACH)]
    lines = [json.dumps(request) for request in requests]
    lines[3] = "broken"
    made = plan("s1", ["\n".join(lines[number * EACH : (number + 1) * EACH]) for number in range(FILES)])
    score.main(["--plan", made.uri + scores.PLAN, *OPTIONS])
    expected = Account(FILES * EACH, FILES * EACH - 1, 1, {"not a JSON object": 1})
    assert scores.manifest(made) == expected
    answers = every_type.champion().predict(requests)
    found = {int(dict(row["keys"])["whole"]): row for row in rows(made)}
    assert sorted(found) == [number for number in range(FILES * EACH) if number != 3]
    for number, row in found.items():
        assert row["probability"] == pytest.approx(answers[number]["probability"], abs=1e-6)

    bucket, key = artifact_store.split_uri(made.part(2, "parts"))
    s3().delete_object(Bucket=bucket, Key=key)
    s3().put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    score.main(["--plan", made.uri + scores.PLAN, *OPTIONS])
    kept = s3().list_object_versions(Bucket="lake", Prefix=f"scores/{made.score_id}/rows/")["Versions"]
    again = [each["Key"] for each in kept if each["VersionId"] != "null"]
    assert again == ["scores/s1/rows/000002.parquet"]
    assert scores.manifest(made) == expected
    assert len(rows(made)) == FILES * EACH - 1


def test_a_file_that_cannot_be_read_fails_the_job_in_words_and_keeps_the_others(spark: SparkSession) -> None:
    made = dataclasses.replace(plan("s2", [json.dumps(SOUND)] * 2), format="parquet")
    scores.write_plan(made)
    with pytest.raises(Py4JJavaError, match=r"crispstack\.errors\.DataError: [01]\.jsonl: not Parquet"):
        score.main(["--plan", made.uri + scores.PLAN, *OPTIONS])
    assert scores.manifest(made) is None

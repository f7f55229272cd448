"""The training job on a real Spark session; its artifacts in a mocked S3, its rows in Parquet files."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto import mock_aws
from pyspark.sql import SparkSession

from crispstack.artifacts import BusinessCase, ComputePlan, Leaderboard, ModelPackage, sha256
from crispstack.aws import artifact_store
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.charter import Charter
from crispstack.data_preparation.requests import feature_arrays
from crispstack.errors import ArtifactError, ModelingError
from crispstack.json_form import from_plain
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.phases import Phase
from tests.unit.modeling import bank
from training_jobs import train

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

ROWS = 300
ARGUMENTS = ["--project", "bank_test", "--run-id", "r1", "--artifacts-bucket", "artifacts"]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = _session(tmp_path_factory.mktemp("warehouse"))
        yield session
        session.stop()


def _session(warehouse: Path) -> SparkSession:
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", str(warehouse))
        .getOrCreate()
    )


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        artifact_store.s3.cache_clear()
        for bucket in ("artifacts", "prepared"):
            boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=bucket)
        yield ArtifactStore("artifacts", "bank_test", "r1")
    artifact_store.s3.cache_clear()


def prepare(store: ArtifactStore, charter: Charter, count: int = ROWS) -> None:
    """What the earlier phases would have left: the rows in two parts, and what is no part beside them."""
    rows = bank.rows(count)
    for number, part in enumerate((rows[: count // 3], rows[count // 3 :])):
        file = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(part), file)
        put(f"train/bank_test/v1/part-{number}.parquet", file.getvalue())
    put("train/bank_test/v1/_SUCCESS", b"")
    store.write(BusinessCase(charter, ()))
    store.write(ComputePlan("spark", "", 0.0, 300, 0.0, 3600))
    store.write(bank.dataset(rows, charter, train_uri="s3://prepared/train/bank_test/v1"))


def put(key: str, content: bytes) -> None:
    boto3.client("s3", region_name="us-east-1").put_object(Bucket="prepared", Key=key, Body=content)


def keys_of_modeling() -> list[str]:
    prefix = f"bank_test/runs/r1/{Phase.MODELING.prefix}/"
    listed = boto3.client("s3", region_name="us-east-1").list_objects_v2(Bucket="artifacts", Prefix=prefix)
    return sorted(entry["Key"].removeprefix(prefix) for entry in listed.get("Contents", ()))


def test_the_job_writes_a_model_whose_package_leads_to_everything(spark: SparkSession, store: ArtifactStore) -> None:
    charter = bank.charter()
    prepare(store, charter)
    train.main(ARGUMENTS)

    leaderboard, leaderboard_reference = store.read(Leaderboard)
    package, _ = store.read(ModelPackage)
    assert {candidate.error for candidate in leaderboard.candidates} == {""}
    winner = next(each for each in leaderboard.candidates if each.name == leaderboard.winner)
    assert package.technique == winner.technique
    assert package.parity.maximum_difference <= package.parity.tolerance == 1e-5
    assert leaderboard_reference in package.inputs

    content = read_bytes(package.model_uri)
    assert sha256(content) == package.model_sha256
    kept = json.loads(read_bytes(store.uri(Phase.MODELING, "charter.json")))
    assert from_plain(Charter, kept, "charter") == charter
    requests = [golden.row for golden in package.golden_rows]
    answers = OnnxGraph(content).scores(feature_arrays(requests, charter))
    assert answers.tolist() == [golden.scores[0] for golden in package.golden_rows]

    lines = read_bytes(package.validation_predictions_uri).decode().splitlines()
    predictions = [json.loads(line) for line in lines]
    assert len(predictions) == ROWS * charter.modeling.repeats
    assert set(predictions[0]) == {"row", "repeat", "actual", "predicted"}


def test_a_failed_training_leaves_nothing_behind(
    spark: SparkSession, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(store, bank.charter())
    monkeypatch.setattr("crispstack.modeling.onnx_export.TOLERANCE", -1.0)
    with pytest.raises(ModelingError, match="no candidate survived the export"):
        train.main(ARGUMENTS)
    assert set(keys_of_modeling()) <= {"compute_plan.json", "progress.json"}


def test_a_technique_that_does_not_suit_is_named_and_the_others_compete_on_the_executors(
    spark: SparkSession, store: ArtifactStore
) -> None:
    charter = bank.charter("naive_bayes", "logistic_regression", "ridge_regression")
    prepare(store, charter)
    train.main(ARGUMENTS)
    leaderboard, _ = store.read(Leaderboard)
    assert leaderboard.left_out == {"ridge_regression": "it predicts numbers, not classes"}
    assert {each.technique for each in leaderboard.candidates} >= {"constant", "naive_bayes", "logistic_regression"}


def test_without_the_earlier_phases_artifacts_the_error_names_the_missing_one(
    spark: SparkSession, store: ArtifactStore
) -> None:
    with pytest.raises(ArtifactError, match=r"1_business_understanding/business_case\.json: NoSuchKey"):
        train.main(ARGUMENTS)

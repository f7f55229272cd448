import json
from collections.abc import Iterator

import pytest

from crispstack.artifacts import Decision, PreparedDataset, Segmentation
from crispstack.aws import artifact_store
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.aws.json_lines import read_rows
from crispstack.data_preparation.requests import feature_arrays, request_row
from crispstack.errors import ArtifactError, DataError
from crispstack.modeling.onnx_graph import OnnxGraph
from tests.unit.modeling import mocked_s3

EVENT = {"project": "bank_test", "run_id": "r1"}


@pytest.fixture
def store() -> Iterator[ArtifactStore]:
    with mocked_s3.mocked() as store:
        yield store


def test_the_test_set_is_scored_through_the_graph_and_judged(store: ArtifactStore) -> None:
    package = mocked_s3.write_run(store)
    answer = mocked_s3.load_handler("evaluation").handler(EVENT, None)
    decision, reference = store.read(Decision)
    assert answer == {
        "verdict": decision.verdict,
        "summary": decision.summary,
        "return_to": decision.return_to,
        "artifact_uri": reference.uri,
    }
    assert decision.test_rows == mocked_s3.TEST_ROWS
    assert decision.threshold == package.threshold
    assert package.model_uri in {entry.uri for entry in decision.inputs}

    groups, _ = store.read(Segmentation)
    assert sum(each.rows for each in groups.segments) == decision.test_rows
    assert sum(each.acted_on or 0 for each in groups.segments) == decision.policies[0].acted_on

    charter, rows = mocked_s3.trained()[0], mocked_s3.unseen_rows()
    requests = [request_row(row, charter) for row in rows]
    expected = OnnxGraph(read_bytes(package.model_uri)).scores(feature_arrays(requests, charter))
    lines = [json.loads(line) for line in read_bytes(decision.test_predictions_uri).splitlines()]
    assert [line["predicted"] for line in lines] == pytest.approx(expected.tolist(), abs=1e-6)
    assert [line["actual"] for line in lines] == [row["y"] for row in rows]

    acted = [line["predicted"] >= package.threshold for line in lines]
    earned = sum(90.0 if row["y"] else -10.0 for row, act in zip(rows, acted, strict=True) if act)
    assert {policy.policy: policy.value for policy in decision.policies}["model"] == pytest.approx(earned)


def test_missing_test_rows_fail_the_evaluation_and_leave_nothing_behind(store: ArtifactStore) -> None:
    mocked_s3.write_run(store)
    artifact_store.s3().delete_object(Bucket="prepared", Key="test/bank_test/v1/part-1.json.gz")
    with pytest.raises(DataError, match="holds 200 rows; data preparation wrote 300"):
        mocked_s3.load_handler("evaluation").handler(EVENT, None)
    assert mocked_s3.evaluation_keys() == []


def test_another_graph_than_the_trained_one_is_refused(store: ArtifactStore) -> None:
    package = mocked_s3.write_run(store)
    bucket, key = artifact_store.split_uri(package.model_uri)
    artifact_store.s3().put_object(Bucket=bucket, Key=key, Body=b"another")
    with pytest.raises(ArtifactError, match="its hash differs"):
        mocked_s3.load_handler("evaluation").handler(EVENT, None)
    assert mocked_s3.evaluation_keys() == []


def test_test_rows_of_one_class_allow_no_decision(store: ArtifactStore) -> None:
    mocked_s3.write_run(store)
    for part, count in enumerate((200, 100)):
        rows = [row | {"y": 0} for row in mocked_s3.unseen_rows()[:count]]
        mocked_s3.put_rows(f"test/bank_test/v1/part-{part}.json.gz", rows)
    with pytest.raises(DataError, match="both classes of y"):
        mocked_s3.load_handler("evaluation").handler(EVENT, None)


def test_rows_are_read_in_the_order_of_their_parts_and_other_objects_left_alone(store: ArtifactStore) -> None:
    mocked_s3.write_run(store)
    artifact_store.s3().put_object(Bucket="prepared", Key="test/bank_test/v1/_SUCCESS", Body=b"")
    dataset, _ = store.read(PreparedDataset)
    rows, reference = read_rows(dataset.test_uri)
    assert rows == mocked_s3.unseen_rows()
    assert reference.uri == dataset.test_uri


def test_an_empty_prefix_is_an_error_that_names_it(store: ArtifactStore) -> None:
    with pytest.raises(ArtifactError, match=r"no rows .* under s3://prepared/test/none/"):
        read_rows("s3://prepared/test/none/")

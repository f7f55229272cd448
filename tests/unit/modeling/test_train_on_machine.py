"""The job on a machine that may be taken away: an interruption mid-training costs time, and changes nothing."""

from __future__ import annotations

import dataclasses
import io
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.artifacts import BusinessCase, ComputePlan, Leaderboard, ModelPackage
from crispstack.aws import artifact_store
from crispstack.aws.artifact_store import ArtifactStore, read_bytes
from crispstack.aws.spot_notice import INTERRUPTED, SpotNotice
from crispstack.charter import Technique
from crispstack.errors import ArtifactError
from crispstack.modeling.journaled_workers import JournaledWorkers
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.trial import FoldScore, Specification, Trial
from crispstack.modeling.workers import Threads
from tests.unit.modeling import bank, mocked_s3
from training_jobs import train_on_machine

ROWS = 240


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    monkeypatch.setattr(train_on_machine.os, "cpu_count", lambda: 1)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
    with mocked_s3.mocked() as found:
        yield found


class Memory:
    """A journal in memory."""

    def __init__(self, content: dict[str, bytes]) -> None:
        self.get, self.put = content.get, content.__setitem__


def prepare(store: ArtifactStore, technique: Technique) -> None:
    """What the earlier phases leave, for one technique on two folds."""
    charter, rows = bank.charter(technique, repeats=1), bank.rows(ROWS)
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    artifact_store.s3().put_object(Bucket="prepared", Key="train/v1/part-0.parquet", Body=file.getvalue())
    store.write(BusinessCase(charter, ()))
    store.write(bank.dataset(rows, charter, train_uri="s3://prepared/train/v1"))
    store.write(ComputePlan("gpu", "g4dn.xlarge", 0.5, 300, 0.0, 3600))


def run(store: ArtifactStore) -> None:
    train_on_machine.main(["--project", store.project, "--run-id", store.run_id, "--artifacts-bucket", store.bucket])


def scores(store: ArtifactStore) -> np.ndarray:
    package, _ = store.read(ModelPackage)
    graph = OnnxGraph(read_bytes(package.model_uri))
    rows, charter = bank.rows(100, start=ROWS), bank.charter()
    table = pa.Table.from_pylist(rows)
    return graph.scores(TrainingData.from_table(table, bank.dataset(rows, charter)).columns)


def warned_at(look: int) -> Callable[[SpotNotice], bool]:
    """Spot's warning comes when the job looks for the so-many-th time."""
    looks = itertools.count(1)
    return lambda _: next(looks) >= look


def test_an_interruption_mid_training_ends_in_the_model_of_an_undisturbed_run(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(store, "xgboost")
    with monkeypatch.context() as patch:
        patch.setattr(SpotNotice, "told", property(warned_at(120)))
        with pytest.raises(SystemExit) as ended:
            run(store)
    assert ended.value.code == INTERRUPTED
    with pytest.raises(ArtifactError):
        store.read(ModelPackage)
    kept = mocked_s3.keys("bank_test/runs/r1/4_modeling/journal/")
    assert any("/fits/" in key for key in kept)
    run(store)
    undisturbed = ArtifactStore(store.bucket, store.project, "r2")
    prepare(undisturbed, "xgboost")
    run(undisturbed)
    np.testing.assert_allclose(scores(store), scores(undisturbed), rtol=0, atol=1e-6)
    board, other = store.read(Leaderboard)[0], undisturbed.read(Leaderboard)[0]
    assert [each.scores for each in board.candidates] == [each.scores for each in other.candidates]
    listed = artifact_store.s3().list_objects_v2(Bucket=store.bucket, Prefix="bank_test/runs/r1/4_modeling/journal/")
    assert {entry["Size"] for entry in listed["Contents"]} == {0}


def test_finished_trials_are_read_back_and_failed_ones_repeated() -> None:
    journal: dict[str, bytes] = {}
    workers = JournaledWorkers(Threads(1), Memory(journal))
    trials = [Trial(Specification(number, "xgboost", {"depth": number}), split=0) for number in range(3)]
    tried: list[int] = []

    def attempt(_: None, trial: Trial) -> FoldScore:
        number = trial.specification.number
        tried.append(number)
        if number == 1 and len(tried) < 4:
            raise ValueError("for once")
        return FoldScore(np.array([0.1, number]), 0.5, 0.4, {"depth": number}, 1.0, 2.0)

    first = list(workers.run(attempt, None, trials))
    assert [each.error for each in first] == ["", "ValueError: for once", ""]
    again = [dataclasses.replace(each, seconds=1.5) for each in trials]
    second = list(JournaledWorkers(Threads(1), Memory(journal)).run(attempt, None, again))
    assert tried == [0, 1, 2, 1]
    for before, after in zip(first, second, strict=True):
        assert after.result is not None
        assert (
            before.result is None or dataclasses.asdict(before.result).keys() == dataclasses.asdict(after.result).keys()
        )
        np.testing.assert_array_equal(after.result.predicted, [0.1, after.task.specification.number])
        assert after.result.parameters == {"depth": after.task.specification.number}

"""`crisp train` on mocked services: what is started, told and stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crispstack.artifacts import BusinessCase, ComputePlan, DataProfile, PreparedDataset
from crispstack.aws import runs, training_progress
from crispstack.aws.artifact_store import ArtifactStore, s3, split_uri
from crispstack.cli import train
from crispstack.cli.commands import cli
from crispstack.modeling.search import Progress
from crispstack.phases import Phase
from tests.unit.cli import test_commands
from tests.unit.cli.test_commands import root  # noqa: F401 (a fixture)
from tests.unit.modeling import bank

pytestmark = pytest.mark.usefixtures("root")
EARLIER = "20260102T000000Z-aaaaaa"
PLAN = ComputePlan("gpu", "g4dn.xlarge", 3600.0, 90, 0.0, 1980)


class Execution:
    """A state machine whose one execution is in these states, one after the other; an error among them is raised."""

    def __init__(self, states: Sequence[str | BaseException]) -> None:
        self.states = list(states)
        self.stopped: list[dict[str, Any]] = []
        self.started: list[dict[str, Any]] = []
        self.client = test_commands.client("stepfunctions")

    def start_execution(self, **request: Any) -> Any:
        self.started.append(request)
        store = ArtifactStore(test_commands.outputs()["ArtifactsBucketName"], "demo", request["name"][5:-2])
        store.write(PLAN)
        progress = {"trials": 7, "best": "lightgbm", "score": 0.8125, "seconds": 4.0, "said": ""}
        store.write_file(Phase.MODELING, "progress.json", json.dumps(progress).encode())
        return {"executionArn": "arn:execution"}

    def stop_execution(self, **request: Any) -> None:
        self.stopped.append(request)

    def describe_execution(self, **_: Any) -> Any:
        state = self.states.pop(0)
        if isinstance(state, BaseException):
            raise state
        return {"status": state, "error": "Cancelled", "cause": "stopped"}

    def get_paginator(self, name: str) -> Any:
        return self.client.get_paginator(name)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the spinner showed; no time passes."""
    shown: list[str] = []
    original = train._Watch._line
    monkeypatch.setattr(train._Watch, "_line", lambda self, told: shown.append(original(self, told)) or shown[-1])
    monkeypatch.setattr(train.time, "sleep", lambda _: None)
    monkeypatch.setattr(train._Watch, "_conclude", lambda self, spent: {"run_id": self._store.run_id})
    return shown


def prepared(run_id: str = EARLIER) -> ArtifactStore:
    test_commands.start(run_id)
    store = ArtifactStore(test_commands.outputs()["ArtifactsBucketName"], "demo", run_id)
    charter = bank.charter()
    store.write(BusinessCase(charter, ()))
    store.write_file(DataProfile.phase, "sample.json", b"[1]")
    store.write_file(DataProfile.phase, "failure.json", b"{}")
    store.write(bank.dataset(bank.rows(4), charter))
    store.write_file(Phase.MODELING, "model.onnx", b"of the other run")
    return store


def follow(monkeypatch: pytest.MonkeyPatch, *states: str | BaseException) -> Execution:
    execution = Execution(states)
    monkeypatch.setattr(runs, "states", lambda: execution)
    return execution


def crisp(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli, ["train", "--env", "dev", *arguments], input=answer)


def names(store: ArtifactStore) -> set[str]:
    bucket, prefix = split_uri(store.run_uri)
    found = s3().list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/").get("Contents", ())
    return {entry["Key"].removeprefix(f"{prefix}/") for entry in found}


def test_a_run_of_its_own_takes_the_prepared_rows_and_ends_after_modeling(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    earlier = prepared()
    execution = follow(monkeypatch, "RUNNING", "RUNNING", "SUCCEEDED")
    result = crisp("demo", "--on", "gpu", "--budget", "90", "--json")
    assert result.exit_code == 0, result.output
    run_id = json.loads(result.stdout)["run_id"]
    given = json.loads(execution.started[0]["input"])
    assert given == {
        "project": "demo", "run_id": run_id, "from_phase": "modeling",
        "until": "modeling", "backend": "gpu", "budget_seconds": 90,
    }  # fmt: skip
    store = ArtifactStore(earlier.bucket, "demo", run_id)
    assert store.read(PreparedDataset)[0] == earlier.read(PreparedDataset)[0]
    assert names(store) == {
        "1_business_understanding/business_case.json",
        "2_data_understanding/sample.json",
        "3_data_preparation/prepared_dataset.json",
        "4_modeling/compute_plan.json",
        "4_modeling/progress.json",
    }
    assert f"run {run_id}, on the rows of run {EARLIER}" in result.stderr
    assert "on gpu: g4dn.xlarge; at most 3600.00 USD an hour, 90 s of search" in result.stderr
    assert len(lines) == 2
    assert lines[0].endswith(": 7 candidates, best so far lightgbm 0.8125")
    assert " USD" in lines[0]


def test_without_a_choice_the_charter_says_where(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    prepared()
    prepared("20260103T000000Z-bbbbbb")
    execution = follow(monkeypatch, "SUCCEEDED")
    result = crisp("demo", "--run", EARLIER)
    assert result.exit_code == 0, result.output
    assert set(json.loads(execution.started[0]["input"])) == {"project", "run_id", "from_phase", "until"}
    assert f"on the rows of run {EARLIER}" in result.output


def test_the_newest_run_that_has_prepared_rows_lends_them(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    prepared()
    test_commands.start("20260103T000000Z-bbbbbb")
    follow(monkeypatch, "SUCCEEDED")
    assert f"on the rows of run {EARLIER}" in crisp("demo").output


def test_without_prepared_rows_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    execution = follow(monkeypatch)
    result = crisp("demo")
    assert (result.exit_code, execution.started) == (1, [])
    assert "demo has no prepared rows here; prepare them with `crisp run demo`" in result.output
    named = crisp("demo", "--run", "20260101T000000Z-cccccc")
    assert "run 20260101T000000Z-cccccc of demo has no prepared rows; see `crisp runs demo`" in named.output


def test_ctrl_c_asks_and_stops_the_execution(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    prepared()
    execution = follow(monkeypatch, "RUNNING", KeyboardInterrupt(), "RUNNING", "ABORTED")
    monkeypatch.setattr(train, "_someone_answers", lambda: True)
    result = crisp("demo", answer="y\n")
    assert result.exit_code == 1
    assert [each["executionArn"] for each in execution.stopped] == ["arn:execution"]
    assert "Stop the training?" in result.output
    assert "aborted: Cancelled: stopped" in result.output
    assert execution.states == []


def test_who_declines_leaves_it_running_and_learns_how_to_end_it(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    prepared()
    execution = follow(monkeypatch, KeyboardInterrupt())
    monkeypatch.setattr(train, "_someone_answers", lambda: True)
    result = crisp("demo", answer="n\n")
    assert (result.exit_code, execution.stopped) == (1, [])
    assert "`crisp cancel demo` ends it" in result.output


def test_where_nobody_can_answer_an_interrupt_stops_it(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    prepared()
    execution = follow(monkeypatch, KeyboardInterrupt(), "ABORTED")
    assert crisp("demo").exit_code == 1
    assert len(execution.stopped) == 1


def test_a_failed_training_ends_with_its_reason(monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    prepared()
    follow(monkeypatch, "FAILED")
    result = crisp("demo")
    assert result.exit_code == 1
    assert "failed: Cancelled: stopped" in result.output
    assert "see `crisp logs demo modeling --run " in result.output


def test_progress_is_written_at_once_and_then_every_other_second(capsys: pytest.CaptureFixture[str]) -> None:
    store = prepared()
    assert training_progress.read(store) is None
    now = [0.0]
    tell = training_progress.TrainingProgress(store, lambda: now[0])
    for now[0], trials in ((0.0, 1), (1.9, 2), (2.1, 3)):
        tell(Progress(trials, "xgboost", 0.5, now[0], f"trial {trials}"))
        found = training_progress.read(store)
        assert found is not None
        assert found["trials"] == {1: 1, 2: 1, 3: 3}[trials]
    assert "2 s, 3 candidates: trial 3" in capsys.readouterr().err

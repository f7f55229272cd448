from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from crispstack.artifacts import Approval, Release
from crispstack.aws import approvals, outputs, run_history, runs
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.runs import Attempt
from crispstack.cli.commands import cli
from tests.unit.cli.test_commands import DECISION
from tests.unit.modeling import mocked_s3

RUN = "20260102T030405Z-aaaaaa"
ASKED = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
ADA = "arn:aws:sts::123456789012:assumed-role/managers/ada"
BEFORE = ["BusinessUnderstanding", "DataUnderstandingPlan", "DataPreparation", "ModelingOnSpark"]


def passed(name: str) -> list[dict[str, Any]]:
    return [
        {kind: {"name": name}, "timestamp": ASKED} for kind in ("stateEnteredEventDetails", "stateExitedEventDetails")
    ]


def scheduled(answered_with: str = "t1", resource: str = "putEvents.waitForTaskToken") -> dict[str, Any]:
    detail = {"token": answered_with, "package_arn": "arn:package/7", "summary": "Go: ...", "days": 1.5}
    parameters = json.dumps({"Entries": [{"Source": "crispstack", "Detail": detail}]})
    return {"taskScheduledEventDetails": {"resource": resource, "parameters": parameters}, "timestamp": ASKED}


def asking(answered_with: str = "t1") -> list[dict[str, Any]]:
    """The history of an execution that has asked, and waits."""
    entered = {"stateEnteredEventDetails": {"name": "EvaluationAsk"}, "timestamp": ASKED}
    return [event for name in (*BEFORE, "Evaluation") for event in passed(name)] + [entered, scheduled(answered_with)]


class StepFunctions:
    """An execution that waits until it is answered, and then comes to its end."""

    def __init__(self, store: ArtifactStore) -> None:
        self.store = store
        self.answered: dict[str, Any] | None = None
        self.refuses = ""
        self.lags = 1
        self.history = asking()

    def list_executions(self) -> list[Attempt]:
        status = "SUCCEEDED" if self.answered else "RUNNING"
        return [Attempt("arn:execution", "demo", RUN, 1, status, ASKED, None)]

    def seen(self) -> list[dict[str, Any]]:
        """The history, in which what was answered stands a moment later."""
        return asking() if self.answered and self.lags >= 0 else self.history

    def describe_execution(self, **_: str) -> dict[str, Any]:
        self.lags -= bool(self.answered)
        over = self.answered and self.lags < 0
        begun = {"startDate": ASKED, "stopDate": ASKED + timedelta(seconds=90)}
        return {"status": "SUCCEEDED" if over else "RUNNING", **begun}

    def send_task_success(self, **request: str) -> None:
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses, "Message": "no"}}, "SendTaskSuccess")
        assert request["taskToken"] == "t1"
        self.answered = json.loads(request["output"])
        self.history = [*self.history, *passed("EvaluationApproval"), *passed("DeploymentRelease")]
        answer = self.answered
        approval = Approval(answer["approved"], answer["by"], answer["reason"], "2026-01-02T04:00:00+00:00", "arn:p/7")
        self.store.write(approval)
        self.store.write(Release(answer["approved"], "The reason.", "v", "/p", "", 0, 0.0))


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StepFunctions]:
    """A repository, and a run of the project demo that waits for an answer."""
    for folder in ("environments", "projects"):
        (tmp_path / folder).mkdir()
    text = 'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    (tmp_path / "environments" / "dev.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    with mocked_s3.mocked() as mocked:
        store = ArtifactStore(mocked.bucket, "demo", RUN)
        store.write(DECISION)
        service = StepFunctions(store)
        monkeypatch.setattr(outputs, "platform", lambda _: outputs.Platform("raw", store.bucket, "arn", "lake", "w"))
        for module in (runs, approvals):
            monkeypatch.setattr(module, "states", lambda: service)
        monkeypatch.setattr(runs, "_all_attempts", lambda _: service.list_executions())
        monkeypatch.setattr(run_history, "events", lambda _: service.seen())
        monkeypatch.setattr("crispstack.cli.follow._POLL_SECONDS", 0.0)
        monkeypatch.setattr(approvals, "caller", lambda: ADA)
        yield service
    os.environ.clear()
    os.environ.update(before)


def crisp(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [arguments[0], "--env", "dev", *arguments[1:]])


@pytest.mark.parametrize(("command", "approved"), [("approve", True), ("reject", False)])
def test_an_answer_names_its_reason_and_who_gave_it_and_the_run_is_followed_to_its_end(
    waiting: StepFunctions, command: str, approved: bool
) -> None:
    result = crisp(command, RUN, "--reason", " the [campaign] is in May ", "--json")
    assert result.exit_code == 0, result.output
    assert waiting.answered == {"approved": approved, "by": ADA, "reason": "the [campaign] is in May"}
    answer = json.loads(result.stdout)
    assert (answer["status"], answer["project"], answer["released"]) == ("succeeded", "demo", approved)
    assert answer["approval"] == waiting.answered | {"decided": "2026-01-02T04:00:00+00:00"}
    word = "approved" if approved else "rejected"
    assert f"{word} by {ADA} at 2026-01-02T04:00:00+00:00: the [campaign] is in May" in result.stderr
    # What went before was told by the command that started the run.
    assert "✓ 5 evaluation" in result.stderr
    assert "4 modeling" not in result.stderr


def test_status_says_which_run_waits_until_when_and_who_answered(waiting: StepFunctions) -> None:
    told = crisp("status", "demo").stdout
    assert f"run {RUN} waits for a person's approval until 2026-01-03 15:05 UTC" in told
    assert f"crisp approve {RUN} --reason" in told
    assert "approved by" not in told
    [listed] = json.loads(crisp("runs", "demo", "--json").stdout)
    assert (listed["status"], listed["verdict"]) == ("waiting_for_approval", None)
    assert re.search(rf"{RUN}.* waiting ", crisp("runs", "demo").stdout)
    assert crisp("approve", RUN, "--reason", "good").exit_code == 0
    told = crisp("status", "demo").stdout
    assert "waits" not in told
    assert f"approved by {ADA} at 2026-01-02T04:00:00+00:00: good" in told


def test_a_run_that_waits_is_watched_no_longer(waiting: StepFunctions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crispstack.cli.run._valid_charter", lambda *_: None)
    monkeypatch.setattr("crispstack.cli.run._start", lambda *_: (RUN, "arn:execution", ()))
    result = crisp("run", "demo", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["status"], answer["until"]) == ("waiting_for_approval", "2026-01-03 15:05 UTC")
    assert [each["status"] for each in answer["phases"]] == ["succeeded"] * 4 + ["running", "pending"]
    assert answer["decision"]["verdict"] == "go"
    assert f"crisp reject {RUN} --reason" in result.stderr


def test_an_answer_needs_a_reason(waiting: StepFunctions) -> None:
    assert "Missing option '--reason'" in crisp("approve", RUN).output
    assert "--reason is empty; say why in a sentence" in crisp("reject", RUN, "--reason", "  ").output
    assert waiting.answered is None


def test_a_run_that_does_not_wait_takes_no_answer_and_says_what_became_of_it(waiting: StepFunctions) -> None:
    waiting.history = [event for name in BEFORE for event in passed(name)]
    told = crisp("approve", RUN, "--reason", "good").output
    assert f"run {RUN} waits for no answer: it is running, and came to no approval" in told
    waiting.history = asking()
    assert crisp("reject", RUN, "--reason", "too dear").exit_code == 0
    told = crisp("approve", RUN, "--reason", "good").output
    assert f"waits for no answer: it was rejected by {ADA} at 2026-01-02T04:00:00+00:00: too dear" in told
    assert f"crisp run demo --from evaluation --run {RUN}" in told
    assert waiting.answered == {"approved": False, "by": ADA, "reason": "too dear"}


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_whoever_is_too_late_is_told_so(waiting: StepFunctions, code: str) -> None:
    waiting.refuses = code
    result = crisp("approve", RUN, "--reason", "good")
    assert result.exit_code == 1
    assert f"run {RUN} no longer waits for an answer: somebody was faster, or its time is up" in result.output


def test_whoever_may_not_answer_is_told_so(waiting: StepFunctions) -> None:
    waiting.refuses = "AccessDeniedException"
    assert "AWS refused SendTaskSuccess: AccessDeniedException" in crisp("approve", RUN, "--reason", "good").output


def test_a_run_that_is_not_there_is_named(waiting: StepFunctions) -> None:
    told = crisp("approve", "20260102T030405Z-bbbbbb", "--reason", "good").output
    assert "there is no run 20260102T030405Z-bbbbbb here" in told


def test_only_the_task_that_asks_is_waited_for() -> None:
    asked = approvals.pending(asking("t9"))
    assert asked
    assert (asked.token, asked.package_arn, asked.summary) == ("t9", "arn:package/7", "Go: ...")
    assert asked.until == ASKED + timedelta(days=1.5)
    assert approvals.pending([*asking(), *passed("EvaluationAsk")[1:]]) is None
    assert approvals.pending([*asking(), passed("EvaluationApproval")[0]]) is None
    assert approvals.pending([scheduled(resource="invoke")]) is None
    assert approvals.pending([]) is None

"""`crisp releases`, `crisp release` and `crisp rollback`: what is told, and what is asked of the function that may."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crispstack.artifacts import ReleaseOutcome, ReleaseProof, ReleaseRequest
from crispstack.aws import approvals, outputs, release_requests
from crispstack.aws.outputs import Platform, ProjectEndpoint
from crispstack.aws.release_records import ReleaseRecords
from crispstack.cli.commands import cli
from crispstack.errors import ReleaseError
from tests.unit.modeling import mocked_s3

ADA = "arn:aws:iam::123456789012:user/ada"
RECORDS = ReleaseRecords("artifacts", "bank_test")
FIRST = ReleaseRequest("release", "2", "abc", "r1", "charter", "Go.", "2026-01-02T03:04:05.000+00:00")
ENDED = ReleaseOutcome(
    "release", "succeeded", "2", "1", "abc", "", "2026-01-02T03:04:05.100+00:00", "2026-01-02T03:04:07.000+00:00"
)
BACK = ReleaseOutcome(
    "code", "rolled_back", "3", "2", "abc", "Alarm: slow", "2026-01-03T00:00:00+00:00", "2026-01-03T00:05:00+00:00"
)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A repository with one environment, and a project with two changes of what serves."""
    for folder in ("environments", "projects"):
        (tmp_path / folder).mkdir()
    text = 'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    (tmp_path / "environments" / "dev.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(outputs, "platform", lambda _: Platform("raw", "artifacts", "machine", "database", "workgroup"))
    monkeypatch.setattr(
        outputs, "project_endpoint", lambda *_: ProjectEndpoint("https://x", "f", "/p", "/s", "q", "s3://r/")
    )
    monkeypatch.setattr(outputs, "change_function", lambda _: "change")
    monkeypatch.setattr(approvals, "caller", lambda: ADA)
    before = dict(os.environ)
    with mocked_s3.mocked():
        RECORDS.write("d-1", FIRST)
        RECORDS.write("d-1", ReleaseProof("2", "abc", 20, 0.0))
        RECORDS.write("d-1", ENDED)
        RECORDS.write("d-2", BACK)
        yield
    os.environ.clear()
    os.environ.update(before)


def crisp(*arguments: str) -> Any:
    return CliRunner().invoke(cli, [*arguments, "--env", "dev"], env={"COLUMNS": "200"})


def test_releases_are_listed_newest_first_with_who_why_and_how_they_ended() -> None:
    newest, oldest = json.loads(crisp("releases", "bank_test", "--json").stdout)
    assert (newest["kind"], newest["status"], newest["version"], newest["ended_because"]) == (
        "code",
        "rolled_back",
        "3",
        "Alarm: slow",
    )
    assert newest["by"] == "cloudformation"
    assert (oldest["by"], oldest["why"], oldest["run_id"], oldest["golden_rows"]) == ("charter", "Go.", "r1", 20)
    lines = crisp("releases", "bank_test").stdout.splitlines()
    assert lines[0] == "2026-01-03 00:00:00  version 3    model abc: code, rolled back"
    assert "2026-01-02 03:04:05  version 2    model abc of run r1: release, succeeded" in lines
    assert "  by charter: Go." in lines


def test_what_is_under_way_is_listed_so() -> None:
    RECORDS.write("d-3", ReleaseRequest("rollback", "2", "abc", "", "ada", "slow", "2026-01-04T00:00:00.000+00:00"))
    newest, *_ = json.loads(crisp("releases", "bank_test", "--json").stdout)
    assert (newest["kind"], newest["status"], newest["version"]) == ("rollback", "under way", "2")


def test_a_project_without_releases_says_how_to_get_one() -> None:
    assert "nothing of other was released here yet" in crisp("releases", "other").stdout


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("release", "bank_test", "r1"), {"run_id": "r1"}),
        (("rollback", "bank_test"), {}),
        (("rollback", "bank_test", "--to", "2"), {"version": "2"}),
    ],
)
def test_a_change_is_asked_with_its_reason_and_followed_to_its_end(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], wanted: dict[str, str]
) -> None:
    asked: list[Any] = []

    def begin(function: str, event: Any) -> Any:
        asked.append((function, event))
        return {"released": True, "version": "2", "model_version": "abc", "deployment_id": "d-1"}

    monkeypatch.setattr(release_requests, "begin", begin)
    done = crisp(*arguments, "--reason", " it is time ", "--json")
    assert done.exit_code == 0, done.output
    assert asked == [("change", {"project": "bank_test", "by": ADA, "reason": "it is time", **wanted})]
    assert json.loads(done.stdout)["status"] == "succeeded"


def test_a_change_that_was_taken_back_or_refused_fails_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"released": True, "version": "3", "model_version": "abc", "deployment_id": "d-2"}
    monkeypatch.setattr(release_requests, "begin", lambda *_: answer)
    done = crisp("release", "bank_test", "r1", "--reason", "now")
    assert done.exit_code == 1
    assert "version 3 was rolled back; what served before serves: Alarm: slow" in done.output

    def refuse(*_: Any) -> Any:
        raise ReleaseError("Version 1 of models is not approved: nobody has answered yet")

    monkeypatch.setattr(release_requests, "begin", refuse)
    done = crisp("release", "bank_test", "r1", "--reason", "now")
    assert (done.exit_code, "Error: Version 1 of models is not approved" in done.output) == (1, True)


@pytest.mark.parametrize("command", [("release", "bank_test", "r1"), ("rollback", "bank_test")])
def test_a_change_without_a_reason_is_refused(command: tuple[str, ...]) -> None:
    done = crisp(*command, "--reason", "  ")
    assert (done.exit_code, "--reason is empty" in done.output) == (2, True)

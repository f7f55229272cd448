"""`crisp score`: what it takes up, what it starts anew, and what it says where it cannot."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crispstack.artifacts import ModelPackage
from crispstack.aws import champion, outputs, score_jobs, scores
from crispstack.aws.artifact_store import s3
from crispstack.aws.outputs import Platform, ProjectEndpoint
from crispstack.aws.score_jobs import JobRun, JobState
from crispstack.cli.commands import cli
from crispstack.deployment.score import Account, ScorePlan
from crispstack.deployment.score_job import ScoreJob
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.data_preparation.test_request_reader import PLAIN
from tests.unit.deployment import every_type
from tests.unit.modeling import mocked_s3

JOB = ScoreJob(
    "app", "role", "s3://a/s.py", "--conf x", "group", "s3://prepared/scoring/", "s3://artifacts/scores/", "k", "t"
)

QUERY = "SELECT * FROM shop_scores WHERE score_id = 'ID'"


class Service:
    """EMR Serverless, whose jobs end as they are told to and score everything when they succeed."""

    def __init__(self) -> None:
        self.ends = [JobState("SUCCESS", "")]
        self.started: list[ScorePlan] = []
        self.cancelled: list[JobRun] = []
        self.runs: JobRun | None = None

    def start(self, _job: ScoreJob, plan: ScorePlan, _uri: str, _token: str) -> JobRun:
        self.started.append(plan)
        return JobRun("app", f"j-{len(self.started)}")

    def state(self, _run: JobRun) -> JobState:
        end = self.ends.pop(0)
        if end.state == "Ctrl-C":
            raise KeyboardInterrupt
        if end.state == "SUCCESS":
            scores._put(self.started[-1].uri + scores.MANIFEST, Account(2, 1, 1, {"why": 1}).to_json())
        return end


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    made = Service()
    (tmp_path / "environments").mkdir()
    (tmp_path / "projects" / "shop").mkdir(parents=True)
    (tmp_path / "projects" / "shop" / "charter.yaml").write_text("")
    (tmp_path / "environments" / "dev.toml").write_text(
        'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    )
    (tmp_path / "rows.csv").write_text("whole\n1\n2\n")
    monkeypatch.chdir(tmp_path)
    endpoint = ProjectEndpoint("https://x", "f", "/c", "/s", "q", "s3://r/")
    platform = Platform("raw", "artifacts", "machine", "lake", "lake")
    package: ModelPackage = every_type.champion().package
    for module, name, found in (
        (outputs, "platform", platform),
        (outputs, "project_endpoint", endpoint),
        (score_jobs, "described", JOB),
        (champion, "champion_uri", "s3://models/v1/model_package.json"),
        (champion, "read_package", (PLAIN, package, b"")),
    ):
        monkeypatch.setattr(module, name, lambda *_, found=found: found)
    monkeypatch.setattr(score_jobs, "running", lambda *_: made.runs)
    monkeypatch.setattr(score_jobs, "start", made.start)
    monkeypatch.setattr(score_jobs, "state", made.state)
    monkeypatch.setattr(score_jobs, "cancel", made.cancelled.append)
    with mocked_s3.mocked():
        yield made


def crisp(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["score", "shop", *arguments, "--env", "dev"])


def answer(*arguments: str) -> Any:
    done = crisp(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_file_is_copied_and_scored_and_what_became_of_its_rows_is_told(service: Service) -> None:
    found = answer("--file", "rows.csv", "--key", "whole")
    (plan,) = service.started
    assert found == {
        "rows": 2,
        "scored": 1,
        "quarantined": 1,
        "reasons": {"why": 1},
        "score_id": plan.score_id,
        "model_version": "v1",
        "source": "rows.csv",
        "files": 1,
        "table": "lake.shop_scores",
        "uri": f"s3://artifacts/scores/{plan.score_id}/",
        "sql": QUERY.replace("ID", plan.score_id),
    }
    assert plan.keys == ("whole",)
    assert plan.package_uri == "s3://models/v1/model_package.json"
    (file,) = plan.files
    bucket, _, key = file.uri.removeprefix("s3://").partition("/")
    assert s3().get_object(Bucket=bucket, Key=key)["Body"].read() == b"whole\n1\n2\n"


def test_what_was_scored_is_not_scored_again_unless_asked_for(service: Service) -> None:
    first = answer("--file", "rows.csv")
    assert answer("--file", "rows.csv") == first
    assert len(service.started) == 1
    refused = crisp("--file", "rows.csv", "--on-existing", "fail")
    assert refused.exit_code == 1
    assert first["score_id"] in refused.output
    service.ends.append(JobState("SUCCESS", ""))
    answer("--file", "rows.csv", "--on-existing", "new")
    service.ends.append(JobState("SUCCESS", ""))
    Path("rows.csv").write_text("whole\n3\n")
    answer("--file", "rows.csv")
    assert len(service.started) == 3


def test_a_failed_score_is_taken_up_by_the_same_command(service: Service) -> None:
    service.ends = [JobState("FAILED", "rows.csv: there is no column size"), JobState("SUCCESS", "")]
    failed = crisp("--file", "rows.csv")
    assert failed.exit_code == 1
    assert "failed: rows.csv: there is no column size\n0 of 1 files are scored; the same command" in failed.output
    answer("--file", "rows.csv")
    first, second = service.started
    assert first == second


def test_ctrl_c_cancels_the_job_and_waits_for_its_end(service: Service) -> None:
    service.ends = [JobState("RUNNING", ""), JobState("Ctrl-C", ""), JobState("CANCELLED", "by the user")]
    done = crisp("--file", "rows.csv")
    assert done.exit_code == 1
    assert service.cancelled == [JobRun("app", "j-1")]
    assert "cancelled: by the user" in done.output


def test_a_job_that_runs_already_is_watched_and_none_started_beside_it(service: Service) -> None:
    service.ends = [JobState("FAILED", "killed")]
    crisp("--file", "rows.csv")
    service.runs, service.ends = JobRun("app", "j-other"), [JobState("SUCCESS", "")]
    assert "by job run j-other" in crisp("--file", "rows.csv").output
    assert len(service.started) == 1


@pytest.mark.parametrize(
    ("options", "status", "why"),
    [
        ((), 2, "give one of --table, --data and --file"),
        (("--file", "rows.csv", "--data", "s3://b/k.csv"), 2, "give one of --table, --data and --file"),
        (("--file", "none.csv"), 1, "there is no such file"),
        (("--file", "rows.csv", "--run", "r0"), 1, "run r0 of shop has no model"),
    ],
)
def test_what_cannot_be_scored_is_told(service: Service, options: tuple[str, ...], status: int, why: str) -> None:
    done = crisp(*options)
    assert (done.exit_code, service.started) == (status, [])
    assert why in done.output


def test_without_a_champion_a_run_is_asked_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(champion, "champion_uri", lambda _: None)
    assert "shop has released no model yet" in crisp("--file", "rows.csv").output


def test_a_personal_column_names_no_rows(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = dataclasses.replace(PLAIN, privacy=(PrivacyTreatment("city", "hash", "law"),))
    monkeypatch.setattr(champion, "read_package", lambda _: (hashed, every_type.champion().package, b""))
    assert "the column is personal" in crisp("--file", "rows.csv", "--key", "city").output

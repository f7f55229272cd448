from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.parsers import ResponseParserError
from click.testing import CliRunner, Result
from moto import mock_aws

from crispstack.artifacts import Approval, BusinessCase, Criterion, Decision, Release
from crispstack.aws import artifact_store, prediction_api, queries, raw_data, run_history, runs
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.environment import Environment
from crispstack.aws.outputs import ProjectEndpoint
from crispstack.business_understanding.charter_file import load
from crispstack.cli.commands import cli
from crispstack.errors import CrispError
from crispstack.phases import Phase

STATES = ["BusinessUnderstanding", "DataUnderstandingPlan", "DataPreparation", "Modeling", "Evaluation", "Deployment"]
CHARTER = """\
name: demo
question: Which?
owner: Somebody
sources:
  - name: rows
    file: rows.csv
    columns:
      - {name: age, type: integer}
      - {name: bought, type: category}
target: {column: bought, positive: "yes"}
money: {currency: EUR, true_positive: 10, false_positive: -1}
"""
DECISION = Decision(
    "go", "Act.", "EUR", 100, 10, 0.1, 0.8, 0.4, 0.1, (), "act on everyone", 50.0, 20.0, 80.0, 0.95,
    (Criterion("roc_auc", 0.8, 0.6, "met", "enough"),), (), (), None, "s3://x",
)  # fmt: skip


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with an environment in (mocked) AWS and a project; the shared stacks are deployed."""
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    for name in ("dev", "prod"):
        text = f'name = "{name}"\naccount = "123456789012"\nregion = "us-east-1"\n'
        (tmp_path / "environments" / f"{name}.toml").write_text(text)
    project = tmp_path / "projects" / "demo"
    project.mkdir(parents=True)
    (project / "charter.yaml").write_text(CHARTER)
    (project / "rows.csv").write_text("age,bought\n" + "30,yes\n40,no\n" * 100)
    for cached in (artifact_store.s3, queries.athena):
        cached.cache_clear()
    with mock_aws():
        deploy()
        yield tmp_path
    for cached in (artifact_store.s3, queries.athena):
        cached.cache_clear()
    os.environ.clear()
    os.environ.update(before)


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


def deploy() -> None:
    role = client("iam").create_role(RoleName="loop", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    arn = client("stepfunctions").create_state_machine(name="loop", definition="{}", roleArn=role)
    buckets = {name: {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"} for name in ("Raw", "Artifacts")}
    outputs = {f"{name}BucketName": {"Value": {"Ref": name}} for name in buckets}
    outputs["DatabaseName"] = {"Value": "lake"}
    client("glue").create_database(DatabaseInput={"Name": "lake"})
    table = {"Name": "demo_rows_versions", "StorageDescriptor": {"Location": "s3://raw/demo/rows/"}}
    client("glue").create_table(DatabaseName="lake", TableInput=table)
    stacks = {
        "crispstack-dev-storage": {"Resources": buckets, "Outputs": outputs},
        "crispstack-dev-data-understanding": {
            "Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/athena"}}},
            "Outputs": {"WorkgroupName": {"Value": "primary"}},
        },
        "crispstack-dev-orchestration": {
            "Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/loop"}}},
            "Outputs": {"StateMachineArn": {"Value": arn["stateMachineArn"]}},
        },
    }
    for name, template in stacks.items():
        client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def outputs() -> dict[str, str]:
    found = client("cloudformation").describe_stacks()["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for stack in found for each in stack["Outputs"]}


def start(run_id: str, number: int = 1) -> None:
    client("stepfunctions").start_execution(
        stateMachineArn=outputs()["StateMachineArn"], name=f"demo-{run_id}-{number}", input="{}"
    )


def crisp(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [arguments[0], "--env", "dev", *arguments[1:]])


def entered(monkeypatch: pytest.MonkeyPatch, *states: str) -> None:
    begun = datetime(2026, 1, 2, tzinfo=UTC)
    events: list[dict[str, Any]] = []
    for number, name in enumerate(states):
        for second, kind in enumerate(("stateEnteredEventDetails", "stateExitedEventDetails")):
            events.append({kind: {"name": name}, "timestamp": begun + timedelta(seconds=2 * number + second)})
    monkeypatch.setattr(run_history, "events", lambda _: events)


def test_status_lists_six_phases_with_the_uris_of_their_artifacts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start("20260102T000000Z-aaaaaa")
    entered(monkeypatch, *STATES)
    store = ArtifactStore(outputs()["ArtifactsBucketName"], "demo", "20260102T000000Z-aaaaaa")
    for kind in run_history.MAIN_ARTIFACT.values():
        store.write_file(kind.phase, kind.file_name(), b"{}")
    result = crisp("status", "demo", "--json")
    assert result.exit_code == 0, result.output
    listed = json.loads(result.stdout)
    assert [each["phase"] for each in listed] == [phase.value for phase in Phase]
    assert [each["status"] for each in listed] == ["succeeded"] * 5 + ["running"]  # moto's execution never ends
    assert listed[1]["started"] == "2026-01-02T00:00:02+00:00"
    assert listed[1]["ended"] == "2026-01-02T00:00:03+00:00"
    assert artifact_store.read_bytes(listed[4]["artifact"]) == b"{}"
    assert listed[4]["artifact"].endswith("/5_evaluation/decision.json")


def test_a_run_takes_the_data_up_once_and_keeps_its_charter(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crispstack.cli.follow.follow", lambda *_: {})
    monkeypatch.setattr("crispstack.cli.conclusion.conclude", lambda *_: {})
    first, second = crisp("run", "demo", "--json"), crisp("run", "demo", "--json")
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert "uploaded s3://" in first.stderr
    assert "unchanged: s3://" in second.stderr
    run_id = json.loads(first.stdout)["run_id"]
    store = ArtifactStore(outputs()["ArtifactsBucketName"], "demo", run_id)
    charter = json.loads(artifact_store.read_bytes(f"{store.run_uri}/charter.json"))
    assert (charter["name"], charter["sources"][0]["columns"][0]["name"]) == ("demo", "age")
    bucket = outputs()["RawBucketName"]
    version = raw_data.current(bucket, "demo", "rows")
    raw = artifact_store.read_bytes(f"s3://{bucket}/demo/rows/version={version}/rows.csv")
    assert raw == (root / "projects" / "demo" / "rows.csv").read_bytes()
    (partition,) = client("glue").get_partitions(DatabaseName="lake", TableName="demo_rows_versions")["Partitions"]
    assert partition["Values"] == [version]
    states = client("stepfunctions")
    machine = outputs()["StateMachineArn"]
    listed = states.list_executions(stateMachineArn=machine)["executions"]
    assert {each["name"] for each in listed} >= {f"demo-{run_id}-1"}
    given = [states.describe_execution(executionArn=each["executionArn"])["input"] for each in listed]
    assert {"project": "demo", "run_id": run_id, "from_phase": "business_understanding"} in map(json.loads, given)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("charter.yaml", CHARTER + "nonsense: 1\n", "unknown key 'nonsense'"),
        ("charter.yaml", CHARTER.replace("bought, positive", "sold, positive"), "sold"),
        ("rows.csv", "", "rows.csv"),
        ("rows.csv", "age,bought\n30,yes\n40", "cut off"),
        ("rows.csv", None, "cannot be read"),
    ],
)
def test_a_run_with_a_wrong_charter_or_data_starts_nothing(
    root: Path, file: str, text: str | None, message: str
) -> None:
    path = root / "projects" / "demo" / file
    path.unlink()
    if text is not None:
        path.write_text(text)
    result = crisp("run", "demo", "--json")
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
    assert json.loads(crisp("runs", "demo", "--json").stdout) == []
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=outputs()["RawBucketName"])


def test_a_run_is_taken_up_again_only_where_it_can_be(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "was never run here" in crisp("run", "demo", "--from", "modeling").stderr
    assert crisp("run", "demo", "--run", "x").exit_code == 2
    start("20260102T000000Z-aaaaaa")
    entered(monkeypatch, *STATES[:2])
    assert "is still running" in crisp("run", "demo", "--from", "modeling").stderr
    assert crisp("cancel", "demo").exit_code == 0
    result = crisp("run", "demo", "--from", "modeling")
    assert result.exit_code == 1
    assert "has not succeeded; start with --from business_understanding" in result.stderr


def test_runs_are_listed_newest_first_with_their_verdicts(root: Path) -> None:
    for run_id, number in (
        ("20260102T000000Z-aaaaaa", 1),
        ("20260103T000000Z-bbbbbb", 1),
        ("20260102T000000Z-aaaaaa", 2),
    ):
        start(run_id, number)
    store = ArtifactStore(outputs()["ArtifactsBucketName"], "demo", "20260102T000000Z-aaaaaa")
    store.write(DECISION)
    listed = json.loads(crisp("runs", "demo", "--json").stdout)
    assert [(each["run_id"], each["attempts"], each["status"]) for each in listed] == [
        ("20260102T000000Z-aaaaaa", 2, "running"),
        ("20260103T000000Z-bbbbbb", 1, "running"),
    ]
    assert json.loads(crisp("runs", "other", "--json").stdout) == []
    assert "name a project that was: demo" in " ".join(crisp("status", "dmeo").stderr.split())


def test_only_a_running_run_can_be_cancelled(root: Path) -> None:
    assert "was never run here" in crisp("cancel", "demo").stderr
    start("20260102T000000Z-aaaaaa")
    assert json.loads(crisp("cancel", "demo", "--json").stdout)["cancelled"] is True
    again = crisp("cancel", "demo")
    assert again.exit_code == 1
    assert "is not running: it aborted" in again.stderr


def test_an_unknown_project_is_answered_with_the_known_ones(root: Path) -> None:
    result = crisp("check", "nowhere")
    assert result.exit_code == 1
    assert "there is no project 'nowhere'; choose one of: demo" in result.stderr


def test_a_charter_is_named_as_one_types_it(root: Path) -> None:
    (root / "projects" / "demo" / "charter.yaml").write_text(CHARTER.replace("name: demo", "name: other"))
    for command in ("check", "run"):
        result = crisp(command, "demo")
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: projects/demo/charter.yaml:1: the charter is named 'other'")


def test_a_run_without_a_report_says_how_far_it_came(root: Path) -> None:
    start("20260102T000000Z-aaaaaa")
    result = crisp("report", "demo")
    assert result.exit_code == 1
    assert "no report: run 20260102T000000Z-aaaaaa is still running" in result.stderr
    assert crisp("cancel", "demo").exit_code == 0
    assert "no report: run 20260102T000000Z-aaaaaa aborted" in crisp("report", "demo").stderr
    assert list(root.glob("*.html")) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"error": "NoChampion", "message": "no model yet"}', "no model yet"),
        ('{"error": "other"}', '{"error": "other"}'),
        ("<html>\n", "<html>"),
    ],
)
def test_a_refused_prediction_is_told_by_its_message(text: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    answer = SimpleNamespace(status_code=503, text=text)
    monkeypatch.setattr(prediction_api, "URLLib3Session", lambda **_: SimpleNamespace(send=lambda _: answer))
    with pytest.raises(CrispError) as caught:
        prediction_api.predict(
            Environment("dev", "123456789012", "us-east-1"),
            ProjectEndpoint("https://x", "f", "/p", "/s", "q", "s3://r/"),
            "{}",
        )
    assert str(caught.value) == f"the prediction API answered 503: {message}"


def test_what_is_not_deployed_says_how_to_deploy_it(root: Path) -> None:
    result = crisp("predict", "demo", "{}")
    assert result.exit_code == 1
    assert "crispstack-dev-project-demo is not deployed; run `crisp deploy --env dev`" in result.stderr


def test_deploying_to_another_account_than_the_environments_is_refused(root: Path) -> None:
    path = root / "environments" / "dev.toml"
    path.write_text(path.read_text().replace("123456789012", "111122223333"))
    result = crisp("deploy")
    assert result.exit_code == 1
    assert "credentials in use are of account 123456789012" in result.stderr


def test_deleting_data_is_refused_in_prod(root: Path) -> None:
    result = CliRunner().invoke(cli, ["down", "--env", "prod", "--delete-data"])
    assert result.exit_code == 1
    assert "refused in prod" in result.stderr


def test_starting_an_environment_in_aws_is_refused(root: Path) -> None:
    result = crisp("up")
    assert result.exit_code == 1
    assert "there is nothing to start" in result.stderr


def test_an_error_of_aws_is_one_line_that_names_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start("20260102T000000Z-aaaaaa")
    monkeypatch.setattr(run_history, "events", lambda _: boto3.client("s3").get_object(Bucket="absent-bucket", Key="k"))
    result = crisp("status", "demo")
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("Error: AWS refused GetObject: NoSuchBucket: ")
    assert len(result.stderr.strip().splitlines()) == 1


def test_something_else_than_aws_at_the_endpoint_is_told_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: str) -> None:
        raise ResponseParserError("mismatched tag")

    start("20260102T000000Z-aaaaaa")
    monkeypatch.setattr(run_history, "events", answer)
    assert crisp("status", "demo").stderr.startswith("Error: what answers is not AWS; check the endpoint")


class _Ended:
    """Step Functions, but the execution has ended as the test says."""

    def __init__(self, **described: Any) -> None:
        self._described = described

    def describe_execution(self, **_: str) -> dict[str, Any]:
        begun = datetime(2026, 1, 2, tzinfo=UTC)
        return {"startDate": begun, "stopDate": begun + timedelta(seconds=90), **self._described}

    def __getattr__(self, name: str) -> Any:
        return getattr(boto3.client("stepfunctions"), name)


def test_a_run_that_fails_says_in_which_phase_and_why(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cause = json.dumps({"JobRunState": "FAILED", "ErrorMessage": "no column [age]"})
    ended = _Ended(status="FAILED", error="States.TaskFailed", cause=cause)
    monkeypatch.setattr(runs, "states", lambda: ended)
    entered(monkeypatch, *STATES[:3], "RecordFailure", "RunFailed")
    result = crisp("run", "demo")
    assert result.exit_code == 1
    assert "✓ 2 data_understanding" in result.stdout
    assert "✗ 3 data_preparation" in result.stdout
    assert "data_preparation of run" in result.stderr
    assert "failed: States.TaskFailed: no column [age]" in result.stderr
    assert "crisp run demo --from data_preparation" in result.stderr


def test_a_no_go_is_a_successful_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store: list[ArtifactStore] = []

    def start(platform: Any, project: str, run_id: str, *_: Any) -> str:
        store.append(ArtifactStore(platform.artifacts_bucket, project, run_id))
        decision = replace(DECISION, verdict="no_go", summary="Not [worth] it.", best_alternative="no_one")
        store[0].write(decision)
        store[0].write(Approval(False, "charter", "Not [worth] it.", "2026-01-02T00:00:00+00:00", "arn:package/1"))
        store[0].write(Release(False, "the decision was no-go", "v", "/p", "", 0, 0.0))
        return str(original(platform, project, run_id, *_))

    original = runs.start
    monkeypatch.setattr(runs, "start", start)
    monkeypatch.setattr(runs, "states", lambda: _Ended(status="SUCCEEDED"))
    entered(monkeypatch, *STATES)
    result = crisp("run", "demo", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["decision"]["verdict"] == "no_go"
    assert answer["decision"]["interval"] == [20.0, 80.0]
    assert [each["status"] for each in answer["phases"]][-1] in ("running", "succeeded")
    assert answer["report"] == store[0].uri(Phase.DEPLOYMENT, "report.html")
    assert "+50 EUR against no one on 100 test rows (95% interval +20 to +80)" in result.stderr
    assert "Not [worth] it." in result.stderr
    assert "demo in 90.0 s" in result.stderr


def test_check_tells_of_personal_data_that_has_no_treatment(root: Path) -> None:
    folder = root / "projects" / "demo"
    rows = "".join(f"p{index}@mail.example,{'yes' if index % 2 else 'no'}\n" for index in range(200))
    (folder / "rows.csv").write_text("contact,bought\n" + rows)
    text = CHARTER.replace("{name: age, type: integer}", "{name: contact, type: category}")
    (folder / "charter.yaml").write_text(text)
    result = CliRunner().invoke(cli, ["check", "demo", "--env", "dev"])
    assert result.exit_code == 1
    assert "what becomes of personal data; see the columns marked" in result.stderr
    told = " ".join(result.stdout.split())
    assert "rows.contact e-mail address, 99% sure: 100% of 200 values are e-mail addresses" in told
    line = "- {column: contact, treatment: hash, reason: tells people apart without naming them}"
    assert f"add {line}" in told
    assert "mail.example" not in result.output
    (folder / "charter.yaml").write_text(f"{text}privacy:\n  {line}\n")
    again = CliRunner().invoke(cli, ["check", "demo", "--env", "dev", "--json"])
    (found,) = json.loads(again.stdout)["personal_data"]
    assert (found["treatment"]["treatment"], found["severity"]) == ("hash", None)


def test_the_versions_of_the_data_are_listed_and_told_apart(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crispstack.cli.follow.follow", lambda *_: {})
    monkeypatch.setattr("crispstack.cli.conclusion.conclude", lambda *_: {})
    charter = load(root / "projects" / "demo" / "charter.yaml")
    runs = []
    for rows in ("30,yes\n40,no\n", "30,yes\n41,no\n42,no\n"):
        (root / "projects" / "demo" / "rows.csv").write_text("age,bought\n" + rows)
        runs.append(json.loads(crisp("run", "demo", "--json").stdout)["run_id"])
        store = ArtifactStore(outputs()["ArtifactsBucketName"], "demo", runs[-1])
        store.write(BusinessCase(charter, ()))
        store.write(raw_data.collection(outputs()["RawBucketName"], charter, ()))
    text = CliRunner().invoke(cli, ["data", "log", "--env", "dev", "demo"]).stdout.splitlines()
    assert [line for line in text if "run 2" in line] == [f"    run {run}" for run in reversed(runs)]
    assert sum("1 file, 30 bytes, 3 rows current" in line for line in text) == 1
    listed = data_command("log", "demo", "--json")
    assert [(each["rows"], each["current"]) for each in listed if each["runs"] == runs[1:]] == [(3, True)]
    assert [(each["rows"], each["current"]) for each in listed if each["runs"] == runs[:1]] == [(2, False)]
    found = data_command("diff", "demo", *runs, "--json")
    assert [(each["what"], each["before"], each["after"]) for each in found["versions"]][1:] == [
        ("rows", 2, 3), ("bytes", 24, 30),
    ]  # fmt: skip
    assert [(each["of"], each["kind"]) for each in found["files"]] == [("rows.csv", "changed")]
    assert (found["schema"], found["statistics"]) == ([], [])
    shown = CliRunner().invoke(cli, ["data", "diff", "--env", "dev", "demo", *runs])
    assert f"run {runs[0]} has no profile" in shown.stdout
    unknown = CliRunner().invoke(cli, ["data", "log", "--env", "dev", "demo", "--source", "days"])
    assert "Error: demo has no source 'days'; choose one of: rows" in unknown.stderr
    absent = CliRunner().invoke(cli, ["data", "diff", "--env", "dev", "demo", runs[0], "never"])
    assert "Error: run never does not say which data it used" in absent.stderr


def data_command(name: str, *arguments: str) -> Any:
    result = CliRunner().invoke(cli, ["data", name, "--env", "dev", *arguments])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)

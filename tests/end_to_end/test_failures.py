"""Everything that may break, broken once: the message names the cause, and nothing half-written is left.

Phases are broken from the last to the first, because a run starts again only where all before it has succeeded.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from crispstack.phases import Phase
from tests.end_to_end.backend_jobs import script_uri
from tests.end_to_end.conftest import PROJECT, Checkout
from tests.end_to_end.signed_requests import post

CLIENT = {
    "age": 44, "job": "entrepreneur", "marital": "married", "education": "secondary", "default": False, "balance": 93,
    "housing": False, "loan": False, "contact": "cellular", "day": 7, "month": "jul", "campaign": 2, "pdays": -1,
    "previous": 0, "poutcome": None,
}  # fmt: skip


def refused(checkout: Checkout, *arguments: str) -> str:
    """What a command says that must fail: in the user's words, with exit code 1."""
    done = checkout.crisp(*arguments, succeeds=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    return said


def started(checkout: Checkout) -> list[Any]:
    """What a run would add: objects of the raw bucket, runs."""
    raw = checkout.client("s3").list_object_versions(Bucket=checkout.outputs("storage")["RawBucketName"])
    machine = checkout.outputs("orchestration")["StateMachineArn"]
    executions = checkout.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return [raw["Versions"], [execution["executionArn"] for execution in executions]]


@contextmanager
def project_file(checkout: Checkout, name: str, change: Callable[[str], str] | None) -> Iterator[None]:
    """A file of the project, changed for the moment, or removed."""
    path = checkout.root / "projects" / PROJECT / name
    before = path.read_text()
    if change is None:
        path.unlink()
    else:
        changed = change(before)
        assert changed != before
        path.write_text(changed)
    try:
        yield
    finally:
        path.write_text(before)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda text: text.replace("  test_share:", "  test_shar:"),
            "charter.yaml:{line}: unknown key 'test_shar'; did you mean 'test_share'?",
        ),
        (
            lambda text: text.replace("test_share: 0.2", "test_share: a fifth"),
            "charter.yaml:{line}: 'test_share' cannot be 'a fifth'",
        ),
        (
            lambda text: text.replace('name: "y"', "name: deposit").replace('column: "y"', "column: deposit")
            .replace('"y"', '"deposit"'),
            "clients.csv:1: the target 'deposit' is not in the data",
        ),
    ],
    ids=["unknown key", "wrong type", "target not in the data"],
)  # fmt: skip
def test_a_charter_that_is_not_valid_starts_nothing(
    checkout: Checkout, run: str, change: Callable[[str], str], says: str
) -> None:
    before = started(checkout)
    lines = (checkout.root / "projects" / PROJECT / "charter.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "test_share" in text)
    with project_file(checkout, "charter.yaml", change):
        assert says.format(line=line) in refused(checkout, "run", PROJECT)
    assert started(checkout) == before


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (None, "clients.csv: cannot be read (No such file or directory)"),
        (lambda _: "", "clients.csv: the file is empty"),
        (lambda text: text[:-20], "clients.csv:601: the last line has no end, so the file may have been cut off"),
    ],
    ids=["missing", "empty", "truncated"],
)
def test_a_data_file_that_is_not_whole_starts_nothing(
    checkout: Checkout, run: str, change: Callable[[str], str] | None, says: str
) -> None:
    before = started(checkout)
    with project_file(checkout, "clients.csv", change):
        assert says in refused(checkout, "run", PROJECT)
    assert started(checkout) == before


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in CLIENT.items() if field != name}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("age=44", "the request is not JSON"),
        (json.dumps({**CLIENT, "agee": 44}), "row 0: unknown field 'agee'; did you mean 'age'?"),
        (json.dumps({**CLIENT, "age": "old"}), "row 0, field 'age': "),
        (json.dumps(without("job")), "row 0: field 'job' is missing"),
        (json.dumps({"rows": []}), "the request holds no rows: send at least one"),
        ("", "the request is empty"),
    ],
    ids=["not JSON", "unknown field", "wrong type", "missing field", "empty list", "empty"],
)
def test_a_prediction_request_that_is_not_valid_is_told_its_field(
    checkout: Checkout, run: str, body: str, says: str
) -> None:
    status, answer = post(checkout, checkout.keys, body.encode())
    assert (status, answer["error"]) == (400, "InvalidRequest")
    assert says in answer["message"]


def test_the_command_line_tells_why_a_prediction_was_refused(checkout: Checkout, run: str) -> None:
    said = refused(checkout, "predict", PROJECT, json.dumps(without("job")))
    assert "the prediction API answered 400" in said
    assert "field 'job' is missing" in said


@pytest.fixture(scope="module")
def broken_run(checkout: Checkout, run: str) -> Iterator[str]:
    """The run whose phases are broken here. In the end nothing is broken any more, and it goes through again."""
    yield run
    checkout.crisp("run", PROJECT, "--from", Phase.DATA_UNDERSTANDING, "--run", run)


def files(checkout: Checkout, run: str, phase: Phase) -> dict[str, bytes]:
    """Name and content of what lies in a phase's prefix."""
    bucket, prefix = checkout.outputs("storage")["ArtifactsBucketName"], f"{PROJECT}/runs/{run}/{phase.prefix}/"
    listed = checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {entry["Key"].removeprefix(prefix): checkout.read(f"s3://{bucket}/{entry['Key']}") for entry in listed}


def fails(checkout: Checkout, run: str, phase: Phase, cause: str, leaves: frozenset[str] = frozenset()) -> str:
    """Start a run again from a phase that is broken: it fails there, for this cause, and leaves what came before alone.

    Returns the failure as it was recorded.
    """
    bucket = checkout.outputs("storage")["ArtifactsBucketName"]
    for name in files(checkout, run, phase):
        checkout.client("s3").delete_object(Bucket=bucket, Key=f"{PROJECT}/runs/{run}/{phase.prefix}/{name}")

    said = refused(checkout, "run", PROJECT, "--from", phase, "--run", run)
    assert f"{phase} of run {run} failed: " in said
    assert cause in said

    statuses = {each["phase"]: each["status"] for each in checkout.json("status", PROJECT, "--run", run)}
    expected = ["succeeded"] * (phase.number - 1) + ["failed"] + ["skipped"] * (6 - phase.number)
    assert statuses == dict(zip(Phase, expected, strict=True))

    left = files(checkout, run, phase)
    assert set(left) == {"failure.json", *leaves}
    failure = json.loads(left["failure.json"])
    assert failure["phase"] == phase
    assert failure["error"]
    assert cause in failure["cause"]
    return str(failure["error"])


def assets(checkout: Checkout) -> str:
    """The bucket that `cdk bootstrap` made for what is deployed."""
    return f"cdk-hnb659fds-assets-{checkout.environment.account}-{checkout.environment.region}"


@contextmanager
def function_code(checkout: Checkout, stack: str, function: str, handler: str) -> Iterator[None]:
    """A function whose whole package is this one handler, for the moment."""
    template = checkout.client("cloudformation").get_template(StackName=checkout.environment.stack(stack))[
        "TemplateBody"
    ]
    (declared,) = [each for name, each in template["Resources"].items() if name.startswith(f"{function}Function")]
    name, code = checkout.resource(stack, f"{function}Function"), declared["Properties"]["Code"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", handler)
    client = checkout.client("lambda")
    client.update_function_code(FunctionName=name, ZipFile=package.getvalue())
    try:
        yield
    finally:
        client.update_function_code(FunctionName=name, S3Bucket=assets(checkout), S3Key=code["S3Key"])


@contextmanager
def script(checkout: Checkout, uri: str, change: Callable[[str], str] | None) -> Iterator[None]:
    """A job's script, changed for the moment, or removed."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    s3, before = checkout.client("s3"), checkout.read(uri)
    if change is None:
        s3.delete_object(Bucket=bucket, Key=key)
    else:
        changed = change(before.decode()).encode()
        assert changed != before
        s3.put_object(Bucket=bucket, Key=key, Body=changed)
    try:
        yield
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=before)


def preparation_script(checkout: Checkout) -> str:
    name = checkout.resource("data-preparation", "Job")
    location: str = checkout.client("glue").get_job(JobName=name)["Job"]["Command"]["ScriptLocation"]
    return location


def test_an_evaluation_that_raises_fails_with_its_error(checkout: Checkout, broken_run: str) -> None:
    handler = "def handler(event, context):\n    raise ValueError('no test row has an outcome')\n"
    with function_code(checkout, "evaluation", "Evaluate", handler):
        assert fails(checkout, broken_run, Phase.EVALUATION, "no test row has an outcome") == "ValueError"


def test_a_function_without_its_packages_fails_at_import(checkout: Checkout, broken_run: str) -> None:
    handler = "import onnxruntime\n\n\ndef handler(event, context):\n    return {}\n"
    with function_code(checkout, "evaluation", "Evaluate", handler):
        error = fails(checkout, broken_run, Phase.EVALUATION, "No module named 'onnxruntime'")
    assert error == "Runtime.ImportModuleError"


def test_a_training_job_that_exits_with_1_fails_with_what_it_said(checkout: Checkout, broken_run: str) -> None:
    with script(
        checkout, script_uri(checkout, "spark"), lambda _: "import sys\nsys.exit('the training data is gone')\n"
    ):
        fails(checkout, broken_run, Phase.MODELING, "the training data is gone", frozenset({"compute_plan.json"}))


def test_a_preparation_that_raises_after_its_work_leaves_no_artifact(checkout: Checkout, broken_run: str) -> None:
    def broken(text: str) -> str:
        return text.replace("store.write(", "raise OSError('no space left', ")

    with script(checkout, preparation_script(checkout), broken):
        fails(checkout, broken_run, Phase.DATA_PREPARATION, "no space left")


def test_a_preparation_without_its_script_fails(checkout: Checkout, broken_run: str) -> None:
    location = preparation_script(checkout)
    with script(checkout, location, None):
        fails(checkout, broken_run, Phase.DATA_PREPARATION, location.rpartition("/")[2])


def test_a_profile_that_is_not_valid_sql_fails_with_athenas_reason(checkout: Checkout, broken_run: str) -> None:
    sql = f"SELECT shoe_size FROM crispstack_{checkout.environment.name}.{PROJECT}_clients"  # noqa: S608 (it is the statement that is to fail)
    handler = f"def render(event, context):\n    return {{'sql': '{sql}'}}\n"
    planned = frozenset({"data_collection.json", "schema_report.json"})
    with function_code(checkout, "data-understanding", "Render", handler):
        fails(checkout, broken_run, Phase.DATA_UNDERSTANDING, "shoe_size", planned)


OFTEN = {"Delay": 1, "MaxAttempts": 30}
TABLES = {"TableBucketArn": "arn:aws:s3tables:us-east-1:123456789012:bucket/metadata", "TableName": "metadata"}
PARAMETER = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/tiny", "Type": "String", "Value": "1"}}


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        (
            {"Type": "AWS::Neptune::DBCluster", "Properties": {"BackupRetentionPeriod": 1}, "DependsOn": "Parameter"},
            "AWS::Neptune::DBCluster",
        ),
        (
            {
                "Type": "AWS::S3::Bucket",
                "Properties": {"MetadataTableConfiguration": {"S3TablesDestination": TABLES}},
                "DependsOn": "Parameter",
            },
            "MetadataTableConfiguration",
        ),
    ],
    ids=["type", "property"],
)
def test_what_the_environment_does_not_support_is_refused_by_name_and_rolled_back(
    checkout: Checkout, resource: dict[str, Any], says: str
) -> None:
    if not checkout.endpoint:
        pytest.skip("AWS supports more than is tried here")
    client, template = checkout.client("cloudformation"), {"Resources": {"Parameter": PARAMETER, "Odd": resource}}
    buckets = checkout.client("s3").list_buckets()["Buckets"]
    stack = client.create_stack(StackName="tiny", TemplateBody=json.dumps(template))["StackId"]
    try:
        with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
            client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=OFTEN)
        events = client.describe_stack_events(StackName=stack)["StackEvents"]
        (failed,) = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        assert failed["LogicalResourceId"] == "Odd"
        assert says in failed["ResourceStatusReason"]
        with pytest.raises(ClientError, match="ParameterNotFound"):
            checkout.client("ssm").get_parameter(Name="/tiny")
        assert checkout.client("s3").list_buckets()["Buckets"] == buckets
    finally:
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=OFTEN)

"""The unmodified `aws` command against the emulator: what it prints, and what it leaves."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import clients
from emulator.settings import Settings
from tests.emulator.event_wiring import until

SECONDS = 120  # per process, on a busy machine; two are usual
NAME = "cli-stack"
# Runs several commands in one process: starting the command takes longer than most of what it does.
DRIVER = """
import contextlib, io, json, sys
from awscli.clidriver import create_clidriver
answers = []
for arguments in json.load(sys.stdin):
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        status = create_clidriver().main(arguments)
    answers.append((status, said.getvalue(), complained.getvalue()))
json.dump(answers, sys.stdout)
"""
TEMPLATE = {
    "Parameters": {"Greeting": {"Type": "String"}},
    "Resources": {
        "Data": {"Type": "AWS::S3::Bucket"},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            },
        },
        "Greeter": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "cli-greeter",
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Environment": {"Variables": {"GREETING": {"Ref": "Greeting"}}},
                "Code": {
                    "ZipFile": "import os\ndef handler(event, _):\n"
                    "    text = os.environ['GREETING'] + ' ' + event['name']\n    print('said', text)\n"
                    "    return {'text': text}\n"
                },
            },
        },
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "Definition": {
                    "StartAt": "Greet",
                    "States": {"Greet": {"Type": "Task", "Resource": {"Fn::GetAtt": ["Greeter", "Arn"]}, "End": True}},
                },
            },
        },
        "Lake": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": "cli_lake"}},
        },
        "People": {
            "Type": "AWS::Glue::Table",
            "Properties": {
                "CatalogId": {"Ref": "AWS::AccountId"},
                "DatabaseName": {"Ref": "Lake"},
                "TableInput": {
                    "Name": "people",
                    "TableType": "EXTERNAL_TABLE",
                    "StorageDescriptor": {
                        "Columns": [{"Name": "name", "Type": "string"}, {"Name": "age", "Type": "int"}],
                        "Location": {"Fn::Sub": "s3://${Data}/people/"},
                        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                        "SerdeInfo": {
                            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                            "Parameters": {"field.delim": ","},
                        },
                    },
                },
            },
        },
    },
    "Outputs": {name: {"Value": {"Ref": name}} for name in ("Data", "Table", "Machine")},
}


class Aws:
    """The command, with nothing of the user's configuration."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        # Version 1 of the command signs addresses as S3 no longer takes them, unless it is told.
        (folder / ".aws").mkdir()
        (folder / ".aws" / "config").write_text("[default]\ns3 =\n    signature_version = s3v4\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ENDPOINT_URL": settings.endpoint,
            "AWS_ACCESS_KEY_ID": settings.access_key,
            "AWS_SECRET_ACCESS_KEY": settings.secret_key,
            "AWS_DEFAULT_REGION": settings.region,
            "NO_PROXY": "127.0.0.1",
        }

    def __call__(self, *commands: str) -> list[str]:
        """What each command printed; all must succeed."""
        answers = self.answers(*commands)
        assert all(status == 0 for status, _, _ in answers), answers
        return [said for _, said, _ in answers]

    def answers(self, *commands: str) -> list[tuple[int, str, str]]:
        """Status, output and error output of each command."""
        asked = json.dumps([shlex.split(command) for command in commands])
        done = self.run([sys.executable, "-c", DRIVER], asked)
        found: list[tuple[int, str, str]] = json.loads(done.stdout)
        return found

    def run(self, command: list[str], said: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=said,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )


@pytest.fixture(scope="module")
def aws(emulator: Settings, tmp_path_factory: pytest.TempPathFactory) -> Aws:
    return Aws(emulator, tmp_path_factory.mktemp("cli"))


@pytest.fixture(scope="module")
def stack(aws: Aws) -> Iterator[dict[str, str]]:
    """The outputs of a stack that the command deploys."""
    (aws.folder / "template.json").write_text(json.dumps(TEMPLATE))
    deploy = f"cloudformation deploy --stack-name {NAME} --template-file template.json"
    _, described = aws(
        f"{deploy} --capabilities CAPABILITY_IAM --parameter-overrides Greeting=Hello",
        f"cloudformation describe-stacks --stack-name {NAME}",
    )
    found = json.loads(described)["Stacks"][0]
    assert found["StackStatus"] == "CREATE_COMPLETE"
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    yield outputs
    aws(f"s3 rm s3://{outputs['Data']} --recursive --quiet", f"cloudformation delete-stack --stack-name {NAME}")


def test_the_command_itself_says_who_calls(aws: Aws) -> None:
    command = Path(sys.executable).parent / "aws"
    identity = json.loads(aws.run([sys.executable, str(command), "sts", "get-caller-identity"]).stdout)
    assert identity["Account"] == "123456789012"
    assert identity["Arn"] == "arn:aws:iam::123456789012:root"


def test_files_are_copied_listed_synchronized_shared_and_removed(aws: Aws, stack: dict[str, str]) -> None:
    bucket = stack["Data"]
    files = aws.folder / "files"
    (files / "sub").mkdir(parents=True)
    (files / "a.txt").write_text("first")
    (files / "sub" / "b.txt").write_text("second")
    big = b"0123456789" * 1_000_000  # above the threshold of multipart uploads
    (files / "big.bin").write_bytes(big)
    for file in files.rglob("*"):  # S3 tells whole seconds: what was written in the same one would be sent again
        os.utime(file, (1_700_000_000, 1_700_000_000))
    _, listed, _, again, _, address = aws(
        f"s3 sync files s3://{bucket}/files",
        f"s3 ls s3://{bucket}/files/ --recursive",
        f"s3 cp s3://{bucket}/files/big.bin copied.bin",
        f"s3 sync files s3://{bucket}/files",
        f"s3 rm s3://{bucket}/files/big.bin",
        f"s3 presign s3://{bucket}/files/sub/b.txt --expires-in 60",
    )
    assert [line.split()[2:] for line in listed.splitlines()] == [
        ["5", "files/a.txt"],
        ["10000000", "files/big.bin"],
        ["6", "files/sub/b.txt"],
    ]
    assert (aws.folder / "copied.bin").read_bytes() == big
    assert "upload" not in again
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address.strip(), timeout=30) as answer:
        assert answer.read() == b"second"
    left = clients.client("s3").list_objects_v2(Bucket=bucket, Prefix="files/")["Contents"]
    assert [entry["Key"] for entry in left] == ["files/a.txt", "files/sub/b.txt"]


def test_a_table_is_shown_and_queried(aws: Aws, stack: dict[str, str]) -> None:
    s3, athena = clients.client("s3"), clients.client("athena")
    s3.put_object(Bucket=stack["Data"], Key="people/1.csv", Body=b"Ann,41\nBob,17\nCy,65\n")
    query = "SELECT name, age FROM cli_lake.people WHERE age > 40 ORDER BY age DESC"
    shown, started = aws(
        "glue get-tables --database-name cli_lake --query TableList[].StorageDescriptor.Columns[].Name --output text",
        f"athena start-query-execution --query-string {shlex.quote(query)} "
        f"--result-configuration OutputLocation=s3://{stack['Data']}/results/ --output text",
    )
    assert shown.split() == ["name", "age"]
    execution = started.strip()

    def ended() -> Any:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        return status if status["State"] not in ("QUEUED", "RUNNING") else None

    status = until(ended)
    assert status["State"] == "SUCCEEDED", status
    (results,) = aws(
        f"athena get-query-results --query-execution-id {execution} --query ResultSet.Rows[].Data[].VarCharValue"
    )
    assert json.loads(results) == ["name", "age", "Cy", "65", "Ann", "41"]


def test_a_function_is_invoked_and_its_log_is_followed(aws: Aws, stack: dict[str, str]) -> None:
    payload = """--payload '{"name": "Ann"}'"""
    (invoked,) = aws(f"lambda invoke --function-name cli-greeter {payload} answer.json")
    assert json.loads(invoked)["StatusCode"] == 200
    assert json.loads((aws.folder / "answer.json").read_text()) == {"text": "Hello Ann"}
    group = "/aws/lambda/cli-greeter"

    def logged() -> list[Any]:
        # The group is made with its first line, which comes a moment after the function's answer.
        try:
            found: list[Any] = clients.client("logs").filter_log_events(logGroupName=group, filterPattern="Ann")[
                "events"
            ]
        except clients.client("logs").exceptions.ResourceNotFoundException:
            return []
        return found

    until(logged)
    (tailed,) = aws(f"logs filter-log-events --log-group-name {group} --query events[].message --output text")
    assert "said Hello Ann" in tailed


def test_an_execution_starts_and_ends_with_its_output(aws: Aws, stack: dict[str, str]) -> None:
    (started,) = aws(
        f"stepfunctions start-execution --state-machine-arn {stack['Machine']} "
        """--input '{"name": "Bob"}'"""
    )
    execution = json.loads(started)["executionArn"]
    states = clients.client("stepfunctions")

    def ended() -> Any:
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found = until(ended)
    assert json.loads(found["output"]) == {"text": "Hello Bob"}


def test_items_are_put_and_queried(aws: Aws, stack: dict[str, str]) -> None:
    table = stack["Table"]
    _, found = aws(
        f"""dynamodb put-item --table-name {table} --item '{{"id": {{"S": "1"}}, "age": {{"N": "41"}}}}'""",
        f"dynamodb query --table-name {table} --key-condition-expression id=:id "
        """--expression-attribute-values '{":id": {"S": "1"}}'""",
    )
    assert json.loads(found)["Items"] == [{"id": {"S": "1"}, "age": {"N": "41"}}]


def test_what_is_not_supported_fails_by_name(aws: Aws) -> None:
    ((status, _, complaint),) = aws.answers("ecs run-task --task-definition a")
    assert status != 0
    assert "(NotImplemented)" in complaint
    assert "ecs:RunTask" in complaint

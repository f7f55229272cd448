"""Which resources a request touches, and which roles it passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator.identity import passed_roles, resources
from emulator.identity.operations import Operation
from emulator.settings import Settings

SETTINGS = Settings(port=0, state=Path())
HERE = "us-east-1:123456789012"


@pytest.mark.parametrize(
    ("service", "name", "parameters", "expected"),
    [
        ("lambda", "Invoke", {"FunctionName": "f"}, [f"arn:aws:lambda:{HERE}:function:f"]),
        ("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "live"}, [f"arn:aws:lambda:{HERE}:function:f:live"]),
        ("lambda", "ListFunctions", {}, ["*"]),
        (
            "glue",
            "GetTable",
            {"DatabaseName": "d", "Name": "t"},
            [f"arn:aws:glue:{HERE}:{part}" for part in ("catalog", "database/d", "table/d/t")],
        ),
        (
            "glue",
            "CreateTable",
            {"DatabaseName": "d", "TableInput": {"Name": "t"}},
            [f"arn:aws:glue:{HERE}:{part}" for part in ("catalog", "database/d", "table/d/t")],
        ),
        ("glue", "StartJobRun", {"JobName": "j"}, [f"arn:aws:glue:{HERE}:job/j"]),
        ("athena", "StartQueryExecution", {"WorkGroup": "w"}, [f"arn:aws:athena:{HERE}:workgroup/w"]),
        ("athena", "StartQueryExecution", {}, [f"arn:aws:athena:{HERE}:workgroup/primary"]),
        ("athena", "CreateNamedQuery", {"Name": "n"}, [f"arn:aws:athena:{HERE}:workgroup/primary"]),
        (
            "states",
            "StartExecution",
            {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m:live"},
            [f"arn:aws:states:{HERE}:stateMachine:m"],
        ),
        ("logs", "CreateLogGroup", {"logGroupName": "/a/b"}, [f"arn:aws:logs:{HERE}:log-group:/a/b:log-stream:"]),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s"},
            [f"arn:aws:logs:{HERE}:log-group:g:log-stream:s"],
        ),
        ("ssm", "GetParameter", {"Name": "/a/b"}, [f"arn:aws:ssm:{HERE}:parameter/a/b"]),
        ("ssm", "GetParameters", {"Names": ["a", "/b"]}, [f"arn:aws:ssm:{HERE}:parameter/{each}" for each in "ab"]),
        (
            "emr-serverless",
            "GetJobRun",
            {"applicationId": "a", "jobRunId": "r"},
            [f"arn:aws:emr-serverless:{HERE}:/applications/a/jobruns/r"],
        ),
        ("sqs", "SendMessage", {"QueueName": "q"}, [f"arn:aws:sqs:{HERE}:q"]),
        ("dynamodb", "GetItem", {"TableName": "t"}, [f"arn:aws:dynamodb:{HERE}:table/t"]),
        ("iam", "GetRole", {"RoleName": "r"}, ["arn:aws:iam::123456789012:role/r"]),
        ("secretsmanager", "GetSecretValue", {"SecretId": "name"}, [f"arn:aws:secretsmanager:{HERE}:secret:name"]),
        ("unheard", "Of", {"Name": "x"}, ["*"]),
    ],
)
def test_arns_are_made_from_the_parameters(service: str, name: str, parameters: Any, expected: list[str]) -> None:
    operation = Operation(service, name, parameters)
    (action,) = operation.actions
    assert resources.touched(action, operation, "us-east-1", SETTINGS) == expected


def test_roles_are_passed_to_the_service_that_will_use_them() -> None:
    operation = Operation("glue", "CreateJob", {"Name": "j", "Role": "runner"})
    assert passed_roles.passed(operation, SETTINGS) == [
        passed_roles.PassedRole("arn:aws:iam::123456789012:role/runner", "glue.amazonaws.com")
    ]
    assert passed_roles.passed(Operation("glue", "GetJob", {"Role": "runner"}), SETTINGS) == []

"""Lambda's types beyond those of every stack: addresses, queues, dead letters, provisioned concurrency."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from emulator.cloudformation.resource_type import ResourceError
from emulator.settings import Settings
from tests.emulator.resource_type_contract import (
    ACCOUNT,
    REGION,
    TAGS,
    Case,
    World,
    check,
    of_stack,
    policy,
    trust,
    types,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda-types-runner"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:lambda-types-existing"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:lambda-types-letters"
CODE = {"S3Bucket": "lambda-types-code", "S3Key": "code.zip"}
CORS = {
    "AllowCredentials": True,
    "AllowHeaders": ["x-a"],
    "AllowMethods": ["GET"],
    "AllowOrigins": ["https://mine.example"],
    "ExposeHeaders": ["x-b"],
    "MaxAge": 60,
}

CASES = [
    Case(
        "AWS::Lambda::Function",
        {
            "FunctionName": "lambda-types-new",
            "Code": CODE,
            "Handler": "index.handler",
            "Role": ROLE,
            "Runtime": "python3.11",
            "DeadLetterConfig": {"TargetArn": QUEUE},
            "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN"},
        },
        {"DeadLetterConfig": None, "LoggingConfig": {"LogFormat": "Text"}},
    ),
    Case(
        "AWS::Lambda::Version",
        {
            "FunctionName": "lambda-types-existing",
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2},
        },
        attributes={"Version": "2"},
    ),
    Case(
        "AWS::Lambda::Alias",
        {
            "FunctionName": FUNCTION,
            "FunctionVersion": "1",
            "Name": "warm",
            "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 1},
        },
        {"ProvisionedConcurrencyConfig": None},
    ),
    Case(
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": "lambda-types-existing",
            "Qualifier": "live",
            "MaximumEventAgeInSeconds": 120,
            "DestinationConfig": {"OnSuccess": {"Destination": QUEUE}, "OnFailure": {"Destination": FUNCTION}},
        },
        {"MaximumEventAgeInSeconds": None, "MaximumRetryAttempts": 0},
    ),
    Case(
        "AWS::Lambda::Url",
        {"TargetFunctionArn": FUNCTION, "Qualifier": "live", "AuthType": "AWS_IAM", "Cors": CORS},
        {"AuthType": "NONE", "Cors": None},
        {"FunctionArn": f"{FUNCTION}:live", "FunctionUrl": "http://127.0.0.1:"},
    ),
    Case(
        "AWS::Lambda::Url",
        {"TargetFunctionArn": "lambda-types-existing", "AuthType": "NONE", "InvokeMode": "BUFFERED"},
        {"Cors": CORS},
        {"FunctionArn": FUNCTION},
    ),
    Case(
        "AWS::Lambda::EventSourceMapping",
        {
            "EventSourceArn": QUEUE,
            "FunctionName": "lambda-types-existing",
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 5,
            "Enabled": False,
            "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["a"]}}'}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
            "Tags": TAGS,
        },
        {
            "BatchSize": 5,
            "MaximumBatchingWindowInSeconds": None,
            "FilterCriteria": None,
            "FunctionResponseTypes": None,
            "ScalingConfig": None,
            "Tags": TAGS[:1],
        },
        {"EventSourceMappingArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:"},
        ("lambda", "list_event_source_mappings", "EventSourceMappings[].UUID"),
    ),
]


def _archive() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("index.py", "def handler(event, context):\n    return 1\n")
    return archive.getvalue()


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("LambdaTypes")
    assumed = {"RoleName": "lambda-types-runner", "AssumeRolePolicyDocument": trust("lambda")}
    found.make(
        "AWS::IAM::Role",
        {**assumed, "Policies": [{"PolicyName": "q", "PolicyDocument": policy("sqs:*", Resource="*")}]},
    )
    found.make("AWS::S3::Bucket", {"BucketName": "lambda-types-code"})
    found.client("s3").put_object(Bucket="lambda-types-code", Key="code.zip", Body=_archive())
    found.make("AWS::SQS::Queue", {"QueueName": "lambda-types-letters"})
    function = {"FunctionName": "lambda-types-existing", "Handler": "index.handler", "Role": ROLE}
    found.make("AWS::Lambda::Function", {**function, "Runtime": "python3.11", "Code": CODE})
    functions = found.client("lambda")
    functions.publish_version(FunctionName="lambda-types-existing")
    found.make("AWS::Lambda::Alias", {"FunctionName": "lambda-types-existing", "FunctionVersion": "1", "Name": "live"})
    functions.update_function_configuration(FunctionName="lambda-types-existing", Timeout=9)
    yield found
    found.client("s3").delete_object(Bucket="lambda-types-code", Key="code.zip")
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        (
            {"FileSystemConfigs": [{"Arn": "arn:aws:elasticfilesystem:::a", "LocalMountPath": "/mnt/a"}]},
            "FileSystemConfigs",
        ),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
        (
            {"CodeSigningConfigArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-0"},
            "CodeSigningConfigArn",
        ),
    ],
    ids=["file systems", "snapshots", "signed code"],
)
def test_what_a_function_cannot_have_here_is_refused_by_name(
    properties: dict[str, object], named: str, world: World
) -> None:
    function = {
        "FunctionName": "lambda-types-refused",
        "Handler": "index.handler",
        "Role": ROLE,
        "Runtime": "python3.11",
    }
    with pytest.raises(ResourceError, match=named):
        types()["AWS::Lambda::Function"].create(world.context, {**function, "Code": CODE, **properties})

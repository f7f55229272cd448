"""What AWS's reference says of actions, and what a request is asked for because of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emulator.identity import condition_keys, parameters, passed_roles, resources, service_reference
from emulator.identity.operations import Operation
from emulator.settings import Settings

SETTINGS = Settings(port=0, state=Path())
HERE = "us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.mark.parametrize(
    ("service", "operation", "given", "actions"),
    [
        ("lambda", "Invoke", {}, ["lambda:InvokeFunction"]),  # by the action's documentation
        ("lambda", "InvokeWithResponseStream", {}, ["lambda:InvokeFunction"]),
        ("s3", "ListObjectsV2", {}, ["s3:ListBucket"]),
        ("kms", "ReEncrypt", {}, ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("sqs", "SendMessageBatch", {}, ["sqs:SendMessage"]),
        ("sns", "PublishBatch", {}, ["sns:Publish"]),
        ("budgets", "DescribeBudgets", {}, ["budgets:ViewBudget"]),
        ("dynamodb", "ExecuteStatement", {"Statement": 'SELECT * FROM "t"'}, ["dynamodb:PartiQLSelect"]),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}, {"Delete": {"TableName": "t"}}]},
            ["dynamodb:DeleteItem", "dynamodb:PutItem"],
        ),
        ("glue", "NotYetKnown", {}, ["glue:NotYetKnown"]),
        ("unheard", "Of", {}, ["unheard:Of"]),
    ],
)
def test_an_operation_needs_the_actions_that_aws_documents(
    service: str, operation: str, given: dict[str, Any], actions: list[str]
) -> None:
    assert sorted(action.name for action in Operation(service, operation, given).actions) == actions


@pytest.mark.parametrize("prefix", ["s3", "glue", "lambda", "states", "athena", "emr-serverless", "sagemaker", "ec2"])
def test_every_service_is_read_whole(prefix: str) -> None:
    service = service_reference.service(prefix)
    assert service
    assert all(action.name.partition(":")[0] == prefix for action in service.actions.values())
    assert any(kind.required for action in service.actions.values() for kind in action.resource_types)
    assert all(kind.arn.startswith("arn:aws:") for action in service.actions.values() for kind in action.resource_types)


def test_a_service_that_aws_does_not_have_has_no_actions() -> None:
    assert service_reference.service("unheard") is None


def touched(service: str, name: str, given: dict[str, Any]) -> list[str]:
    operation = Operation(service, name, given)
    (action,) = operation.actions
    return resources.touched(action, operation, "us-east-1", SETTINGS)


@pytest.mark.parametrize(
    ("service", "name", "given", "expected"),
    [
        ("events", "PutRule", {"Name": "r"}, [f"arn:aws:events:{HERE}:rule/r"]),
        ("events", "PutTargets", {"Rule": "r", "EventBusName": "b"}, [f"arn:aws:events:{HERE}:rule/b/r"]),
        ("events", "PutEvents", {"Entries": [{"Source": "s"}]}, [f"arn:aws:events:{HERE}:event-bus/default"]),
        (
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": "a"}, {"EventBusName": f"arn:aws:events:{HERE}:event-bus/b"}]},
            [f"arn:aws:events:{HERE}:event-bus/{bus}" for bus in ("b", "a")],
        ),
        ("scheduler", "GetSchedule", {"Name": "s"}, [f"arn:aws:scheduler:{HERE}:schedule/default/s"]),
        ("scheduler", "CreateScheduleGroup", {"Name": "g"}, [f"arn:aws:scheduler:{HERE}:schedule-group/g"]),
        (
            "cloudwatch",
            "DeleteAlarms",
            {"AlarmNames": ["a", "b"]},
            [f"arn:aws:cloudwatch:{HERE}:alarm:{name}" for name in "ab"],
        ),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, ["*"]),
        ("cloudtrail", "StartLogging", {"Name": "t"}, [f"arn:aws:cloudtrail:{HERE}:trail/t"]),
        ("firehose", "PutRecord", {"DeliveryStreamName": "s"}, [f"arn:aws:firehose:{HERE}:deliverystream/s"]),
        ("ecr", "BatchGetImage", {"repositoryName": "a/b"}, [f"arn:aws:ecr:{HERE}:repository/a/b"]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [f"arn:aws:dynamodb:{HERE}:table/t/index/i"]),
        ("ecs", "RunTask", {"taskDefinition": "f:3"}, [f"arn:aws:ecs:{HERE}:task-definition/f:3"]),
        (
            "batch",
            "SubmitJob",
            {"jobName": "n", "jobQueue": "q", "jobDefinition": "d:2"},
            [f"arn:aws:batch:{HERE}:job-queue/q", f"arn:aws:batch:{HERE}:job-definition/d:2"],
        ),
        (
            "codedeploy",
            "CreateDeployment",
            {"applicationName": "a", "deploymentGroupName": "g"},
            [f"arn:aws:codedeploy:{HERE}:deploymentgroup:a/g"],
        ),
        (
            "glue",
            "DeleteDatabase",
            {"Name": "d", "CatalogId": "123456789012"},
            [
                f"arn:aws:glue:{HERE}:{part}"
                for part in ("catalog", "database/d", "table/d/*", "userDefinedFunction/d/*")
            ],
        ),
        ("glue", "TagResource", {"ResourceArn": f"arn:aws:glue:{HERE}:job/j"}, [f"arn:aws:glue:{HERE}:job/j"]),
        (
            "ssm",
            "AddTagsToResource",
            {"ResourceType": "Parameter", "ResourceId": "/p"},
            [f"arn:aws:ssm:{HERE}:parameter/p"],
        ),
        (
            "states",
            "DescribeExecution",
            {"executionArn": f"arn:aws:states:{HERE}:execution:m:e"},
            [f"arn:aws:states:{HERE}:execution:m:e"],
        ),
        ("sts", "AssumeRole", {"RoleArn": ROLE}, [ROLE]),
        ("iam", "CreateRole", {"RoleName": "r", "Path": "/team/"}, ["arn:aws:iam::123456789012:role/team/r"]),
        ("logs", "DescribeLogGroups", {}, [f"arn:aws:logs:{HERE}:log-group::log-stream:"]),
        (
            "logs",
            "StartQuery",
            {"logGroupIdentifiers": [f"arn:aws:logs:{HERE}:log-group:g:*"]},
            [f"arn:aws:logs:{HERE}:log-group:g:log-stream:"],
        ),
        ("cloudformation", "DeleteStack", {"StackName": "s"}, [f"arn:aws:cloudformation:{HERE}:stack/s/*"]),
        ("apigateway", "PATCH", {"Path": "/apis/a"}, ["arn:aws:apigateway:us-east-1::/apis/a"]),
    ],
)
def test_resources_follow_awss_patterns(service: str, name: str, given: dict[str, Any], expected: list[str]) -> None:
    assert touched(service, name, given) == expected


def test_the_query_protocol_is_read_into_lists_and_maps() -> None:
    form = {
        "Action": "PutThings",
        "Tags.member.1.Key": "a",
        "Tags.member.1.Value": "1",
        "Tags.member.2.Key": "b",
        "Names.member.1": "x",
        "Attributes.entry.1.key": "k",
        "InstanceId.1": "i",
    }
    assert parameters.of_form(form) == {
        "Action": "PutThings",
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}],
        "Names": ["x"],
        "Attributes": [{"key": "k"}],
        "InstanceId": ["i"],
    }


@pytest.mark.parametrize(
    ("service", "name", "given", "expected"),
    [
        (
            "sqs",
            "CreateQueue",
            {"QueueName": "q", "tags": {"Team": "a"}},
            {"aws:requesttag/team": ("a",), "aws:tagkeys": ("Team",)},
        ),
        ("ecs", "UntagResource", {"tagKeys": ["a", "b"]}, {"aws:tagkeys": ("a", "b")}),
        ("kms", "CreateKey", {"Tags": [{"TagKey": "t", "TagValue": "v"}]}, {"aws:requesttag/t": ("v",)}),
        ("ssm", "PutParameter", {"Name": "p", "Overwrite": True}, {"ssm:overwrite": ("true",)}),
        ("sns", "Subscribe", {"Protocol": "sqs", "Endpoint": "e"}, {"sns:protocol": ("sqs",), "sns:endpoint": ("e",)}),
        ("sts", "AssumeRole", {"RoleArn": ROLE, "ExternalId": "x"}, {"sts:externalid": ("x",)}),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, {"cloudwatch:namespace": ("n",)}),
        (
            "events",
            "PutEvents",
            {"Entries": [{"DetailType": "d", "Source": "s"}]},
            {"events:detail-type": ("d",), "events:source": ("s",)},
        ),
        (
            "lambda",
            "CreateEventSourceMapping",
            {"FunctionName": "f"},
            {"lambda:functionarn": (f"arn:aws:lambda:{HERE}:function:f",)},
        ),
        (
            "kms",
            "Decrypt",
            {"EncryptionContext": {"Purpose": "p"}},
            {"kms:encryptioncontext:purpose": ("p",), "kms:encryptioncontextkeys": ("Purpose",)},
        ),
    ],
)
def test_condition_keys_take_their_values_from_the_request(
    service: str, name: str, given: dict[str, Any], expected: dict[str, tuple[str, ...]]
) -> None:
    operation = Operation(service, name, given)
    found = condition_keys.of_request(operation.actions[0], operation, "us-east-1", SETTINGS)
    assert expected.items() <= found.items()


@pytest.mark.parametrize(
    ("service", "name", "given", "receiver"),
    [
        ("lambda", "UpdateFunctionConfiguration", {"Role": ROLE}, "lambda"),
        ("glue", "UpdateJob", {"JobUpdate": {"Role": ROLE}}, "glue"),
        ("emr-serverless", "StartJobRun", {"executionRoleArn": ROLE}, "emr-serverless"),
        ("events", "PutTargets", {"Targets": [{"Arn": "a", "RoleArn": ROLE}]}, "events"),
        ("scheduler", "CreateSchedule", {"Target": {"RoleArn": ROLE}}, "scheduler"),
        ("firehose", "CreateDeliveryStream", {"ExtendedS3DestinationConfiguration": {"RoleARN": ROLE}}, "firehose"),
        ("ecs", "RegisterTaskDefinition", {"taskRoleArn": ROLE}, "ecs-tasks"),
        ("batch", "RegisterJobDefinition", {"containerProperties": {"jobRoleArn": ROLE}}, "ecs-tasks"),
        ("cloudtrail", "CreateTrail", {"CloudWatchLogsRoleArn": ROLE}, "cloudtrail"),
        ("codedeploy", "CreateDeploymentGroup", {"serviceRoleArn": ROLE}, "codedeploy"),
        ("sagemaker", "CreateModel", {"ExecutionRoleArn": ROLE}, "sagemaker"),
        ("iam", "AddRoleToInstanceProfile", {"RoleName": "r"}, "ec2"),
        ("sts", "AssumeRole", {"RoleArn": ROLE}, ""),
        ("iam", "UpdateRole", {"RoleName": "r"}, ""),
        ("lambda", "GetFunction", {"Role": ROLE}, ""),
    ],
)
def test_a_role_is_passed_wherever_it_stands(service: str, name: str, given: dict[str, Any], receiver: str) -> None:
    found = passed_roles.passed(Operation(service, name, given), SETTINGS)
    assert found == ([passed_roles.PassedRole(ROLE, f"{receiver}.amazonaws.com")] if receiver else [])

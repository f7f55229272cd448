"""Users and keys, budgets, secrets, releases and scaling: types whose state is kept and told."""

from __future__ import annotations

import json
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

READ = policy("s3:GetObject", Resource="*")
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/types-governance"
NOTIFIED = {
    "Notification": {
        "ComparisonOperator": "GREATER_THAN",
        "NotificationType": "ACTUAL",
        "Threshold": 80,
        "ThresholdType": "PERCENTAGE",
    },
    "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "team@example.com"}],
}
BUDGET = {
    "BudgetName": "types-budget",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": 50, "Unit": "USD"},
    "CostFilters": {"TagKeyValue": ["user:project$types"]},
}
SCALED = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/types-scaled/types-scaled",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TRACKING = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    "TargetValue": 60,
    "ScaleInCooldown": 30,
}

CASES = [
    Case(
        "AWS::IAM::User",
        {
            "UserName": "types-user",
            "Path": "/types/",
            "Groups": ["types-group"],
            "ManagedPolicyArns": [READ_ONLY],
            "Policies": [{"PolicyName": "read", "PolicyDocument": READ}],
            "Tags": TAGS,
        },
        {"Groups": None, "ManagedPolicyArns": None, "Policies": None, "Tags": TAGS[:1]},
        {"Arn": f"arn:aws:iam::{ACCOUNT}:user/types/types-user"},
        ("iam", "list_users", "Users[].UserName"),
    ),
    Case(
        "AWS::IAM::Group",
        {
            "GroupName": "types-readers",
            "Path": "/types/",
            "ManagedPolicyArns": [READ_ONLY],
            "Policies": [{"PolicyName": "read", "PolicyDocument": READ}],
        },
        {"ManagedPolicyArns": None, "Policies": [{"PolicyName": "more", "PolicyDocument": READ}]},
        {"Arn": f"arn:aws:iam::{ACCOUNT}:group/types/types-readers"},
        ("iam", "list_groups", "Groups[].GroupName"),
    ),
    Case(
        "AWS::IAM::UserToGroupAddition",
        {"GroupName": "types-group", "Users": ["types-member", "types-other"]},
        {"Users": ["types-other"]},
    ),
    Case("AWS::IAM::AccessKey", {"UserName": "types-member", "Status": "Active"}, {"Status": "Inactive"}),
    Case(
        "AWS::IAM::InstanceProfile",
        {"InstanceProfileName": "types-profile", "Path": "/types/", "Roles": ["types-governance"]},
        {"Roles": ["types-second-role"]},
        {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/types/types-profile"},
    ),
    Case(
        "AWS::IAM::OIDCProvider",
        {
            "Url": "https://token.actions.example.com",
            "ClientIdList": ["sts.amazonaws.com"],
            "ThumbprintList": ["a" * 40],
            "Tags": TAGS,
        },
        {},
        {"Arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.example.com"},
    ),
    Case(
        "AWS::Budgets::Budget",
        {"Budget": BUDGET, "NotificationsWithSubscribers": [NOTIFIED], "ResourceTags": TAGS},
        {
            "Budget": {**BUDGET, "BudgetLimit": {"Amount": 75, "Unit": "USD"}},
            "NotificationsWithSubscribers": [],
            "ResourceTags": [{"Key": "another", "Value": "tag"}],
        },
        {"Id": "types-budget"},
    ),
    Case(
        "AWS::SecretsManager::Secret",
        {
            "Name": "types-secret",
            "Description": "d",
            "SecretString": '{"a":"b"}',
            "KmsKeyId": "alias/types-secret",
            "Tags": TAGS,
        },
        {"Description": None, "SecretString": "other", "Tags": TAGS[:1]},
        {"Id": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:types-secret-"},
        ("secretsmanager", "list_secrets", "SecretList[].Name"),
    ),
    Case(
        "AWS::SecretsManager::ResourcePolicy",
        {
            "SecretId": "types-policed",
            "ResourcePolicy": policy("secretsmanager:GetSecretValue", Principal={"AWS": ROLE}, Resource="*"),
            "BlockPublicPolicy": True,
        },
        {"ResourcePolicy": policy("secretsmanager:DescribeSecret", Principal={"AWS": ROLE}, Resource="*")},
    ),
    Case(
        "AWS::CodeDeploy::Application",
        {"ApplicationName": "types-application", "ComputePlatform": "Lambda", "Tags": TAGS},
        {"Tags": TAGS[:1]},
    ),
    Case(
        "AWS::CodeDeploy::DeploymentConfig",
        {
            "DeploymentConfigName": "types-linear",
            "ComputePlatform": "Lambda",
            "TrafficRoutingConfig": {
                "Type": "TimeBasedLinear",
                "TimeBasedLinear": {"LinearPercentage": 20, "LinearInterval": 2},
            },
        },
    ),
    Case(
        "AWS::CodeDeploy::DeploymentGroup",
        {
            "ApplicationName": "types-deployed",
            "DeploymentGroupName": "types-deployed",
            "ServiceRoleArn": ROLE,
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
            "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
            "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]},
            "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": "errors"}]},
            "Tags": TAGS,
        },
        {
            "DeploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce",
            "AlarmConfiguration": None,
            "Tags": TAGS[:1],
        },
    ),
    Case(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        {
            **SCALED,
            "MinCapacity": 1,
            "MaxCapacity": 4,
            "RoleARN": ROLE,
            "ScheduledActions": [
                {
                    "ScheduledActionName": "night",
                    "Schedule": "cron(0 22 * * ? *)",
                    "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 1},
                }
            ],
        },
        {"MaxCapacity": 6, "ScheduledActions": None},
        {"Id": "service/types-scaled/types-scaled|ecs:service:DesiredCount|ecs"},
    ),
    Case(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "PolicyName": "types-tracking",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": "service/types-scaled/types-kept|ecs:service:DesiredCount|ecs",
            "TargetTrackingScalingPolicyConfiguration": TRACKING,
        },
        {"TargetTrackingScalingPolicyConfiguration": {**TRACKING, "TargetValue": 70}},
        {"Arn": "arn:aws:autoscaling:"},
    ),
]


def prepare(world: World) -> None:
    """What the cases need."""
    for role in ("types-governance", "types-second-role"):
        world.make("AWS::IAM::Role", {"RoleName": role, "AssumeRolePolicyDocument": trust("codedeploy")})
    world.make("AWS::IAM::Group", {"GroupName": "types-group"})
    for user in ("types-member", "types-other"):
        world.make("AWS::IAM::User", {"UserName": user})
    key = world.make("AWS::KMS::Key", {"PendingWindowInDays": 7})
    world.make("AWS::KMS::Alias", {"AliasName": "alias/types-secret", "TargetKeyId": key})
    world.make("AWS::SecretsManager::Secret", {"Name": "types-policed", "SecretString": "a"})
    world.make("AWS::CodeDeploy::Application", {"ApplicationName": "types-deployed", "ComputePlatform": "Lambda"})
    fargate = {"NetworkMode": "awsvpc", "Cpu": "256", "Memory": "512", "RequiresCompatibilities": ["FARGATE"]}
    containers = [{"Name": "web", "Image": "web:1", "Essential": True}]
    task = world.make("AWS::ECS::TaskDefinition", {"Family": "types-s", **fargate, "ContainerDefinitions": containers})
    world.make("AWS::ECS::Cluster", {"ClusterName": "types-scaled"})
    for name in ("types-scaled", "types-kept"):
        service = {"ServiceName": name, "Cluster": "types-scaled", "TaskDefinition": task, "DesiredCount": 0}
        world.make("AWS::ECS::Service", service)
    kept = {**SCALED, "ResourceId": "service/types-scaled/types-kept", "MinCapacity": 1, "MaxCapacity": 2}
    world.make("AWS::ApplicationAutoScaling::ScalableTarget", {**kept, "RoleARN": ROLE})


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("Governance")
    prepare(found)
    yield found
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_a_generated_secret_is_random_and_keeps_its_template(world: World) -> None:
    generated = {
        "SecretStringTemplate": '{"user":"admin"}',
        "GenerateStringKey": "password",
        "PasswordLength": 40,
        "ExcludePunctuation": True,
    }
    texts = []
    for name in ("types-first", "types-second"):
        arn = world.make("AWS::SecretsManager::Secret", {"Name": name, "GenerateSecretString": generated})
        texts.append(json.loads(world.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]))
    assert [text["user"] for text in texts] == ["admin", "admin"]
    assert all(len(text["password"]) == 40 and text["password"].isalnum() for text in texts)
    assert texts[0]["password"] != texts[1]["password"]


def test_an_access_key_of_a_template_opens_what_its_user_may(world: World) -> None:
    iam = world.client("iam")
    key = world.make("AWS::IAM::AccessKey", {"UserName": "types-member"})
    assert key in [each["AccessKeyId"] for each in iam.list_access_keys(UserName="types-member")["AccessKeyMetadata"]]


def test_a_deployment_group_needs_a_configuration_that_exists(world: World) -> None:
    group = {
        "ApplicationName": "types-deployed",
        "DeploymentGroupName": "types-wrong",
        "ServiceRoleArn": ROLE,
        "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minute5",
    }
    with pytest.raises(ResourceError, match="DeploymentConfigDoesNotExistException"):
        types()["AWS::CodeDeploy::DeploymentGroup"].create(world.context, group)

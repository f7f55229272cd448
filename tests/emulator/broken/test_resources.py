"""Requests to the services behind resource types that are broken, with AWS's error for each; mended, they pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.event_wiring import role

TABLE = "broken-table"
KEYS: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
FARGATE = {
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "requiresCompatibilities": ["FARGATE"],
    "containerDefinitions": [{"name": "web", "image": "web:1", "essential": True}],
}
BUDGET = {"BudgetName": "broken-budget", "BudgetType": "COST", "TimeUnit": "MONTHLY"}
Request = Callable[[], Any]


def put(item: dict[str, Any], **more: Any) -> Any:
    return clients.client("dynamodb").put_item(TableName=TABLE, Item=item, **more)


def query(key: str) -> Any:
    return clients.client("dynamodb").query(
        TableName=TABLE, KeyConditionExpression=f"{key} = :v", ExpressionAttributeValues={":v": {"S": "1"}}
    )


def encrypt(*, enabled: bool) -> Any:
    kms = clients.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    if not enabled:
        kms.disable_key(KeyId=key)
    return kms.encrypt(KeyId=key, Plaintext=b"1")


def decrypt(*, forever: bool) -> Any:
    kms = clients.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    secret = kms.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]
    if not forever:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"1"


def parameter(*, overwrite: bool) -> Any:
    ssm = clients.client("ssm")
    ssm.put_parameter(Name="/broken/parameter", Value="1", Type="String", Overwrite=True)
    return ssm.put_parameter(Name="/broken/parameter", Value="2", Type="String", Overwrite=overwrite)


def secret(name: str) -> Any:
    return clients.client("secretsmanager").get_secret_value(SecretId=name)


def subnet(block: str) -> Any:
    ec2 = clients.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    return ec2.create_subnet(VpcId=vpc, CidrBlock=block)


def delete_vpc(*, emptied: bool) -> Any:
    ec2 = clients.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.78.0.0/24")["Subnet"]["SubnetId"]
    if emptied:
        ec2.delete_subnet(SubnetId=made)
    return ec2.delete_vpc(VpcId=vpc)


def service(name: str, count: int) -> Any:
    ecs = clients.client("ecs")
    return ecs.create_service(cluster="broken", serviceName=name, taskDefinition="broken", desiredCount=count)


def group(config: str) -> Any:
    return clients.client("codedeploy").create_deployment_group(
        applicationName="broken",
        deploymentGroupName=config.rpartition(".")[2],
        serviceRoleArn="arn:aws:iam::123456789012:role/broken-releases",
        deploymentConfigName=config,
    )


def budget(**limit: Any) -> Any:
    asked = {**BUDGET, **limit}
    return clients.client("budgets").create_budget(AccountId="123456789012", Budget=asked)


def delete_group(*, emptied: bool) -> Any:
    sagemaker, name = clients.client("sagemaker"), "broken-full" if not emptied else "broken-empty"
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    made = sagemaker.create_model_package(ModelPackageGroupName=name)["ModelPackageArn"]
    if emptied:
        sagemaker.delete_model_package(ModelPackageName=made)
    return sagemaker.delete_model_package_group(ModelPackageGroupName=name)


def scale(dimension: str) -> Any:
    return clients.client("application-autoscaling").put_scaling_policy(
        PolicyName="broken",
        PolicyType="TargetTrackingScaling",
        ServiceNamespace="dynamodb",
        ResourceId=f"table/{TABLE}",
        ScalableDimension=dimension,
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 70},
    )


# What is wrong, the request, AWS's code, the request mended.
BROKEN: list[tuple[str, Request, str, Request]] = [
    ("an item without its key", lambda: put({"a": {"S": "1"}}), "ValidationException", lambda: put({"id": {"S": "1"}})),
    (
        "an item that must not be there",
        lambda: put({"id": {"S": "kept"}}, ConditionExpression="attribute_not_exists(id)"),
        "ConditionalCheckFailedException",
        lambda: put({"id": {"S": "kept"}}, ConditionExpression="attribute_exists(id)"),
    ),
    ("a query without the key", lambda: query("a"), "ValidationException", lambda: query("id")),
    (
        "a table that is there",
        lambda: clients.client("dynamodb").create_table(TableName=TABLE, **KEYS),
        "ResourceInUseException",
        lambda: clients.client("dynamodb").create_table(TableName=f"{TABLE}-2", **KEYS),
    ),
    ("a disabled key", lambda: encrypt(enabled=False), "DisabledException", lambda: encrypt(enabled=True)),
    ("a key to be deleted", lambda: decrypt(forever=False), "KMSInvalidStateException", lambda: decrypt(forever=True)),
    (
        "a parameter that is there",
        lambda: parameter(overwrite=False),
        "ParameterAlreadyExists",
        lambda: parameter(overwrite=True),
    ),
    (
        "a secret that is not there",
        lambda: secret("none"),
        "ResourceNotFoundException",
        lambda: secret("broken-secret"),
    ),
    ("a subnet outside its VPC", lambda: subnet("10.99.0.0/24"), "InvalidSubnet.Range", lambda: subnet("10.77.1.0/24")),
    (
        "a VPC with a subnet",
        lambda: delete_vpc(emptied=False),
        "DependencyViolation",
        lambda: delete_vpc(emptied=True),
    ),
    ("tasks that would not run", lambda: service("one", 1), "NotImplemented", lambda: service("none", 0)),
    (
        "an unknown way to deploy",
        lambda: group("CodeDeployDefault.LambdaCanary7Percent"),
        "DeploymentConfigDoesNotExistException",
        lambda: group("CodeDeployDefault.LambdaLinear10PercentEvery1Minute"),
    ),
    (
        "a budget without a limit",
        budget,
        "InvalidParameterException",
        lambda: budget(BudgetLimit={"Amount": "1", "Unit": "USD"}),
    ),
    (
        "a group with models",
        lambda: delete_group(emptied=False),
        "ConflictException",
        lambda: delete_group(emptied=True),
    ),
    (
        "a policy for what is not scaled",
        lambda: scale("dynamodb:table:WriteCapacityUnits"),
        "ObjectNotFoundException",
        lambda: scale("dynamodb:table:ReadCapacityUnits"),
    ),
]


@pytest.fixture(scope="module")
def resources(emulator: Settings) -> None:
    """What the mended requests need."""
    clients.client("dynamodb").create_table(TableName=TABLE, **KEYS)
    put({"id": {"S": "kept"}})
    clients.client("secretsmanager").create_secret(Name="broken-secret", SecretString="1")
    clients.client("ecs").create_cluster(clusterName="broken")
    clients.client("ecs").register_task_definition(family="broken", **FARGATE)
    role("broken-releases", "codedeploy")
    clients.client("codedeploy").create_application(applicationName="broken", computePlatform="Lambda")
    clients.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId=f"table/{TABLE}",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=2,
        RoleARN="arn:aws:iam::123456789012:role/broken",
    )


@pytest.mark.parametrize(("broken", "code", "mended"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
@pytest.mark.usefixtures("resources")
def test_a_broken_request_fails_as_in_aws_and_mended_passes(broken: Request, code: str, mended: Request) -> None:
    with pytest.raises(ClientError) as refused:
        broken()
    assert refused.value.response["Error"]["Code"] == code
    mended()

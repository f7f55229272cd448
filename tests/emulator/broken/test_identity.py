"""Permissions that are missing, one at a time: AWS's error, and none once the permission is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator import clients, settings
from emulator.identity import credentials
from emulator.settings import Settings

HERE = "us-east-1:123456789012"
BUCKET = "broken-identity"
QUEUE, TOPIC, SECRET, PARAMETER = (f"broken-identity-{kind}" for kind in ("queue", "topic", "secret", "parameter"))
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": [f"{service}.amazonaws.com" for service in ("lambda", "states", "scheduler")]},
    "Action": "sts:AssumeRole",
}

Statement = dict[str, Any]
Call = Callable[[Callable[..., Any]], Any]


def allow(action: Any, resource: Any, **condition: Any) -> Statement:
    found = {"Effect": "Allow", "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass(frozen=True)
class World:
    """What the cases act upon. `role` is passed on, `key` encrypts everything but parameters."""

    key: str
    role: str
    queue_url: str
    values: Mapping[str, str] = field(default_factory=dict)

    def filled(self, statement: Statement) -> Statement:
        """A statement with this world's ARNs for their names."""
        text = json.dumps(statement)
        for name, value in {"$KEY": self.key, "$ROLE": self.role, **self.values}.items():
            text = text.replace(name, value)
        filled: Statement = json.loads(text)
        return filled


@pytest.fixture(scope="module")
def world(emulator: Settings) -> World:
    kms, s3 = clients.client("kms"), clients.client("s3")
    key = kms.create_key(Description="broken identity")["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=BUCKET)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=BUCKET, Key="mine/a", Body=b"secret rows")
    sqs = clients.client("sqs")
    url = sqs.create_queue(QueueName=QUEUE, Attributes={"KmsMasterKeyId": key}, tags={"team": "blue"})["QueueUrl"]
    clients.client("sns").create_topic(Name=TOPIC, Attributes={"KmsMasterKeyId": key})
    secret = clients.client("secretsmanager").create_secret(Name=SECRET, SecretString="s", KmsKeyId=key)["ARN"]
    clients.client("ssm").put_parameter(Name=f"/{PARAMETER}", Type="SecureString", KeyId=key, Value="hidden")
    clients.client("glue").create_database(DatabaseInput={"Name": "broken_identity"})
    clients.client("dynamodb").create_table(
        TableName="broken-identity",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    role = clients.client("iam").create_role(
        RoleName="broken-identity-passed", AssumeRolePolicyDocument=document(TRUST)
    )["Role"]["Arn"]
    return World(key, role, url, {"$SECRET": secret})


@contextmanager
def session(name: str, world: World, *statements: Statement) -> Iterator[Callable[..., Any]]:
    """Clients of a role of this name with these statements; the role goes afterwards."""
    iam = clients.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*map(world.filled, statements)))
    made = credentials.for_role(role, "session", "lambda.amazonaws.com")

    def client(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=settings.current().endpoint,
            aws_access_key_id=made.access_key_id,
            aws_secret_access_key=made.secret_access_key,
            aws_session_token=made.session_token,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    try:
        yield client
    finally:
        if statements:
            iam.delete_role_policy(RoleName=name, PolicyName="inline")
        iam.delete_role(RoleName=name)


def denied(call: Call, client: Callable[..., Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as found:
        call(client)
    error = found.value.response["Error"]
    return error["Code"], error.get("Message", "")


def table(client: Callable[..., Any], name: str) -> Any:
    return client("glue").create_table(DatabaseName="broken_identity", TableInput={"Name": name})


def parameter(client: Callable[..., Any]) -> Any:
    return client("ssm").get_parameter(Name=f"/{PARAMETER}", WithDecryption=True)["Parameter"]["Value"]


def machine(client: Callable[..., Any]) -> Any:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    arn = "arn:aws:iam::123456789012:role/broken-identity-passed"
    return client("stepfunctions").create_state_machine(name="broken-identity", definition=definition, roleArn=arn)


def schedule(client: Callable[..., Any]) -> Any:
    target = {
        "Arn": f"arn:aws:sqs:{HERE}:{QUEUE}",
        "RoleArn": "arn:aws:iam::123456789012:role/broken-identity-passed",
    }
    return client("scheduler").create_schedule(
        Name="broken-identity",
        ScheduleExpression="rate(9 days)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
    )


KEY_USE = allow(["kms:Decrypt", "kms:GenerateDataKey"], "$KEY")
GLUE = [f"arn:aws:glue:{HERE}:{part}" for part in ("catalog", "database/broken_identity", "table/broken_identity/t*")]
SEND = allow("sqs:SendMessage", f"arn:aws:sqs:{HERE}:{QUEUE}")

# name -> what the role may do, the statement that breaks it (in place of the last one; None: without it), the call,
# AWS's code and a part of its message.
CASES: dict[str, tuple[list[Statement], Statement | None, Call, str, str]] = {
    "an object under another prefix": (
        [KEY_USE, allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/mine/*")],
        allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/yours/*"),
        lambda client: client("s3").get_object(Bucket=BUCKET, Key="mine/a"),
        "AccessDenied",
        f's3:GetObject on resource: "arn:aws:s3:::{BUCKET}/mine/a" because no identity-based policy allows the s3',
    ),
    "an explicit deny": (
        [KEY_USE, allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*"), allow("s3:List*", "*")],
        {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"},
        lambda client: client("s3").get_object(Bucket=BUCKET, Key="mine/a"),
        "AccessDenied",
        "with an explicit deny in an identity-based policy",
    ),
    "an encrypted object without the key": (
        [allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*"), KEY_USE],
        None,
        lambda client: client("s3").get_object(Bucket=BUCKET, Key="mine/a"),
        "AccessDenied",
        "kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/",
    ),
    "an upload to an encrypted bucket with a key for another service": (
        [
            allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"),
            allow("kms:GenerateDataKey", "$KEY", StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
        ],
        allow("kms:GenerateDataKey", "$KEY", StringEquals={"kms:ViaService": "sqs.us-east-1.amazonaws.com"}),
        lambda client: client("s3").put_object(Bucket=BUCKET, Key="mine/b", Body=b"rows"),
        "AccessDenied",
        "kms:GenerateDataKey on resource: arn:aws:kms",
    ),
    "an encryption context that the key is not for": (
        [
            allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"),
            allow(
                "kms:GenerateDataKey",
                "*",
                StringLike={"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{BUCKET}/mine/*"},
            ),
        ],
        allow("kms:GenerateDataKey", "*", StringLike={"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other/*"}),
        lambda client: client("s3").put_object(Bucket=BUCKET, Key="mine/c", Body=b"rows"),
        "AccessDenied",
        "kms:GenerateDataKey",
    ),
    "a message to an encrypted queue without the key": (
        [SEND, KEY_USE],
        None,
        lambda client: client("sqs").send_message(
            QueueUrl=f"{settings.current().endpoint}/123456789012/{QUEUE}", MessageBody="x"
        ),
        "KMS.AccessDeniedException",
        "kms:GenerateDataKey on resource: arn:aws:kms",
    ),
    "a queue of another name": (
        [KEY_USE, SEND],
        allow("sqs:SendMessage", f"arn:aws:sqs:{HERE}:other"),
        lambda client: client("sqs").send_message(
            QueueUrl=f"{settings.current().endpoint}/123456789012/{QUEUE}", MessageBody="x"
        ),
        "AccessDenied",
        f"sqs:sendmessage on resource: arn:aws:sqs:{HERE}:{QUEUE}",
    ),
    "a topic without the permission to publish": (
        [KEY_USE, allow("sns:Publish", f"arn:aws:sns:{HERE}:{TOPIC}")],
        allow("sns:Subscribe", f"arn:aws:sns:{HERE}:{TOPIC}"),
        lambda client: client("sns").publish(TopicArn=f"arn:aws:sns:{HERE}:{TOPIC}", Message="x"),
        "AuthorizationError",
        f"SNS:Publish on resource: arn:aws:sns:{HERE}:{TOPIC}",
    ),
    "an encrypted topic without the key": (
        [allow("sns:Publish", "*"), KEY_USE],
        None,
        lambda client: client("sns").publish(TopicArn=f"arn:aws:sns:{HERE}:{TOPIC}", Message="x"),
        "KMSAccessDenied",
        "kms:GenerateDataKey",
    ),
    "a secret without the key": (
        [allow("secretsmanager:GetSecretValue", "$SECRET"), KEY_USE],
        None,
        lambda client: client("secretsmanager").get_secret_value(SecretId=SECRET),
        "AccessDeniedException",
        "Access to KMS is not allowed",
    ),
    "a secure parameter without the key": (
        [allow("ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/{PARAMETER}"), KEY_USE],
        None,
        parameter,
        "AccessDeniedException",
        "kms:Decrypt on resource: arn:aws:kms",
    ),
    "a table of another name": (
        [allow("glue:CreateTable", GLUE)],
        allow("glue:CreateTable", [*GLUE[:2], f"arn:aws:glue:{HERE}:table/broken_identity/u*"]),
        lambda client: table(client, "t1"),
        "AccessDeniedException",
        f"glue:CreateTable on resource: arn:aws:glue:{HERE}:table/broken_identity/t1",
    ),
    "a role passed to no service": (
        [allow("states:CreateStateMachine", f"arn:aws:states:{HERE}:stateMachine:*"), allow("iam:PassRole", "$ROLE")],
        None,
        machine,
        "AccessDeniedException",
        "iam:PassRole on resource: arn:aws:iam::123456789012:role/broken-identity-passed",
    ),
    "a role passed to another service": (
        [
            allow("scheduler:CreateSchedule", f"arn:aws:scheduler:{HERE}:schedule/default/broken-identity"),
            allow("iam:PassRole", "$ROLE", StringEquals={"iam:PassedToService": "scheduler.amazonaws.com"}),
        ],
        allow("iam:PassRole", "$ROLE", StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),
        schedule,
        "AccessDeniedException",
        "iam:PassRole",
    ),
    "a tag that must be given": (
        [allow("sqs:CreateQueue", "*", StringEquals={"aws:RequestTag/team": "blue"})],
        allow("sqs:CreateQueue", "*", StringEquals={"aws:RequestTag/team": "red"}),
        lambda client: client("sqs").create_queue(QueueName="broken-identity-tagged", tags={"team": "blue"}),
        "AccessDenied",
        "sqs:createqueue",
    ),
    "a resource with another tag": (
        [allow("sqs:GetQueueAttributes", "*", StringEquals={"aws:ResourceTag/team": "blue"})],
        allow("sqs:GetQueueAttributes", "*", StringEquals={"aws:ResourceTag/team": "red"}),
        lambda client: client("sqs").get_queue_attributes(
            QueueUrl=f"{settings.current().endpoint}/123456789012/{QUEUE}", AttributeNames=["QueueArn"]
        ),
        "AccessDenied",
        "sqs:getqueueattributes",
    ),
    "another region": (
        [allow("dynamodb:*", "*", StringEquals={"aws:RequestedRegion": "us-east-1"})],
        allow("dynamodb:*", "*", StringEquals={"aws:RequestedRegion": "eu-west-1"}),
        lambda client: client("dynamodb").get_item(TableName="broken-identity", Key={"id": {"S": "1"}}),
        "AccessDeniedException",
        f"dynamodb:GetItem on resource: arn:aws:dynamodb:{HERE}:table/broken-identity",
    ),
    "tables named in a batch": (
        [allow("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{HERE}:table/broken-identity")],
        allow("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{HERE}:table/other"),
        lambda client: client("dynamodb").batch_get_item(
            RequestItems={"broken-identity": {"Keys": [{"id": {"S": "1"}}]}}
        ),
        "AccessDeniedException",
        f"dynamodb:BatchGetItem on resource: arn:aws:dynamodb:{HERE}:table/broken-identity",
    ),
    "logs of another group": (
        [allow("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/broken/*")],
        allow("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/whole/*"),
        lambda client: client("logs").create_log_group(logGroupName="/broken/identity"),
        "AccessDeniedException",
        f"logs:CreateLogGroup on resource: arn:aws:logs:{HERE}:log-group:/broken/identity:log-stream:",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_missing_permission_is_denied_and_its_return_heals(world: World, name: str) -> None:
    whole, instead, call, code, message = CASES[name]
    role = f"broken-{list(CASES).index(name)}"
    broken = [*whole[:-1], *([instead] if instead else [])]
    with session(role, world, *broken) as client:
        said = denied(call, client)
        assert (said[0], message in said[1]) == (code, True), said
        clients.client("iam").put_role_policy(
            RoleName=role, PolicyName="inline", PolicyDocument=document(*map(world.filled, whole))
        )
        call(client)  # raises what is still denied


# What is attached elsewhere than to the role itself: how to break it, how to mend it.


def bucket_policy(_: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    s3 = clients.client("s3")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    return (
        lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=document(deny)),
        lambda: s3.delete_bucket_policy(Bucket=BUCKET),
    )


def boundary(role: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    iam = clients.client("iam")
    limit = iam.create_policy(PolicyName=f"{role}-limit", PolicyDocument=document(allow("kms:*", "*")))["Policy"]
    return (
        lambda: iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=limit["Arn"]),
        lambda: iam.delete_role_permissions_boundary(RoleName=role),
    )


def key_policy(_: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    kms = clients.client("kms")
    key = clients.client("s3").head_object(Bucket=BUCKET, Key="mine/a")["SSEKMSKeyId"]
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:root"}},
    }
    return (
        lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(root)),
        lambda: kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before),
    )


@pytest.mark.parametrize(
    ("attached", "message"),
    [
        (bucket_policy, "s3:GetObject on resource: .* with an explicit deny in a resource-based policy"),
        (boundary, "s3:GetObject on resource: .* because no permissions boundary allows the s3:GetObject action"),
        (key_policy, "kms:Decrypt on resource: .* because no resource-based policy allows the kms:Decrypt action"),
    ],
    ids=["bucket policy", "permissions boundary", "key policy"],
)
def test_what_is_attached_elsewhere_denies_too(
    world: World, attached: Callable[[str], tuple[Callable[[], Any], Callable[[], Any]]], message: str
) -> None:
    role = f"broken-by-{attached.__name__.replace('_', '-')}"
    with session(role, world, allow("s3:*", "*"), allow("kms:*", "*")) as client:
        breaks, mends = attached(role)
        breaks()
        try:
            with pytest.raises(ClientError, match=message):
                client("s3").get_object(Bucket=BUCKET, Key="mine/a")
        finally:
            mends()
        assert client("s3").get_object(Bucket=BUCKET, Key="mine/a")["Body"].read() == b"secret rows"


def test_a_grant_on_a_key_takes_the_place_of_a_policy(world: World) -> None:
    kms = clients.client("kms")
    with session("broken-granted", world, allow("s3:GetObject", "*")) as client:
        arn = "arn:aws:iam::123456789012:role/broken-granted"
        assert denied(lambda made: made("s3").get_object(Bucket=BUCKET, Key="mine/a"), client)[0] == "AccessDenied"
        grant = kms.create_grant(KeyId=world.key, GranteePrincipal=arn, Operations=["Decrypt"])["GrantId"]
        assert client("s3").get_object(Bucket=BUCKET, Key="mine/a")["Body"].read() == b"secret rows"
        kms.revoke_grant(KeyId=world.key, GrantId=grant)
        assert denied(lambda made: made("s3").get_object(Bucket=BUCKET, Key="mine/a"), client)[0] == "AccessDenied"


def test_resource_policies_allow_and_deny(world: World) -> None:
    sqs, secrets = clients.client("sqs"), clients.client("secretsmanager")
    url = sqs.create_queue(QueueName="broken-identity-open")["QueueUrl"]
    arn = f"arn:aws:sqs:{HERE}:broken-identity-open"
    with session("broken-by-policies", world, allow(["secretsmanager:GetSecretValue", "kms:Decrypt"], "*")) as client:
        me = {"AWS": "arn:aws:iam::123456789012:role/broken-by-policies"}
        assert denied(lambda made: made("sqs").send_message(QueueUrl=url, MessageBody="x"), client)[0] == "AccessDenied"
        own = {"Effect": "Allow", "Principal": me, "Action": "sqs:SendMessage", "Resource": arn}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(own)})
        client("sqs").send_message(QueueUrl=url, MessageBody="allowed by the queue")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "allowed by the queue"

        assert client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"] == "s"
        deny = {"Effect": "Deny", "Principal": me, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        secrets.put_resource_policy(SecretId=SECRET, ResourcePolicy=document(deny))
        code, message = denied(lambda made: made("secretsmanager").get_secret_value(SecretId=SECRET), client)
        assert (code, "explicit deny in a resource-based policy" in message) == ("AccessDeniedException", True)
        secrets.delete_resource_policy(SecretId=SECRET)
        assert client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"] == "s"


def test_a_key_that_cannot_be_used_fails_what_it_encrypts_until_it_can(world: World) -> None:
    kms, s3, sqs = clients.client("kms"), clients.client("s3"), clients.client("sqs")
    key = world.key.rpartition("/")[2]
    kms.disable_key(KeyId=key)
    try:
        with pytest.raises(ClientError, match=r"KMS\.DisabledException.*is disabled"):
            s3.get_object(Bucket=BUCKET, Key="mine/a")
        with pytest.raises(ClientError, match=r"KMS\.DisabledException"):
            sqs.send_message(QueueUrl=world.queue_url, MessageBody="x")
        with pytest.raises(ClientError, match="InvalidKeyId"):
            clients.client("ssm").get_parameter(Name=f"/{PARAMETER}", WithDecryption=True)
    finally:
        kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=BUCKET, Key="mine/a")["Body"].read() == b"secret rows"
    unknown = world.key.rpartition("/")[0] + "/00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError, match=r"KMS\.NotFoundException"):
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=unknown)


UNREADABLE = document({**allow("sqs:*", "*"), "Principal": "*", "Condition": {"StringEqual": {"a": "b"}}})


@pytest.mark.parametrize(
    ("attach", "code"),
    [
        (lambda _: clients.client("s3").put_bucket_policy(Bucket=BUCKET, Policy=UNREADABLE), "MalformedPolicy"),
        (
            lambda world: clients.client("kms").put_key_policy(
                KeyId=world.key, PolicyName="default", Policy=UNREADABLE
            ),
            "MalformedPolicyDocumentException",
        ),
        (
            lambda world: clients.client("sqs").set_queue_attributes(
                QueueUrl=world.queue_url, Attributes={"Policy": UNREADABLE}
            ),
            "InvalidAttributeValue",
        ),
        (
            lambda _: clients.client("sns").set_topic_attributes(
                TopicArn=f"arn:aws:sns:{HERE}:{TOPIC}", AttributeName="Policy", AttributeValue="{"
            ),
            "InvalidParameter",
        ),
        (
            lambda _: clients.client("secretsmanager").put_resource_policy(SecretId=SECRET, ResourcePolicy=UNREADABLE),
            "MalformedPolicyDocumentException",
        ),
    ],
    ids=["bucket", "key", "queue", "topic", "secret"],
)
def test_a_policy_that_cannot_be_read_is_not_attached(world: World, attach: Callable[[World], Any], code: str) -> None:
    with pytest.raises(ClientError) as found:
        attach(world)
    assert found.value.response["Error"]["Code"] == code
    assert clients.client("s3").get_object(Bucket=BUCKET, Key="mine/a")["Body"].read() == b"secret rows"

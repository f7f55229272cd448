"""Services assume roles: only those that exist and trust them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from emulator import clients, settings
from emulator.identity import credentials
from emulator.settings import Settings


@pytest.fixture(scope="module")
def iam(emulator: Settings) -> Any:
    return clients.client("iam")


def _role(iam: Any, name: str, condition: dict[str, Any] | None = None) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    return arn


def test_a_trusted_service_gets_credentials_of_the_role(iam: Any) -> None:
    made = credentials.for_role(_role(iam, "trusted"), "function", "lambda.amazonaws.com")
    sts = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=settings.current().endpoint,
        aws_access_key_id=made.access_key_id,
        aws_secret_access_key=made.secret_access_key,
        aws_session_token=made.session_token,
    )
    assert sts.get_caller_identity()["Arn"] == "arn:aws:sts::123456789012:assumed-role/trusted/function"
    assert made.environment()["AWS_SESSION_TOKEN"] == made.session_token


def test_a_service_that_the_role_does_not_trust_is_refused(iam: Any) -> None:
    with pytest.raises(credentials.RoleError, match=r"cannot be assumed by glue\.amazonaws\.com") as refused:
        credentials.for_role(_role(iam, "of_lambda"), "job", "glue.amazonaws.com")
    assert refused.value.code == "AccessDenied"


def test_a_role_that_does_not_exist_is_refused(iam: Any) -> None:
    with pytest.raises(credentials.RoleError) as refused:
        credentials.for_role("arn:aws:iam::123456789012:role/nobody", "function", "lambda.amazonaws.com")
    assert refused.value.code == "NoSuchEntity"


@pytest.mark.parametrize("arn", ["", "nobody", "arn:aws:iam::123456789012:user/somebody"])
def test_what_is_not_the_arn_of_a_role_is_refused(iam: Any, arn: str) -> None:
    with pytest.raises(credentials.RoleError, match="not the ARN of a role"):
        credentials.for_role(arn, "function", "lambda.amazonaws.com")


def test_conditions_of_the_trust_policy_hold(iam: Any) -> None:
    ours = "arn:aws:lambda:us-east-1:123456789012:function:ours"
    arn = _role(
        iam,
        "conditional",
        {"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": ours}},
    )
    assert credentials.for_role(arn, "function", "lambda.amazonaws.com", source_arn=ours)
    for account, source in (("210987654321", ours), (None, ours + "2"), (None, None)):
        with pytest.raises(credentials.RoleError, match="trust policy"):
            credentials.for_role(arn, "function", "lambda.amazonaws.com", source_account=account, source_arn=source)

"""The language of IAM policies: what statements match, and how conditions are met."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.identity import policy
from emulator.identity.authorization import Need, verdict
from emulator.identity.conditions import arn_like, parse
from emulator.identity.policy import Caller, Effect, Query
from emulator.identity.principals import Principal

ROLE = Caller(
    "AWS",
    ("arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:iam::123456789012:role/r"),
    "123456789012",
)


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> policy.Policy:
    return policy.parse(json.dumps({"Version": version, "Statement": list(statements)}))


def said(
    statement: dict[str, Any],
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::b/k",
    caller: Caller = ROLE,
    version: str = "2012-10-17",
    **context: str,
) -> Effect:
    known = {key.replace("__", ":").lower(): (value,) for key, value in context.items()}
    return policy.effect([document(statement, version=version)], Query(action, resource, known, caller))


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"Action": "s3:getobject", "Resource": "*"}, Effect.ALLOW),
        ({"Action": ["s3:Put*", "s3:Get*"], "Resource": "arn:aws:s3:::b/*"}, Effect.ALLOW),
        ({"Action": "s3:Get?bject", "Resource": "arn:aws:s3:::b/?"}, Effect.ALLOW),
        ({"Action": "s3:GetObjec", "Resource": "*"}, Effect.NEUTRAL),
        ({"Action": "*", "Resource": "arn:aws:s3:::B/k"}, Effect.NEUTRAL),
        ({"Action": "*", "Resource": "arn:aws:s3:::b"}, Effect.NEUTRAL),
        ({"NotAction": "iam:*", "Resource": "*"}, Effect.ALLOW),
        ({"NotAction": "s3:*", "Resource": "*"}, Effect.NEUTRAL),
        ({"Action": "*", "NotResource": "arn:aws:s3:::b/x*"}, Effect.ALLOW),
        ({"Action": "*", "NotResource": "arn:aws:s3:::b/*"}, Effect.NEUTRAL),
    ],
)
def test_a_statement_speaks_of_its_actions_and_resources(element: dict[str, Any], expected: Effect) -> None:
    assert said({"Effect": "Allow", **element}) is expected


def test_a_wildcard_does_not_reach_over_a_colon() -> None:
    assert arn_like("arn:aws:lambda:*:*:function:f", "arn:aws:lambda:us-east-1:1:function:f")
    assert not arn_like("arn:aws:*:function:f", "arn:aws:lambda:us-east-1:1:function:f")
    assert arn_like("arn:aws:lambda:*", "arn:aws:lambda:us-east-1:1:function:f")


def test_an_explicit_deny_wins() -> None:
    both = document(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    )
    assert policy.effect([both], Query("s3:GetObject", "arn:aws:s3:::b/k", {}, ROLE)) is Effect.DENY
    assert policy.effect([both], Query("glue:GetJob", "*", {}, ROLE)) is Effect.ALLOW


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "b"}, True),
        ({"StringEquals": {"S3:Prefix": "a"}}, {"s3__prefix": "A"}, False),
        ({"StringEqualsIgnoreCase": {"s3:prefix": "a"}}, {"s3__prefix": "A"}, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "b"}, False),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "c"}, True),
        ({"StringLike": {"s3:prefix": "a/*"}}, {"s3__prefix": "a/b/c"}, True),
        ({"StringNotLike": {"s3:prefix": "a/*"}}, {"s3__prefix": "a/b/c"}, False),
        ({"StringEquals": {"s3:prefix": "a"}}, {}, False),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {}, True),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, {}, True),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, {"s3__prefix": "b"}, False),
        ({"Null": {"s3:prefix": "true"}}, {}, True),
        ({"Null": {"s3:prefix": "true"}}, {"s3__prefix": "a"}, False),
        ({"Null": {"s3:prefix": False}}, {"s3__prefix": "a"}, True),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws__securetransport": "true"}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"aws__securetransport": "true"}, True),
        ({"Bool": {"aws:Unknown": "false"}}, {}, False),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"s3__max-keys": "9"}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3__max-keys": "10"}, True),
        ({"NumericGreaterThan": {"s3:max-keys": "10"}}, {"s3__max-keys": "10"}, False),
        ({"NumericEquals": {"s3:max-keys": "10"}}, {"s3__max-keys": "ten"}, False),
        (
            {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
            {"aws__currenttime": "2026-11-22T00:00:00Z"},
            True,
        ),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}}, {"aws__currenttime": "2026-11-22T00:00:00Z"}, False),
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {"aws__sourceip": "127.0.0.1"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "127.0.0.1"}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b*"}}, {"aws__sourcearn": "arn:aws:s3:::bucket"}, True),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::b*"}}, {"aws__sourcearn": "arn:aws:s3:::c"}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::b"}}, {"aws__sourcearn": "arn:aws:s3:::c"}, False),
        ({"StringEquals": {"s3:prefix": "a"}, "Bool": {"aws:SecureTransport": "true"}}, {"s3__prefix": "a"}, False),
        ({"StringEquals": {"s3:prefix": "a", "s3:delimiter": "/"}}, {"s3__prefix": "a"}, False),
    ],
)
def test_every_condition_must_hold(condition: Any, context: dict[str, Any], expected: bool) -> None:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    assert (said(statement, **context) is Effect.ALLOW) is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c",), False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringNotEquals", None, False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
        ("ForAllValues:StringNotEquals", ("a", "c"), False),
    ],
)
def test_quantifiers_look_at_several_values(operator: str, values: Any, expected: bool) -> None:
    (condition,) = parse({operator: {"aws:TagKeys": ["a", "b"]}})
    assert condition.holds({"aws:tagkeys": values} if values else {}) is expected


def test_an_operator_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="StringEqual"):
        parse({"StringEqual": {"a": "b"}})


def test_variables_take_their_values_from_the_request() -> None:
    own = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}
    assert said(own, resource="arn:aws:s3:::b/ann/k", aws__username="ann") is Effect.ALLOW
    assert said(own, resource="arn:aws:s3:::b/bob/k", aws__username="ann") is Effect.NEUTRAL
    assert said(own, resource="arn:aws:s3:::b/bob/k", aws__username="*") is Effect.NEUTRAL
    assert said(own, resource="arn:aws:s3:::b/bob/k") is Effect.NEUTRAL
    # Only the newer version of the language has variables.
    assert said(own, resource="arn:aws:s3:::b/ann/k", version="2008-10-17", aws__username="ann") is Effect.NEUTRAL
    default = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*"}
    assert said(default, resource="arn:aws:s3:::b/all/k") is Effect.ALLOW
    star = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${*}"}
    assert said(star, resource="arn:aws:s3:::b/*") is Effect.ALLOW
    assert said(star, resource="arn:aws:s3:::b/k") is Effect.NEUTRAL


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"Principal": "*"}, Effect.ALLOW),
        ({"Principal": {"AWS": "*"}}, Effect.ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/r"}}, Effect.ALLOW),
        ({"Principal": {"AWS": ["x", "arn:aws:sts::123456789012:assumed-role/r/s"]}}, Effect.ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}}, Effect.NEUTRAL),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, Effect.NEUTRAL),
        ({"Principal": {"AWS": "123456789012"}}, Effect.NEUTRAL),  # leaves it to the account
        ({"NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/other"}}, Effect.ALLOW),
    ],
)
def test_principals_are_compared_with_the_caller(element: dict[str, Any], expected: Effect) -> None:
    assert said({"Effect": "Allow", "Action": "*", "Resource": "*", **element}) is expected


def test_naming_the_account_denies_its_callers_and_delegates_to_its_policies() -> None:
    account = {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "*", "Resource": "*"}
    assert said({"Effect": "Deny", **account}) is Effect.DENY
    delegated = document({"Effect": "Allow", **account})
    query = Query("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/k", {}, ROLE)
    assert policy.effect([delegated], query, delegation=True) is Effect.ALLOW


def test_not_principal_spares_only_a_caller_with_all_its_names() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    assert said({**deny, "NotPrincipal": {"AWS": [ROLE.names[1]]}}) is Effect.DENY
    assert said({**deny, "NotPrincipal": {"AWS": [*ROLE.names, "123456789012"]}}) is Effect.NEUTRAL


ALLOW_ALL = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
ALLOW_GLUE = document({"Effect": "Allow", "Action": "glue:*", "Resource": "*"})
DENY_S3 = document({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})


@pytest.mark.parametrize(
    ("policies", "because"),
    [
        ({"identity": (ALLOW_ALL,)}, ""),
        ({}, "because no identity-based policy allows the s3:GetObject action"),
        ({"identity": (ALLOW_ALL, DENY_S3)}, "with an explicit deny in an identity-based policy"),
        (
            {"identity": (ALLOW_ALL,), "boundary": ALLOW_GLUE},
            "because no permissions boundary allows the s3:GetObject action",
        ),
        ({"identity": (ALLOW_ALL,), "boundary": DENY_S3}, "with an explicit deny in a permissions boundary"),
        ({"identity": (ALLOW_ALL,), "session": ALLOW_GLUE}, "because no session policy allows the s3:GetObject action"),
        ({"identity": (ALLOW_ALL,), "boundary": ALLOW_ALL, "session": ALLOW_ALL}, ""),
        ({"boundary": ALLOW_ALL}, "because no identity-based policy allows the s3:GetObject action"),
    ],
)
def test_boundaries_and_session_policies_only_limit(policies: dict[str, Any], because: str) -> None:
    principal = Principal(ROLE.names[0], ROLE, {}, **policies)
    assert verdict(principal, Need("s3:GetObject", "arn:aws:s3:::b/k", {}), {}).because == because

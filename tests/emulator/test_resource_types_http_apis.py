"""Authorizers of HTTP APIs, and what API Gateway cannot have here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.cloudformation.resource_type import ResourceError
from emulator.settings import Settings
from tests.emulator.resource_type_contract import ACCOUNT, REGION, Case, World, check, of_stack, types

CASES: list[Case] = []
CHECKED_APART = {"AWS::ApiGatewayV2::Authorizer"}
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:http-types-decides"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
URI = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("HttpTypes")
    yield found
    found.clear()


@pytest.fixture(scope="module")
def api(world: World) -> str:
    return world.make("AWS::ApiGatewayV2::Api", {"Name": "http-types", "ProtocolType": "HTTP"})


@pytest.mark.parametrize(
    ("properties", "changed"),
    [
        (
            {
                "Name": "tokens",
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "JwtConfiguration": {"Audience": ["me"], "Issuer": "http://127.0.0.1:1/issuer"},
            },
            {"JwtConfiguration": {"Audience": ["me", "you"], "Issuer": "http://localhost:2/issuer"}},
        ),
        (
            {
                "Name": "function",
                "AuthorizerType": "REQUEST",
                "AuthorizerUri": URI,
                "AuthorizerPayloadFormatVersion": "2.0",
                "AuthorizerResultTtlInSeconds": 60,
                "EnableSimpleResponses": True,
                "IdentitySource": ["$request.header.X-Key", "$request.querystring.key"],
            },
            {"AuthorizerResultTtlInSeconds": 0, "Name": "other"},
        ),
    ],
    ids=["tokens", "function"],
)
def test_an_authorizer_is_kept_changed_and_deleted(
    properties: dict[str, Any], changed: dict[str, Any], api: str, world: World
) -> None:
    check(Case("AWS::ApiGatewayV2::Authorizer", {"ApiId": api, **properties}, changed), world)


@pytest.mark.parametrize(
    ("kind", "properties", "message"),
    [
        ("Api", {"Name": "sockets", "ProtocolType": "WEBSOCKET"}, "ProtocolType WEBSOCKET is not supported"),
        ("Integration", {"IntegrationType": "HTTP_PROXY", "IntegrationUri": "https://a.example"}, "HTTP_PROXY is not"),
        (
            "Integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-SendMessage", "PayloadFormatVersion": "1.0"},
            "SQS-SendMessage is not supported",
        ),
        (
            "Integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": URI, "RequestParameters": {"append:header.a": "b"}},
            "RequestParameters of an integration is not supported",
        ),
        ("Route", {"RouteKey": "GET /", "AuthorizationType": "JWT"}, "needs an AuthorizerId"),
        (
            "Authorizer",
            {
                "Name": "far",
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "JwtConfiguration": {"Audience": ["a"], "Issuer": "https://issuer.example"},
            },
            "https://issuer.example is not supported",
        ),
        (
            "Stage",
            {
                "StageName": "s",
                "AccessLogSettings": {"DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/no"},
            },
            "not a log group that exists",
        ),
    ],
)
def test_what_an_api_cannot_have_here_is_refused_by_name(
    kind: str, properties: dict[str, Any], message: str, api: str, world: World
) -> None:
    named = properties if kind == "Api" else {"ApiId": api, **properties}
    with pytest.raises(ResourceError, match=message):
        types()[f"AWS::ApiGatewayV2::{kind}"].create(world.context, named)

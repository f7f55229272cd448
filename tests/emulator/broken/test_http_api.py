"""HTTP APIs that are broken one way each: the status AWS answers with, and that mending it is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from emulator import clients, settings
from emulator.settings import Settings
from tests.emulator.http_client import send
from tests.emulator.lambda_functions import function, role, zipped

GOOD = "def handle(event, context):\n    return {'statusCode': 200, 'body': 'fine'}\n"


@dataclass(frozen=True)
class Parts:
    """What an API is made of."""

    api: str
    integration: str
    route: str
    function: str

    @property
    def address(self) -> str:
        """Where its only route answers."""
        return f"{settings.current().endpoint}/_aws/execute-api/{self.api}/fine"


def gateway() -> Any:
    return clients.client("apigatewayv2")


def permit(parts: Parts) -> None:
    clients.client("lambda").add_permission(
        FunctionName=parts.function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{parts.api}/*/*",
    )


def code(text: str) -> Callable[[Parts], Any]:
    return lambda parts: clients.client("lambda").update_function_code(
        FunctionName=parts.function, ZipFile=zipped({"handler.py": text})
    )


def route(**changed: Any) -> Callable[[Parts], Any]:
    return lambda parts: gateway().update_route(ApiId=parts.api, RouteId=parts.route, **changed)


def stage(**changed: Any) -> Callable[[Parts], Any]:
    return lambda parts: gateway().update_stage(ApiId=parts.api, StageName="$default", **changed)


def forbid(parts: Parts) -> None:
    clients.client("lambda").remove_permission(FunctionName=parts.function, StatementId="api")


def throttle(parts: Parts) -> None:
    stage(DefaultRouteSettings={"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.001})(parts)
    assert send(parts.address).status == 200


def reserve(count: int) -> Callable[[Parts], Any]:
    return lambda parts: clients.client("lambda").put_function_concurrency(
        FunctionName=parts.function, ReservedConcurrentExecutions=count
    )


def unstage(parts: Parts) -> None:
    gateway().delete_stage(ApiId=parts.api, StageName="$default")


def restage(parts: Parts) -> None:
    gateway().create_stage(ApiId=parts.api, StageName="$default", AutoDeploy=True)


Change = Callable[[Parts], Any]
BROKEN: list[tuple[str, Change, int, str, Change]] = [
    ("another route", route(RouteKey="GET /other"), 404, "Not Found", route(RouteKey="GET /fine")),
    ("no stage", unstage, 404, "Not Found", restage),
    (
        "a route that asks for a signature",
        route(AuthorizationType="AWS_IAM"),
        403,
        "Forbidden",
        route(AuthorizationType="NONE"),
    ),
    ("a function that does not allow the API", forbid, 500, "Internal Server Error", permit),
    (
        "a function that raises",
        code("def handle(event, context):\n    raise ValueError\n"),
        500,
        "Internal Server Error",
        code(GOOD),
    ),
    (
        "an answer that is none",
        code("def handle(event, context):\n    return {'statusCode': 'many'}\n"),
        500,
        "Internal Server Error",
        code(GOOD),
    ),
    (
        "more requests than allowed",
        throttle,
        429,
        "Too Many Requests",
        stage(DefaultRouteSettings={"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 100}),
    ),
    ("a function without concurrency", reserve(0), 503, "Service Unavailable", reserve(1)),
    (
        "a switched-off address",
        lambda parts: gateway().update_api(ApiId=parts.api, DisableExecuteApiEndpoint=True),
        404,
        "Not Found",
        lambda parts: gateway().update_api(ApiId=parts.api, DisableExecuteApiEndpoint=False),
    ),
]


@pytest.fixture(scope="module")
def parts(emulator: Settings) -> Parts:
    arn = function("broken-api", role("broken-api"), GOOD)
    api = gateway().create_api(Name="broken", ProtocolType="HTTP")["ApiId"]
    integration = gateway().create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    made = gateway().create_route(ApiId=api, RouteKey="GET /fine", Target=f"integrations/{integration}")["RouteId"]
    found = Parts(api, integration, made, "broken-api")
    restage(found)
    permit(found)
    return found


@pytest.mark.parametrize(("name", "breaks", "status", "message", "mends"), BROKEN, ids=[case[0] for case in BROKEN])
def test_a_broken_api_answers_as_aws_does_until_it_is_mended(
    name: str, breaks: Change, status: int, message: str, mends: Change, parts: Parts
) -> None:
    assert (send(parts.address).status, send(parts.address).body) == (200, b"fine"), name
    breaks(parts)
    answer = send(parts.address)
    assert (answer.status, answer.json) == (status, {"message": message})
    mends(parts)
    assert (send(parts.address).status, send(parts.address).body) == (200, b"fine")

"""HTTP APIs: routes, events, responses, limits and IAM authorization, with real functions behind them."""

from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator import clients, settings
from emulator.identity import credentials
from emulator.settings import Settings

ROOT = Credentials(Settings.access_key, Settings.secret_key)
HANDLER = """
import json

def handle(event, context):
    body = event.get("body")
    if body == "raise":
        raise ValueError("broken")
    if body and body.startswith("{") and "answer" in json.loads(body):
        return json.loads(body)["answer"]
    return event
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(
    address: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    signer: Credentials | None = None,
    sent: bytes | None = None,
) -> Answer:
    """Send a request, signed when there is a signer; `sent` is the body sent instead of the one signed."""
    signed = AWSRequest(method, address, headers=headers or {}, data=body)
    if signer:
        SigV4Auth(signer, "execute-api", "us-east-1").add_auth(signed)
    request = urllib.request.Request(address, sent or body, dict(signed.headers), method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


@pytest.fixture(scope="module")
def function(emulator: Settings) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = clients.client("iam").create_role(
        RoleName="function_of_api", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    arn: str = clients.client("lambda").create_function(
        FunctionName="behind_api",
        Runtime="python3.11",
        Handler="handler.handle",
        Role=role,
        Code={"ZipFile": bundle.getvalue()},
    )["FunctionArn"]
    clients.client("lambda").add_permission(
        FunctionName="behind_api",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn="arn:aws:execute-api:us-east-1:123456789012:*/*/*",
    )
    return arn


def make_api(
    function_arn: str, *routes: str, version: str = "2.0", stage: str = "$default", **stage_settings: Any
) -> str:
    """An API whose routes all lead to the function; its id. Routes that start with "iam " ask for a signature."""
    gateway = clients.client("apigatewayv2")
    api_id: str = gateway.create_api(Name="tested", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion=version
    )["IntegrationId"]
    for route in routes:
        gateway.create_route(
            ApiId=api_id,
            RouteKey=route.removeprefix("iam "),
            Target=f"integrations/{integration}",
            AuthorizationType="AWS_IAM" if route.startswith("iam ") else "NONE",
        )
    gateway.create_stage(ApiId=api_id, StageName=stage, AutoDeploy=True, **stage_settings)
    return api_id


def address(api_id: str, path: str) -> str:
    return f"{settings.current().endpoint}/_aws/execute-api/{api_id}{path}"


def role_that_may(name: str, *statements: dict[str, Any]) -> Credentials:
    iam = clients.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
    made = credentials.for_role(arn, "session", "lambda.amazonaws.com")
    return Credentials(made.access_key_id, made.secret_access_key, made.session_token)


def test_the_event_says_what_was_asked(function: str) -> None:
    api_id = make_api(function, "POST /items/{id}")
    seen = call(
        address(api_id, "/items/a%20b?x=1&x=2&y=%2F"),
        "POST",
        b'{"n": 1}',
        {"Content-Type": "application/json", "Cookie": "a=1; b=2", "X-Mine": "yes"},
    ).json
    assert (seen["version"], seen["routeKey"], seen["rawPath"]) == ("2.0", "POST /items/{id}", "/items/a b")
    assert seen["pathParameters"] == {"id": "a b"}
    assert seen["rawQueryString"] == "x=1&x=2&y=%2F"
    assert seen["queryStringParameters"] == {"x": "1,2", "y": "/"}
    assert seen["cookies"] == ["a=1", "b=2"]
    assert seen["headers"]["x-mine"] == "yes"
    assert "cookie" not in seen["headers"]
    assert (seen["body"], seen["isBase64Encoded"]) == ('{"n": 1}', False)
    context = seen["requestContext"]
    assert (context["accountId"], context["apiId"], context["stage"]) == ("123456789012", api_id, "$default")
    assert (context["http"]["method"], context["http"]["path"]) == ("POST", "/items/a b")
    assert "authorizer" not in context


def test_a_body_that_is_not_text_arrives_in_base64(function: str) -> None:
    api_id = make_api(function, "POST /items")
    seen = call(address(api_id, "/items"), "POST", b"\x00\xff", {"Content-Type": "application/octet-stream"}).json
    assert seen["isBase64Encoded"] is True
    assert base64.b64decode(seen["body"]) == b"\x00\xff"


def test_the_first_payload_format_can_be_asked_for(function: str) -> None:
    api_id = make_api(function, "POST /items/{id}", version="1.0")
    answer = json.dumps({"answer": {"statusCode": 201, "body": "made", "multiValueHeaders": {"X-Two": ["1", "2"]}}})
    found = call(address(api_id, "/items/7"), "POST", answer.encode(), {"Content-Type": "application/json"})
    assert (found.status, found.body, found.headers.get_all("X-Two")) == (201, b"made", ["1", "2"])
    # Its events are no responses: they have no statusCode.
    assert call(address(api_id, "/items/7"), "POST", b"x", {"Content-Type": "text/plain"}).status == 500


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/a/b", "GET /a/b"),
        ("POST", "/a/b", "ANY /a/b"),
        ("GET", "/a/c", "GET /a/{x}"),
        ("GET", "/a/c/d", "GET /a/{rest+}"),
        ("GET", "/z", "$default"),
        ("DELETE", "/a/c", "$default"),
    ],
)
def test_the_most_specific_route_answers(function: str, method: str, path: str, expected: str) -> None:
    routes = ("$default", "GET /a/{rest+}", "GET /a/{x}", "ANY /a/b", "GET /a/b")
    api_id = make_api(function, *routes)
    assert call(address(api_id, path), method).json["routeKey"] == expected


def test_without_a_route_or_an_api_the_answer_is_404(function: str) -> None:
    api_id = make_api(function, "GET /a")
    for where, method in (
        (address(api_id, "/b"), "GET"),
        (address(api_id, "/a"), "POST"),
        (address("none", "/a"), "GET"),
    ):
        found = call(where, method)
        assert (found.status, found.json) == (404, {"message": "Not Found"})


def test_a_named_stage_is_the_first_part_of_the_path(function: str) -> None:
    api_id = make_api(function, "GET /a", stage="test", StageVariables={"color": "blue"})
    seen = call(address(api_id, "/test/a")).json
    assert (seen["requestContext"]["stage"], seen["rawPath"]) == ("test", "/test/a")
    assert seen["stageVariables"] == {"color": "blue"}
    assert call(address(api_id, "/a")).status == 404


def test_the_function_decides_status_headers_cookies_and_body(function: str) -> None:
    api_id = make_api(function, "POST /")
    answer = {
        "statusCode": 202,
        "headers": {"Content-Type": "image/png", "X-Mine": "1"},
        "cookies": ["a=1", "b=2"],
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }
    body = json.dumps({"answer": answer}).encode()
    found = call(address(api_id, "/"), "POST", body, {"Content-Type": "application/json"})
    assert (found.status, found.body) == (202, b"\x89PNG")
    assert (found.headers["Content-Type"], found.headers["X-Mine"]) == ("image/png", "1")
    assert found.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("answer", [{"statusCode": "many"}, {"statusCode": 200, "body": {"not": "text"}}])
def test_a_malformed_result_is_an_internal_error(function: str, answer: Any) -> None:
    api_id = make_api(function, "POST /")
    body = json.dumps({"answer": answer}).encode()
    found = call(address(api_id, "/"), "POST", body, {"Content-Type": "application/json"})
    assert (found.status, found.json) == (500, {"message": "Internal Server Error"})


def test_a_function_that_raises_is_an_internal_error(function: str) -> None:
    api_id = make_api(function, "POST /")
    found = call(address(api_id, "/"), "POST", b"raise", {"Content-Type": "text/plain"})
    assert (found.status, found.json) == (500, {"message": "Internal Server Error"})


def test_a_function_that_does_not_allow_the_api_is_not_invoked(function: str) -> None:
    client = clients.client("lambda")
    api_id = make_api(function, "GET /a")
    client.remove_permission(FunctionName="behind_api", StatementId="api")
    try:
        assert call(address(api_id, "/a")).status == 500
        client.add_permission(
            FunctionName="behind_api",
            StatementId="other",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api_id}/*/*/b",
        )
        assert call(address(api_id, "/a")).status == 500
    finally:
        client.add_permission(
            FunctionName="behind_api",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn="arn:aws:execute-api:us-east-1:123456789012:*/*/*",
        )
    assert call(address(api_id, "/a")).status == 200


def test_a_body_of_more_than_ten_megabytes_is_too_large(function: str) -> None:
    api_id = make_api(function, "POST /")
    found = call(address(api_id, "/"), "POST", bytes(10 * 1024 * 1024 + 1))
    assert (found.status, found.json) == (413, {"message": "Request Entity Too Large"})


def test_more_requests_than_the_stage_allows_are_refused(function: str) -> None:
    limits = {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 0.01}
    api_id = make_api(function, "GET /a", DefaultRouteSettings=limits)
    assert [call(address(api_id, "/a")).status for _ in range(3)] == [200, 200, 429]


def test_a_route_may_have_limits_of_its_own(function: str) -> None:
    limits = {"GET /a": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 0.01}}
    api_id = make_api(function, "GET /a", "GET /b", RouteSettings=limits)
    assert [call(address(api_id, path)).status for path in ("/a", "/a", "/b", "/b")] == [200, 429, 200, 200]


def test_a_signed_request_names_its_caller(function: str) -> None:
    api_id = make_api(function, "iam POST /a")
    seen = call(address(api_id, "/a?q=1"), "POST", b"{}", {"Content-Type": "application/json"}, ROOT).json
    caller = seen["requestContext"]["authorizer"]["iam"]
    assert (caller["userArn"], caller["accessKey"]) == ("arn:aws:iam::123456789012:root", ROOT.access_key)


def test_requests_that_are_not_signed_by_who_they_claim_are_forbidden(function: str) -> None:
    where = address(make_api(function, "iam POST /a"), "/a")
    kind = {"Content-Type": "application/json"}
    wrong = Credentials(ROOT.access_key, "wrong")
    for found in (
        call(where, "POST", b"{}", kind),
        call(where, "POST", b"{}", kind, wrong),
        call(where, "POST", b"{}", kind, Credentials("AKIANOBODY", "x")),
        call(where, "POST", b"{}", kind, ROOT, sent=b'{"altered": 1}'),
    ):
        assert (found.status, found.json) == (403, {"message": "Forbidden"})


def test_a_role_needs_execute_api_invoke_on_the_route(function: str) -> None:
    api_id = make_api(function, "iam GET /a", "iam GET /b")
    here = f"arn:aws:execute-api:us-east-1:123456789012:{api_id}/$default"
    may = role_that_may("may_call_a", {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{here}/GET/a"})
    assert call(address(api_id, "/a"), signer=may).status == 200
    for found in (
        call(address(api_id, "/b"), signer=may),
        call(address(api_id, "/a"), signer=role_that_may("may_call_nothing")),
    ):
        assert (found.status, found.json) == (403, {"message": "Forbidden"})

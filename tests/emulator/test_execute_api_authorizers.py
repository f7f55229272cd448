"""Who may call a route: tokens really verified against an issuer's keys, and functions that decide."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from emulator import clients, settings
from emulator.settings import Settings
from tests.emulator.http_client import Answer, send
from tests.emulator.lambda_functions import function, role, until

ECHO = "def handle(event, context):\n    return event\n"
DECIDES = """
calls = []
def handle(event, context):
    calls.append(1)
    key = (event.get("headers") or {}).get("x-key", "")
    if key == "broken":
        raise ValueError("cannot decide")
    if key == "odd":
        return "yes"
    context = {"key": key, "calls": len(calls), "route": event.get("routeArn") or event["methodArn"]}
    if event["version"] == "2.0":
        return {"isAuthorized": key.startswith("good"), "context": context}
    effect = "Allow" if key.startswith("good") else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "who", "policyDocument": document, "context": context}
"""


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class TokenIssuer:
    """An issuer of tokens on loopback, which tells its public key as OpenID Connect asks."""

    address: str
    key: rsa.RSAPrivateKey

    def token(self, *, key: rsa.RSAPrivateKey | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        given = {"iss": self.address, "aud": "clients", "exp": time.time() + 600, "sub": "ada", **claims}
        parts = [{"alg": algorithm, "kid": "one"}, {name: value for name, value in given.items() if value is not None}]
        text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        signature = (key or self.key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{encoded(signature)}"


@pytest.fixture(scope="module")
def issuer(emulator: Settings) -> Iterator[TokenIssuer]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    public = {"n": encoded(numbers.n.to_bytes(256)), "e": encoded(numbers.e.to_bytes(3))}
    jwk = {"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", **public}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {"/.well-known/openid-configuration": {"jwks_uri": f"{address}/keys"}}
            body = known.get(self.path, {"keys": [jwk]})
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield TokenIssuer(address, key)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def functions(emulator: Settings) -> dict[str, str]:
    role_arn = role("authorizers-runner")
    code = {"echo": ECHO, "decides": DECIDES}
    made = {name: function(f"authorizers-{name}", role_arn, text) for name, text in code.items()}
    for name in made:
        clients.client("lambda").add_permission(
            FunctionName=f"authorizers-{name}",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
    return made


Make = Callable[..., str]


@pytest.fixture(scope="module")
def make(functions: dict[str, str]) -> Make:
    """An API with one route, GET /a, behind an authorizer; its address."""

    def api(authorizer: dict[str, Any], *, scopes: tuple[str, ...] = (), version: str = "2.0") -> str:
        gateway = clients.client("apigatewayv2")
        identifier = gateway.create_api(Name="authorized", ProtocolType="HTTP")["ApiId"]
        integration = gateway.create_integration(
            ApiId=identifier,
            IntegrationType="AWS_PROXY",
            IntegrationUri=functions["echo"],
            PayloadFormatVersion=version,
        )["IntegrationId"]
        made = gateway.create_authorizer(ApiId=identifier, Name="who", **authorizer)["AuthorizerId"]
        kind = "JWT" if authorizer["AuthorizerType"] == "JWT" else "CUSTOM"
        gateway.create_route(
            ApiId=identifier,
            RouteKey="GET /a",
            Target=f"integrations/{integration}",
            AuthorizationType=kind,
            AuthorizerId=made,
            **({"AuthorizationScopes": list(scopes)} if scopes else {}),
        )
        gateway.create_stage(ApiId=identifier, StageName="$default", AutoDeploy=True)
        return f"{settings.current().endpoint}/_aws/execute-api/{identifier}/a"

    return api


def tokens(issuer: TokenIssuer) -> dict[str, Any]:
    return {
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["clients", "others"], "Issuer": issuer.address},
    }


def bearing(address: str, token: str) -> Answer:
    return send(address, headers={"Authorization": f"Bearer {token}"})


def test_a_token_of_the_issuer_is_admitted_and_its_claims_reach_the_function(issuer: TokenIssuer, make: Make) -> None:
    address = make(tokens(issuer))
    seen = bearing(address, issuer.token(admin=True)).json
    authorizer = seen["requestContext"]["authorizer"]["jwt"]
    assert (authorizer["claims"]["sub"], authorizer["claims"]["admin"], authorizer["scopes"]) == ("ada", "true", None)
    assert bearing(address, issuer.token(aud=["others"])).status == 200
    assert bearing(address, issuer.token(aud=None, client_id="clients")).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 1},
        {"exp": None},
        {"nbf": 9e9},
        {"iss": "http://127.0.0.1:1"},
        {"aud": "strangers"},
        {"algorithm": "none"},
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
    ],
    ids=["expired", "endless", "not yet", "other issuer", "other audience", "unsigned", "other key"],
)
def test_any_other_token_is_unauthorized(issuer: TokenIssuer, make: Make, change: dict[str, Any]) -> None:
    address = make(tokens(issuer))
    refused = bearing(address, issuer.token(**change))
    assert (refused.status, refused.json) == (401, {"message": "Unauthorized"})
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert bearing(address, issuer.token()).status == 200


def test_what_is_no_token_is_unauthorized(issuer: TokenIssuer, make: Make) -> None:
    address = make(tokens(issuer))
    assert send(address).status == 401
    assert bearing(address, "a.b.c").status == 401
    altered = issuer.token().split(".")
    altered[1] = encoded(json.dumps({"iss": issuer.address, "aud": "clients", "exp": 9e9, "sub": "eve"}).encode())
    assert bearing(address, ".".join(altered)).status == 401


def test_a_route_may_ask_for_one_of_several_scopes(issuer: TokenIssuer, make: Make) -> None:
    address = make(tokens(issuer), scopes=("read", "write"))
    seen = bearing(address, issuer.token(scope="read other")).json
    assert seen["requestContext"]["authorizer"]["jwt"]["scopes"] == ["read"]
    refused = bearing(address, issuer.token(scope="other"))
    assert (refused.status, refused.json) == (403, {"message": "Forbidden"})
    assert bearing(address, issuer.token()).status == 403


def deciding(functions: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": functions["decides"],
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "IdentitySource": ["$request.header.X-Key"],
        **changed,
    }


def keyed(address: str, key: str) -> Answer:
    return send(address, headers={"X-Key": key})


@pytest.mark.parametrize("version", ["2.0", "1.0"])
def test_a_function_decides_and_tells_the_integration_what_it_knows(
    functions: dict[str, str], make: Make, version: str
) -> None:
    simple = version == "2.0"
    address = make(
        deciding(functions, AuthorizerPayloadFormatVersion=version, EnableSimpleResponses=simple), version="2.0"
    )
    known = keyed(address, "good").json["requestContext"]["authorizer"]["lambda"]
    assert known["key"] == "good"
    assert known["route"].endswith("/$default/GET/a")
    assert ("principalId" in known) is not simple
    for key, status in (("bad", 403), ("broken", 500), ("odd", 500)):
        assert keyed(address, key).status == status, key
    assert send(address).status == 401


def test_a_decision_is_kept_for_as_long_as_the_authorizer_says(functions: dict[str, str], make: Make) -> None:
    address = make(deciding(functions, AuthorizerResultTtlInSeconds=3600))

    def calls(key: str) -> int:
        return int(keyed(address, key).json["requestContext"]["authorizer"]["lambda"]["calls"])

    first = calls("good-1")
    assert calls("good-1") == first
    assert calls("good-2") > first
    forgetful = make(deciding(functions))
    before = keyed(forgetful, "good-1").json["requestContext"]["authorizer"]["lambda"]["calls"]
    after = keyed(forgetful, "good-1").json["requestContext"]["authorizer"]["lambda"]["calls"]
    assert after > before


def test_an_authorizer_without_permission_to_its_function_decides_nothing(
    functions: dict[str, str], make: Make
) -> None:
    address = make(deciding(functions))
    client = clients.client("lambda")
    client.remove_permission(FunctionName="authorizers-decides", StatementId="api")
    try:
        assert keyed(address, "good").status == 500
    finally:
        client.add_permission(
            FunctionName="authorizers-decides",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
    assert keyed(address, "good").status == 200


def test_requests_are_logged_in_the_stages_format(issuer: TokenIssuer, make: Make) -> None:
    address = make(tokens(issuer))
    identifier = address.rsplit("/", 2)[1]
    clients.client("logs").create_log_group(logGroupName="/authorizers/access")
    shown = {
        "id": "$context.requestId",
        "route": "$context.routeKey",
        "status": "$context.status",
        "who": "$context.authorizer.claims.sub",
        "no": "$context.nothing",
        "why": "$context.error.message",
    }
    clients.client("apigatewayv2").update_stage(
        ApiId=identifier,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:/authorizers/access",
            "Format": json.dumps(shown),
        },
    )
    allowed, refused = bearing(address, issuer.token()), send(address)

    def lines() -> list[dict[str, Any]]:
        events = clients.client("logs").filter_log_events(logGroupName="/authorizers/access")["events"]
        return [json.loads(event["message"]) for event in events]

    until(lambda: len(lines()) == 2)
    first, second = lines()
    assert first == {
        "id": allowed.headers["Apigw-Requestid"],
        "route": "GET /a",
        "status": "200",
        "who": "ada",
        "no": "-",
        "why": "-",
    }
    assert (second["status"], second["who"], second["id"]) == ("401", "-", refused.headers["Apigw-Requestid"])


def test_a_slow_function_is_not_waited_for(functions: dict[str, str]) -> None:
    slow = function("authorizers-slow", role("authorizers-slow"), "import time\ndef handle(e, c):\n    time.sleep(5)\n")
    clients.client("lambda").add_permission(
        FunctionName="authorizers-slow",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    gateway = clients.client("apigatewayv2")
    identifier = gateway.create_api(Name="slow", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=identifier,
        IntegrationType="AWS_PROXY",
        IntegrationUri=slow,
        PayloadFormatVersion="2.0",
        TimeoutInMillis=200,
    )["IntegrationId"]
    gateway.create_route(ApiId=identifier, RouteKey="$default", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=identifier, StageName="$default", AutoDeploy=True)
    address = f"{settings.current().endpoint}/_aws/execute-api/{identifier}/"
    answer = send(address)
    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})
    gateway.update_integration(ApiId=identifier, IntegrationId=integration, TimeoutInMillis=30000)
    assert send(address).status == 200


def test_browsers_are_told_what_the_api_allows(functions: dict[str, str], make: Make, issuer: TokenIssuer) -> None:
    address = make(tokens(issuer))
    clients.client("apigatewayv2").update_api(
        ApiId=address.rsplit("/", 2)[1],
        CorsConfiguration={"AllowOrigins": ["https://mine.example"], "AllowMethods": ["GET"], "MaxAge": 5},
    )
    asked = {"Origin": "https://mine.example", "Access-Control-Request-Method": "GET"}
    told = send(address, "OPTIONS", headers=asked)
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (204, "https://mine.example")
    assert (told.headers["Access-Control-Allow-Methods"], told.headers["Access-Control-Max-Age"]) == ("GET", "5")
    refused = send(address, headers={"Origin": "https://mine.example"})
    assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, "https://mine.example")
    assert (
        "Access-Control-Allow-Origin"
        not in send(address, "OPTIONS", headers={**asked, "Origin": "https://o.example"}).headers
    )

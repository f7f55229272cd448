"""Addresses of functions: who may call them, what the function gets, what browsers are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from emulator import clients
from emulator.identity import credentials
from emulator.settings import Settings
from tests.emulator.http_client import Answer, send
from tests.emulator.lambda_functions import function, role, zipped

ECHO = """
import json
def handle(event, context):
    if event["rawPath"] == "/fail":
        raise ValueError("broken")
    if event["rawPath"] == "/answer":
        return {"statusCode": 201, "headers": {"X-Mine": "yes"}, "cookies": ["a=1"], "body": "made"}
    return {"event": event, "arn": context.invoked_function_arn}
"""
INVOKE_URL = {"Action": "lambda:InvokeFunctionUrl", "Resource": "*"}


@pytest.fixture(scope="module")
def role_arn(emulator: Settings) -> str:
    return role("urls-runner")


def address(name: str, role_arn: str, authentication: str = "NONE", **config: Any) -> str:
    function(name, role_arn, ECHO)
    functions = clients.client("lambda")
    if authentication == "NONE":
        functions.add_permission(
            FunctionName=name,
            StatementId="public",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
    url: str = functions.create_function_url_config(FunctionName=name, AuthType=authentication, **config)["FunctionUrl"]
    return url


def signed(url: str, signer: Credentials, method: str = "GET") -> Answer:
    request = AWSRequest(method, url)
    SigV4Auth(signer, "lambda", "us-east-1").add_auth(request)
    return send(url, method, headers=dict(request.headers))


def test_a_public_address_calls_the_function_with_the_request_as_event(role_arn: str) -> None:
    url = address("urls-public", role_arn)
    seen = send(f"{url}a/b?x=1&x=2", "POST", b'{"n": 1}', {"Content-Type": "application/json", "Cookie": "c=2"}).json
    event = seen["event"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/a/b")
    assert (event["body"], event["isBase64Encoded"], event["cookies"]) == ('{"n": 1}', False, ["c=2"])
    assert event["queryStringParameters"] == {"x": "1,2"}
    context = event["requestContext"]
    assert (context["stage"], context["http"]["method"]) == ("$default", "POST")
    assert url.endswith(f"/{context['apiId']}/")
    assert seen["arn"].endswith(":urls-public")
    made = send(f"{url}answer")
    assert (made.status, made.body, made.headers["X-Mine"], made.headers["Set-Cookie"]) == (201, b"made", "yes", "a=1")


def test_a_public_address_without_the_functions_permission_is_forbidden(role_arn: str) -> None:
    url = address("urls-closed", role_arn)
    clients.client("lambda").remove_permission(FunctionName="urls-closed", StatementId="public")
    assert send(url).status == 403
    assert send(url).json["Message"].startswith("Forbidden")


def test_an_address_with_iam_asks_for_a_signature_and_the_permission(role_arn: str) -> None:
    url = address("urls-iam", role_arn, "AWS_IAM")
    assert send(url).status == 403
    role("urls-caller", INVOKE_URL)
    role("urls-stranger")

    def session(name: str) -> Credentials:
        made = credentials.for_role(f"arn:aws:iam::123456789012:role/{name}", "caller", "lambda.amazonaws.com")
        return Credentials(made.access_key_id, made.secret_access_key, made.session_token)

    answer = signed(url, session("urls-caller"))
    assert answer.status == 200
    caller = answer.json["event"]["requestContext"]["authorizer"]["iam"]
    assert caller["userArn"] == "arn:aws:sts::123456789012:assumed-role/urls-caller/caller"
    assert signed(url, session("urls-stranger")).status == 403


def test_an_alias_has_an_address_of_its_own(role_arn: str) -> None:
    function("urls-aliased", role_arn, ECHO)
    functions = clients.client("lambda")
    version = functions.publish_version(FunctionName="urls-aliased")["Version"]
    functions.create_alias(FunctionName="urls-aliased", Name="live", FunctionVersion=version)
    made = functions.create_function_url_config(FunctionName="urls-aliased", Qualifier="live", AuthType="NONE")
    functions.add_permission(
        FunctionName="urls-aliased", Qualifier="live", StatementId="public", Action="lambda:InvokeFunctionUrl",
        Principal="*", FunctionUrlAuthType="NONE",
    )  # fmt: skip
    functions.update_function_code(
        FunctionName="urls-aliased", ZipFile=zipped({"handler.py": "def handle(e, c):\n    return 'new'\n"})
    )
    assert made["FunctionArn"].endswith(":urls-aliased:live")
    assert send(made["FunctionUrl"]).json["arn"].endswith(":urls-aliased:live")
    listed = functions.list_function_url_configs(FunctionName="urls-aliased")["FunctionUrlConfigs"]
    assert [config["FunctionUrl"] for config in listed] == [made["FunctionUrl"]]


def test_a_function_that_fails_or_is_throttled_is_no_answer(role_arn: str) -> None:
    url = address("urls-failing", role_arn)
    assert (send(f"{url}fail").status, send(url).status) == (502, 200)
    functions = clients.client("lambda")
    functions.put_function_concurrency(FunctionName="urls-failing", ReservedConcurrentExecutions=0)
    assert send(url).status == 429
    functions.delete_function_concurrency(FunctionName="urls-failing")
    assert send(url).status == 200


def test_browsers_are_told_what_the_configuration_allows(role_arn: str) -> None:
    cors = {"AllowOrigins": ["https://mine.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-a"], "MaxAge": 60}
    url = address("urls-cors", role_arn, Cors=cors)
    asked = {"Origin": "https://mine.example", "Access-Control-Request-Method": "GET"}
    allowed = send(url, "OPTIONS", headers=asked).headers
    assert allowed["Access-Control-Allow-Origin"] == "https://mine.example"
    assert (allowed["Access-Control-Allow-Methods"], allowed["Access-Control-Max-Age"]) == ("GET", "60")
    refused = send(url, "OPTIONS", headers={**asked, "Origin": "https://other.example"}).headers
    assert "Access-Control-Allow-Origin" not in refused
    answer = send(url, headers={"Origin": "https://mine.example"})
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://mine.example")


def test_an_address_is_changed_and_taken_away(role_arn: str) -> None:
    url = address("urls-changed", role_arn)
    functions = clients.client("lambda")
    with pytest.raises(ClientError, match="ResourceConflictException"):
        functions.create_function_url_config(FunctionName="urls-changed", AuthType="NONE")
    functions.update_function_url_config(FunctionName="urls-changed", AuthType="AWS_IAM")
    found = functions.get_function_url_config(FunctionName="urls-changed")
    assert (found["AuthType"], found["FunctionUrl"], found["InvokeMode"]) == ("AWS_IAM", url, "BUFFERED")
    assert send(url).status == 403
    functions.delete_function_url_config(FunctionName="urls-changed")
    assert send(url).status == 404
    with pytest.raises(ClientError, match="RESPONSE_STREAM is not supported"):
        functions.create_function_url_config(FunctionName="urls-changed", AuthType="NONE", InvokeMode="RESPONSE_STREAM")


def test_the_code_that_get_function_points_at_can_be_fetched_as_it_was_sent(role_arn: str) -> None:
    function("urls-code", role_arn, ECHO)
    functions = clients.client("lambda")
    location = functions.get_function(FunctionName="urls-code")["Code"]["Location"]
    assert send(location).body == zipped({"handler.py": ECHO})
    assert send(location.replace("urls-code", "urls-public")).status == 403
    assert json.dumps(functions.get_function(FunctionName="urls-code")["Configuration"]["CodeSize"]) == str(
        len(zipped({"handler.py": ECHO}))
    )

"""Functions that are broken one way each: what AWS calls it, and that mending it is enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.lambda_functions import ACCOUNT, function, role, zipped

GOOD = "def handle(event, context):\n    return event\n"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/broken-lambda"
Change = Callable[[str], Any]


@pytest.fixture(scope="module", autouse=True)
def runner(emulator: Settings) -> None:
    role("broken-lambda")
    role("broken-lambda-distrusted")
    set_trust("broken-lambda-distrusted", "glue.amazonaws.com")


def functions() -> Any:
    return clients.client("lambda")


def set_trust(name: str, service: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    clients.client("iam").update_assume_role_policy(RoleName=name, PolicyDocument=document)


def code(text: str) -> Change:
    return lambda name: functions().update_function_code(FunctionName=name, ZipFile=zipped({"handler.py": text}))


def configuration(**changed: Any) -> Change:
    return lambda name: functions().update_function_configuration(FunctionName=name, **changed)


def no_concurrency(name: str) -> None:
    functions().put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)


def some_concurrency(name: str) -> None:
    functions().delete_function_concurrency(FunctionName=name)


@dataclass(frozen=True)
class Broken:
    """How a function is broken, the error's type and a part of its message, and how it is mended."""

    name: str
    breaks: Change
    error: str
    message: str
    mends: Change


RUNNING = [
    Broken(
        "a module that is not in the package",
        code("import pandas\n" + GOOD),
        "Runtime.ImportModuleError",
        "No module named 'pandas'",
        code(GOOD),
    ),
    Broken("a typing error", code("def handle(event, context)\n"), "Runtime.UserCodeSyntaxError", "", code(GOOD)),
    Broken(
        "a handler that is not there",
        configuration(Handler="handler.missing"),
        "Runtime.HandlerNotFound",
        "Handler 'missing' missing on module 'handler'",
        configuration(Handler="handler.handle"),
    ),
    Broken("an exception", code("def handle(event, context):\n    return {}['x']\n"), "KeyError", "'x'", code(GOOD)),
    Broken(
        "an answer that is not JSON",
        code("def handle(event, context):\n    return {1, 2}\n"),
        "Runtime.MarshalError",
        "Object of type set is not JSON serializable",
        code(GOOD),
    ),
    Broken(
        "a timeout",
        lambda name: (
            code("import time\ndef handle(event, context):\n    time.sleep(4)\n    return event\n")(name),
            configuration(Timeout=1)(name),
        ),
        "Sandbox.Timedout",
        "Task timed out after 1.00 seconds",
        configuration(Timeout=20),
    ),
    Broken(
        "too little memory",
        lambda name: (
            code("import time\ndef handle(e, c):\n    b = bytearray(160_000_000)\n    time.sleep(3)\n    return e\n")(
                name
            ),
            configuration(MemorySize=128)(name),
        ),
        "Runtime.OutOfMemory",
        "signal: killed",
        configuration(MemorySize=512),
    ),
    Broken(
        "an exit",
        code("import sys\ndef handle(event, context):\n    sys.exit(1)\n"),
        "Runtime.ExitError",
        "exit status 1",
        code(GOOD),
    ),
]


@pytest.mark.parametrize("case", RUNNING, ids=lambda case: case.name)
def test_a_broken_function_reports_awss_error_until_it_is_mended(case: Broken, request: pytest.FixtureRequest) -> None:
    name = f"broken-{RUNNING.index(case)}"
    function(name, ROLE, GOOD, MemorySize=512)
    case.breaks(name)
    answer = functions().invoke(FunctionName=name, Payload=b'"x"')
    error = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert error["errorType"] == case.error
    assert case.message in error["errorMessage"]
    case.mends(name)
    answer = functions().invoke(FunctionName=name, Payload=b'"x"')
    assert ("FunctionError" in answer, json.loads(answer["Payload"].read())) == (False, "x")


REFUSED = [
    Broken("no concurrency", no_concurrency, "TooManyRequestsException", "Rate Exceeded", some_concurrency),
    Broken(
        "a role that trusts another service",
        configuration(Role=f"{ROLE}-distrusted"),
        "AccessDeniedException",
        "cannot be assumed by Lambda",
        lambda _: set_trust("broken-lambda-distrusted", "lambda.amazonaws.com"),
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_function_that_cannot_be_invoked_is_refused_until_it_can(case: Broken) -> None:
    name = f"refused-{REFUSED.index(case)}"
    function(name, ROLE, GOOD)
    case.breaks(name)
    with pytest.raises(ClientError, match=case.message) as refused:
        functions().invoke(FunctionName=name)
    assert refused.value.response["Error"]["Code"] == case.error
    case.mends(name)
    assert functions().invoke(FunctionName=name, Payload=b"1")["Payload"].read() == b"1"


# What is wrong with a new function; AWS's message; the same, mended.
CONFIGURED: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("a reserved variable", {"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys", {}),
    (
        "variables that are too long",
        {"Environment": {"Variables": {"A": "x" * 4096}}},
        "exceeded the 4KB limit",
        {"Environment": {"Variables": {"A": "x" * 4000}}},
    ),
    ("too long a timeout", {"Timeout": 901}, "'Timeout' value failed", {"Timeout": 900}),
    ("too much memory", {"MemorySize": 10_241}, "'MemorySize' value failed", {"MemorySize": 10_240}),
    ("no archive", {"Code": {"ZipFile": b"not a zip"}}, "Could not unzip uploaded file", {}),
    ("a runtime that is not there", {"Runtime": "ruby3.4"}, "ruby3.4 is not supported", {"Runtime": "python3.13"}),
    ("no such role", {"Role": f"{ROLE}-not"}, "cannot be assumed by Lambda", {}),
    ("an image", {"PackageType": "Image", "Code": {"ImageUri": "a:b"}}, "PackageType Image is not supported", {}),
]


@pytest.mark.parametrize(("name", "broken", "message", "mended"), CONFIGURED, ids=[case[0] for case in CONFIGURED])
def test_a_function_that_cannot_be_made_is_refused(
    name: str, broken: dict[str, Any], message: str, mended: dict[str, Any]
) -> None:
    plain = {
        "FunctionName": name.replace(" ", "-"),
        "Role": ROLE,
        "Runtime": "python3.11",
        "Handler": "handler.handle",
        "Code": {"ZipFile": zipped({"handler.py": GOOD})},
    }
    with pytest.raises(ClientError, match=message) as refused:
        functions().create_function(**plain | broken)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    functions().create_function(**plain | mended)
    assert functions().invoke(FunctionName=plain["FunctionName"], Payload=b"7")["Payload"].read() == b"7"


def test_a_published_version_cannot_be_changed_or_deleted_under_its_alias(emulator: Settings) -> None:
    function("published-once", ROLE, GOOD)
    client = functions()
    assert client.publish_version(FunctionName="published-once")["Version"] == "1"
    client.create_alias(FunctionName="published-once", Name="live", FunctionVersion="1")
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        client.update_function_configuration(FunctionName="published-once:1", Timeout=9)
    with pytest.raises(ClientError, match="referenced by alias live") as refused:
        client.delete_function(FunctionName="published-once", Qualifier="1")
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
    client.delete_alias(FunctionName="published-once", Name="live")
    client.delete_function(FunctionName="published-once", Qualifier="1")
    code("def handle(event, context):\n    return 2\n")("published-once")
    assert client.publish_version(FunctionName="published-once")["Version"] == "2"


def test_streamed_answers_are_refused_by_name(emulator: Settings) -> None:
    function("streamed", ROLE, GOOD)
    with pytest.raises(ClientError, match="InvokeWithResponseStream is not supported"):
        functions().invoke_with_response_stream(FunctionName="streamed")

"""State machines that are broken one way each: AWS's error name, and that mending it is enough."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.lambda_functions import function
from tests.emulator.lambda_functions import role as function_role
from tests.emulator.state_machines import JSONATA, machine, output, role, run

CODE = "import time\ndef handle(event, context):\n    time.sleep(event.get('s', 0))\n    return [1, 2][event['n']]\n"


@pytest.fixture(scope="module")
def worker(emulator: Settings) -> str:
    function("broken-states", function_role("broken-states-function"), CODE)
    clients.client("s3").create_bucket(Bucket="broken-states")
    clients.client("s3").put_object(Bucket="broken-states", Key="k", Body=b"found")
    return role("broken-states", "lambda:InvokeFunction", "s3:GetObject", "s3:ListBucket", "states:*")


def task(resource: str) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True}


def only(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": state}}


def call(payload: Any, name: str = "broken-states", **fields: Any) -> dict[str, Any]:
    arguments = {"FunctionName": name, "Payload": payload}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": arguments,
        "End": True,
        **fields,
    }


def read(key: str, **fields: Any) -> dict[str, Any]:
    arguments = {"Bucket": "broken-states", "Key": key}
    return {**task("aws-sdk:s3:getObject"), "Parameters": arguments, **fields}


def remove(allowed: str) -> dict[str, Any]:
    return {**read("k"), "Resource": f"arn:aws:states:::aws-sdk:s3:{allowed}"}


def distributed(items: Any, **fields: Any) -> dict[str, Any]:
    half = {"Type": "Pass", "Parameters": {"x.$": "States.ArrayGetItem($.list, 0)"}, "End": True}
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Half", "States": {"Half": half}}
    return {"Type": "Map", "ItemProcessor": processor, "ItemsPath": "$.items", "End": True, **fields}


def each(states: dict[str, Any]) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": next(iter(states)), "States": states}
    return {"Type": "Map", "ItemProcessor": processor, "ItemsPath": "$.items", "End": True}


def branches(states: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [{"StartAt": next(iter(states)), "States": states}], "End": True}


def choice(name: str) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{"Variable": "$.kind", "StringEquals": name, "Next": "End"}]}


def caught(error: str) -> list[dict[str, Any]]:
    return [{"ErrorEquals": [error], "Next": "End"}]


GOOD: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAILING = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Inner", "Cause": "broken inside"}}}
END = {"Type": "Succeed"}

# What is wrong; the broken states; the input; AWS's error; a part of its cause; the states mended.
BROKEN: list[tuple[str, dict[str, Any], Any, str, str, dict[str, Any]]] = [
    (
        "an exception in a function",
        {"A": call({"n": 5})},
        {},
        "IndexError",
        "list index out of range",
        {"A": call({"n": 1})},
    ),
    (
        "a function that is not there",
        {"A": call({"n": 1}, "broken-states-not")},
        {},
        "Lambda.ResourceNotFoundException",
        "Function not found",
        {"A": call({"n": 1})},
    ),
    (
        "a task that takes too long",
        {"A": call({"n": 1, "s": 3}, TimeoutSeconds=1)},
        {},
        "States.Timeout",
        "",
        {"A": call({"n": 1}, TimeoutSeconds=30)},
    ),
    (
        "a task of a Map that takes too long",
        {"M": each({"A": call({"n": 1, "s": 3}, TimeoutSeconds=1)})},
        {"items": [1]},
        "States.Timeout",
        "",
        {"M": each({"A": call({"n": 1}, TimeoutSeconds=30)})},
    ),
    (
        "a task of a branch that takes too long",
        {"P": branches({"A": call({"n": 1, "s": 3}, TimeoutSeconds=1)})},
        {},
        "States.Timeout",
        "",
        {"P": branches({"A": call({"n": 1}, TimeoutSeconds=30)})},
    ),
    (
        "an object that is not there",
        {"A": read("no")},
        {},
        "S3.NoSuchKeyException",
        "Status Code: 404",
        {"A": read("k")},
    ),
    (
        "what the role may not do",
        {"A": remove("deleteObject")},
        {},
        "S3.AccessDeniedException",
        "s3:DeleteObject",
        {"A": remove("getObject")},
    ),
    (
        "no choice that fits",
        {"C": choice("a"), "End": END},
        {"kind": "b"},
        "States.NoChoiceMatched",
        "does not point to a next state",
        {"C": choice("b"), "End": END},
    ),
    (
        "a path that names nothing",
        {"P": {"Type": "Pass", "InputPath": "$.missing", "End": True}},
        {"kind": 1},
        "States.Runtime",
        "$.missing",
        {"P": {"Type": "Pass", "InputPath": "$.kind", "End": True}},
    ),
    (
        "an intrinsic function that cannot",
        {"P": {"Type": "Pass", "Parameters": {"x.$": "States.ArrayGetItem($.list, 7)"}, "End": True}},
        {"list": [1]},
        "States.IntrinsicFailure",
        "",
        {"P": {"Type": "Pass", "Parameters": {"x.$": "States.ArrayGetItem($.list, 0)"}, "End": True}},
    ),
    (
        "a failing branch",
        {"B": {"Type": "Parallel", "Branches": [GOOD, FAILING], "End": True}},
        {},
        "Inner",
        "broken inside",
        {"B": {"Type": "Parallel", "Branches": [GOOD, GOOD], "End": True}},
    ),
    (
        "more failures than a map tolerates",
        {"M": distributed("$.items", ToleratedFailureCount=0)},
        {"items": [{"list": [1]}, {"list": []}]},
        "States.ExceedToleratedFailureThreshold",
        "threshold was exceeded",
        {"M": distributed("$.items", ToleratedFailureCount=1)},
    ),
    (
        "a wildcard that does not match a timeout",
        {"A": call({"n": 1, "s": 3}, TimeoutSeconds=1, Catch=caught("States.TaskFailed")), "End": END},
        {},
        "States.Timeout",
        "",
        {"A": call({"n": 1, "s": 3}, TimeoutSeconds=1, Catch=caught("States.Timeout")), "End": END},
    ),
]


@pytest.mark.parametrize(
    ("name", "broken", "given", "error", "cause", "mended"), BROKEN, ids=[case[0] for case in BROKEN]
)
def test_a_broken_machine_fails_under_awss_name_until_it_is_mended(
    name: str, broken: Any, given: Any, error: str, cause: str, mended: Any, worker: str
) -> None:
    label = name.replace(" ", "-")
    done = run(f"broken-{label}", worker, broken, given)
    assert (done["status"], done["error"]) == ("FAILED", error)
    assert cause in done.get("cause", "")
    output(run(f"mended-{label}", worker, mended, given))  # fails unless it succeeded


# What is wrong with a JSONata machine; its state; a part of the cause; the state mended.
EVALUATED = [
    ("nothing", "{% $states.input.missing %}", "returned nothing", "{% $states.input.n %}"),
    ("a type", "{% $states.input.n & 1 + 'a' %}", "threw an error", "{% $states.input.n + 1 %}"),
    ("a function", "{% $nothing(1) %}", "threw an error", "{% $string(1) %}"),
]


@pytest.mark.parametrize(("name", "broken", "cause", "mended"), EVALUATED, ids=[case[0] for case in EVALUATED])
def test_an_expression_that_cannot_be_evaluated_fails_by_name(
    name: str, broken: str, cause: str, mended: str, worker: str
) -> None:
    label = name.replace(" ", "-")
    first, second = ({"P": {"Type": "Pass", "Output": text, "End": True}} for text in (broken, mended))
    done = run(f"jsonata-broken-{label}", worker, first, {"n": 1}, definition=JSONATA)
    assert (done["status"], done["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert cause in done["cause"]
    assert output(run(f"jsonata-mended-{label}", worker, second, {"n": 1}, definition=JSONATA))


# A definition that is refused when a machine is made; a part of the message; the definition mended.
REFUSED = [
    ("no such type", {"StartAt": "P", "States": {"P": {"Type": "Passs", "End": True}}}, "Passs"),
    ("text that is not JSON", "{", "SCHEMA_VALIDATION_FAILED"),
    (
        "no such state",
        {"StartAt": "P", "States": {"P": {"Type": "Pass", "Next": "Q"}}},
        "Missing 'Next' target: Q at /States/P/Next",
    ),
    ("no start", {"StartAt": "Q", "States": {"P": {"Type": "Pass", "End": True}}}, "Missing 'StartAt' target: Q"),
    ("no way on", {"StartAt": "P", "States": {"P": {"Type": "Pass"}}}, "one of Next and End at /States/P"),
    (
        "a state that nothing leads to",
        {"StartAt": "P", "States": {name: {"Type": "Pass", "End": True} for name in "PQ"}},
        'State "Q" is not reachable',
    ),
    (
        "paths in JSONata",
        {
            "QueryLanguage": "JSONata",
            "StartAt": "P",
            "States": {"P": {"Type": "Pass", "InputPath": "$.a", "End": True}},
        },
        "'InputPath' is not supported in a state of the query language JSONata",
    ),
    ("ecs tasks", only(task("ecs:runTask.sync")), "ecs:runTask.sync is not supported"),
    ("calls of any address", only(task("http:invoke")), "http:invoke is not supported"),
]


@pytest.mark.parametrize(("name", "broken", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_definition_that_cannot_run_is_refused(name: str, broken: Any, message: str, worker: str) -> None:
    text = broken if isinstance(broken, str) else json.dumps(broken)
    create = clients.client("stepfunctions").create_state_machine
    with pytest.raises(ClientError, match=message) as refused:
        create(name=f"refused-{name.replace(' ', '-')}", definition=text, roleArn=worker)
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    assert create(name=f"refused-{name.replace(' ', '-')}", definition=json.dumps(GOOD), roleArn=worker)


def test_logging_without_a_group_is_refused_until_there_is_one(worker: str) -> None:
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/broken/states:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    with pytest.raises(ClientError) as refused:
        machine("broken-logging", worker, GOOD["States"], loggingConfiguration=logging)
    assert refused.value.response["Error"]["Code"] == "InvalidLoggingConfiguration"
    clients.client("logs").create_log_group(logGroupName="/broken/states")
    assert machine("broken-logging", worker, GOOD["States"], loggingConfiguration=logging)

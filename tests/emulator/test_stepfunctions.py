from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def aws(emulator: Settings) -> Callable[[str], Any]:
    client: Callable[[str], Any] = clients.client

    client("s3").create_bucket(Bucket="facts")
    client("ssm").put_parameter(Name="/facts/answer", Value='a "quoted" answer', Type="String")
    client("sqs").create_queue(QueueName="inbox")
    return client


def role(aws: Callable[[str], Any], name: str, *actions: str, service: str = "states.amazonaws.com") -> str:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    try:
        aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "EntityAlreadyExists"
    if actions:
        aws("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


@pytest.fixture(scope="module")
def everything(aws: Callable[[str], Any]) -> str:
    return role(aws, "everything", "*")


def machine(aws: Callable[[str], Any], name: str, states: dict[str, Any], role_arn: str, **options: Any) -> str:
    definition = {"StartAt": next(iter(states)), "States": states, **options.pop("definition", {})}
    answer = aws("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role_arn, **options
    )
    return str(answer["stateMachineArn"])


def finished(aws: Callable[[str], Any], execution: str, seconds: float = 30) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer: dict[str, Any] = aws("stepfunctions").describe_execution(executionArn=execution)
        if answer["status"] != "RUNNING":
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{execution} is still running")


def execute(aws: Callable[[str], Any], name: str, states: dict[str, Any], role_arn: str, **options: Any) -> Any:
    given = options.pop("input", {})
    arn = machine(aws, name, states, role_arn, **options)
    started = aws("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(given))
    return finished(aws, started["executionArn"])


def task(resource: str, arguments: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments or {}, **fields}


JSONATA = {"QueryLanguage": "JSONata"}


def test_control_flow_computes_what_the_states_language_says(aws: Any, everything: str) -> None:
    states = {
        "Shape": {
            "Type": "Pass",
            "Parameters": {"items.$": "$.items", "n.$": "States.ArrayLength($.items)"},
            "Next": "Many",
        },
        "Many": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 2, "Next": "Each"}]},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Add",
                "States": {"Add": {"Type": "Pass", "Parameters": {"x.$": "States.MathAdd($, 1)"}, "End": True}},
            },
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Pass", "OutputPath": "$[0].x", "End": True}}},
                {
                    "StartAt": "W",
                    "States": {
                        "W": {"Type": "Wait", "Seconds": 1, "Next": "B"},
                        "B": {"Type": "Pass", "Result": "b", "End": True},
                    },
                },
            ],
            "End": True,
        },
    }
    done = execute(aws, "flow", states, everything, input={"items": [1, 2, 3]})
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", [2, "b"])


def test_jsonata_reads_input_results_context_and_assigned_variables(aws: Any, everything: str) -> None:
    states = {
        "Total": {
            "Type": "Pass",
            "Assign": {"total": "{% $sum($states.input.items.price) %}", "nothing": "{% $states.input.none %}"},
            "Output": {"names": "{% $states.input.items.name %}"},
            "Next": "Read",
        },
        "Read": task(
            "aws-sdk:ssm:getParameter",
            {"Name": "{% '/facts/' & 'answer' %}"},
            Output={
                "value": "{% $states.result.Parameter.Value %}",
                "total": "{% $total %}",
                "nothing": "{% $nothing %}",
                "names": "{% $states.input.names %}",
                "state": "{% $states.context.State.Name %}",
                "hash": "{% $hash('a', 'SHA-256') %}",
                "parts": "{% $partition([1..5], 2) %}",
            },
            Next="Decide",
        ),
        "Decide": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.total > 2 and $total = 3 %}", "Next": "Yes"}],
            "Default": "No",
        },
        "Yes": {"Type": "Succeed"},
        "No": {"Type": "Fail", "Error": "No"},
    }
    items = [{"name": 'a "b" \\ c', "price": 1}, {"name": "ü", "price": 2}]
    done = execute(aws, "jsonata", states, everything, input={"items": items, "none": None}, definition=JSONATA)
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"]) == {
        "value": 'a "quoted" answer',
        "total": 3,
        "nothing": None,
        "names": ['a "b" \\ c', "ü"],
        "state": "Read",
        "hash": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
        "parts": [[1, 2], [3, 4], [5]],
    }


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("$states.input.missing", "returned nothing"),
        ("$nosuch(1)", "non-function"),
        ("$sum", "unsupported result type"),
    ],
)
def test_a_jsonata_expression_without_a_value_fails_the_execution(
    aws: Any, everything: str, expression: str, why: str
) -> None:
    states = {"P": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}}
    name = "undefined-" + "".join(filter(str.isalpha, expression))
    done = execute(aws, name, states, everything, definition=JSONATA)
    assert (done["status"], done["error"]) == ("FAILED", "States.QueryEvaluationError")
    assert why in done["cause"]
    assert "the state 'P'" in done["cause"]


def test_aws_sdk_errors_have_the_names_of_aws_and_can_be_caught_by_them(aws: Any, everything: str) -> None:
    states = {
        "Get": task(
            "aws-sdk:s3:getObject",
            {"Bucket": "facts", "Key": "missing"},
            Catch=[{"ErrorEquals": ["S3.NoSuchKeyException"], "Output": "{% $states.errorOutput %}", "Next": "Put"}],
            End=True,
        ),
        "Put": task("aws-sdk:s3:putObject", {"Bucket": "facts", "Key": "k", "Body": "{% $states.input %}"}, Next="Bad"),
        "Bad": task("aws-sdk:dynamodb:getItem", {"TableName": "no", "Key": {"a": {"S": "1"}}}, End=True),
    }
    done = execute(aws, "sdk-errors", states, everything, definition=JSONATA)
    assert (done["status"], done["error"]) == ("FAILED", "DynamoDb.ResourceNotFoundException")
    assert "Service: DynamoDb, Status Code: 400" in done["cause"]
    stored = json.loads(aws("s3").get_object(Bucket="facts", Key="k")["Body"].read())
    assert stored["Error"] == "S3.NoSuchKeyException"
    assert "Status Code: 404" in stored["Cause"]


def test_results_of_the_sdk_are_in_pascal_case_with_times_as_text(aws: Any, everything: str) -> None:
    states = {"Get": task("aws-sdk:ssm:getParameter", {"Name": "/facts/answer"}, End=True)}
    parameter = json.loads(execute(aws, "times", states, everything, definition=JSONATA)["output"])["Parameter"]
    assert parameter["LastModifiedDate"].endswith("Z")
    states = {"List": task("aws-sdk:cloudwatchlogs:describeLogGroups", {"LogGroupNamePrefix": "/times/"}, End=True)}
    assert json.loads(execute(aws, "camel", states, everything, definition=JSONATA)["output"]) == {"LogGroups": []}


def test_an_optimized_integration_sends_objects_as_json(aws: Any, everything: str) -> None:
    url = aws("sqs").get_queue_url(QueueName="inbox")["QueueUrl"]
    states = {"Send": task("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"a": [1, "é"]}}, End=True)}
    done = execute(aws, "send", states, everything, definition=JSONATA)
    assert "MessageId" in json.loads(done["output"]), done
    message = aws("sqs").receive_message(QueueUrl=url)["Messages"][0]
    assert json.loads(message["Body"]) == {"a": [1, "é"]}
    aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_task_waits_for_its_token(aws: Any, everything: str) -> None:
    url = aws("sqs").get_queue_url(QueueName="inbox")["QueueUrl"]
    body = {"token": "{% $states.context.Task.Token %}"}
    states = {"Ask": task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": body}, End=True)}
    arn = machine(aws, "ask", states, everything, definition=JSONATA)
    started = aws("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
    message = aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    aws("stepfunctions").send_task_success(taskToken=json.loads(message["Body"])["token"], output='{"yes": true}')
    assert json.loads(finished(aws, started)["output"]) == {"yes": True}


def test_what_the_role_may_not_do_fails_the_state(aws: Any) -> None:
    limited = role(aws, "limited", "ssm:GetParameter")
    states = {
        "Read": task("aws-sdk:ssm:getParameter", {"Name": "/facts/answer"}, Next="Delete"),
        "Delete": task("aws-sdk:ssm:deleteParameter", {"Name": "/facts/answer"}, End=True),
    }
    done = execute(aws, "limited", states, limited, definition=JSONATA)
    assert (done["status"], done["error"]) == ("FAILED", "Ssm.AccessDeniedException")
    assert "ssm:DeleteParameter" in done["cause"]
    assert "assumed-role/limited/" in done["cause"]
    assert aws("ssm").get_parameter(Name="/facts/answer")["Parameter"]["Value"] == 'a "quoted" answer'


def test_a_role_may_trust_one_machine_alone(aws: Any) -> None:
    arn = role(aws, "one-machine", "ssm:GetParameter")
    machine_arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:trusted"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "states.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "ArnLike": {"aws:SourceArn": machine_arn},
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                },
            }
        ],
    }
    aws("iam").update_assume_role_policy(RoleName="one-machine", PolicyDocument=json.dumps(trust))
    states = {"Read": task("aws-sdk:ssm:getParameter", {"Name": "/facts/answer"}, End=True)}
    assert execute(aws, "trusted", states, arn, definition=JSONATA)["status"] == "SUCCEEDED"
    assert execute(aws, "untrusted", states, arn, definition=JSONATA)["error"] == "States.Runtime"


def test_a_role_that_does_not_trust_step_functions_cannot_run_a_machine(aws: Any) -> None:
    other = role(aws, "other", "*", service="lambda.amazonaws.com")
    states = {"Read": task("aws-sdk:ssm:getParameter", {"Name": "/facts/answer"}, End=True)}
    done = execute(aws, "distrusted", states, other, definition=JSONATA)
    assert (done["status"], done["error"]) == ("FAILED", "States.Runtime")
    assert "states.amazonaws.com" in done["cause"]


def test_the_history_tells_everything_that_happened(aws: Any, everything: str) -> None:
    states = {
        "Get": task(
            "aws-sdk:s3:getObject",
            {"Bucket": "facts", "Key": "missing"},
            Retry=[
                {"ErrorEquals": ["S3.NoSuchKeyException"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 2}
            ],
            Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Stop"}],
            End=True,
        ),
        "Stop": {"Type": "Fail", "Error": "Gone", "Cause": "{% 'no ' & 'object' %}"},
    }
    done = execute(aws, "history", states, everything, definition=JSONATA)
    assert (done["status"], done["error"], done["cause"]) == ("FAILED", "Gone", "no object")
    assert done["stopDate"] > done["startDate"]
    assert (done["stopDate"] - done["startDate"]).total_seconds() >= 1
    history = aws("stepfunctions").get_execution_history(executionArn=done["executionArn"])["events"]
    attempt = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    assert [event["type"] for event in history] == [
        "ExecutionStarted", "TaskStateEntered", *attempt, *attempt,
        "TaskStateExited", "FailStateEntered", "ExecutionFailed",
    ]  # fmt: skip
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))
    assert history[1]["stateEnteredEventDetails"]["name"] == "Get"
    assert history[4]["taskFailedEventDetails"]["error"] == "S3.NoSuchKeyException"
    pages = aws("stepfunctions").get_paginator("get_execution_history")
    found = [
        event["id"]
        for page in pages.paginate(
            executionArn=done["executionArn"], reverseOrder=True, PaginationConfig={"PageSize": 4}
        )
        for event in page["events"]
    ]
    assert found == [event["id"] for event in reversed(history)]


def test_executions_without_a_name_are_told_apart_and_listed(aws: Any, everything: str) -> None:
    arn = machine(aws, "unnamed", {"P": {"Type": "Pass", "Result": "text", "End": True}}, everything)
    arns = [aws("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"] for _ in range(3)]
    assert len(set(arns)) == 3
    for execution in arns:
        assert finished(aws, execution)["output"] == '"text"'
    listed = aws("stepfunctions").list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]
    assert {item["executionArn"] for item in listed} == set(arns)
    assert all(item["stopDate"] >= item["startDate"] for item in listed)


def test_the_same_name_with_another_input_is_refused(aws: Any, everything: str) -> None:
    arn = machine(aws, "named", {"W": {"Type": "Pass", "End": True}}, everything)
    first = aws("stepfunctions").start_execution(stateMachineArn=arn, name="once", input='{"a":1}')["executionArn"]
    finished(aws, first)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        aws("stepfunctions").start_execution(stateMachineArn=arn, name="once", input='{"a":2}')
    with pytest.raises(ClientError, match="InvalidExecutionInput"):
        aws("stepfunctions").start_execution(stateMachineArn=arn, input="{")


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """What the condition gives once it gives something, or in the end."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def told_last(aws: Any, execution: str, event: str) -> bool:
    """Whether an execution's history ends with an event: it may come a moment after the status."""

    def last() -> str:
        events = aws("stepfunctions").get_execution_history(executionArn=execution, reverseOrder=True)["events"]
        return str(events[0]["type"])

    return bool(until(lambda: last() == event))


def test_a_stopped_execution_says_why(aws: Any, everything: str) -> None:
    arn = machine(aws, "wait", {"W": {"Type": "Wait", "Seconds": 60, "End": True}}, everything)
    execution = aws("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
    aws("stepfunctions").stop_execution(executionArn=execution, error="Enough", cause="asked to")
    done = finished(aws, execution, 60)
    assert (done["status"], done["error"], done["cause"]) == ("ABORTED", "Enough", "asked to")
    assert told_last(aws, execution, "ExecutionAborted")


def test_a_nested_execution_gives_its_output_as_json_or_fails_with_its_description(aws: Any, everything: str) -> None:
    child = machine(aws, "child", {"P": {"Type": "Pass", "Result": {"z": 1}, "End": True}}, everything)
    states = {"Run": task("states:startExecution.sync:2", {"StateMachineArn": child, "Input": {"a": 1}}, End=True)}
    output = json.loads(execute(aws, "parent", states, everything, definition=JSONATA)["output"])
    assert (output["Status"], output["Input"], output["Output"]) == ("SUCCEEDED", {"a": 1}, {"z": 1})
    broken = machine(aws, "broken", {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}, everything)
    states = {"Run": task("states:startExecution.sync", {"StateMachineArn": broken}, End=True)}
    done = execute(aws, "parent-of-broken", states, everything, definition=JSONATA)
    assert (done["status"], done["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(done["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "E", "C")


@pytest.mark.parametrize("how", ["stop", "timeout"])
def test_the_job_ends_with_the_state_that_waits_for_it(aws: Any, everything: str, how: str) -> None:
    child = machine(aws, f"slow-{how}", {"W": {"Type": "Wait", "Seconds": 60, "End": True}}, everything)
    timeout = {"TimeoutSeconds": 5} if how == "timeout" else {}
    states = {
        "Run": task("states:startExecution.sync", {"StateMachineArn": child}, **timeout, End=True,
                    Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Never"}]),
        "Never": {"Type": "Pass", "End": True},
    }  # fmt: skip
    arn = machine(aws, f"impatient-{how}", states, everything, definition=JSONATA)
    execution = aws("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"]
    if how == "stop":
        until(lambda: aws("stepfunctions").list_executions(stateMachineArn=child)["executions"])
        aws("stepfunctions").stop_execution(executionArn=execution)
    done = finished(aws, execution, 60)
    assert (done["status"], done.get("error")) == (("ABORTED", None) if how == "stop" else ("FAILED", "States.Timeout"))
    jobs = aws("stepfunctions").list_executions(stateMachineArn=child)["executions"]
    assert [finished(aws, job["executionArn"], 60)["status"] for job in jobs] == ["ABORTED"]
    types = [e["type"] for e in aws("stepfunctions").get_execution_history(executionArn=execution)["events"]]
    assert "TaskSucceeded" not in types
    assert told_last(aws, execution, "ExecutionAborted" if how == "stop" else "ExecutionFailed")


def test_the_whole_machine_times_out(aws: Any, everything: str) -> None:
    states = {"W": {"Type": "Wait", "Seconds": 60, "End": True}}
    done = execute(aws, "deadline", states, everything, definition={"TimeoutSeconds": 1})
    assert done["status"] == "TIMED_OUT"
    assert done["stopDate"] > done["startDate"]


@pytest.mark.parametrize(
    ("resource", "named"),
    [
        ("eks:runJob.sync", "eks:runJob.sync"),
        ("glue:startJobRun.waitForTaskToken", "glue:startJobRun.waitForTaskToken"),
        ("aws-sdk:s3:nonsense", "aws-sdk:s3:nonsense"),
        ("aws-sdk:nonsense:getObject", "aws-sdk:nonsense:getObject"),
        ("aws-sdk:athena:startQueryExecution.sync", "aws-sdk:athena:startQueryExecution.sync"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(aws: Any, everything: str, resource: str, named: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidDefinition.*{named} is not supported"):
        machine(aws, "unsupported", {"T": task(resource, End=True)}, everything, definition=JSONATA)
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        aws("stepfunctions").describe_state_machine(
            stateMachineArn=f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:unsupported"
        )


def test_a_machine_gives_back_what_it_was_created_with(aws: Any, everything: str) -> None:
    aws("logs").create_log_group(logGroupName="/machines/kept")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/machines/kept:*"
    logging = {
        "level": "ALL",
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
    }
    states = {"P": {"Type": "Pass", "End": True}}
    options = {"loggingConfiguration": logging, "tracingConfiguration": {"enabled": True}}
    arn = machine(aws, "kept", states, everything, **options)
    found = aws("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert json.loads(found["definition"]) == {"StartAt": "P", "States": states}
    assert found["loggingConfiguration"] == logging
    assert found["tracingConfiguration"] == {"enabled": True}
    assert found["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}
    assert machine(aws, "kept", states, everything, **options) == arn
    with pytest.raises(ClientError, match="StateMachineAlreadyExists"):
        machine(aws, "kept", {"Q": {"Type": "Pass", "End": True}}, everything)


def test_executions_are_logged_as_the_machine_asks(aws: Any, everything: str) -> None:
    aws("logs").create_log_group(logGroupName="/machines/logged")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/machines/logged:*"
    states = {"P": {"Type": "Pass", "Next": "F"}, "F": {"Type": "Fail", "Error": "E", "Cause": "C"}}
    for level, data, types in (
        (
            "ALL",
            True,
            ["ExecutionStarted", "PassStateEntered", "PassStateExited", "FailStateEntered", "ExecutionFailed"],
        ),
        ("ERROR", False, ["FailStateEntered", "ExecutionFailed"]),
    ):
        logging = {
            "level": level,
            "includeExecutionData": data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        }
        done = execute(aws, f"logged-{level}", states, everything, input={"secret": 1}, loggingConfiguration=logging)
        streams = aws("logs").describe_log_streams(
            logGroupName="/machines/logged", logStreamNamePrefix=f"states/logged-{level}/"
        )["logStreams"]
        events = aws("logs").get_log_events(
            logGroupName="/machines/logged", logStreamName=streams[0]["logStreamName"], startFromHead=True
        )["events"]
        messages = [json.loads(event["message"]) for event in events]
        assert [message["type"] for message in messages] == types
        assert messages[-1]["details"] == {"error": "E", "cause": "C"}
        assert all(message["execution_arn"] == done["executionArn"] for message in messages)
        assert ("secret" in json.dumps(messages)) is data


def test_logging_to_a_group_that_does_not_exist_is_refused(aws: Any, everything: str) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/nowhere:*"
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    with pytest.raises(ClientError, match=r"InvalidLoggingConfiguration.*/nowhere"):
        machine(aws, "nowhere", {"P": {"Type": "Pass", "End": True}}, everything, loggingConfiguration=logging)


@pytest.mark.parametrize(
    ("resource", "arguments", "message"),
    [
        ("athena:startQueryExecution.sync", {"queryString": "x"}, '"queryString" is not supported'),
        ("glue:startJobRun.sync", {"Arguments": {"--a": "1"}}, '"JobName" is required'),
        ("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k", "Nonsense": 1}, '"Nonsense" is not supported'),
    ],
)
def test_a_misspelled_or_missing_argument_is_refused_by_name(
    aws: Any, everything: str, resource: str, arguments: dict[str, Any], message: str
) -> None:
    states = {
        "Both": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "T", "States": {"T": task(resource, arguments, End=True)}}],
            "End": True,
        }
    }
    with pytest.raises(ClientError, match=f"InvalidDefinition.*{message}.* at /States/T "):
        machine(aws, "misspelled", states, everything, definition=JSONATA)


def test_a_function_gives_its_payload_and_fails_under_its_exceptions_name(aws: Any, everything: str) -> None:
    role(aws, "function", "logs:*", service="lambda.amazonaws.com")
    code = (
        "def answer(event, _):\n if event['n'] < 0: raise ValueError('negative')\n return {'twice': 2 * event['n']}\n"
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("handler.py", code)
    aws("lambda").create_function(
        FunctionName="twice", Runtime="python3.11", Handler="handler.answer", Code={"ZipFile": archive.getvalue()},
        Role=f"arn:aws:iam::{ACCOUNT}:role/function", Timeout=30,
    )  # fmt: skip
    catch = [{"ErrorEquals": ["ValueError"], "Output": "{% $states.errorOutput %}", "Next": "Caught"}]
    arguments = {"FunctionName": "twice", "Payload": {"n": "{% $states.input.n %}"}}
    states = {
        "Call": task("lambda:invoke", arguments, Output="{% $states.result.Payload %}", Catch=catch, End=True),
        "Caught": {"Type": "Succeed"},
    }
    arn = machine(aws, "twice", states, everything, definition=JSONATA)
    outputs = []
    for number in (21, -1):
        started = aws("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps({"n": number}))
        outputs.append(json.loads(finished(aws, started["executionArn"])["output"]))
    assert outputs[0] == {"twice": 42}
    assert outputs[1]["Error"] == "ValueError"
    assert json.loads(outputs[1]["Cause"])["errorMessage"] == "negative"
    missing = {"Call": task("lambda:invoke", {**arguments, "FunctionName": "no-such-function"}, End=True)}
    done = execute(aws, "no-function", missing, everything, input={"n": 1}, definition=JSONATA)
    assert done["error"] == "Lambda.ResourceNotFoundException"
    nobody = role(aws, "nobody", "s3:GetObject")
    done = execute(aws, "not-allowed", states, nobody, input={"n": 1}, definition=JSONATA)
    assert done["error"] == "Lambda.AWSLambdaException"
    assert "lambda:InvokeFunction" in done["cause"]
    assert "AccessDenied" in done["cause"]

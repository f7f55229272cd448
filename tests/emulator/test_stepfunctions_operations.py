"""Operations around executions: trying states, redriving, activities, express workflows, stopping, callbacks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.lambda_functions import message, queue, until
from tests.emulator.state_machines import ACCOUNT, JSONATA, finished, history, machine, output, role, run, start


@pytest.fixture(scope="module")
def doer(emulator: Settings) -> str:
    clients.client("ssm").put_parameter(Name="/operations/answer", Value="42", Type="String")
    return role("operations-doer", "ssm:*", "sqs:*", "states:*")


def sfn() -> Any:
    return clients.client("stepfunctions")


def tried(state: dict[str, Any], given: Any = None, **options: Any) -> dict[str, Any]:
    answer: dict[str, Any] = sfn().test_state(definition=json.dumps(state), input=json.dumps(given), **options)
    return answer


def test_a_definition_is_validated_without_being_deployed(emulator: Settings) -> None:
    good = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    assert sfn().validate_state_machine_definition(definition=json.dumps(good))["result"] == "OK"
    bad = {"StartAt": "A", "States": {"A": {"Type": "Pass"}, "B": {"Type": "Nonsense", "End": True}}}
    found = sfn().validate_state_machine_definition(definition=json.dumps(bad))
    assert found["result"] == "FAIL"
    assert found["diagnostics"][0]["code"] == "SCHEMA_VALIDATION_FAILED"
    assert "Nonsense" in found["diagnostics"][0]["message"]
    job = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "j"}}
    slow = json.dumps({"StartAt": "A", "States": {"A": {**job, "End": True}}})
    assert sfn().validate_state_machine_definition(definition=slow)["result"] == "OK"
    express = sfn().validate_state_machine_definition(definition=slow, type="EXPRESS")
    assert "Express state machine does not support" in express["diagnostics"][0]["message"]


def test_a_single_state_can_be_tried(doer: str) -> None:
    shape = {"Type": "Pass", "InputPath": "$.in", "Parameters": {"x.$": "$.n"}, "ResultPath": "$.out", "Next": "After"}
    found = tried(shape, {"in": {"n": 1}}, inspectionLevel="DEBUG")
    assert (found["status"], found["nextState"]) == ("SUCCEEDED", "After")
    assert json.loads(found["output"]) == {"in": {"n": 1}, "out": {"x": 1}}
    assert json.loads(found["inspectionData"]["afterInputPath"]) == {"n": 1}
    assert json.loads(found["inspectionData"]["afterParameters"]) == {"x": 1}
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "NumericGreaterThan": 1, "Next": "Big"}],
        "Default": "Small",
    }
    assert [tried(choice, number)["nextState"] for number in (2, 1)] == ["Big", "Small"]
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
        "QueryLanguage": "JSONata",
        "Arguments": {"Name": "{% $name %}"},
        "Output": "{% $states.result.Parameter.Value %}",
        "End": True,
    }
    found = tried(read, roleArn=doer, variables=json.dumps({"name": "/operations/answer"}))
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", "42")
    assert "nextState" not in found


def test_a_state_that_fails_says_whether_it_would_be_caught_or_retried(doer: str) -> None:
    missing = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter", "Parameters": {"Name": "/no"}}
    error = "Ssm.ParameterNotFoundException"
    failed = tried({**missing, "End": True}, roleArn=doer)
    assert (failed["status"], failed["error"]) == ("FAILED", error)
    catch = [{"ErrorEquals": [error], "ResultPath": "$.error", "Next": "Mend"}]
    caught = tried({**missing, "Catch": catch, "End": True}, {"a": 1}, roleArn=doer)
    assert (caught["status"], caught["nextState"], caught["error"]) == ("CAUGHT_ERROR", "Mend", error)
    assert json.loads(caught["output"])["error"]["Error"] == error
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 99}]
    assert tried({**missing, "Catch": catch, "Retry": retry, "End": True}, roleArn=doer)["status"] == "RETRIABLE"
    assert tried({"Type": "Fail", "Error": "Mine", "Cause": "why"})["cause"] == "why"


def test_what_cannot_be_tried_is_refused_by_name(doer: str) -> None:
    for state, message_of in (
        ({"Type": "Map", "ItemProcessor": {}, "End": True}, "type Map"),
        ({"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True}, "startJobRun.sync"),
        ({"Type": "Pass", "Nonsense": 1, "End": True}, "Nonsense"),
    ):
        with pytest.raises(ClientError, match=message_of) as refused:
            tried(state, roleArn=doer)
        assert refused.value.response["Error"]["Code"] == "InvalidDefinition"
    with pytest.raises(ClientError, match="roleArn is required"):
        tried(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
                "Parameters": {"Name": "/a"},
                "End": True,
            }
        )


GO_ON = {
    "First": {"Type": "Pass", "Assign": {"kept": "{% $states.input.n %}"}, "Output": {"n": 2}, "Next": "Read"},
    "Read": {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
        "Arguments": {"Name": "/operations/late"},
        "Output": "{% [$kept, $states.input.n, $states.result.Parameter.Value] %}",
        "End": True,
    },
}


def test_an_execution_is_redriven_from_the_state_that_failed(doer: str) -> None:
    arn = start(machine("redriven", doer, GO_ON, definition=JSONATA), {"n": 1})
    failed = finished(arn)
    assert (failed["status"], failed["redriveStatus"], failed["redriveCount"]) == ("FAILED", "REDRIVABLE", 0)
    clients.client("ssm").put_parameter(Name="/operations/late", Value="now", Type="String")
    sfn().redrive_execution(executionArn=arn)
    done = finished(arn)
    assert output(done) == [1, 2, "now"]
    assert (done["redriveCount"], done["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    assert "error" not in done
    events = history(arn)
    types = [event["type"] for event in events]
    assert types.count("PassStateEntered") == 1
    assert types[types.index("ExecutionFailed") + 1 :][:2] == ["ExecutionRedriven", "TaskStateEntered"]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        sfn().redrive_execution(executionArn=arn)


def test_a_worker_asks_for_an_activity_and_answers(doer: str) -> None:
    activity = sfn().create_activity(name="operations-work")["activityArn"]
    states = {"Work": {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 60, "End": True}}
    arn = start(machine("worked", doer, states), {"n": 20})
    task = sfn().get_activity_task(activityArn=activity, workerName="me")
    assert json.loads(task["input"]) == {"n": 20}
    sfn().send_task_heartbeat(taskToken=task["taskToken"])
    sfn().send_task_success(taskToken=task["taskToken"], output="21")
    assert output(finished(arn)) == 21
    assert [event["type"] for event in history(arn)][2:5] == [
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
    ]
    arn = start(machine("worked", doer, states), {"n": 30})
    task = sfn().get_activity_task(activityArn=activity)
    sfn().send_task_failure(taskToken=task["taskToken"], error="TooHard", cause="not today")
    failed = finished(arn)
    assert (failed["error"], failed["cause"]) == ("TooHard", "not today")


def test_an_express_workflow_answers_with_its_result(doer: str) -> None:
    states = {
        "Check": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Big"}],
            "Default": "No",
        },
        "Big": {"Type": "Pass", "Parameters": {"was.$": "$.n"}, "End": True},
        "No": {"Type": "Fail", "Error": "Small", "Cause": "too small"},
    }
    arn = machine("express", doer, states, type="EXPRESS")
    done = sfn().start_sync_execution(stateMachineArn=arn, input='{"n": 2}', name="once")
    assert (done["status"], json.loads(done["output"]), done["name"]) == ("SUCCEEDED", {"was": 2}, "once")
    assert done["billingDetails"]["billedDurationInMilliseconds"] >= 100
    failed = sfn().start_sync_execution(stateMachineArn=arn, input='{"n": 1}')
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Small", "too small")
    standard = machine("not-express", doer, states)
    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        sfn().start_sync_execution(stateMachineArn=standard)
    with pytest.raises(ClientError, match="StateMachineTypeNotSupported"):
        sfn().list_executions(stateMachineArn=arn)


def test_an_execution_that_waits_for_a_retry_stops_at_once(doer: str) -> None:
    states = {
        "Get": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
            "Parameters": {"Name": "/never"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 600}],
            "End": True,
        }
    }
    arn = start(machine("sleepy", doer, states))
    until(lambda: "TaskFailed" in [event["type"] for event in history(arn)])
    sfn().stop_execution(executionArn=arn, error="Enough", cause="said so")
    done = finished(arn, limit=60)
    assert (done["status"], done["error"], done["cause"]) == ("ABORTED", "Enough", "said so")


ASK = {
    "Ask": {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl.$": "$.queue", "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": True,
    }
}


def asked(name: str, doer: str, **fields: Any) -> tuple[str, str]:
    """An execution that waits for an answer, and the token with which to answer."""
    url, _ = queue(name)
    states = {"Ask": {**ASK["Ask"], **fields}}
    arn = start(machine(name, doer, states), {"queue": url})
    return arn, json.loads(message(url)["Body"])["token"]


def test_a_callback_may_fail_a_task_with_error_and_cause(doer: str) -> None:
    arn, token = asked("asked-no", doer)
    sfn().send_task_failure(taskToken=token, error="Refused", cause="by hand")
    done = finished(arn)
    assert (done["status"], done["error"], done["cause"]) == ("FAILED", "Refused", "by hand")


def test_a_task_without_heartbeat_or_answer_times_out_by_name(doer: str) -> None:
    silent, _ = asked("asked-silent", doer, HeartbeatSeconds=1, TimeoutSeconds=60)
    late, _ = asked("asked-late", doer, TimeoutSeconds=1)
    assert finished(silent)["error"] == "States.HeartbeatTimeout"
    assert finished(late)["error"] == "States.Timeout"
    assert "TaskTimedOut" in [event["type"] for event in history(late)]


def test_heartbeats_are_taken_for_as_long_as_a_task_waits(doer: str) -> None:
    arn, token = asked("asked-alive", doer, HeartbeatSeconds=60, TimeoutSeconds=90)
    for _ in range(3):
        sfn().send_task_heartbeat(taskToken=token)
    assert sfn().describe_execution(executionArn=arn)["status"] == "RUNNING"
    sfn().send_task_success(taskToken=token, output='"well"')
    assert output(finished(arn)) == "well"
    with pytest.raises(ClientError, match="InvalidToken"):
        sfn().send_task_heartbeat(taskToken="nobody's")


def test_a_version_runs_as_it_was_published(doer: str) -> None:
    old = {"Say": {"Type": "Pass", "Result": "old", "End": True}}
    arn = machine("published", doer, old)
    published = sfn().update_state_machine(
        stateMachineArn=arn, definition=json.dumps({"StartAt": "Say", "States": old}), publish=True
    )["stateMachineVersionArn"]
    new = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": "new", "End": True}}}
    sfn().update_state_machine(stateMachineArn=arn, definition=json.dumps(new))
    assert output(finished(start(arn))) == "new"
    old_run = finished(start(published))
    assert (output(old_run), old_run["stateMachineVersionArn"]) == ("old", published)
    assert sfn().publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:2"
    versions = sfn().list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [version["stateMachineVersionArn"] for version in versions] == [f"{arn}:2", published]
    alias = sfn().create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": published, "weight": 100}]
    )["stateMachineAliasArn"]
    by_alias = finished(start(alias))
    assert (output(by_alias), by_alias["stateMachineAliasArn"]) == ("old", alias)
    with pytest.raises(ClientError, match="ConflictException"):
        sfn().delete_state_machine_version(stateMachineVersionArn=published)
    sfn().delete_state_machine_version(stateMachineVersionArn=f"{arn}:2")
    assert len(sfn().list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]) == 1


def test_what_is_larger_than_256_kilobytes_is_refused(doer: str) -> None:
    states = {"Grow": {"Type": "Pass", "Result": "x" * 1000, "End": True}}
    arn = machine("large", doer, states)
    with pytest.raises(ClientError, match="262144") as refused:
        start(arn, "x" * 262_144)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    double = {"Twice": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "End": True}}
    done = run("larger", doer, double, "x" * 200_000)
    assert (done["status"], done["error"]) == ("FAILED", "States.DataLimitExceeded")
    assert output(run("smaller", doer, double, "x"))["b"] == "x"


def test_an_execution_shows_the_definition_it_was_started_with(doer: str) -> None:
    states = {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}
    machine_arn = machine("shown", doer, states)
    arn = start(machine_arn)
    other = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    sfn().update_state_machine(stateMachineArn=machine_arn, definition=json.dumps(other))
    shown = sfn().describe_state_machine_for_execution(executionArn=arn)
    assert json.loads(shown["definition"])["States"] == states
    assert shown["stateMachineArn"] == f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:shown"
    sfn().stop_execution(executionArn=arn)
    assert finished(arn)["status"] == "ABORTED"

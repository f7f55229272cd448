"""The model registry, and the wait for a person's approval, as AWS has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.event_wiring import allow, bodies, queue, role, until

pytestmark = pytest.mark.usefixtures("emulator")


def sagemaker() -> Any:
    return clients.client("sagemaker")


def register(group: str, **fields: Any) -> str:
    """The ARN of a new version of the group."""
    return str(sagemaker().create_model_package(ModelPackageGroupName=group, **fields)["ModelPackageArn"])


def described(arn: str) -> dict[str, Any]:
    found: dict[str, Any] = sagemaker().describe_model_package(ModelPackageName=arn)
    return found


@pytest.fixture
def group(request: pytest.FixtureRequest) -> str:
    name = f"registry-{abs(hash(request.node.name)) % 10**8}"
    sagemaker().create_model_package_group(ModelPackageGroupName=name)
    return name


def test_a_group_is_made_once(group: str) -> None:
    register(group)
    with pytest.raises(ClientError, match=f"already exists: arn:aws:sagemaker:.*:model-package-group/{group}"):
        sagemaker().create_model_package_group(ModelPackageGroupName=group)
    listed = sagemaker().list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert [each["ModelPackageVersion"] for each in listed] == [1]


def test_the_number_of_a_deleted_version_is_not_given_again(group: str) -> None:
    first, second = register(group), register(group)
    sagemaker().delete_model_package(ModelPackageName=first)
    third = register(group, ModelPackageDescription="later")
    assert [arn.rpartition("/")[2] for arn in (first, second, third)] == ["1", "2", "3"]
    assert described(second).get("ModelPackageDescription") is None
    assert (described(third)["ModelPackageVersion"], described(third)["ModelPackageDescription"]) == (3, "later")
    with pytest.raises(ClientError, match="not found"):
        described(first)


def test_a_request_that_is_repeated_registers_once(group: str) -> None:
    assert register(group, ClientToken="a" * 36) == register(group, ClientToken="a" * 36)
    assert register(group, ClientToken="b" * 36).endswith("/2")
    assert register(group).endswith("/3")


def test_what_nobody_has_approved_waits_for_it_and_keeps_where_it_came_from(group: str) -> None:
    arn = sagemaker().describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    found = described(register(arn, SourceUri="s3://models/1.onnx", CustomerMetadataProperties={"run": "7"}))
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    assert (found["ModelPackageGroupName"], found["SourceUri"]) == (group, "s3://models/1.onnx")


def test_an_approval_changes_nothing_but_what_it_names(group: str) -> None:
    arn = register(group, CustomerMetadataProperties={"run": "7", "old": "x"}, SourceUri="s3://models/1.onnx")
    update = sagemaker().update_model_package
    update(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="ada: earns more")
    update(ModelPackageArn=arn, CustomerMetadataProperties={"seen": "yes"}, CustomerMetadataPropertiesToRemove=["old"])
    found = described(arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "ada: earns more")
    assert found["CustomerMetadataProperties"] == {"run": "7", "seen": "yes"}
    assert found["SourceUri"] == "s3://models/1.onnx"


def test_a_role_may_register_what_waits_and_approve_nothing(group: str, emulator: Settings) -> None:
    packages = f"arn:aws:sagemaker:{emulator.region}:{emulator.account}:model-package/{group}"
    pending = {"StringEquals": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval"]}}
    groups = packages.replace(":model-package/", ":model-package-group/")
    statement = allow("sagemaker:CreateModelPackage", [groups, f"{packages}*"]) | {"Condition": pending}
    doer = role(f"{group}-registers", "states", statement)
    given = {"ModelPackageGroupName": group, "ModelApprovalStatus": "PendingManualApproval"}
    made = _called(doer, f"{group}-pending", "createModelPackage", given)
    assert json.loads(made["output"])["ModelPackageArn"] == f"{packages}/1"
    refused = _called(doer, f"{group}-approved", "createModelPackage", given | {"ModelApprovalStatus": "Approved"})
    assert "not authorized to perform: sagemaker:CreateModelPackage" in refused["cause"]
    approval = {"ModelPackageArn": f"{packages}/1", "ModelApprovalStatus": "Approved"}
    refused = _called(doer, f"{group}-approves", "updateModelPackage", approval)
    assert "not authorized to perform: sagemaker:UpdateModelPackage" in refused["cause"]
    assert described(f"{packages}/1")["ModelApprovalStatus"] == "PendingManualApproval"


def _called(doer: str, name: str, action: str, given: dict[str, str]) -> dict[str, Any]:
    """How an execution ended that called SageMaker in the role's name."""
    state = {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:sagemaker:{action}", "Arguments": given}
    return _finished(_started(doer, name, {"Call": {**state, "End": True}}))


def _started(doer: str, name: str, states: dict[str, Any]) -> str:
    sfn, definition = clients.client("stepfunctions"), {"StartAt": next(iter(states)), "States": states}
    arn = sfn.create_state_machine(
        name=name, roleArn=doer, definition=json.dumps({"QueryLanguage": "JSONata", **definition})
    )["stateMachineArn"]
    return str(sfn.start_execution(stateMachineArn=arn)["executionArn"])


def _finished(execution: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = clients.client("stepfunctions").describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found: dict[str, Any] = until(ended)
    return found


def asking(seconds: str) -> dict[str, Any]:
    """A state that asks on the account's bus and waits so many seconds, given as an expression, for the answer."""
    detail = {"token": "{% $states.context.Task.Token %}", "days": "{% 1 + 1 %}"}
    nobody = {"answer": "{% {'approved': false} %}"}
    return {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::events:putEvents.waitForTaskToken",
            "TimeoutSeconds": seconds,
            "Arguments": {"Entries": [{"Source": "asks", "DetailType": "Approval Requested", "Detail": detail}]},
            "Assign": {"answer": "{% $states.result %}"},
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Assign": nobody, "Next": "Tell"}],
            "Next": "Tell",
        },
        "Tell": {"Type": "Pass", "Output": "{% $answer %}", "End": True},
    }


def test_a_question_reaches_whoever_listens_stands_in_the_history_and_takes_one_answer() -> None:
    doer = role("registry-asks", "states", allow("events:PutEvents", "*"))
    url, arn = queue("registry-questions")
    events, sfn = clients.client("events"), clients.client("stepfunctions")
    events.put_rule(Name="registry-questions", EventPattern=json.dumps({"source": ["asks"]}))
    events.put_targets(Rule="registry-questions", Targets=[{"Id": "q", "Arn": arn}])

    execution = _started(doer, "registry-asks", asking("{% 60 * 60 %}"))
    [event] = bodies(url)
    token = event["detail"]["token"]
    history = sfn.get_execution_history(executionArn=execution)["events"]
    [scheduled] = [each["taskScheduledEventDetails"] for each in history if "taskScheduledEventDetails" in each]
    assert scheduled["resource"] == "putEvents.waitForTaskToken"
    [entry] = json.loads(scheduled["parameters"])["Entries"]
    assert (entry["Detail"]["token"], entry["Detail"]["days"]) == (token, 2)

    sfn.send_task_success(taskToken=token, output='{"approved": true}')
    assert json.loads(_finished(execution)["output"]) == {"approved": True}
    with pytest.raises(ClientError) as refused:
        sfn.send_task_success(taskToken=token, output='{"approved": false}')
    assert refused.value.response["Error"]["Code"] in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken")


def test_a_question_that_nobody_answers_in_time_is_answered_for_them() -> None:
    doer = role("registry-waits", "states", allow("events:PutEvents", "*"))
    execution = _started(doer, "registry-waits", asking("{% 2 - 1 %}"))
    done = _finished(execution)
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"approved": False})
    history = clients.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    assert "TaskTimedOut" in [event["type"] for event in history]

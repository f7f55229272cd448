"""Deployments to Lambda: traffic shifted on the clock, hooks asked, alarms watched, and the way back."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.services.lambda_functions import aliases
from emulator.settings import Settings
from tests.emulator import lambda_functions, releases
from tests.emulator.event_wiring import ACCOUNT, allow, bodies, queue
from tests.emulator.releases import (
    AT_ONCE,
    CANARY,
    HOOK,
    PLACE,
    ROLLBACK,
    app_spec,
    deploy,
    ended,
    events,
    group,
    info,
    traffic,
)

NAME = "released"
SOUND = "def handle(event, context):\n    return 'sound'\n"
FAULTY = "def handle(event, context):\n    raise ValueError('planted')\n"
SKIPPED = {"BeforeAllowTraffic": "Skipped", "AllowTraffic": "Succeeded", "AfterAllowTraffic": "Skipped"}


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> None:
    assert emulator.port
    releases.releasing_role()
    releases.versions(NAME, SOUND, FAULTY)
    answering = {
        "Action": ["codedeploy:GetDeployment", "codedeploy:PutLifecycleEventHookExecutionStatus"],
        "Resource": f"arn:aws:codedeploy:{PLACE}:deploymentgroup:hooked/hooked",
    }
    hook_role = lambda_functions.role("CodeDeployHook_asks", answering)
    lambda_functions.function("CodeDeployHook_asks", hook_role, HOOK, Timeout=60)
    clients.client("s3").create_bucket(Bucket="revisions")


@pytest.fixture(autouse=True)
def on_the_first_version() -> None:
    clients.client("lambda").update_alias(FunctionName=NAME, Name="live", FunctionVersion="1", RoutingConfig={})


def alarm(name: str, **asked: Any) -> dict[str, Any]:
    """An alarm on errors of what the alias calls; watched by a group."""
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 60}
    dimensions = [{"Name": "FunctionName", "Value": NAME}, {"Name": "Resource", "Value": f"{NAME}:live"}]
    clients.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Dimensions=dimensions,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        **metric,
        **asked,
    )
    return {"enabled": True, "alarms": [{"name": name}]}


def set_alarm(name: str, state: str) -> None:
    clients.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def test_a_canary_gets_a_tenth_for_five_minutes_and_then_all() -> None:
    url, arn = queue("deployments")
    pattern = {"source": ["aws.codedeploy"], "detail": {"application": ["canary"]}}
    clients.client("events").put_rule(Name="deployments", EventPattern=json.dumps(pattern))
    clients.client("events").put_targets(Rule="deployments", Targets=[{"Id": "queue", "Arn": arn}])
    group("canary", deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
    deployment = deploy("canary", app_spec(NAME), description="the second")
    assert traffic(NAME) == ("1", {"2": 0.1})
    assert (info(deployment)["status"], info(deployment)["description"]) == ("InProgress", "the second")
    clock.advance(200)
    assert traffic(NAME) == ("1", {"2": 0.1})
    clock.advance(100)
    assert traffic(NAME) == ("2", {})
    told = info(deployment)
    assert (told["status"], told["creator"], told["deploymentOverview"]["Succeeded"]) == ("Succeeded", "user", 1)
    assert 300 <= (told["completeTime"] - told["startTime"]).total_seconds() < 400
    assert events(deployment) == SKIPPED
    seen = bodies(url, 2)
    assert sorted(event["detail"]["state"] for event in seen) == ["START", "SUCCESS"]
    assert {event["detail-type"] for event in seen} == {"CodeDeploy Deployment State-change Notification"}
    assert seen[0]["detail"]["deploymentId"] == deployment
    assert seen[0]["resources"] == [
        f"arn:aws:codedeploy:{PLACE}:application:canary",
        f"arn:aws:codedeploy:{PLACE}:deploymentgroup:canary/canary",
    ]
    asked = {"applicationName": "canary", "deploymentGroupName": "canary"}
    kept = clients.client("codedeploy").get_deployment_group(**asked)["deploymentGroupInfo"]
    assert kept["lastSuccessfulDeployment"]["deploymentId"] == deployment
    codedeploy, hour = clients.client("codedeploy"), timedelta(hours=1)
    for begin, expected in ((told["createTime"] - hour, [deployment]), (told["createTime"] + hour, [])):
        created = {"start": begin, "end": begin + 2 * hour}
        found = codedeploy.list_deployments(**asked, includeOnlyStatuses=["Succeeded"], createTimeRange=created)
        assert found["deployments"] == expected
    (listed,) = codedeploy.batch_get_deployments(deploymentIds=[deployment])["deploymentsInfo"]
    assert listed == told
    named = {"deploymentId": deployment, "targetIds": [f"{NAME}:live"]}
    (target,) = codedeploy.batch_get_deployment_targets(**named)["deploymentTargets"]
    shifted = {"functionName": NAME, "functionAlias": "live", "currentVersion": "1", "targetVersion": "2"}
    assert target["lambdaTarget"]["lambdaFunctionInfo"] == {**shifted, "targetVersionWeight": 100.0}


def test_a_linear_configuration_shifts_in_equal_steps() -> None:
    routing = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 2}}
    clients.client("codedeploy").create_deployment_config(
        deploymentConfigName="two-fifths", computePlatform="Lambda", trafficRoutingConfig=routing
    )
    group("linear")
    deployment = deploy("linear", app_spec(NAME), deploymentConfigName="two-fifths")
    seen = [traffic(NAME)]
    for _ in range(2):
        clock.advance(120)
        seen.append(traffic(NAME))
    assert seen == [("1", {"2": 0.4}), ("1", {"2": 0.8}), ("2", {})]
    assert (info(deployment)["status"], info(deployment)["deploymentConfigName"]) == ("Succeeded", "two-fifths")


def test_functions_validate_before_and_after_the_traffic() -> None:
    group("hooked", AT_ONCE, autoRollbackConfiguration=ROLLBACK)
    hooks = dict.fromkeys(("BeforeAllowTraffic", "AfterAllowTraffic"), "CodeDeployHook_asks")
    sound = deploy("hooked", app_spec(NAME, **hooks), description="Succeeded")
    assert ended(sound)["status"] == "Succeeded"
    assert events(sound) == dict.fromkeys(SKIPPED, "Succeeded")
    assert traffic(NAME) == ("2", {})

    clients.client("lambda").update_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    refused = deploy("hooked", app_spec(NAME, BeforeAllowTraffic="CodeDeployHook_asks"), description="Failed")
    told = ended(refused)
    assert (told["status"], told["errorInformation"]["code"]) == ("Failed", "HOOK_EXECUTION_FAILURE")
    assert events(refused) == {
        "BeforeAllowTraffic": "Failed",
        "AllowTraffic": "Skipped",
        "AfterAllowTraffic": "Skipped",
    }
    assert traffic(NAME) == ("1", {})

    late = deploy("hooked", app_spec(NAME, AfterAllowTraffic="CodeDeployHook_asks"), description="Failed")
    told = ended(late)
    assert told["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    back = info(told["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == late
    assert traffic(NAME) == ("1", {})

    silent = deploy("hooked", app_spec(NAME, BeforeAllowTraffic="CodeDeployHook_asks"), description="silent")
    assert events(silent)["BeforeAllowTraffic"] == "InProgress"
    clock.advance(3400)
    assert info(silent)["status"] == "InProgress"
    clock.advance(200)
    assert "not answered within an hour" in info(silent)["errorInformation"]["message"]
    assert traffic(NAME) == ("1", {})


def test_an_alarm_on_the_new_versions_errors_takes_it_back_within_a_minute() -> None:
    watched = alarm("errors-of-live")
    group("watched", alarmConfiguration=watched, autoRollbackConfiguration=ROLLBACK)
    deployment = deploy("watched", app_spec(NAME))
    aliases.draws.seed(52)  # the first draw is for the new version
    assert "FunctionError" in clients.client("lambda").invoke(FunctionName=f"{NAME}:live")
    aliases.draws.seed()
    clock.advance(120)
    told = info(deployment)
    assert (told["status"], told["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert told["errorInformation"]["message"].endswith("Activated alarms: errors-of-live")
    assert traffic(NAME) == ("1", {})
    history = clients.client("cloudwatch").describe_alarm_history(AlarmName="errors-of-live")["AlarmHistoryItems"]
    (raised,) = [each["Timestamp"] for each in history if each["HistorySummary"].endswith("to ALARM")]
    assert 0 <= (told["completeTime"] - raised).total_seconds() < 60
    clock.advance(600)
    assert traffic(NAME) == ("1", {})
    back = info(told["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["status"], back["creator"]) == ("Succeeded", "codeDeployRollback")


def test_an_alarm_that_is_active_already_lets_nothing_begin() -> None:
    watched = alarm("active-before")
    set_alarm("active-before", "ALARM")
    group("held", alarmConfiguration=watched)
    told = info(deploy("held", app_spec(NAME)))
    assert (told["status"], told["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert traffic(NAME) == ("1", {})
    passed = info(
        deploy("held", app_spec(NAME), deploymentConfigName=AT_ONCE, overrideAlarmConfiguration={"enabled": False})
    )
    assert passed["status"] == "Succeeded"


@pytest.mark.parametrize(("asked", "left"), [(True, ("1", {})), (False, ("1", {"2": 0.1}))])
def test_a_deployment_is_stopped_with_or_without_the_way_back(asked: bool, left: tuple[str, dict[str, float]]) -> None:
    name = f"stopped-{asked}".lower()
    group(name)
    deployment = deploy(name, app_spec(NAME))
    codedeploy = clients.client("codedeploy")
    with pytest.raises(ClientError, match=r"DeploymentLimitExceededException.*already has an active Deployment"):
        deploy(name, app_spec(NAME))
    codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=asked)
    assert (info(deployment)["status"], info(deployment)["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    clock.advance(400)
    assert traffic(NAME) == left
    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        codedeploy.stop_deployment(deploymentId=deployment)


def test_a_revision_is_read_from_s3_with_the_groups_role() -> None:
    content = app_spec(NAME)["appSpecContent"]["content"]
    for key in ("revisions", "elsewhere"):
        if key == "elsewhere":
            clients.client("s3").create_bucket(Bucket=key)
        clients.client("s3").put_object(Bucket=key, Key="app.json", Body=content)
    group("stored", AT_ONCE)
    location = {"bucket": "elsewhere", "key": "app.json", "bundleType": "JSON"}
    told = info(deploy("stored", {"revisionType": "S3", "s3Location": location}))
    assert told["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"
    told = info(deploy("stored", {"revisionType": "S3", "s3Location": {**location, "bucket": "revisions"}}))
    assert told["status"] == "Succeeded"
    assert traffic(NAME) == ("2", {})


def broken(**changed: str) -> dict[str, Any]:
    content = app_spec(NAME, **changed)["appSpecContent"]["content"]
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}


@pytest.mark.parametrize(
    ("revision", "code", "message"),
    [
        (broken(current="2", target="1"), "INVALID_LAMBDA_CONFIGURATION", "does not match the current version"),
        (broken(target="1"), "INVALID_LAMBDA_CONFIGURATION", "must not be the same"),
        (broken(target="77"), "INVALID_LAMBDA_CONFIGURATION", "not found"),
        (broken(BeforeInstall="f"), "INVALID_LAMBDA_CONFIGURATION", "Hooks are"),
        (broken(BeforeAllowTraffic="absent"), "HOOK_EXECUTION_FAILURE", "absent"),
        (app_spec("absent"), "INVALID_LAMBDA_FUNCTION", "absent"),
        ({"revisionType": "AppSpecContent", "appSpecContent": {"content": "[1"}}, "INVALID_LAMBDA_CONFIGURATION", ""),
        (
            {"revisionType": "String", "string": {"content": "{}", "sha256": hashlib.sha256(b"").hexdigest()}},
            "INVALID_REVISION",
            "SHA-256",
        ),
    ],
)
def test_a_deployment_that_cannot_run_fails_and_changes_nothing(
    revision: dict[str, Any], code: str, message: str
) -> None:
    codedeploy = clients.client("codedeploy")
    if "failing" not in codedeploy.list_applications()["applications"]:
        group("failing", AT_ONCE, autoRollbackConfiguration=ROLLBACK)
    told = info(deploy("failing", revision))
    assert (told["status"], told["errorInformation"]["code"]) == ("Failed", code)
    assert message in told["errorInformation"]["message"]
    assert traffic(NAME) == ("1", {})


def test_a_role_without_the_permission_fails_the_deployment() -> None:
    arn = releases.releasing_role("reads-alone", allow("lambda:GetAlias", "*"))
    group("unpermitted", AT_ONCE, serviceRoleArn=arn)
    told = info(deploy("unpermitted", app_spec(NAME)))
    assert (told["status"], told["errorInformation"]["code"]) == ("Failed", "IAM_ROLE_PERMISSIONS")
    assert "AWSLambda" in told["errorInformation"]["message"]
    watched = {"alarms": [{"name": "unseen"}], "enabled": True}
    told = info(deploy("unpermitted", app_spec(NAME), overrideAlarmConfiguration=watched))
    assert "AmazonCloudWatch" in told["errorInformation"]["message"]
    assert traffic(NAME) == ("1", {})


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"revision": {}}, "RevisionRequiredException"),
        ({"revision": {"revisionType": "GitHub", "gitHubLocation": {}}}, "InvalidRevisionException"),
        ({"fileExistsBehavior": "OVERWRITE"}, "InvalidFileExistsBehaviorException"),
        ({"deploymentConfigName": "CodeDeployDefault.OneAtATime"}, "InvalidDeploymentConfigNameException"),
        ({"deploymentConfigName": "absent"}, "DeploymentConfigDoesNotExistException"),
        ({"deploymentGroupName": "absent"}, "DeploymentGroupDoesNotExistException"),
        ({"applicationName": "absent"}, "ApplicationDoesNotExistException"),
        ({"autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfigException"),
        ({"overrideAlarmConfiguration": {"enabled": True}}, "InvalidAlarmConfigException"),
    ],
)
def test_requests_that_codedeploy_refuses_are_refused(asked: dict[str, Any], refusal: str) -> None:
    codedeploy = clients.client("codedeploy")
    if "asked" not in codedeploy.list_applications()["applications"]:
        group("asked")
    named = {"applicationName": "asked", "deploymentGroupName": "asked", "revision": app_spec(NAME)}
    with pytest.raises(ClientError, match=refusal):
        codedeploy.create_deployment(**{**named, **asked})
    assert traffic(NAME) == ("1", {})


def test_a_hooks_answer_must_be_awaited() -> None:
    group("answered")
    deployment = deploy("answered", app_spec(NAME))
    answer = clients.client("codedeploy").put_lifecycle_event_hook_execution_status
    asked = {"deploymentId": deployment, "lifecycleEventHookExecutionId": "nobody"}
    with pytest.raises(ClientError, match="InvalidLifecycleEventHookExecutionIdException"):
        answer(**asked, status="Succeeded")
    with pytest.raises(ClientError, match="InvalidLifecycleEventHookExecutionStatusException"):
        answer(**asked, status="Skipped")
    clients.client("codedeploy").stop_deployment(deploymentId=deployment)


def test_other_platforms_and_what_a_group_for_lambda_has_not_are_refused() -> None:
    codedeploy, place = clients.client("codedeploy"), {"serviceRoleArn": f"arn:aws:iam::{ACCOUNT}:role/releases"}
    codedeploy.create_application(applicationName="containers", computePlatform="ECS")
    named = {"applicationName": "containers", "deploymentGroupName": "containers"}
    codedeploy.create_deployment_group(**named, **place)
    with pytest.raises(ClientError, match=r"NotImplemented.*codedeploy:CreateDeployment for the compute platform ECS"):
        codedeploy.create_deployment(**named, revision=app_spec(NAME))
    with pytest.raises(ClientError, match="InvalidDeploymentStyleException"):
        group("in-place", deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"})
    with pytest.raises(ClientError, match="InvalidRoleException"):
        group("roleless", serviceRoleArn=f"arn:aws:iam::{ACCOUNT}:role/absent")
    with pytest.raises(ClientError, match="InvalidTrafficRoutingConfigurationException"):
        codedeploy.create_deployment_config(deploymentConfigName="none", computePlatform="Lambda")
    assert CANARY in codedeploy.list_deployment_configs()["deploymentConfigsList"]


def test_no_call_is_lost_while_the_traffic_is_shifted() -> None:
    tells = "def handle(event, context):\n    return context.function_version\n"
    releases.versions("steady", tells, f"{tells}\n")
    routing = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 25, "linearInterval": 10}}
    clients.client("codedeploy").create_deployment_config(
        deploymentConfigName="quarters", computePlatform="Lambda", trafficRoutingConfig=routing
    )
    group("steady", "quarters")

    def call(_: int) -> str:
        answer = clients.client("lambda").invoke(FunctionName="steady:live")
        assert "FunctionError" not in answer
        version: str = json.loads(answer["Payload"].read())
        assert version == answer["ExecutedVersion"]
        return version

    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(call, number) for number in range(40)]
        deployment = deploy("steady", app_spec("steady"))
        for _ in range(3):
            calls += [threads.submit(call, number) for number in range(15)]
            clock.advance(600)
        assert {each.result() for each in calls} <= {"1", "2"}
    assert (info(deployment)["status"], call(0)) == ("Succeeded", "2")

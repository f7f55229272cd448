"""What an alarm does when its state changes: messages to topics, invocations of functions, an event."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError
from moto.kms.models import kms_backends
from moto.sns.models import sns_backends

from emulator import clients, settings
from emulator.identity import policy
from emulator.identity.policy import Caller, Effect, Query
from emulator.services.cloudwatch.alarm import METRIC_ALARM, REGION_NAMES, Alarm, State, timestamp
from emulator.services.events import bus, permissions

_SUBJECT = 100
_DEFAULT_KEY = "alias/aws/sns"


class ActionError(Exception):
    """An action was not carried out; the message is what the alarm's history tells."""


def announce(alarm: Alarm, old: State) -> None:
    """Tell EventBridge of a change of state."""
    told = {"alarmName": alarm.name, **_detail(alarm, old)}
    bus.emit("aws.cloudwatch", "CloudWatch Alarm State Change", told, [alarm.alarm_arn])


def execute(alarm: Alarm, old: State, arn: str) -> None:
    """Carry out one action and note it in the alarm's history."""
    data = {"stateUpdateTimestamp": int(alarm.state.since.timestamp() * 1000), "notificationResource": arn}
    try:
        done = _deliver(alarm, old, arn)
    except (ActionError, ClientError) as error:
        noted = {"actionState": "Failed", **data, "error": str(error)}
        alarm.note("Action", f"Failed to execute action {arn}. Received error: {error}", noted)
        return
    alarm.note("Action", f"Successfully executed action {arn}", {"actionState": "Succeeded", **data, **done})


def _deliver(alarm: Alarm, old: State, arn: str) -> dict[str, Any]:
    service = arn.split(":")[2]
    if service == "sns":
        return _publish(alarm, old, arn)
    if service == "lambda":
        return _invoke(alarm, old, arn)
    raise ActionError(f"this emulator carries out actions of SNS and Lambda only, not of {service}")


def _publish(alarm: Alarm, old: State, arn: str) -> dict[str, Any]:
    _check_permission("cloudwatch.amazonaws.com", "sns:Publish", alarm, arn)
    backend = sns_backends[settings.current().account][alarm.region]
    _check_key(alarm, getattr(backend.topics[arn], "kms_master_key_id", ""))
    subject = f'{alarm.state.value}: "{alarm.name}" in {REGION_NAMES.get(alarm.region, alarm.region)}'
    message = json.dumps(_message(alarm, old))
    backend.publish(message, arn=arn, subject=subject[:_SUBJECT])
    return {"publishedMessage": {"default": message}}


def _check_permission(service: str, action: str, alarm: Alarm, arn: str) -> None:
    try:
        allowed = permissions.allows(service, action, arn, alarm.alarm_arn)
    except ClientError as error:
        if not action.startswith("lambda:"):
            raise ActionError(f'"{error.response["Error"]["Message"]}"') from None
        allowed = False  # a function without a policy is as closed as one that is not there
    if not allowed:
        raise ActionError(f'"CloudWatch Alarms is not authorized to perform: {action} on resource: {arn}"')


def _check_key(alarm: Alarm, key_id: str) -> None:
    """A topic's key must let CloudWatch in; the one that AWS manages for SNS never does."""
    if not key_id:
        return
    keys = list(kms_backends[settings.current().account][alarm.region].keys.values())
    key = next((each for each in keys if key_id in (each.id, each.arn) or key_id in each.aliases), None)
    caller = Caller("Service", ("cloudwatch.amazonaws.com",))
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    if key is None or key_id == _DEFAULT_KEY or not all(_allows(key, action, alarm, caller) for action in actions):
        raise ActionError('"CloudWatch Alarms does not have authorization to access the SNS topic encryption key."')


def _allows(key: Any, action: str, alarm: Alarm, caller: Caller) -> bool:
    context = {"aws:sourcearn": (alarm.alarm_arn,), "aws:sourceaccount": (settings.current().account,)}
    return policy.effect([policy.parse(key.policy)], Query(action, key.arn, context, caller)) is Effect.ALLOW


def _invoke(alarm: Alarm, old: State, arn: str) -> dict[str, Any]:
    _check_permission("lambda.alarms.cloudwatch.amazonaws.com", "lambda:InvokeFunction", alarm, arn)
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": settings.current().account,
        "time": timestamp(alarm.state.since),
        "region": alarm.region,
        "alarmData": {"alarmName": alarm.name, **_detail(alarm, old)},
    }
    clients.client("lambda", alarm.region).invoke(
        FunctionName=arn, InvocationType="Event", Payload=json.dumps(event).encode()
    )
    return {}


def _detail(alarm: Alarm, old: State) -> dict[str, Any]:
    """States and configuration as events for Lambda and EventBridge tell them."""
    asked = alarm.configuration
    configuration: dict[str, Any] = {"description": asked["AlarmDescription"]} if asked.get("AlarmDescription") else {}
    if alarm.type == METRIC_ALARM:
        configuration["metrics"] = [_query(query) for query in alarm.queries]
    else:
        configuration["alarmRule"] = asked["AlarmRule"]
    return {
        "state": _state(alarm.state),
        "previousState": _state(old),
        "configuration": configuration,
    }


def _state(state: State) -> dict[str, str]:
    told = {"value": state.value, "reason": state.reason, "timestamp": timestamp(state.since)}
    return {**told, "reasonData": state.data} if state.data else told


def _query(query: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if "Expression" in query:
        return {**told, "expression": query["Expression"], "label": query.get("Label", query["Id"])}
    stat = query["MetricStat"]
    dimensions = {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions", [])}
    metric = {"namespace": stat["Metric"]["Namespace"], "name": stat["Metric"]["MetricName"], "dimensions": dimensions}
    return {**told, "metricStat": {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}}


def _message(alarm: Alarm, old: State) -> dict[str, Any]:
    """What subscribers of a topic read."""
    asked = alarm.configuration
    told = {
        "AlarmName": alarm.name,
        "AlarmDescription": asked.get("AlarmDescription"),
        "AWSAccountId": settings.current().account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm.updated),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": timestamp(alarm.state.since),
        "Region": REGION_NAMES.get(alarm.region, alarm.region),
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old.value,
        "OKActions": alarm.actions("OK"),
        "AlarmActions": alarm.actions("ALARM"),
        "InsufficientDataActions": alarm.actions("INSUFFICIENT_DATA"),
    }
    if alarm.type == METRIC_ALARM:
        return {**told, "Trigger": _trigger(alarm)}
    return {
        **told,
        "AlarmRule": asked["AlarmRule"],
        "TriggeringChildren": json.loads(alarm.state.data or "{}").get("triggeringAlarms", []),
    }


def _trigger(alarm: Alarm) -> dict[str, Any]:
    asked = alarm.configuration
    shared = {
        "Period": alarm.period,
        "EvaluationPeriods": asked["EvaluationPeriods"],
        "DatapointsToAlarm": asked.get("DatapointsToAlarm") or asked["EvaluationPeriods"],
        "ComparisonOperator": asked["ComparisonOperator"],
        "Threshold": float(asked["Threshold"]),
        "TreatMissingData": asked.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": asked.get("EvaluateLowSampleCountPercentile") or "",
    }
    if asked.get("Metrics"):
        return {**shared, "Metrics": alarm.queries}
    simple = asked.get("Statistic")
    return {
        "MetricName": asked["MetricName"],
        "Namespace": asked["Namespace"],
        "StatisticType": "Statistic" if simple else "ExtendedStatistic",
        **({"Statistic": simple.upper()} if simple else {"ExtendedStatistic": asked["ExtendedStatistic"]}),
        "Unit": asked.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in asked.get("Dimensions") or []],
        **shared,
    }

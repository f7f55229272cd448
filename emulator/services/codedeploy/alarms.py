"""The alarms that a deployment watches: read with its group's role, when it starts and when one of them changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from emulator.compute import log_stream
from emulator.identity.credentials import Credentials
from emulator.services.cloudwatch import alarm_states
from emulator.services.cloudwatch.alarm import ALARM, Alarm
from emulator.services.codedeploy.alias_traffic import allowed
from emulator.services.codedeploy.deployment import Deployment
from emulator.services.codedeploy.errors import DeploymentFailedError

_ACTIVE = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected "
    "deployments have been stopped. Activated alarms: "
)


def check(deployment: Deployment, role: Credentials) -> None:
    """See that none of a deployment's alarms is in ALARM.

    Raises:
        DeploymentFailedError: names those that are, or says that the role may not ask.
    """
    names = [each["name"] for each in deployment.alarms.get("alarms") or ()]
    if not (deployment.alarms.get("enabled") and names):
        return
    try:
        with allowed(deployment.group.service_role_arn, "AmazonCloudWatch"):
            found: dict[str, Any] = log_stream.client("cloudwatch", role).describe_alarms(
                AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"], StateValue=ALARM
            )
    except (ClientError, DeploymentFailedError):
        if deployment.alarms.get("ignorePollAlarmFailure"):
            return
        raise
    if active := sorted(each["AlarmName"] for each in (*found["MetricAlarms"], *found["CompositeAlarms"])):
        raise DeploymentFailedError("ALARM_ACTIVE", f"{_ACTIVE}{', '.join(active)}")


def observe(changed: Callable[[Alarm], None]) -> None:
    """Be told of every alarm that changes its state; twice asked for, told once."""
    if changed not in alarm_states.observers:
        alarm_states.observers.append(changed)

"""A deployment: what was asked for, how far it came, and what went wrong."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator import clock, settings
from emulator.clock import Appointment
from emulator.services.codedeploy.app_spec import AFTER, ALLOW, BEFORE, AppSpec

CREATED, IN_PROGRESS, SUCCEEDED, FAILED, STOPPED = "Created", "InProgress", "Succeeded", "Failed", "Stopped"
PENDING, SKIPPED = "Pending", "Skipped"
_OVERVIEW = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
_ALPHABET = string.ascii_uppercase + string.digits


@dataclass
class LifecycleEvent:
    """One event of a deployment's life. `execution_id` names the call of its hook, if it has one."""

    name: str
    status: str = PENDING
    started: datetime | None = None
    ended: datetime | None = None
    execution_id: str = ""
    message: str = ""

    def begin(self) -> None:
        """It is under way."""
        self.status, self.started = IN_PROGRESS, clock.now()

    def end(self, status: str, message: str = "") -> None:
        """It is over; `message` says what went wrong."""
        self.status, self.ended, self.message = status, clock.now(), message

    def describe(self) -> dict[str, Any]:
        """The event as a deployment target tells it."""
        code = "UnknownError" if self.message else "Success"
        told = {
            "lifecycleEventName": self.name,
            "status": self.status,
            "startTime": self.started,
            "endTime": self.ended,
            "diagnostics": {"errorCode": code, "message": self.message} if self.status in (FAILED, SUCCEEDED) else None,
        }
        return {key: value for key, value in told.items() if value is not None}


def _new_id() -> str:
    return "d-" + "".join(secrets.choice(_ALPHABET) for _ in range(9))


@dataclass(eq=False)
class Deployment:
    """One deployment of a group (moto's) to an alias.

    `steps` are seconds since the first shift and percent of the traffic; `alarms` and `rollback` are the
    configurations that hold for this deployment, `told` what else GetDeployment gives back as it was asked for.
    `percent` is what the target version gets now. `ended` is set once it is over and rolled back.
    """

    group: Any
    revision: Mapping[str, Any]
    config_name: str
    steps: list[tuple[float, float]]
    creator: str = "user"
    description: str = ""
    external_id: str = ""
    alarms: Mapping[str, Any] = field(default_factory=dict)
    rollback: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    deployment_id: str = field(default_factory=_new_id)
    status: str = CREATED
    created: datetime = field(default_factory=clock.now)
    started: datetime | None = None
    completed: datetime | None = None
    spec: AppSpec | None = None
    percent: float = 0.0
    events: dict[str, LifecycleEvent] = field(
        default_factory=lambda: {name: LifecycleEvent(name) for name in (BEFORE, ALLOW, AFTER)}
    )
    error: dict[str, str] = field(default_factory=dict)
    rollback_info: dict[str, str] = field(default_factory=dict)
    appointments: list[Appointment] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def create_time(self) -> datetime:
        """When it was made, in UTC without a zone, as moto compares it with the times that ListDeployments is given."""
        return self.created.replace(tzinfo=None)

    @property
    def application_name(self) -> str:
        """Name of the application; moto and the identity gate ask for it by this name."""
        return str(self.group.application.application_name)

    @property
    def deployment_group_name(self) -> str:
        """Name of the deployment group."""
        return str(self.group.deployment_group_name)

    @property
    def group_arn(self) -> str:
        """ARN of the deployment group."""
        here = settings.current()
        place = f"arn:aws:codedeploy:{here.region}:{here.account}"
        return f"{place}:deploymentgroup:{self.application_name}/{self.deployment_group_name}"

    @property
    def active(self) -> bool:
        """Whether it is not over."""
        return self.status in (CREATED, IN_PROGRESS)

    @property
    def target_id(self) -> str:
        """The function and the alias, as deployment targets are named; empty while nobody knows them."""
        return f"{self.spec.function}:{self.spec.alias}" if self.spec else ""

    def watches(self, alarm: str) -> bool:
        """Whether an alarm of this name stops it."""
        named = [each.get("name") for each in self.alarms.get("alarms") or ()]
        return bool(self.alarms.get("enabled")) and alarm in named

    def rolls_back_on(self, event: str) -> bool:
        """Whether it is rolled back on an event such as DEPLOYMENT_FAILURE."""
        return bool(self.rollback.get("enabled")) and event in (self.rollback.get("events") or ())

    def target_status(self) -> str:
        """The state of its only target."""
        return {CREATED: PENDING, STOPPED: FAILED}.get(self.status, self.status)

    def describe(self) -> dict[str, Any]:
        """The deployment as GetDeployment tells it."""
        told = {
            **self.told,
            "applicationName": self.application_name,
            "deploymentGroupName": self.deployment_group_name,
            "deploymentConfigName": self.config_name,
            "deploymentId": self.deployment_id,
            "revision": self.revision,
            "status": self.status,
            "errorInformation": self.error or None,
            "createTime": self.created,
            "startTime": self.started,
            "completeTime": self.completed,
            "deploymentOverview": {name: int(name == self.target_status()) for name in _OVERVIEW},
            "description": self.description or None,
            "creator": self.creator,
            "ignoreApplicationStopFailures": False,
            "autoRollbackConfiguration": self.rollback or None,
            "updateOutdatedInstancesOnly": False,
            "rollbackInfo": self.rollback_info or None,
            "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
            "instanceTerminationWaitTimeStarted": False,
            "computePlatform": "Lambda",
            "externalId": self.external_id or None,
        }
        return {key: value for key, value in told.items() if value is not None}

    def target(self) -> dict[str, Any]:
        """The alias as GetDeploymentTarget tells it."""
        spec, here = self.spec, settings.current()
        assert spec is not None  # noqa: S101 (asked only of a deployment that has a target)
        told = {
            "deploymentId": self.deployment_id,
            "targetId": self.target_id,
            "targetArn": f"arn:aws:lambda:{here.region}:{here.account}:function:{self.target_id}",
            "status": self.target_status(),
            "lastUpdatedAt": self.completed or clock.now(),
            "lifecycleEvents": [event.describe() for event in self.events.values()],
            "lambdaFunctionInfo": {
                "functionName": spec.function,
                "functionAlias": spec.alias,
                "currentVersion": spec.current,
                "targetVersion": spec.target,
                "targetVersionWeight": self.percent,
            },
        }
        return {"deploymentTargetType": "LambdaTarget", "lambdaTarget": told}

"""EventBridge Scheduler: schedules that invoke their targets on the emulator's clock, with their roles.

A flexible time window is met at its start.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.scheduler import models
from moto.scheduler.exceptions import ScheduleExists, ScheduleNotFound, ValidationException

from emulator import clock
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.replacements import Replacement
from emulator.services.events import bus, delivery, targets
from emulator.services.events.targets import Delivery
from emulator.services.scheduler import expressions, universal
from emulator.services.scheduler.expressions import At, Rate, ScheduleError

_SERVICE = "scheduler.amazonaws.com"
_PARAMETERS = {":event-bus/": "EventBridgeParameters", ":cluster/": "EcsParameters", ":kinesis:": "KinesisParameters"}
_TEMPLATED = (":lambda:", ":states:", ":sqs:", ":sns:", ":event-bus/", ":firehose:", ":kinesis:", ":cluster/")

_moto_create = models.EventBridgeSchedulerBackend.create_schedule
_moto_update = models.EventBridgeSchedulerBackend.update_schedule


def _create(self: Any, **parameters: Any) -> Any:
    group = self.get_schedule_group(parameters["group_name"])
    _check(parameters, group)
    if parameters["name"] in group.schedules:
        raise ScheduleExists(parameters["name"])
    schedule = _moto_create(self, **parameters)
    _start(group, schedule)
    return schedule


def _update(self: Any, **parameters: Any) -> Any:
    action = parameters.pop("action_after_completion", None)
    group = self.get_schedule_group(parameters["group_name"])
    if parameters["name"] not in group.schedules:
        raise ScheduleNotFound(parameters["name"])
    _check(parameters, group)
    schedule = _moto_update(self, **{**parameters, "state": parameters["state"] or "ENABLED"})
    schedule.action_after_completion = action
    _start(group, schedule)
    return schedule


def _respond_to_update(self: Any) -> str:
    names = ("Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression")
    more = ("ScheduleExpressionTimezone", "StartDate", "State", "Target", "ActionAfterCompletion")
    asked = {camelcase_to_underscores(name): self._get_param(name) for name in names + more}
    name = self.uri.split("?")[0].split("/")[-1]
    return json.dumps({"ScheduleArn": self.scheduler_backend.update_schedule(name=name, **asked).arn})


def _delete_group(self: Any, name: str | None) -> None:
    group = self.get_schedule_group(name)
    if group.name == "default":
        raise ValidationException("The default schedule group cannot be deleted.")
    del self.schedule_groups[group.name]


def _check(parameters: Mapping[str, Any], group: Any) -> None:
    _parse(parameters["schedule_expression"], parameters["schedule_expression_timezone"])
    window = parameters["flexible_time_window"]
    if (window["Mode"] == "FLEXIBLE") is not ("MaximumWindowInMinutes" in window):
        raise ValidationException("MaximumWindowInMinutes is needed with a flexible time window, and only then.")
    target = parameters["target"]
    arn = target["Arn"]
    if not _is_supported(arn):
        raise ValidationException(f"{arn} is no target that this emulator invokes on a schedule.")
    needed = next((name for pattern, name in _PARAMETERS.items() if pattern in arn), None)
    if needed and not target.get(needed):
        raise ValidationException(f"{needed} must be set for the target {arn}.")
    if arn.startswith(universal.PREFIX):
        _check_json(target.get("Input") or "{}")
    try:
        credentials.for_role(target["RoleArn"], "scheduler-check", _SERVICE, source_arn=group.arn)
    except RoleError:
        raise ValidationException(
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        ) from None


def _is_supported(arn: str) -> bool:
    if arn.startswith(universal.PREFIX):
        return universal.operation(arn) is not None
    return any(pattern in arn for pattern in _TEMPLATED) and targets.kind_of(arn) is not None


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        raise ValidationException("The Input of a universal target must be valid JSON.") from None


def _parse(expression: str, zone: str | None) -> expressions.Schedule:
    try:
        return expressions.parse(expression, zone or "UTC")
    except ScheduleError as error:
        raise ValidationException(f"Invalid Schedule Expression {expression}. {error}") from None


def _start(group: Any, schedule: Any) -> None:
    """Wait for the schedule's times, from now on and instead of those waited for before."""
    expression = _parse(schedule.schedule_expression, schedule.schedule_expression_timezone)
    now = clock.now()
    begin = max(_time(schedule.start_date) or now, now)
    schedule.arming = uuid.uuid4()
    # A rate begins with its first invocation; cron and at have times of their own.
    first = begin if isinstance(expression, Rate) else expression.next(begin, begin)
    _arm(group, schedule, expression, begin, first)


def _arm(group: Any, schedule: Any, expression: expressions.Schedule, begin: datetime, due: datetime | None) -> None:
    end, arming = _time(schedule.end_date), schedule.arming
    if due is None or (end and due > end):
        _complete(group, schedule, expression)
        return

    def fire() -> None:
        if group.schedules.get(schedule.name) is not schedule or schedule.arming != arming:
            return
        if schedule.state == "ENABLED":
            delivery.attempt(_delivery(schedule, due))
        _arm(group, schedule, expression, begin, expression.next(due, begin))

    clock.at(due, fire, schedule.arn)


def _complete(group: Any, schedule: Any, expression: expressions.Schedule) -> None:
    over = not isinstance(expression, At) or expression.when <= clock.now()
    if schedule.action_after_completion == "DELETE" and over and group.schedules.get(schedule.name) is schedule:
        del group.schedules[schedule.name]


def _delivery(schedule: Any, due: datetime) -> Delivery:
    event = bus.make("aws.scheduler", "Scheduled Event", {}, [schedule.arn], due)
    text = schedule.target.get("Input") or json.dumps({**event, "detail": "{}"})
    context = {
        "<aws.scheduler.schedule-arn>": schedule.arn,
        "<aws.scheduler.scheduled-time>": event["time"],
        "<aws.scheduler.execution-id>": event["id"],
        "<aws.scheduler.attempt-number>": "1",
    }
    for name, value in context.items():
        text = text.replace(name, value)
    return Delivery(schedule.target, text, event, schedule.arn, _SERVICE)


def _time(value: Any) -> datetime | None:
    return datetime.fromtimestamp(float(value), UTC) if value else None


_BACKEND = "moto.scheduler.models:EventBridgeSchedulerBackend"
REPLACEMENTS = [
    Replacement(f"{_BACKEND}.create_schedule", _create, "moto's schedules never fire", "513099380dbd"),
    Replacement(f"{_BACKEND}.update_schedule", _update, "moto's schedules never fire", "15f9bd86f239"),
    Replacement(f"{_BACKEND}.delete_schedule_group", _delete_group, "moto fails on an absent group", "2372efcd19b8"),
    Replacement(
        "moto.scheduler.responses:EventBridgeSchedulerResponse.update_schedule",
        _respond_to_update,
        "moto forgets what to do after completion",
        "780176192c31",
    ),
]

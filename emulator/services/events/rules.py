"""EventBridge's rules: what is accepted of rules and targets, and schedules that fire on the emulator's clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events import models
from moto.events.exceptions import ValidationException

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.events import bus as events_bus
from emulator.services.events import delivery as events_delivery
from emulator.services.events import targets as events_targets
from emulator.services.events.input import is_path
from emulator.services.scheduler import expressions
from emulator.services.scheduler.expressions import At, Schedule, ScheduleError

_INPUTS = ("Input", "InputPath", "InputTransformer")
_TARGETS = 5

_moto_put_rule = models.EventsBackend.put_rule
_moto_put_targets = models.EventsBackend.put_targets


def _put_rule(self: Any, name: str, **parameters: Any) -> Any:
    expression = parameters.get("scheduled_expression")
    schedule = _schedule(expression) if expression else None
    rule = _moto_put_rule(self, name, **parameters)
    if schedule:
        start = clock.now()
        _arm(self, rule, schedule, start, start)
    return rule


def _schedule(expression: str) -> Schedule:
    try:
        schedule = expressions.parse(expression)
    except ScheduleError:
        schedule = None
    if schedule is None or isinstance(schedule, At):
        raise ValidationException("Parameter ScheduleExpression is not valid.")
    return schedule


def _arm(backend: Any, rule: Any, schedule: Schedule, start: datetime, after: datetime) -> None:
    """Wait for the schedule's next time, as long as the rule is there and was not replaced."""
    due = schedule.next(after, start)
    if due is None:
        return

    def fire() -> None:
        bus = backend.event_buses.get(rule.event_bus_name)
        if bus is None or bus.rules.get(rule.name) is not rule:
            return
        _arm(backend, rule, schedule, start, due)
        if rule.state != "DISABLED":
            event = events_bus.make("aws.events", "Scheduled Event", {}, [rule.arn], due)
            for delivery in events_bus.deliveries(rule, event):
                events_delivery.attempt(delivery)

    clock.at(due, fire, rule.arn)


def _put_targets(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
    # The target of an archive's own rule is moto's; its events are kept where they are routed.
    if not name.startswith("Events-Archive-"):
        for target in targets:
            _check(target)
        _check_number(self, name, event_bus_arn, targets)
    _moto_put_targets(self, name, event_bus_arn, targets)


def _check_number(backend: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
    rule = backend.describe_rule(name, event_bus_arn)
    after = {target["Id"] for target in [*rule.targets, *targets]}
    if len(after) > _TARGETS:
        raise JsonRESTError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def _check(target: Mapping[str, Any]) -> None:
    arn, identifier = target["Arn"], target["Id"]
    if not arn.startswith("arn:"):
        raise _invalid(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    kind = events_targets.kind_of(arn)
    if kind is None or arn.startswith("arn:aws:scheduler:"):
        raise _invalid(f"Target {identifier}: this emulator does not deliver to {arn}")
    if kind.needs_role and not target.get("RoleArn"):
        raise _invalid(f"RoleArn is required for target {arn}.")
    if sum(target.get(name) is not None for name in _INPUTS) > 1:
        raise _invalid(f"Only one of Input, InputPath, or InputTransformer must be provided for target {identifier}.")
    if ":job-queue/" in arn and not target.get("BatchParameters"):
        raise _invalid(f"BatchParameters must be specified for target: {identifier}.")
    if ":cluster/" in arn and not target.get("EcsParameters"):
        raise _invalid(f"EcsParameters must be specified for target: {identifier}.")
    _check_input(target, identifier)


def _check_input(target: Mapping[str, Any], identifier: str) -> None:
    paths = [target["InputPath"]] if target.get("InputPath") else []
    transformer = target.get("InputTransformer") or {}
    paths += (transformer.get("InputPathsMap") or {}).values()
    for path in paths:
        if not is_path(path):
            raise _invalid(f"Invalid InputPath for target {identifier} : [Illegal jsonpath: {path}].")
    if any(name.lower().startswith("aws") for name in transformer.get("InputPathsMap") or {}):
        raise _invalid(f"Invalid InputTemplate for target {identifier} : keys must not begin with AWS.")
    if target.get("Input") is not None:
        try:
            json.loads(target["Input"])
        except ValueError:
            raise _invalid(f"Parameter Input is not valid JSON for target {identifier}.") from None


def _update_event_bus(self: Any) -> tuple[str, dict[str, Any]]:
    bus = self.events_backend.describe_event_bus(self._get_param("Name"))
    bus.description = self._get_param("Description")
    bus.kms_key_identifier = self._get_param("KmsKeyIdentifier")
    bus.dead_letter_config = self._get_param("DeadLetterConfig")
    response: tuple[str, dict[str, Any]] = self._create_response({"Arn": bus.arn, "Name": bus.name})
    return response


def _invalid(message: str) -> ValidationException:
    return ValidationException(message)


_BACKEND = "moto.events.models:EventsBackend"
REPLACEMENTS = [
    Replacement(f"{_BACKEND}.put_rule", _put_rule, "moto's schedules never fire", "28bf0ac76b1b"),
    Replacement(
        f"{_BACKEND}.put_targets", _put_targets, "moto takes targets that it cannot deliver to", "5c3742b61a68"
    ),
    Replacement("moto.events.responses:EventsHandler.update_event_bus", _update_event_bus, "missing in moto"),
]

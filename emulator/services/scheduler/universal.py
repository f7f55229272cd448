"""Scheduler's universal targets: any call of AWS's SDK, ``arn:aws:scheduler:::aws-sdk:service:apiAction``."""

from __future__ import annotations

import functools
import json
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel

from emulator import operations
from emulator.services.events.targets import Delivery

PREFIX = "arn:aws:scheduler:::aws-sdk:"
# Scheduler has its own names for some services.
_SERVICES = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}
# Calls that only read, which Scheduler does not take.
_READING = (
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover",
    "validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration",
    "retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel",
)  # fmt: skip


def operation(arn: str) -> OperationModel | None:
    """The operation behind a universal target; None for what Scheduler, or this emulator, does not call."""
    service, _, action = arn.removeprefix(PREFIX).partition(":")
    name = _services().get(_SERVICES.get(service, service))
    if not name or not action or action.startswith(_READING):
        return None
    model = botocore.session.get_session().get_service_model(name)
    spelled = next((each for each in model.operation_names if each.lower() == action.lower()), None)
    if spelled is None or operations.answer(name, spelled) is operations.Answer.REFUSED:
        return None
    return model.operation_model(spelled)


def call(delivery: Delivery) -> None:
    """Make the call with the schedule's role; the payload holds its parameters."""
    from emulator.services.stepfunctions import calls  # noqa: PLC0415 (the interpreter is loaded when it is used)

    found = operation(delivery.arn)
    assert found is not None  # noqa: S101 (checked when the schedule was made)
    client: Any = delivery.client(found.service_model.service_name, "")
    parameters = calls.to_request(json.loads(delivery.payload or "{}"), found.input_shape)
    getattr(client, xform_name(found.name))(**parameters)


@functools.cache
def _services() -> dict[str, str]:
    """Scheduler's names of services, which are those of the SDK without dashes, to botocore's."""
    return {name.replace("-", ""): name for name in botocore.session.get_session().get_available_services()}

"""Subscription filters: log events that match are sent to a Lambda function, compressed, as they come in."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError
from moto.logs import models
from moto.logs.exceptions import InvalidParameterException, LimitExceededException, ResourceNotFoundException

from emulator import clients
from emulator.replacements import Replacement
from emulator.services.events import permissions
from emulator.services.logs import patterns

_FILTERS = 2
_NOT_HERE = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFields")
_moto_to_json = models.SubscriptionFilter.to_json


def event_id(event: Any) -> str:
    """The id of an event, as long as AWS's."""
    return f"{event.event_id:056d}"


def deliver(stream: Any, events: Sequence[Any]) -> None:
    """Send the events of a stream to the functions that subscribe to its group."""
    group = stream.log_group
    for kept in list(group.subscription_filters.values()):
        matcher = patterns.parse(kept.filter_pattern or "")
        found = []
        for event in events:
            values = matcher(event.message)
            if values is not None:
                told = {"id": event_id(event), "timestamp": event.timestamp, "message": event.message}
                found.append({**told, "extractedFields": values} if values else told)
        if found:
            _send(kept, stream, found)


def _send(kept: Any, stream: Any, events: list[dict[str, Any]]) -> None:
    data = {
        "messageType": "DATA_MESSAGE",
        "owner": stream.account_id,
        "logGroup": stream.log_group.name,
        "logStream": stream.log_stream_name,
        "subscriptionFilters": [kept.name],
        "logEvents": events,
    }
    packed = base64.b64encode(gzip.compress(json.dumps(data, separators=(",", ":")).encode())).decode()
    payload = json.dumps({"awslogs": {"data": packed}}).encode()
    try:
        clients.client("lambda", stream.region).invoke(
            FunctionName=kept.destination_arn, InvocationType="Event", Payload=payload
        )
    except ClientError:  # the function is gone: as in AWS, its events are lost
        return


def _put_subscription_filter(self: Any) -> str:
    group = self.logs_backend._find_log_group(log_group_name=self._get_param("logGroupName"))
    name, destination = self._get_param("filterName"), self._get_param("destinationArn")
    pattern = self._get_param("filterPattern") or ""
    patterns.parse(pattern)
    for parameter in _NOT_HERE:
        if self._get_param(parameter):
            raise InvalidParameterException(f"{parameter} of a subscription filter is not supported by this emulator")
    if self._get_param("distribution") not in (None, "ByLogStream"):
        raise InvalidParameterException("distribution Random is for Kinesis streams only")
    _check_destination(destination, group)
    known = group.subscription_filters.get(name)
    if known is None and len(group.subscription_filters) >= _FILTERS:
        raise LimitExceededException
    if known is None:
        known = models.SubscriptionFilter(name, group.name, pattern, destination, "")
        group.subscription_filters[name] = known
    known.update(pattern, destination, "")
    return ""


def _check_destination(destination: str, group: Any) -> None:
    service = destination.split(":")[2] if destination.count(":") > 2 else ""
    if service != "lambda":
        raise InvalidParameterException(
            f"subscription filters to {service or destination} are not supported by this emulator, to Lambda they are"
        )
    source = f"{group.arn}:*"
    principals = ("logs.amazonaws.com", f"logs.{group.region}.amazonaws.com")
    try:
        allowed = any(
            permissions.allows(principal, "lambda:InvokeFunction", destination, source) for principal in principals
        )
    except ClientError:
        allowed = False
    if not allowed:
        raise InvalidParameterException(
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
            "your function."
        )


def _delete_subscription_filter(self: Any) -> str:
    group = self.logs_backend._find_log_group(log_group_name=self._get_param("logGroupName"))
    if group.subscription_filters.pop(self._get_param("filterName"), None) is None:
        raise ResourceNotFoundException("The specified subscription filter does not exist.")
    return ""


def _to_json(self: Any) -> dict[str, Any]:
    return {
        name: value for name, value in _moto_to_json(self).items() if value not in (None, "") or name == "filterPattern"
    }


_RESPONSE = "moto.logs.responses:LogsResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.put_subscription_filter",
        _put_subscription_filter,
        "moto asks for no permission and takes every pattern",
        "99b3106ec5f3",
    ),
    Replacement(
        f"{_RESPONSE}.delete_subscription_filter",
        _delete_subscription_filter,
        "moto deletes what is absent",
        "4856acd04f21",
    ),
    Replacement("moto.logs.models:SubscriptionFilter.to_json", _to_json, "moto tells an absent role", "b8894e055778"),
]

"""Where asynchronous events go when they are over: the function's dead-letter queue, and its destinations."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import clock, settings
from emulator.compute.execution_environment import Outcome
from emulator.compute.log_stream import client
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.lambda_functions import event_config, invocation

_LOG = logging.getLogger(__name__)
_MESSAGE_BYTES = 1024


@dataclass(frozen=True)
class Result:
    """An event that is over: `condition` says why, in AWS's words; `outcome` is the last one, None if it never ran."""

    function: Any
    qualifier: str
    payload: bytes
    request_id: str
    attempts: int
    condition: str
    outcome: Outcome | None

    @property
    def succeeded(self) -> bool:
        """Whether the function handled the event."""
        return self.condition == "Success"

    @property
    def function_arn(self) -> str:
        """The function as it was invoked; without a qualifier, its unpublished version."""
        return f"{invocation.latest(self.function).function_arn}:{self.qualifier or invocation.LATEST}"


def deliver(result: Result) -> None:
    """Send what is configured, with the function's role. What cannot be delivered is lost, as in AWS, and logged."""
    configured = event_config.of(result.function, result.qualifier).get("DestinationConfig", {})
    destination = configured.get("OnSuccess" if result.succeeded else "OnFailure", {}).get("Destination")
    dead_letters = None if result.succeeded else (result.function.dead_letter_config or {}).get("TargetArn")
    for arn, send in ((dead_letters, _send_dead_letter), (destination, _send_record)):
        if arn:
            _try(result, str(arn), send)


def service_of(arn: str) -> str:
    """The service of a destination, as ARNs name it; empty for what is no ARN."""
    parts = arn.split(":")
    return parts[2] if len(parts) > 5 else ""


def _try(result: Result, arn: str, send: Callable[[Result, str, Any], Any]) -> None:
    function = result.function
    try:
        role = credentials.for_role(
            function.role, function.function_name, "lambda.amazonaws.com", source_arn=function.function_arn
        )
        send(result, arn, client(service_of(arn), role))
    except (RoleError, ClientError, BotoCoreError) as error:
        _LOG.warning("an event of %s was not delivered to %s: %s", function.function_name, arn, error)


def _send_dead_letter(result: Result, arn: str, service: Any) -> None:
    """The event as it was, with what went wrong as attributes."""
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": result.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200" if result.outcome else "429"},
        "ErrorMessage": {"DataType": "String", "StringValue": _error_message(result)[:_MESSAGE_BYTES]},
    }
    body = result.payload.decode()
    if service_of(arn) == "sqs":
        service.send_message(QueueUrl=queue_url(arn), MessageBody=body, MessageAttributes=attributes)
    else:
        service.publish(TopicArn=arn, Message=body, MessageAttributes=attributes)


def _error_message(result: Result) -> str:
    if result.outcome is None:
        return "Rate Exceeded."
    answer = json.loads(result.outcome.payload)
    return str(answer.get("errorMessage") or answer.get("errorType"))


def queue_url(arn: str) -> str:
    """The address of a queue of this emulator."""
    *_, account, name = arn.split(":")
    return f"{settings.current().endpoint}/{account}/{name}"


def _send_record(result: Result, arn: str, service: Any) -> None:
    record = _record(result)
    text = json.dumps(record)
    kind = service_of(arn)
    if kind == "sqs":
        service.send_message(QueueUrl=queue_url(arn), MessageBody=text)
    elif kind == "sns":
        service.publish(TopicArn=arn, Message=text)
    elif kind == "lambda":
        service.invoke(FunctionName=arn, InvocationType="Event", Payload=text)
    else:
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {'Success' if result.succeeded else 'Failure'}",
            "Detail": text,
            "EventBusName": arn,
            "Resources": [arn, result.function_arn],
        }
        answer = service.put_events(Entries=[entry])["Entries"][0]
        if "ErrorCode" in answer:
            _LOG.warning("an event was not put on %s: %s", arn, answer.get("ErrorMessage"))


def _record(result: Result) -> dict[str, Any]:
    """The invocation record, as the Lambda developer guide shows it (asynchronous invocation, destinations)."""
    now = datetime.fromtimestamp(clock.seconds(), UTC).isoformat(timespec="milliseconds")
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": now.replace("+00:00", "Z"),
        "requestContext": {
            "requestId": result.request_id,
            "functionArn": result.function_arn,
            "condition": result.condition,
            "approximateInvokeCount": result.attempts,
        },
        "requestPayload": json.loads(result.payload),
    }
    if result.outcome is None:
        return record
    response: Mapping[str, Any] = {"statusCode": 200, "executedVersion": str(result.function.version)}
    if not result.succeeded:
        response = {**response, "functionError": "Unhandled"}
    return {**record, "responseContext": response, "responsePayload": json.loads(result.outcome.payload or b"null")}

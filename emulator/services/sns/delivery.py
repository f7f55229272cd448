"""SNS's deliveries: to queues, functions and streams whose policies let it, and to HTTP addresses on this machine.

A message that cannot be delivered goes to the subscription's dead-letter queue. Email, SMS and push go nowhere.
"""

from __future__ import annotations

import functools
import http
import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from moto.sqs.models import sqs_backends

from emulator import clients, clock
from emulator.replacements import Replacement
from emulator.services.events import patterns, permissions, targets
from emulator.services.events.targets import Delivery, DeliveryError

_SERVICE = "sns.amazonaws.com"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_RETRIES = 3
_RETRY_SECONDS = 20
_HTTP_SECONDS = 15


@dataclass(frozen=True)
class Message:
    """One message for one subscription."""

    subscription: Any
    identifier: str
    text: str
    subject: str | None
    attributes: Mapping[str, Any]
    group: str | None
    deduplication: str | None

    @functools.cached_property
    def envelope(self) -> dict[str, Any]:
        """The message as SNS wraps it."""
        given = self.attributes or None
        wrapped: dict[str, Any] = self.subscription.get_post_data(self.text, self.identifier, self.subject, given)
        return wrapped

    @property
    def raw(self) -> bool:
        """Whether the subscription wants the text alone."""
        return str(self.subscription.attributes.get("RawMessageDelivery", "")).lower() == "true"

    @property
    def body(self) -> str:
        """What is delivered."""
        return self.text if self.raw else json.dumps(self.envelope, sort_keys=True, indent=2)


def _publish(
    self: Any,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: Mapping[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> None:
    attributes = message_attributes or {}
    if not _wanted(self, message, attributes):
        return
    text = self._parse_message_structure(message, self.protocol) if message_structure == "json" else message
    made = Message(self, message_id, text, subject, attributes, group_id, deduplication_id)
    send = _PROTOCOLS.get(self.protocol)
    if send:
        _attempt(made, send)


def _wanted(subscription: Any, message: str, attributes: Mapping[str, Any]) -> bool:
    """Whether the subscription's filter policy lets a message through."""
    policy = subscription._filter_policy
    if not policy:
        return True
    if subscription.attributes.get("FilterPolicyScope") == "MessageBody":
        try:
            return patterns.matches(policy, json.loads(message))
        except ValueError:
            return False
    return patterns.matches(policy, {name: _value(given) for name, given in attributes.items()})


def _value(attribute: Mapping[str, Any]) -> Any:
    kind, value = attribute["Type"], attribute["Value"]
    if kind.startswith("Number"):
        return float(value)
    return json.loads(value) if kind == "String.Array" else value


def _attempt(message: Message, send: Callable[[Message], None], retries: int = 0) -> None:
    try:
        send(message)
    except DeliveryError as error:
        if error.retriable and retries < _RETRIES:
            again = functools.partial(_attempt, message, send, retries + 1)
            clock.after(_RETRY_SECONDS, again, f"retry of {message.subscription.arn}")
        else:
            _give_up(message, error)


def _give_up(message: Message, error: DeliveryError) -> None:
    policy = json.loads(message.subscription.attributes.get("RedrivePolicy") or "{}")
    queue = policy.get("deadLetterTargetArn")
    try:
        if queue and _allows("sqs:SendMessage", queue, message):
            attributes = {"ERROR_CODE": error.code, "ERROR_MESSAGE": error.message or error.code}
            clients.client("sqs").send_message(
                QueueUrl=permissions.queue_url(queue),
                MessageBody=message.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
                },
            )
    except ClientError:
        return  # as in AWS, a message whose dead-letter queue does not take it is lost


def _allows(action: str, arn: str, message: Message) -> bool:
    return permissions.allows(_SERVICE, action, arn, message.subscription.topic_arn)


def _to_queue(message: Message) -> None:
    arn = message.subscription.endpoint
    try:
        if not _allows("sqs:SendMessage", arn, message):
            raise DeliveryError("NO_PERMISSIONS", f"the policy of {arn} does not allow {_SERVICE} to sqs:SendMessage")
        _, _, _, region, account, name = arn.split(":")
        sqs_backends[account][region].send_message(
            name,
            message.body,
            message_attributes=_queue_attributes(message.attributes) if message.raw else None,
            deduplication_id=message.deduplication,
            group_id=message.group,
            validate_group_id=False,
        )
    except ClientError as error:
        raise DeliveryError(error.response["Error"]["Code"], str(error)) from error
    except ServiceException as error:
        raise DeliveryError(error.code, error.message) from error


def _queue_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for name, given in attributes.items():
        binary = given["Type"].startswith("Binary")
        value = {"BinaryValue": given["Value"]} if binary else {"StringValue": str(given["Value"])}
        made[name] = {"DataType": given["Type"], **value}
    return made


def _to_function(message: Message) -> None:
    envelope = dict(message.envelope)
    for name in ("SigningCert", "Unsubscribe"):
        envelope[f"{name}Url"] = envelope.pop(f"{name}URL")
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": message.subscription.arn,
        "Sns": {"Subject": None, "MessageAttributes": {}, **envelope},
    }
    _deliver(message, {}, json.dumps({"Records": [record]}))


def _to_stream(message: Message) -> None:
    role = message.subscription.attributes["SubscriptionRoleArn"]
    _deliver(message, {"RoleArn": role}, message.text if message.raw else json.dumps(message.envelope))


def _deliver(message: Message, more: Mapping[str, str], payload: str) -> None:
    topic = message.subscription.topic_arn
    target = {"Arn": message.subscription.endpoint, **more}
    targets.deliver(Delivery(target, payload, {}, topic, _SERVICE))


def _to_address(message: Message) -> None:
    """Post in the background; who answers slowly keeps nobody from publishing."""
    threading.Thread(target=_attempt, args=(message, _post), name="sns-http", daemon=True).start()


def _post(message: Message) -> None:
    place = urlsplit(message.subscription.endpoint)
    if place.hostname not in _LOOPBACK:
        raise DeliveryError("InvalidEndpoint", f"{place.hostname} is not on this machine")
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname, place.port, timeout=_HTTP_SECONDS)
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": message.identifier,
        "x-amz-sns-topic-arn": message.subscription.topic_arn,
        "x-amz-sns-subscription-arn": message.subscription.arn,
        **({"x-amz-sns-rawdelivery": "true"} if message.raw else {}),
    }
    path = (place.path or "/") + (f"?{place.query}" if place.query else "")
    try:
        connection.request("POST", path, message.body.encode(), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError("ConnectionError", str(error), retriable=True) from error
    finally:
        connection.close()
    if status // 100 != 2:
        retriable = status // 100 == 5 or status == http.HTTPStatus.TOO_MANY_REQUESTS
        raise DeliveryError(str(status), f"{message.subscription.endpoint} answered {status}", retriable=retriable)


_PROTOCOLS: Mapping[str, Callable[[Message], None]] = {
    "sqs": _to_queue,
    "lambda": _to_function,
    "firehose": _to_stream,
    "http": _to_address,
    "https": _to_address,
}

REPLACEMENTS = [
    Replacement(
        "moto.sns.models:Subscription.publish",
        _publish,
        "moto asks no policies, has no dead-letter queues, and makes up what functions get",
        "fd07bd0bb87f",
    )
]

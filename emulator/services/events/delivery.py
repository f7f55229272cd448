"""Deliveries that may fail: tried again as the retry policy says, and then kept in a dead-letter queue or dropped."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from emulator import clock
from emulator.identity.credentials import RoleError
from emulator.services import service_metrics
from emulator.services.events import permissions
from emulator.services.events.targets import Delivery, DeliveryError, deliver

_LOG = logging.getLogger(__name__)
_WORKERS = 4
_ATTEMPTS = 185
_AGE_SECONDS = 86_400
_LONGEST_WAIT = 900
# Namespace, dimension, and which part of the source's ARN it is.
_METRICS = {"events": ("AWS/Events", "RuleName", -1), "scheduler": ("AWS/Scheduler", "ScheduleGroup", 1)}


def send(delivery: Delivery) -> None:
    """Deliver in the background."""
    _workers().submit(attempt, delivery, 0, clock.seconds())


def attempt(delivery: Delivery, retries: int = 0, since: float | None = None) -> None:
    """Deliver now. After a failure that may pass, try again later on the emulator's clock, waiting longer each time.

    Args:
        delivery: what goes where.
        retries: how often it was tried again so far.
        since: when it was first tried, in seconds since 1970; now, when None.
    """
    first = clock.seconds() if since is None else since
    try:
        deliver(delivery)
        _count(delivery, "Invocations")
    except DeliveryError as error:
        _failed(delivery, retries, first, error)
    except Exception:  # noqa: BLE001 (a thread of the pool would say nothing)
        _LOG.exception("a delivery from %s to %s failed", delivery.source_arn, delivery.arn)


def _failed(delivery: Delivery, retries: int, first: float, error: DeliveryError) -> None:
    policy = delivery.target.get("RetryPolicy") or {}
    wait = min(2.0**retries, _LONGEST_WAIT)
    if not error.retriable:
        condition = ""
    elif retries >= policy.get("MaximumRetryAttempts", _ATTEMPTS):
        condition = "MaximumRetryAttempts"
    elif clock.seconds() + wait - first > policy.get("MaximumEventAgeInSeconds", _AGE_SECONDS):
        condition = "MaximumEventAgeInSeconds"
    else:
        clock.after(wait, lambda: attempt(delivery, retries + 1, first), f"retry of {delivery.source_arn}")
        return
    _LOG.warning("%s could not deliver to %s: %s", delivery.source_arn, delivery.arn, error)
    _count(delivery, "FailedInvocations")
    queue = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
    if queue:
        _keep(delivery, queue, _reasons(delivery, retries, condition, error))


def _reasons(delivery: Delivery, retries: int, condition: str, error: DeliveryError) -> dict[str, str]:
    kind = "RULE_ARN" if delivery.service.startswith("events") else "SCHEDULE_ARN"
    said = {
        kind: delivery.source_arn,
        "TARGET_ARN": delivery.arn,
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": error.message or error.code,
        "RETRY_ATTEMPTS": str(retries),
        "EXHAUSTED_RETRY_CONDITION": condition,
    }
    return {name: value for name, value in said.items() if value}


def _keep(delivery: Delivery, queue: str, reasons: Mapping[str, str]) -> None:
    """Send to the dead-letter queue: Scheduler with the schedule's role, EventBridge by the queue's policy."""
    try:
        _queue_client(delivery, queue).send_message(
            QueueUrl=permissions.queue_url(queue),
            MessageBody=delivery.payload,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value[:4096]} for name, value in reasons.items()
            },
        )
    except (ClientError, DeliveryError, RoleError) as error:
        _LOG.warning("%s could not use its dead-letter queue %s: %s", delivery.source_arn, queue, error)
        _count(delivery, "InvocationsFailedToBeSentToDlq")
    else:
        _count(delivery, "InvocationsSentToDlq")


def _queue_client(delivery: Delivery, queue: str) -> Any:
    role = delivery.target.get("RoleArn") if delivery.service.startswith("scheduler") else None
    target = {"Arn": queue, **({"RoleArn": role} if role else {})}
    to_queue = Delivery(target, delivery.payload, delivery.event, delivery.source_arn, delivery.service)
    return to_queue.client("sqs", "sqs:SendMessage")


def _count(delivery: Delivery, metric: str) -> None:
    kind = delivery.service.split(".")[0]
    if kind in _METRICS:  # what S3 tells is not counted
        namespace, dimension, place = _METRICS[kind]
        value = delivery.source_arn.split("/")[place]
        service_metrics.publish(namespace, [{dimension: value}], {metric: 1})


@functools.cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix="events")

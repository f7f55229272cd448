"""Delivery of a trail's records: to its bucket as compressed JSON, to its topic and to its log group."""

from __future__ import annotations

import contextlib
import gzip
import json
import secrets
import string
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from emulator import clients, clock, settings
from emulator.compute import log_stream
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.cloudtrail import digests, own_calls
from emulator.services.cloudtrail.destination import Destination, prefix, put

_ALPHABET = string.ascii_letters + string.digits
_SESSION = "CloudTrail"


def deliver(trail: Destination, records: Sequence[dict[str, Any]]) -> None:
    """Deliver records; what cannot be delivered is lost, and the trail's status says why."""
    with own_calls.unnoted():
        _to_bucket(trail, records)
        if trail.configuration.get("CloudWatchLogsLogGroupArn"):
            _to_log_group(trail, records)


def _to_bucket(trail: Destination, records: Sequence[dict[str, Any]]) -> None:
    now = clock.now()
    account, region = settings.current().account, trail.region
    unique = "".join(secrets.choice(_ALPHABET) for _ in range(16))
    name = f"{account}_CloudTrail_{region}_{now:%Y%m%dT%H%MZ}_{unique}.json.gz"
    key = f"{prefix(trail)}AWSLogs/{account}/CloudTrail/{region}/{now:%Y/%m/%d}/{name}"
    content = gzip.compress(json.dumps({"Records": list(records)}, separators=(",", ":")).encode())
    trail.delivery.error = put(trail, key, content)
    if trail.delivery.error:
        return
    trail.delivery.delivered = now
    if trail.configuration.get("EnableLogFileValidation"):
        digests.note(trail, key, content, records)
    if trail.topic_arn:
        _notify(trail, key)


def _notify(trail: Destination, key: str) -> None:
    message = json.dumps({"s3Bucket": trail.configuration["S3BucketName"], "s3ObjectKey": [key]})
    try:
        clients.client("sns", trail.topic_arn.split(":")[3]).publish(TopicArn=trail.topic_arn, Message=message)
        trail.delivery.notified = clock.now()
    except ClientError as error:
        trail.delivery.error = str(error.response["Error"]["Code"])


def _to_log_group(trail: Destination, records: Sequence[dict[str, Any]]) -> None:
    """Write each record as an event, with the rights of the trail's role."""
    group = trail.configuration["CloudWatchLogsLogGroupArn"].partition(":log-group:")[2].removesuffix(":*")
    stream = f"{settings.current().account}_CloudTrail_{trail.region}"
    now = int(clock.seconds() * 1000)
    events = [{"timestamp": now, "message": json.dumps(record, separators=(",", ":"))} for record in records]
    try:
        role = credentials.for_role(
            trail.configuration["CloudWatchLogsRoleArn"], _SESSION, "cloudtrail.amazonaws.com", source_arn=trail.arn
        )
        logs = log_stream.client("logs", role)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        for first in range(0, len(events), 1_000):
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events[first : first + 1_000])
    except RoleError as error:
        trail.delivery.logs_error = error.message
    except ClientError as error:
        trail.delivery.logs_error = str(error.response["Error"]["Message"])
    else:
        trail.delivery.logged, trail.delivery.logs_error = clock.now(), ""

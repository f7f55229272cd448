"""What S3 tells of its objects: to queues, topics and functions whose policies let it, and to EventBridge.

Source: "Event message structure" and "EventBridge event message structure" of the Amazon S3 user guide.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from botocore.exceptions import ClientError
from moto.s3 import models, notifications
from moto.s3.exceptions import InvalidArgumentError

from emulator import clock, settings
from emulator.replacements import Replacement
from emulator.services.events import bus, delivery, permissions
from emulator.services.events.targets import Delivery

_SERVICE = "s3.amazonaws.com"
_KINDS = {"cloud_function": "lambda:InvokeFunction", "queue": "sqs:SendMessage", "topic": "sns:Publish"}
_REASONS = {
    "Put": "PutObject",
    "Post": "POST Object",
    "Copy": "CopyObject",
    "CompleteMultipartUpload": "CompleteMultipartUpload",
}
_sequence = itertools.count(0x0055AED6DCD90281)

_moto_configure = models.FakeBucket.set_notification_configuration


def _send_event(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
    configuration, name = bucket.notification_configuration, str(event_name.value)
    # moto tags every object that is put, with nothing.
    tagger = models.s3_backends[account_id]["aws"].tagger
    if configuration is None or (name == "s3:ObjectTagging:Put" and not tagger.get_tag_dict_for_resource(key.arn)):
        return
    for kind in _KINDS:
        for notification in getattr(configuration, kind):
            if notification.matches(event_name, key.name):
                _send(notification.arn, bucket, {"Records": [_record(name, bucket, key, notification.id, account_id)]})
    if configuration.event_bridge is not None:
        bus.emit("aws.s3", notifications._detail_type(event_name), _detail(name, bucket, key), [bucket.arn])


def _send(arn: str, bucket: Any, content: Mapping[str, Any]) -> None:
    delivery.send(Delivery({"Arn": arn}, json.dumps(content), content, bucket.arn, _SERVICE))


def _record(event_name: str, bucket: Any, key: Any, identifier: str, account: str) -> dict[str, Any]:
    version = {"versionId": key.version_id} if key.version_id else {}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": bucket.region_name,
        "eventTime": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventName": event_name.removeprefix("s3:"),
        "userIdentity": {"principalId": f"AWS:{account}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": uuid.uuid4().hex[:16].upper(), "x-amz-id-2": uuid.uuid4().hex},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": identifier,
            "bucket": {"name": bucket.name, "ownerIdentity": {"principalId": account}, "arn": bucket.arn},
            "object": {"key": quote_plus(key.name, safe="/"), **_content(key, "eTag"), **version, "sequencer": _next()},
        },
    }


def _detail(event_name: str, bucket: Any, key: Any) -> dict[str, Any]:
    _, kind, how = event_name.split(":")
    removed = kind == "ObjectRemoved"
    version = {"version-id": key.version_id} if key.version_id else {}
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {"key": key.name, **({} if removed else _content(key, "etag")), **version, "sequencer": _next()},
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": settings.current().account,
        "source-ip-address": "127.0.0.1",
    }
    if kind == "ObjectCreated":
        detail["reason"] = _REASONS[how]
    if removed:
        deletion = "Delete Marker Created" if how == "DeleteMarkerCreated" else "Permanently Deleted"
        detail |= {"reason": "DeleteObject", "deletion-type": deletion}
    return detail


def _content(key: Any, tag: str) -> dict[str, Any]:
    return {"size": key.size, tag: key.etag.strip('"')} if hasattr(key, "size") else {}


def _next() -> str:
    return f"{next(_sequence):018X}"


def _set_configuration(self: Any, configuration: dict[str, Any] | None) -> None:
    before = self.notification_configuration
    _moto_configure(self, configuration)
    if self.notification_configuration is None:
        return
    for kind, action in _KINDS.items():
        for notification in getattr(self.notification_configuration, kind):
            if not _may_send(notification.arn, action, self.arn):
                self.notification_configuration = before
                message = "Unable to validate the following destination configurations"
                raise InvalidArgumentError(message, notification.arn, "Permissions on the destination do not allow it")


def _may_send(arn: str, action: str, bucket: str) -> bool:
    try:
        return permissions.allows(_SERVICE, action, arn, bucket)
    except ClientError:
        return False


def _send_test_event(account_id: str, bucket: Any) -> None:
    configuration = bucket.notification_configuration
    event = {**notifications._get_test_event(bucket.name), "HostId": account_id}
    for arn in {each.arn for each in (*configuration.queue, *configuration.topic)}:
        _send(arn, bucket, event)


_NOTIFICATIONS = "moto.s3.notifications"
REPLACEMENTS = [
    Replacement(f"{_NOTIFICATIONS}:send_event", _send_event, "moto makes up details", "da8a7c7c6f2b"),
    Replacement(f"{_NOTIFICATIONS}:send_test_event", _send_test_event, "moto asks no policies", "89bc68c5842c"),
    Replacement(
        "moto.s3.models:FakeBucket.set_notification_configuration",
        _set_configuration,
        "moto takes destinations that forbid it",
        "8c08be7129e0",
    ),
]

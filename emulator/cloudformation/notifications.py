"""A stack's events as messages to the topics that its deployment named."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import clients

logger = logging.getLogger(__name__)
_SUBJECT = "AWS CloudFormation Notification"
# In the order in which AWS writes them.
_FIELDS = (
    "StackId", "Timestamp", "EventId", "LogicalResourceId", "Namespace", "PhysicalResourceId", "ResourceStatus",
    "ResourceStatusReason", "ResourceType", "StackName", "ClientRequestToken",
)  # fmt: skip


def publish(event: Mapping[str, Any], topics: Iterable[str], account: str) -> None:
    """Send an event to topics, one line per field; a topic that takes no message does not stop the deployment."""
    told = {"ClientRequestToken": "null", **event, "Namespace": account}
    message = "".join(f"{field}='{_text(told.get(field, ''))}'\n" for field in _FIELDS)
    for topic in topics:
        try:
            sns = clients.client("sns", topic.split(":")[3])
            sns.publish(TopicArn=topic, Subject=_SUBJECT, Message=message)
        except (BotoCoreError, ClientError, IndexError) as error:
            logger.warning("%s: %s", topic, error)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)

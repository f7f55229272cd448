"""AWS::SQS types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

# What a queue has when the template does not say; an update goes back to it.
_DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "KmsMasterKeyId": "",
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
}
_LONGEST_NAME = 80
_NOT_ATTRIBUTES = ("QueueName", "Tags")


def _attributes_asked(properties: Properties) -> dict[str, str]:
    """The queue's attributes, which are all text."""
    given = {name: value for name, value in properties.items() if name not in _NOT_ATTRIBUTES}
    if str(given.get("FifoQueue", "")).lower() == "false":
        del given["FifoQueue"]  # SQS takes only true
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def _create(context: Context, properties: Properties) -> str:
    created = context.client("sqs").create_queue(
        QueueName=properties.get("QueueName", context.short_name(_LONGEST_NAME)),
        Attributes=_attributes_asked(properties),
        tags=tags.mapping(properties.get("Tags")),
    )
    return str(created["QueueUrl"])


def _read(context: Context, url: str, _properties: Properties) -> Mapping[str, Any]:
    sqs = context.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {
        "FifoQueue": False,
        **to_properties("AWS::SQS::Queue", attributes),
        "QueueName": url.rsplit("/", 1)[-1],
        "Tags": tags.pairs(sqs.list_queue_tags(QueueUrl=url).get("Tags")),
    }


def _update(context: Context, url: str, old: Properties, new: Properties) -> None:
    sqs = context.client("sqs")
    removed = {name: value for name, value in _DEFAULTS.items() if name in old}
    asked = {**removed, **_attributes_asked(new)}
    asked.pop("FifoQueue", None)
    sqs.set_queue_attributes(QueueUrl=url, Attributes=asked)
    changed, gone = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        sqs.tag_queue(QueueUrl=url, Tags=changed)
    if gone:
        sqs.untag_queue(QueueUrl=url, TagKeys=gone)


def _delete(context: Context, url: str, _properties: Properties) -> None:
    context.client("sqs").delete_queue(QueueUrl=url)


def _attributes(context: Context, url: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return {"Arn": found["QueueArn"], "QueueName": url.rsplit("/", 1)[-1], "QueueUrl": url}


def _set_policy(context: Context, urls: list[str], policy: str) -> None:
    for url in urls:
        context.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _put_policy(context: Context, properties: Properties) -> str:
    document = properties["PolicyDocument"]
    _set_policy(context, properties["Queues"], document if isinstance(document, str) else json.dumps(document))
    return context.generated_name


def _read_policy(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    kept: dict[str, Any] = {}
    for url in properties["Queues"]:
        found = context.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        if policy := found.get("Attributes", {}).get("Policy"):
            kept[url] = json.loads(policy)
    if not kept:
        raise ResourceNotFoundError("The queues have no policy.")
    return {"Queues": list(kept), "PolicyDocument": next(iter(kept.values()))}


def _update_policy(context: Context, _physical_id: str, old: Properties, new: Properties) -> None:
    _set_policy(context, [url for url in old["Queues"] if url not in new["Queues"]], "")
    _put_policy(context, new)


def _delete_policy(context: Context, _physical_id: str, properties: Properties) -> None:
    _set_policy(context, properties["Queues"], "")


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::SQS::Queue",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "KmsMasterKeyId": "messages are kept as they are, in this process",
            "SqsManagedSseEnabled": "messages are kept as they are, in this process",
        },
    ),
    api_type(
        "AWS::SQS::QueuePolicy", create=_put_policy, read=_read_policy, update=_update_policy, delete=_delete_policy
    ),
)

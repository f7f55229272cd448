"""AWS::KinesisFirehose types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

_DESTINATIONS = ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration")


def _create(context: Context, properties: Properties) -> str:
    firehose, name = context.client("firehose"), str(properties.get("DeliveryStreamName", context.generated_name))
    asked = {**properties, "DeliveryStreamName": name}
    firehose.create_delivery_stream(**to_input(firehose, "create_delivery_stream", asked))
    return name


def _describe(context: Context, name: str) -> Mapping[str, Any]:
    found = context.client("firehose").describe_delivery_stream(DeliveryStreamName=name)
    description: Mapping[str, Any] = found["DeliveryStreamDescription"]
    return description


def _read(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    found = _describe(context, name)
    place = found["Destinations"][0]
    kept = context.client("firehose").list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
    told = {
        "DeliveryStreamName": name,
        "DeliveryStreamType": found["DeliveryStreamType"],
        "DeliveryStreamEncryptionConfigurationInput": found.get("DeliveryStreamEncryptionConfiguration"),
        # An extended destination is told as a plain one too.
        _destination(properties): place.get("ExtendedS3DestinationDescription") or place["S3DestinationDescription"],
        "Tags": tags.pairs(kept),
    }
    return to_properties("AWS::KinesisFirehose::DeliveryStream", told)


def _destination(properties: Properties) -> str:
    return next((name for name in _DESTINATIONS if name in properties), _DESTINATIONS[0])


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    firehose, found = context.client("firehose"), _describe(context, name)
    destination = _destination(new)
    asked = {
        "DeliveryStreamName": name,
        "CurrentDeliveryStreamVersionId": found["VersionId"],
        "DestinationId": found["Destinations"][0]["DestinationId"],
        destination.replace("Configuration", "Update"): new[destination],
    }
    firehose.update_destination(**to_input(firehose, "update_destination", asked))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=tags.pairs(changed))
    if removed:
        firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=removed)


def _delete(context: Context, name: str, _properties: Properties) -> None:
    context.client("firehose").delete_delivery_stream(DeliveryStreamName=name)


def _attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": _describe(context, name)["DeliveryStreamARN"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::KinesisFirehose::DeliveryStream",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "DeliveryStreamEncryptionConfigurationInput": "records are kept as they are, in this process",
            "ExtendedS3DestinationConfiguration.EncryptionConfiguration": "objects are kept as they are",
        },
    ),
)

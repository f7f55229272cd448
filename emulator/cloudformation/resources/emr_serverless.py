"""AWS::EMRServerless types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _spelled(properties: Properties) -> Properties:
    """The properties as the API has them: its map of workers is CloudFormation's list of pairs."""
    spelled = dict(properties)
    for name in ("InitialCapacity", "WorkerTypeSpecifications"):
        if name in properties:
            spelled[name] = {pair["Key"]: pair["Value"] for pair in properties[name]}
    spelled["Tags"] = tags.mapping(properties.get("Tags"))
    return spelled


def _create(context: Context, properties: Properties) -> str:
    emr = context.client("emr-serverless")
    named = {"Name": context.generated_name, **_spelled(properties)}
    named["Type"] = str(named["Type"]).upper()
    return str(emr.create_application(**to_input(emr, "create_application", named))["applicationId"])


def _application(context: Context, application: str) -> dict[str, Any]:
    found = context.client("emr-serverless").get_application(applicationId=application)["application"]
    if found["state"] == "TERMINATED":
        raise ResourceNotFoundError(f"Application {application} is terminated.")
    return dict(found)


def _read(context: Context, application: str, properties: Properties) -> Mapping[str, Any]:
    found = _application(context, application)
    for name in ("initialCapacity", "workerTypeSpecifications"):
        if name in found:
            found[name] = [{"Key": key, "Value": value} for key, value in found[name].items()]
    if str(properties.get("Type", "")).upper() == found["type"].upper():
        found["type"] = properties["Type"]  # EMR takes SPARK and answers Spark
    return to_properties("AWS::EMRServerless::Application", {**found, "tags": tags.pairs(found.get("tags"))})


def _update(context: Context, application: str, old: Properties, new: Properties) -> None:
    emr = context.client("emr-serverless")
    if _application(context, application)["state"] not in ("CREATED", "STOPPED"):
        emr.stop_application(applicationId=application)
    asked = to_input(emr, "update_application", {**_spelled(new), "ApplicationId": application})
    emr.update_application(**asked)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = _application(context, application)["arn"]
    if changed:
        emr.tag_resource(resourceArn=arn, tags=changed)
    if removed:
        emr.untag_resource(resourceArn=arn, tagKeys=removed)


def _delete(context: Context, application: str, _properties: Properties) -> None:
    emr = context.client("emr-serverless")
    if _application(context, application)["state"] not in ("CREATED", "STOPPED"):
        emr.stop_application(applicationId=application)
    emr.delete_application(applicationId=application)


def _attributes(context: Context, application: str, _properties: Properties) -> Mapping[str, Any]:
    return {"ApplicationId": application, "Arn": _application(context, application)["arn"]}


_LOCAL = "a job runs as one local Spark session"

TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::EMRServerless::Application",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "MaximumCapacity": _LOCAL,
            "InitialCapacity": _LOCAL,
            "Architecture": _LOCAL,
            "AutoStopConfiguration": "an application holds no workers between jobs here",
            "NetworkConfiguration": "jobs run on this machine's loopback",
        },
    ),
)

"""AWS::StepFunctions types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _definition(context: Context, properties: Properties) -> str:
    """The definition's text: given as text, as a document or in S3, with its substitutions made."""
    if "DefinitionS3Location" in properties:
        location = properties["DefinitionS3Location"]
        version = {"VersionId": location["Version"]} if "Version" in location else {}
        found = context.client("s3").get_object(Bucket=location["Bucket"], Key=location["Key"], **version)
        text = found["Body"].read().decode()
    else:
        given = properties.get("DefinitionString", properties.get("Definition"))
        text = given if isinstance(given, str) else json.dumps(given)
    values = properties.get("DefinitionSubstitutions", {})
    return re.sub(r"\$\{([A-Za-z0-9_]+)\}", lambda found: str(values.get(found[1], found[0])), text)


def _create(context: Context, properties: Properties) -> str:
    machines = context.client("stepfunctions")
    asked = {
        **properties,
        "Name": properties.get("StateMachineName", context.generated_name),
        "Type": properties.get("StateMachineType", "STANDARD"),
        "Definition": _definition(context, properties),
    }
    return str(machines.create_state_machine(**to_input(machines, "create_state_machine", asked))["stateMachineArn"])


def _machine(context: Context, arn: str) -> dict[str, Any]:
    found = context.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    if found["status"] == "DELETING":
        raise ResourceNotFoundError(f"State Machine Does Not Exist: '{arn}'")
    return dict(found)


def _read(context: Context, arn: str, properties: Properties) -> Mapping[str, Any]:
    machine = _machine(context, arn)
    kept = context.client("stepfunctions").list_tags_for_resource(resourceArn=arn)["tags"]
    found = {
        **machine,
        "definition": None,
        "StateMachineName": machine["name"],
        "StateMachineType": machine["type"],
        "tags": tags.pairs(kept),
    }
    definition = _definition_as_asked(context, machine, properties)
    return {**to_properties("AWS::StepFunctions::StateMachine", found), **definition}


def _definition_as_asked(context: Context, machine: Mapping[str, Any], properties: Properties) -> Properties:
    """The definition as the template gives it where that, substituted, is what the service has; else the service's."""
    names = [name for name in ("DefinitionString", "Definition") if name in properties]
    if names and _definition(context, properties) == machine["definition"]:
        return {names[0]: properties[names[0]]}
    return {"DefinitionString": machine["definition"]}


def _update(context: Context, arn: str, old: Properties, new: Properties) -> None:
    machines = context.client("stepfunctions")
    asked = {
        "LoggingConfiguration": {"Level": "OFF"},
        "TracingConfiguration": {"Enabled": False},
        "EncryptionConfiguration": {"Type": "AWS_OWNED_KEY"},
        **new,
        "StateMachineArn": arn,
        "Definition": _definition(context, new),
    }
    machines.update_state_machine(**to_input(machines, "update_state_machine", asked))
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    machines.tag_resource(resourceArn=arn, tags=tags.pairs(changed, "key", "value"))
    machines.untag_resource(resourceArn=arn, tagKeys=removed)


def _delete(context: Context, arn: str, _properties: Properties) -> None:
    context.client("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _attributes(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": arn, "Name": _machine(context, arn)["name"]}


def _create_activity(context: Context, properties: Properties) -> str:
    machines = context.client("stepfunctions")
    asked = to_input(machines, "create_activity", properties)
    return str(machines.create_activity(**asked)["activityArn"])


def _read_activity(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    machines = context.client("stepfunctions")
    kept = machines.list_tags_for_resource(resourceArn=arn)["tags"]
    found = {**machines.describe_activity(activityArn=arn), "tags": tags.pairs(kept)}
    return to_properties("AWS::StepFunctions::Activity", found)


def _update_activity(context: Context, arn: str, old: Properties, new: Properties) -> None:
    machines = context.client("stepfunctions")
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    machines.tag_resource(resourceArn=arn, tags=tags.pairs(changed, "key", "value"))
    machines.untag_resource(resourceArn=arn, tagKeys=removed)


def _delete_activity(context: Context, arn: str, _properties: Properties) -> None:
    context.client("stepfunctions").delete_activity(activityArn=arn)


def _activity_attributes(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": arn, "Name": context.client("stepfunctions").describe_activity(activityArn=arn)["name"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::StepFunctions::Activity",
        create=_create_activity,
        read=_read_activity,
        update=_update_activity,
        delete=_delete_activity,
        attributes=_activity_attributes,
        recorded={"EncryptionConfiguration": "tasks are kept as they are, in this process"},
    ),
    api_type(
        "AWS::StepFunctions::StateMachine",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "TracingConfiguration": "no traces are collected here",
            "EncryptionConfiguration": "executions are kept as they are, in this process",
        },
        write_only={
            "DefinitionSubstitutions": "made when the definition is sent; Step Functions keeps the result",
            "DefinitionS3Location": "Step Functions keeps the definition, not where it was read",
        },
    ),
)

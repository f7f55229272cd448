"""Stacks, resources and templates as the API shows them."""

from __future__ import annotations

import json
from typing import Any

from emulator.cloudformation import schemas
from emulator.cloudformation.change_set import ChangeSet
from emulator.cloudformation.revisions import required_capabilities
from emulator.cloudformation.stack import Resource, Stack
from emulator.cloudformation.template import Template

_NOT_CHECKED = {"StackDriftStatus": "NOT_CHECKED"}


def described_stack(stack: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks gives it."""
    revision = stack.revision
    return _present(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "ChangeSetId": stack.change_set_id,
            "Description": stack.description,
            "Parameters": [parameter.description() for parameter in revision.parameters.values()],
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "DisableRollback": stack.disable_rollback,
            "TimeoutInMinutes": stack.timeout_minutes,
            "NotificationARNs": list(revision.notification_arns),
            "Capabilities": list(revision.capabilities),
            "Outputs": [
                _present(
                    {
                        "OutputKey": output.key,
                        "OutputValue": output.value,
                        "Description": output.description,
                        "ExportName": output.export,
                    }
                )
                for output in stack.outputs
            ],
            "RoleARN": revision.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in revision.tags.items()],
            "EnableTerminationProtection": stack.termination_protection,
            "DriftInformation": _NOT_CHECKED,
            "RollbackConfiguration": {},
            "ParentId": stack.parent_id,
            "RootId": stack.root_id,
        }
    )


def stack_summary(stack: Stack) -> dict[str, Any]:
    """A stack as ListStacks gives it."""
    return _present(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "TemplateDescription": stack.description,
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "DriftInformation": _NOT_CHECKED,
            "ParentId": stack.parent_id,
            "RootId": stack.root_id,
        }
    )


def resource_summary(resource: Resource) -> dict[str, Any]:
    """A resource as ListStackResources gives it."""
    return _present(
        {
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id or None,
            "ResourceType": resource.type,
            "LastUpdatedTimestamp": resource.timestamp,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason or None,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }
    )


def described_resource(stack: Stack, resource: Resource, *, detailed: bool) -> dict[str, Any]:
    """A resource as DescribeStackResources gives it, `detailed` as DescribeStackResource does."""
    summary = resource_summary(resource)
    timestamp = summary.pop("LastUpdatedTimestamp")
    shown = {"StackName": stack.name, "StackId": stack.id, **summary}
    if not detailed:
        return {**shown, "Timestamp": timestamp}
    metadata = dict(resource.declaration.metadata)
    return {**shown, "LastUpdatedTimestamp": timestamp, "Metadata": json.dumps(metadata)}


def described_change_set(change_set: ChangeSet, *, with_values: bool) -> dict[str, Any]:
    """A change set as DescribeChangeSet gives it."""
    revision = change_set.revision
    return _present(
        {
            **change_set_summary(change_set),
            "Parameters": [parameter.description() for parameter in revision.parameters.values()],
            "NotificationARNs": list(revision.notification_arns),
            "RollbackConfiguration": {},
            "Capabilities": list(revision.capabilities),
            "Tags": [{"Key": key, "Value": value} for key, value in revision.tags.items()],
            "Changes": [change.description(with_values) for change in change_set.changes],
            "OnStackFailure": change_set.on_failure,
        }
    )


def change_set_summary(change_set: ChangeSet) -> dict[str, Any]:
    """A change set as ListChangeSets gives it."""
    return _present(
        {
            "StackId": change_set.stack.id,
            "StackName": change_set.stack.name,
            "ChangeSetId": change_set.id,
            "ChangeSetName": change_set.name,
            "Description": change_set.description,
            "CreationTime": change_set.created,
            "ExecutionStatus": change_set.execution_status,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "IncludeNestedStacks": False,
        }
    )


def template_summary(template: Template) -> dict[str, Any]:
    """A template as GetTemplateSummary gives it."""
    capabilities = required_capabilities(template)
    reason = f"The following resource(s) require capabilities: [{', '.join(_types(template, 'AWS::IAM::'))}]"
    metadata = template.section("Metadata")
    return _present(
        {
            "Parameters": [_declared(key, facts) for key, facts in template.section("Parameters").items()],
            "Description": template.content.get("Description"),
            "Capabilities": capabilities,
            "CapabilitiesReason": reason if capabilities else None,
            "ResourceTypes": _types(template, ""),
            "Version": template.content.get("AWSTemplateFormatVersion"),
            "Metadata": json.dumps(metadata) if metadata else None,
            "DeclaredTransforms": list(template.transforms),
            "ResourceIdentifierSummaries": [_identifiers(template, name) for name in _types(template, "")],
        }
    )


def _declared(key: str, facts: dict[str, Any]) -> dict[str, Any]:
    default = facts.get("Default")
    return _present(
        {
            "ParameterKey": key,
            "DefaultValue": None if default is None else str(default),
            "ParameterType": facts["Type"],
            "NoEcho": str(facts.get("NoEcho", False)).lower() == "true",
            "Description": facts.get("Description"),
            "ParameterConstraints": {"AllowedValues": [str(value) for value in facts.get("AllowedValues", [])]},
        }
    )


def _identifiers(template: Template, type_name: str) -> dict[str, Any]:
    schema = schemas.find(type_name)
    pointers = schema.content.get("primaryIdentifier", []) if schema else []
    return {
        "ResourceType": type_name,
        "LogicalResourceIds": [name for name, entry in template.resources.items() if entry.type == type_name],
        "ResourceIdentifiers": [pointer.removeprefix("/properties/") for pointer in pointers],
    }


def _types(template: Template, prefix: str) -> list[str]:
    return sorted({entry.type for entry in template.resources.values() if entry.type.startswith(prefix)})


def _present(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}

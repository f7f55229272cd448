"""AWS::Batch types. A job runs as a process of this machine, whatever its environment's network and volumes are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.described_type import Requests, Tagging, described_type
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_NO_INSTANCES = "no instances are started: a job's process stands for its own"
_NO_ISOLATION = "a job is a process of this machine"
_TAGGING = Tagging(pair=None)


class _Enabled(Requests):
    """Of what must be disabled before it can be deleted, as CloudFormation does."""

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Disable it and delete it."""
        getattr(context.client(self.service), self.update)(**{self.update_key: physical_id, "state": "DISABLED"})
        super().remove(context, physical_id, properties)


def _set_update_policy(context: Context, arn: str, old: Properties, new: Properties) -> None:
    """Batch takes it when an environment is changed, not when it is made."""
    batch, asked = context.client("batch"), new.get("UpdatePolicy")
    if asked and asked != old.get("UpdatePolicy"):
        policy = to_input(batch, "update_compute_environment", {"UpdatePolicy": asked})
        batch.update_compute_environment(computeEnvironment=arn, **policy)


def _gone(document: Mapping[str, Any]) -> bool:
    return document.get("status") in ("DELETED", "DELETING")


def _register(context: Context, properties: Properties) -> str:
    batch = context.client("batch")
    named = {"JobDefinitionName": context.generated_name, **properties}
    asked = to_input(batch, "register_job_definition", named)
    if properties.get("Tags"):
        asked["tags"] = tags.mapping(properties["Tags"])
    return str(batch.register_job_definition(**asked)["jobDefinitionArn"])


def _read_definition(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    found = context.client("batch").describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"]
    if not found or found[0]["status"] != "ACTIVE":
        raise ResourceNotFoundError(f"The job definition {arn} does not exist")
    return to_properties("AWS::Batch::JobDefinition", found[0])


def _update_definition(context: Context, arn: str, _old: Properties, new: Properties) -> str:
    """Another revision takes the place of this one, under another ARN."""
    name = context.client("batch").describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"][0]
    revised = _register(context, {**new, "JobDefinitionName": name["jobDefinitionName"]})
    context.client("batch").deregister_job_definition(jobDefinition=arn)
    return revised


def _deregister(context: Context, arn: str, _properties: Properties) -> None:
    context.client("batch").deregister_job_definition(jobDefinition=arn)


TYPES: tuple[ResourceType, ...] = (
    described_type(
        "AWS::Batch::ComputeEnvironment",
        _Enabled(
            service="batch",
            create="create_compute_environment",
            made="computeEnvironmentArn",
            describe="describe_compute_environments",
            key="computeEnvironments",
            several=True,
            found="computeEnvironments[0]",
            update="update_compute_environment",
            update_key="computeEnvironment",
            delete="delete_compute_environment",
            delete_key="computeEnvironment",
            named="ComputeEnvironmentName",
            tagging=_TAGGING,
            gone=_gone,
        ),
        attributes={"ComputeEnvironmentArn": "computeEnvironmentArn"},
        configure=_set_update_policy,
        recorded={
            f"ComputeResources.{name}": _NO_INSTANCES
            for name in (
                "MinvCpus",
                "DesiredvCpus",
                "Subnets",
                "SecurityGroupIds",
                "Ec2Configuration",
                "Ec2KeyPair",
                "ImageId",
                "LaunchTemplate",
                "PlacementGroup",
                "BidPercentage",
                "SpotIamFleetRole",
                "Tags",
            )
        },
        write_only={
            "ReplaceComputeEnvironment": "tells CloudFormation how to update; Batch does not keep it",
            "ComputeResources.UpdateToLatestImageVersion": "tells Batch what to do in an update; it does not keep it",
        },
    ),
    described_type(
        "AWS::Batch::JobQueue",
        _Enabled(
            service="batch",
            create="create_job_queue",
            made="jobQueueArn",
            describe="describe_job_queues",
            key="jobQueues",
            several=True,
            found="jobQueues[0]",
            update="update_job_queue",
            update_key="jobQueue",
            delete="delete_job_queue",
            delete_key="jobQueue",
            named="JobQueueName",
            tagging=_TAGGING,
            gone=_gone,
        ),
        attributes={"JobQueueArn": "jobQueueArn"},
    ),
    api_type(
        "AWS::Batch::JobDefinition",
        create=_register,
        read=_read_definition,
        update=_update_definition,
        delete=_deregister,
        attributes=lambda _context, arn, _properties: {"JobDefinitionArn": arn},
        recorded={
            f"ContainerProperties.{name}": _NO_ISOLATION
            for name in ("LinuxParameters", "Privileged", "ReadonlyRootFilesystem", "Ulimits", "User")
        },
    ),
    described_type(
        "AWS::Batch::SchedulingPolicy",
        Requests(
            service="batch",
            create="create_scheduling_policy",
            made="arn",
            describe="describe_scheduling_policies",
            key="arns",
            several=True,
            found="schedulingPolicies[0]",
            update="update_scheduling_policy",
            update_key="arn",
            delete="delete_scheduling_policy",
            delete_key="arn",
            named="Name",
            tagging=_TAGGING,
        ),
        attributes={"Arn": "arn"},
        recorded={"FairsharePolicy": "jobs come in the order of their submission"},
    ),
)

"""Compute environments: kept as they were given, with Batch's own role where none is named, and only what runs here."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from moto.batch import models
from moto.batch.exceptions import ClientException
from moto.iam.exceptions import NotFoundException

from emulator import clients
from emulator.replacements import Replacement
from emulator.services.batch import scheduler

_SERVICE = "batch.amazonaws.com"
_OWN_ROLE = "AWSServiceRoleForBatch"
_ComputeEnvironment: Any = models.ComputeEnvironment  # whose abstract parts moto leaves out
_DROPPED = ("updatePolicy", "context")


def _create(self: Any) -> str:
    request = json.loads(self.body)
    backend = self.batch_backend
    _check(backend, request)
    made = _ComputeEnvironment(
        request["computeEnvironmentName"],
        request["type"],
        request.get("state", "ENABLED"),
        request["computeResources"],
        request.get("serviceRole") or _own_role(),
        account_id=backend.account_id,
        region_name=backend.region_name,
    )
    made.kept = {name: request[name] for name in _DROPPED if request.get(name)}
    kind = "Spot" if "SPOT" in request["computeResources"]["type"] else "OnDemand"
    cluster = f"AWSBatch-{made.name}-{kind}-{uuid.uuid4()}"
    made.set_ecs(backend.ecs_backend.create_cluster(cluster).arn, cluster)
    backend._compute_environments[made.arn] = made
    if request.get("tags"):
        backend.tag_resource(made.arn, request["tags"])
    return json.dumps({"computeEnvironmentArn": made.arn, "computeEnvironmentName": made.name})


def _check(backend: Any, request: Mapping[str, Any]) -> None:
    name, resources = request["computeEnvironmentName"], request.get("computeResources")
    if not models.COMPUTE_ENVIRONMENT_NAME_REGEX.match(name):
        raise ClientException(f"Compute environment name {name} does not match [A-Za-z0-9][A-Za-z0-9_-]{{1,127}}")
    if backend.get_compute_environment_by_name(name):
        raise ClientException("Object already exists")
    if request["type"] != "MANAGED" or request.get("eksConfiguration"):
        raise ClientException("This emulator supports managed compute environments on ECS only.")
    if request.get("serviceRole"):
        try:
            backend.iam_backend.get_role_by_arn(request["serviceRole"])
        except NotFoundException:
            raise ClientException(f"Could not find IAM role {request['serviceRole']}") from None
    if not resources or resources.get("type") not in ("EC2", "SPOT"):
        raise ClientException("This emulator supports computeResources of the types EC2 and SPOT only.")
    strategy = resources.get("allocationStrategy", "BEST_FIT")
    if resources["type"] == "SPOT" and strategy == "BEST_FIT" and not resources.get("spotIamFleetRole"):
        raise ClientException("spotIamFleetRole is required with the allocation strategy BEST_FIT")
    if resources["type"] == "EC2" and strategy.startswith("SPOT_"):
        raise ClientException(f"allocationStrategy {strategy} is for compute resources of the type SPOT")
    backend._validate_compute_resources(
        {"instanceTypes": [], "securityGroupIds": _security_groups(backend, resources), **resources}
    )


def _security_groups(backend: Any, resources: Mapping[str, Any]) -> list[str]:
    """The groups that a launch template names, for an environment that names none itself."""
    asked = resources.get("launchTemplate")
    if not asked:
        return []
    named = {
        parameter: asked[key]
        for key, parameter in (("launchTemplateId", "LaunchTemplateId"), ("launchTemplateName", "LaunchTemplateName"))
        if asked.get(key)
    }
    try:
        versions = clients.client("ec2", backend.region_name).describe_launch_template_versions(
            **named, Versions=[asked.get("version") or "$Default"]
        )["LaunchTemplateVersions"]
    except ClientError as error:
        raise ClientException(f"CLIENT_ERROR - The launch template cannot be used: {error}") from error
    data = versions[0]["LaunchTemplateData"]
    interfaces = data.get("NetworkInterfaces") or []
    return list(data.get("SecurityGroupIds") or [group for each in interfaces for group in each.get("Groups", ())])


def _own_role() -> str:
    """The role that Batch has in every account, made when it is first needed."""
    iam = clients.client("iam")
    try:
        return str(iam.get_role(RoleName=_OWN_ROLE)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        path = f"/aws-service-role/{_SERVICE}/"
        trust = {"Effect": "Allow", "Principal": {"Service": _SERVICE}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = iam.create_role(RoleName=_OWN_ROLE, Path=path, AssumeRolePolicyDocument=document)
        return str(made["Role"]["Arn"])


def _update(self: Any) -> str:
    request = json.loads(self.body)
    backend = self.batch_backend
    environment = backend.get_compute_environment(request["computeEnvironment"])
    if environment is None:
        raise ClientException(f"Compute environment {request['computeEnvironment']} does not exist")
    changed = {**environment.compute_resources, **(request.get("computeResources") or {})}
    backend._validate_compute_resources({"securityGroupIds": _security_groups(backend, changed), **changed})
    changed.pop("updateToLatestImageVersion", None)
    environment.compute_resources = changed
    environment.state = request.get("state", environment.state)
    environment.service_role = request.get("serviceRole") or environment.service_role
    environment.kept |= {name: request[name] for name in _DROPPED if request.get(name)}
    scheduler.of(backend).dispatch()
    return json.dumps({"computeEnvironmentArn": environment.arn, "computeEnvironmentName": environment.name})


def _describe(self: Any) -> str:
    backend = self.batch_backend
    described = backend.describe_compute_environments(self._get_param("computeEnvironments"))
    whole = [
        {
            **each,
            **backend._compute_environments[each["computeEnvironmentArn"]].kept,
            "containerOrchestrationType": "ECS",
        }
        for each in described
    ]
    return json.dumps({"computeEnvironments": whole})


def _delete(self: Any) -> str:
    backend = self.batch_backend
    environment = backend.get_compute_environment(self._get_param("computeEnvironment"))
    if environment is None:
        return "{}"
    if any(environment in queue.environments for queue in backend._job_queues.values()):
        raise ClientException("Cannot delete, found existing JobQueue relationship")
    if environment.state != "DISABLED":
        raise ClientException("Cannot delete, resource must be DISABLED first")
    backend.delete_compute_environment(environment.arn)
    return "{}"


_RESPONSE = "moto.batch.responses:BatchResponse"
_WHY = "moto asks for a role that Batch has of its own, drops three properties, and starts instances that do not run"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.createcomputeenvironment", _create, _WHY, "4a0745449162"),
    Replacement(f"{_RESPONSE}.updatecomputeenvironment", _update, "moto changes no resources", "041c844a31a8"),
    Replacement(f"{_RESPONSE}.describecomputeenvironments", _describe, _WHY, "bf642f4ab6f5"),
    Replacement(f"{_RESPONSE}.deletecomputeenvironment", _delete, "moto deletes what queues still use", "b99165946262"),
]

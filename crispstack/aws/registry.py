"""SageMaker Model Registry: a group of model packages per project, a version per model that reached evaluation.

Groups are made when a project's first model is registered, and outlive the stacks: they say who approved what.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from crispstack.artifacts import InputReference, RegisteredModel, sha256
from crispstack.aws.champion import client

Status = Literal["PendingManualApproval", "Approved", "Rejected"]
_LONGEST_NAME = 63
_LONGEST_TEXT = 1024
_LONGEST_METADATA = 256
_NOT_METADATA = re.compile(r"[^\w .:/=+\-@]")
_LONGEST_TOKEN = 36
MODEL_SHA256, MODEL_VERSION, CANDIDATE = "model_sha256", "model_version", "candidate"
"""Names in a package's metadata."""


@dataclass(frozen=True)
class Model:
    """A model to register: its name on the leaderboard, its graph, its version, and whether it may be deployed."""

    name: str
    uri: str
    sha256: str
    version: str
    chosen: bool


@dataclass(frozen=True)
class Entry:
    """What the registry says of a model: its status, who said so and why, and the graph's SHA-256."""

    status: str
    description: str
    model_sha256: str


def group_name(prefix: str, project: str) -> str:
    """Name of a project's group; the registry's names hold no underscores, end with no dash, and are short."""
    name = prefix + project.replace("_", "-")
    if len(name) <= _LONGEST_NAME and not name.endswith("-"):
        return name
    mark = sha256(project.encode())[:8]
    return f"{name[: _LONGEST_NAME - len(mark) - 1].rstrip('-')}-{mark}"


def make_group(group: str, project: str) -> None:
    """Make the project's group of model packages unless it is there."""
    try:
        client("sagemaker").create_model_package_group(
            ModelPackageGroupName=group,
            ModelPackageGroupDescription=f"Models of {project} that reached evaluation",
            Tags=[{"Key": "crispstack:project", "Value": project}],
        )
    except ClientError as error:
        if "already exists" not in str(error):
            raise


def register(
    group: str, model: Model, about: str, lineage: Mapping[str, str], decision: InputReference, run: str, status: Status
) -> RegisteredModel:
    """Add a version to the group, unless this attempt of the run did after the same decision.

    Args:
        group: of the project.
        model: the graph.
        about: one sentence.
        lineage: what it was made from, by name.
        decision: the artifact that judged it.
        run: names the attempt of the run that registers it.
        status: whether it still can be approved.
    """
    token = sha256(f"{run} {model.name} {model.sha256} {decision.sha256}".encode())[:_LONGEST_TOKEN]
    metadata = {**lineage, CANDIDATE: model.name, MODEL_VERSION: model.version, MODEL_SHA256: model.sha256}
    quality = {"ContentType": "application/json", "S3Uri": decision.uri, "ContentDigest": f"sha256:{decision.sha256}"}
    arn: str = client("sagemaker").create_model_package(
        ModelPackageGroupName=group,
        ModelPackageDescription=about[:_LONGEST_TEXT],
        SourceUri=model.uri,
        ModelApprovalStatus=status,
        ModelMetrics={"ModelQuality": {"Statistics": quality}},
        MetadataProperties={"GeneratedBy": run},
        CustomerMetadataProperties={name: _as_metadata(text) for name, text in metadata.items()},
        ClientToken=token,
    )["ModelPackageArn"]
    number = int(arn.rpartition("/")[2])
    return RegisteredModel(model.name, arn, number, model.version, model.sha256, model.chosen)


def _as_metadata(text: str) -> str:
    """The text in the letters and the length that the registry takes."""
    return _NOT_METADATA.sub("_", text)[:_LONGEST_METADATA]


def entry(package_arn: str) -> Entry:
    """What the registry says of a model now."""
    found: dict[str, Any] = client("sagemaker").describe_model_package(ModelPackageName=package_arn)
    metadata = found.get("CustomerMetadataProperties", {})
    return Entry(found["ModelApprovalStatus"], found.get("ApprovalDescription", ""), metadata.get(MODEL_SHA256, ""))


def conclude(package_arn: str, approved: bool, by: str, reason: str) -> None:
    """Approve a model or reject it; the registry keeps who and why."""
    status: Status = "Approved" if approved else "Rejected"
    client("sagemaker").update_model_package(
        ModelPackageArn=package_arn,
        ModelApprovalStatus=status,
        ApprovalDescription=f"{by or 'nobody'}: {reason}"[:_LONGEST_TEXT],
    )

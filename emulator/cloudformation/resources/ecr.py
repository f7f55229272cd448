"""AWS::ECR types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type, unless
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType


def _create(context: Context, properties: Properties) -> str:
    ecr = context.client("ecr")
    named = {"RepositoryName": context.generated_name.lower(), **properties}
    ecr.create_repository(**to_input(ecr, "create_repository", named))
    return str(named["RepositoryName"])


def _put_policies(context: Context, name: str, old: Properties, new: Properties) -> None:
    ecr = context.client("ecr")
    if "RepositoryPolicyText" in new:
        policy = new["RepositoryPolicyText"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        ecr.set_repository_policy(repositoryName=name, policyText=text)
    elif "RepositoryPolicyText" in old:
        ecr.delete_repository_policy(repositoryName=name)
    if "LifecyclePolicy" in new:
        text = new["LifecyclePolicy"]["LifecyclePolicyText"]
        ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)
    elif "LifecyclePolicy" in old:
        ecr.delete_lifecycle_policy(repositoryName=name)


def _repository(ecr: Any, name: str) -> dict[str, Any]:
    return dict(ecr.describe_repositories(repositoryNames=[name])["repositories"][0])


def _read(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    ecr = context.client("ecr")
    repository = _repository(ecr, name)
    policy = unless("RepositoryPolicyNotFoundException", ecr.get_repository_policy, repositoryName=name)
    lifecycle = unless("LifecyclePolicyNotFoundException", ecr.get_lifecycle_policy, repositoryName=name)
    kept = ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
    return {
        **to_properties("AWS::ECR::Repository", repository),
        "RepositoryPolicyText": policy and json.loads(policy["policyText"]),
        "LifecyclePolicy": lifecycle and {"LifecyclePolicyText": lifecycle["lifecyclePolicyText"]},
        "Tags": tags.pairs(kept),
    }


def _update(context: Context, name: str, old: Properties, new: Properties) -> None:
    ecr = context.client("ecr")
    asked = {"ImageTagMutability": "MUTABLE", "ImageScanningConfiguration": {"ScanOnPush": False}, **new}
    asked["RepositoryName"] = name
    for operation in ("put_image_tag_mutability", "put_image_scanning_configuration"):
        getattr(ecr, operation)(**to_input(ecr, operation, asked))
    _put_policies(context, name, old, new)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = _repository(ecr, name)["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=tags.pairs(changed))
    ecr.untag_resource(resourceArn=arn, tagKeys=removed)


def _delete(context: Context, name: str, properties: Properties) -> None:
    force = str(properties.get("EmptyOnDelete", False)).lower() == "true"
    context.client("ecr").delete_repository(repositoryName=name, force=force)


def _attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    repository = _repository(context.client("ecr"), name)
    return {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::ECR::Repository",
        create=_create,
        configure=_put_policies,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "LifecyclePolicy": "images are not expired here",
            "ImageScanningConfiguration": "images are not scanned here",
            "EncryptionConfiguration": "images are not encrypted here",
        },
        write_only={"EmptyOnDelete": "used when the repository is deleted; ECR does not keep it"},
    ),
)

"""SageMaker's types: the model registry, and what endpoints would use; endpoints themselves are refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.cloudformation import resources
from emulator.settings import Settings
from tests.emulator.resource_type_contract import ACCOUNT, REGION, TAGS, Case, World, check, of_stack

ROLE = f"arn:aws:iam::{ACCOUNT}:role/types-sagemaker"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/types:1"
CONTAINER = {"Image": IMAGE, "ModelDataUrl": "s3://types/model.tar.gz"}
INFERENCE = {
    "Containers": [CONTAINER],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    "SupportedTransformInstanceTypes": ["ml.m5.large"],
}
VARIANT = {
    "VariantName": "all",
    "ModelName": "types-kept",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
    "InitialVariantWeight": 1,
}

CASES = [
    Case(
        "AWS::SageMaker::ModelPackageGroup",
        {"ModelPackageGroupName": "types-group", "ModelPackageGroupDescription": "d", "Tags": TAGS},
        {"Tags": TAGS[:1]},
        {"ModelPackageGroupArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/types-group"},
        ("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList[].ModelPackageGroupName"),
    ),
    Case(
        "AWS::SageMaker::ModelPackage",
        {
            "ModelPackageGroupName": "types-packages",
            "ModelPackageDescription": "d",
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": INFERENCE,
            "CustomerMetadataProperties": {"run": "1"},
        },
        {"ModelApprovalStatus": "Approved", "ApprovalDescription": "good"},
        {"ModelPackageArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/types-packages/"},
    ),
    Case(
        "AWS::SageMaker::Model",
        {
            "ModelName": "types-model",
            "ExecutionRoleArn": ROLE,
            "PrimaryContainer": {**CONTAINER, "Environment": {"A": "b"}},
            "EnableNetworkIsolation": True,
            "Tags": TAGS,
        },
        {"Tags": TAGS[:1]},
        {"ModelName": "types-model", "ModelArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/types-model"},
        ("sagemaker", "list_models", "Models[].ModelName"),
    ),
    Case(
        "AWS::SageMaker::EndpointConfig",
        {"EndpointConfigName": "types-config", "ProductionVariants": [VARIANT], "Tags": TAGS},
        {"Tags": TAGS[:1]},
        {"EndpointConfigArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint-config/types-config"},
        ("sagemaker", "list_endpoint_configs", "EndpointConfigs[].EndpointConfigName"),
    ),
]


def prepare(world: World) -> None:
    """What the cases need."""
    world.make("AWS::SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "types-packages"})
    world.make(
        "AWS::SageMaker::Model",
        {"ModelName": "types-kept", "ExecutionRoleArn": ROLE, "PrimaryContainer": CONTAINER},
    )


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("SageMaker")
    prepare(found)
    yield found
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_what_would_serve_a_model_is_no_type_here() -> None:
    assert not {"AWS::SageMaker::Endpoint", "AWS::SageMaker::Domain"} & set(resources.load())

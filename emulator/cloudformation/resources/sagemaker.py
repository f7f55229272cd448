"""AWS::SageMaker types. Nothing is trained or served through SageMaker here: endpoints are refused by name."""

from __future__ import annotations

from emulator.cloudformation.described_type import Requests, Tagging, described_type
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

_NOT_SERVED = "models are not served through SageMaker here"
_TAGGING = Tagging(
    put="add_tags",
    remove="delete_tags",
    listing="list_tags",
    resource="ResourceArn",
    tags="Tags",
    keys="TagKeys",
    pair=("Key", "Value"),
    found="Tags",
)


def _update_package(context: Context, arn: str, _old: Properties, new: Properties) -> None:
    status = new.get("ModelApprovalStatus", "PendingManualApproval")
    said = {"ApprovalDescription": new["ApprovalDescription"]} if "ApprovalDescription" in new else {}
    kept = (
        {"CustomerMetadataProperties": new["CustomerMetadataProperties"]} if "CustomerMetadataProperties" in new else {}
    )
    context.client("sagemaker").update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, **said, **kept)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _named(noun: str, snake: str, key: str = "") -> Requests:
    """The requests of what SageMaker knows by its name."""
    return Requests(
        service="sagemaker",
        create=f"create_{snake}",
        made="",
        describe=f"describe_{snake}",
        key=key or f"{noun}Name",
        found="@",
        delete=f"delete_{snake}",
        arn=f"{noun}Arn",
        named=f"{noun}Name",
        longest_name=63,
        tagging=_TAGGING,
    )


TYPES: tuple[ResourceType, ...] = (
    described_type(
        "AWS::SageMaker::ModelPackageGroup",
        _named("ModelPackageGroup", "model_package_group"),
        attributes={
            "ModelPackageGroupArn": "ModelPackageGroupArn",
            "ModelPackageGroupStatus": "ModelPackageGroupStatus",
        },
    ),
    described_type(
        "AWS::SageMaker::ModelPackage",
        Requests(
            service="sagemaker",
            create="create_model_package",
            made="ModelPackageArn",
            describe="describe_model_package",
            key="ModelPackageName",
            found="@",
            delete="delete_model_package",
        ),
        configure=_update_package,
        attributes={"ModelPackageArn": "ModelPackageArn", "ModelPackageStatus": "ModelPackageStatus"},
        recorded={"InferenceSpecification": _NOT_SERVED},
    ),
    described_type(
        "AWS::SageMaker::Model",
        _named("Model", "model"),
        attributes={"ModelName": "ModelName", "ModelArn": "ModelArn"},
        recorded={"PrimaryContainer": _NOT_SERVED, "Containers": _NOT_SERVED},
    ),
    described_type(
        "AWS::SageMaker::EndpointConfig",
        _named("EndpointConfig", "endpoint_config"),
        attributes={"EndpointConfigName": "EndpointConfigName", "EndpointConfigArn": "EndpointConfigArn"},
        recorded={"ProductionVariants": _NOT_SERVED},
    ),
)

"""What a training job may ask for here: a request is checked as SageMaker does, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from moto.sagemaker.exceptions import AWSValidationException

from emulator import clients
from emulator.compute import images, instance_types
from emulator.compute.images import Image, ImageError
from emulator.compute.instance_types import InstanceType
from emulator.identity import credentials
from emulator.identity.credentials import RoleError

Document = Mapping[str, Any]
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_UNSUPPORTED = (
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "TensorBoardOutputConfig",
    "ExperimentConfig",
    "ProfilerRuleConfigurations",
    "RemoteDebugConfig",
    "InfraCheckConfig",
    "SessionChainingConfig",
    "ServerlessJobConfig",
    "MlflowConfig",
    "ModelPackageConfig",
)
_UNSUPPORTED_OF_CHANNELS = ("CompressionType", "RecordWrapperType", "ShuffleConfig")
_DEFAULT_RUNTIME = 86_400


def checked(request: Document) -> tuple[dict[str, Any], Image, InstanceType]:
    """The request with its defaults, its image, and the type of its instance.

    Raises:
        AWSValidationException: it is wrong, or asks for what this emulator does not run.
    """
    if not _NAME.fullmatch(request["TrainingJobName"]):
        raise AWSValidationException(
            f"1 validation error detected: Value '{request['TrainingJobName']}' at 'trainingJobName' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: {_NAME.pattern}"
        )
    for name in _UNSUPPORTED:
        if request.get(name):
            raise AWSValidationException(f"{name} is not supported by this emulator.")
    for each in request.get("InputDataConfig") or ():
        _check_channel(each)
    image = _image(request)
    stopping = {"MaxRuntimeInSeconds": _DEFAULT_RUNTIME, **(request.get("StoppingCondition") or {})}
    _check_spot(request, stopping)
    _check_checkpoints(request)
    _check_network(request.get("VpcConfig") or {})
    return {**request, "StoppingCondition": stopping}, image, _instance_type(request.get("ResourceConfig") or {})


def _image(request: Document) -> Image:
    algorithm = request.get("AlgorithmSpecification") or {}
    if not algorithm.get("TrainingImage") or not algorithm.get("ContainerEntrypoint"):
        raise AWSValidationException(
            "This emulator trains with AlgorithmSpecification.TrainingImage and ContainerEntrypoint: it runs neither "
            "algorithms of SageMaker's own nor an image's own entry point."
        )
    if algorithm.get("TrainingInputMode", "File") != "File":
        raise AWSValidationException("TrainingInputMode is not supported by this emulator unless it is File.")
    reference, arn = algorithm["TrainingImage"], request["RoleArn"]
    try:
        role = credentials.for_role(arn, "SageMaker", "sagemaker.amazonaws.com")
        image = images.pull(reference, role)
    except RoleError as error:
        raise AWSValidationException(
            f"Could not assume role {arn}. Please ensure that the role exists and allows principal "
            f"'sagemaker.amazonaws.com' to assume the role. ({error.message})"
        ) from error
    except ImageError as error:
        raise AWSValidationException(f"Cannot pull the image {reference} with the role {arn}: {error}") from error
    if not image.ecr_repository:
        raise AWSValidationException(f"The image {reference} is not in Amazon ECR's private registries.")
    return image


def _check_channel(channel: Document) -> None:
    source = channel["DataSource"].get("S3DataSource")
    if not source or source["S3DataType"] != "S3Prefix":
        raise AWSValidationException(
            f"The channel {channel['ChannelName']} is not supported by this emulator: it has S3DataSource of S3Prefix."
        )
    if channel.get("InputMode", "File") != "File":
        raise AWSValidationException(
            f"The channel {channel['ChannelName']} is not supported by this emulator unless its InputMode is File."
        )
    for name in _UNSUPPORTED_OF_CHANNELS:
        if channel.get(name, "None") not in ("None", None):
            raise AWSValidationException(f"{name} of {channel['ChannelName']} is not supported by this emulator.")


def _check_spot(request: Document, stopping: Document) -> None:
    if not request.get("EnableManagedSpotTraining"):
        if "MaxWaitTimeInSeconds" in stopping:
            raise AWSValidationException("MaxWaitTimeInSeconds is for EnableManagedSpotTraining only.")
    elif stopping.get("MaxWaitTimeInSeconds", 0) < stopping["MaxRuntimeInSeconds"]:
        raise AWSValidationException(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )


def _check_checkpoints(request: Document) -> None:
    place = (request.get("CheckpointConfig") or {}).get("LocalPath", "/opt/ml/checkpoints")
    if not place.startswith("/opt/ml/"):
        raise AWSValidationException(f"LocalPath {place} is not supported by this emulator: it has /opt/ml.")


def _check_network(network: Document) -> None:
    ec2 = clients.client("ec2")
    try:
        if network:
            ec2.describe_subnets(SubnetIds=network["Subnets"])
            ec2.describe_security_groups(GroupIds=network["SecurityGroupIds"])
    except ClientError as error:
        raise AWSValidationException(f"VpcConfig: {error.response['Error']['Message']}") from error


def _instance_type(resources: Document) -> InstanceType:
    if resources.get("InstanceCount", 1) != 1 or resources.get("InstanceGroups"):
        raise AWSValidationException("This emulator trains on one instance: InstanceCount must be 1.")
    name = str(resources.get("InstanceType", ""))
    known = instance_types.find(name.removeprefix("ml."))
    if not name.startswith("ml.") or known is None:
        raise AWSValidationException(f"InstanceType {name} is not known to this emulator.")
    return InstanceType(name, known.vcpus, known.memory, known.gpus)

"""What the deployed stacks say of themselves: names that the command line needs, from CloudFormation's outputs."""

from __future__ import annotations

from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.environment import Environment
from crispstack.deployment.queued_results import results_prefix
from crispstack.errors import CrispError


@dataclass(frozen=True)
class Platform:
    """What all projects of an environment share."""

    raw_bucket: str
    artifacts_bucket: str
    state_machine: str
    database: str
    workgroup: str


@dataclass(frozen=True)
class ProjectEndpoint:
    """Where a project answers. `url` ends before ``/v1/predict``, `results_uri` with a slash."""

    url: str
    function: str
    champion_parameter: str
    scoring_parameter: str
    request_queue: str
    results_uri: str


def platform(environment: Environment) -> Platform:
    """The environment's shared stacks.

    Raises:
        CrispError: they are not deployed.
    """
    storage = _outputs(environment, environment.stack("storage"))
    orchestration = _outputs(environment, environment.stack("orchestration"))
    understanding = _outputs(environment, environment.stack("data-understanding"))
    return Platform(
        storage["RawBucketName"],
        storage["ArtifactsBucketName"],
        orchestration["StateMachineArn"],
        storage["DatabaseName"],
        understanding["WorkgroupName"],
    )


def predictions_bucket(environment: Environment) -> str:
    """Bucket in which predictions and their truths are kept.

    Raises:
        CrispError: the shared stacks are not deployed.
    """
    return _outputs(environment, environment.stack("storage"))["PredictionsBucketName"]


def project_endpoint(environment: Environment, project: str) -> ProjectEndpoint:
    """The project's stack.

    Raises:
        CrispError: it is not deployed.
    """
    storage = _outputs(environment, environment.stack("storage"))
    outputs = _outputs(environment, environment.project_stack(project))
    return ProjectEndpoint(
        outputs["PredictionEndpoint"].rstrip("/"),
        outputs["PredictionFunctionName"],
        outputs["ChampionParameter"],
        outputs["ScoringParameter"],
        outputs["RequestQueueUrl"],
        f"s3://{storage['QueryResultsBucketName']}/{results_prefix(project)}",
    )


def drift_function(environment: Environment, project: str) -> str:
    """Name of the function that looks for drift in the project's predictions.

    Raises:
        CrispError: the project is not deployed.
    """
    return _outputs(environment, environment.project_stack(project))["DriftFunctionName"]


def change_function(environment: Environment) -> str:
    """Name of the function that begins releases and rollbacks.

    Raises:
        CrispError: it is not deployed.
    """
    return _outputs(environment, environment.stack("deployment"))["ChangeFunctionName"]


def _outputs(environment: Environment, stack: str) -> dict[str, str]:
    try:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise CrispError(f"{stack} is not deployed; run `crisp deploy --env {environment.name}`") from error
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

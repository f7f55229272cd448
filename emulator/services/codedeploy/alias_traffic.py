"""The alias that a deployment shifts, read and changed with the deployment group's role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from emulator.services.codedeploy.app_spec import AppSpec, invalid
from emulator.services.codedeploy.errors import DeploymentFailedError


@contextmanager
def allowed(role: str, service: str) -> Iterator[None]:
    """Turn a refusal of a service's into the deployment's failure.

    Raises:
        DeploymentFailedError: the role may not do what was asked for (IAM_ROLE_PERMISSIONS).
    """
    try:
        yield
    except ClientError as error:
        if "AccessDenied" not in error.response["Error"]["Code"]:
            raise
        raise DeploymentFailedError(
            "IAM_ROLE_PERMISSIONS",
            f"The IAM role {role} does not give you permission to perform operations in the following AWS service: "
            f"{service}. ({error.response['Error']['Message']})",
        ) from error


def check(functions: Any, role: str, spec: AppSpec) -> None:
    """See that the alias is where the deployment begins.

    Args:
        functions: a client of Lambda with the role.
        role: ARN of the deployment group's role.
        spec: what is deployed.

    Raises:
        DeploymentFailedError: there is no such alias, it is on another version, or the role may not read it.
    """
    try:
        with allowed(role, "AWSLambda"):
            found = functions.get_alias(FunctionName=spec.function, Name=spec.alias)
    except ClientError as error:
        raise DeploymentFailedError(
            "INVALID_LAMBDA_FUNCTION",
            f"The deployment failed because the function {spec.function} or its alias {spec.alias} cannot be found.",
        ) from error
    if found["FunctionVersion"] != spec.current:
        raise invalid("The Lambda function alias version does not match the current version in AppSpec file.")


def shift(functions: Any, role: str, spec: AppSpec, percent: float) -> None:
    """Give the target version its share of the alias's traffic; with 100 percent, the alias itself.

    Raises:
        DeploymentFailedError: there is no such version, Lambda refuses the pair, or the role may not change the alias.
    """
    own = spec.target if percent >= 100 else spec.current
    weights = {} if percent >= 100 else {spec.target: percent / 100}
    try:
        with allowed(role, "AWSLambda"):
            functions.update_alias(
                FunctionName=spec.function,
                Name=spec.alias,
                FunctionVersion=own,
                RoutingConfig={"AdditionalVersionWeights": weights},
            )
    except ClientError as error:
        raise invalid(error.response["Error"]["Message"]) from error

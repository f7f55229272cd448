"""The champion of a project: which parameter names it, and who may ask for it."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from stacks.environment import Environment


def champion_parameter(environment: Environment, project: str) -> str:
    """Name of the parameter that holds the URI of the champion's package."""
    return f"/crispstack/{environment.name}/champion/{project}"


def grant_champion(stack: Stack, environment: Environment, role: iam.IGrantable, *actions: str) -> None:
    """Allow these actions of Systems Manager on the parameters of all projects' champions."""
    name = champion_parameter(environment, "*").removeprefix("/")
    parameters = stack.format_arn(service="ssm", resource="parameter", resource_name=name)
    role.grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=list(actions), resources=[parameters]))

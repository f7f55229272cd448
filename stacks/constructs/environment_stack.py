"""A stack of an environment: its account and region, its name, its protection."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from stacks.environment import Environment


class EnvironmentStack(cdk.Stack):
    """``crispstack-<environment>-<name>``, in the environment's account and region, looked up nowhere."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, name: str, description: str
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(account=environment.account, region=environment.region),
            stack_name=f"{environment.prefix}-{name}",
            description=description,
            termination_protection=environment.termination_protection,
        )

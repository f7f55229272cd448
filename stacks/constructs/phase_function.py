"""A Lambda function of ours: packaged without Docker, logged, traced, with a role that starts with nothing."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from crispstack.settings import Settings
from stacks import packages
from stacks.environment import Environment
from stacks.packages import Target

HANDLERS = Path(__file__).parent.parent.parent / "lambdas"
_RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    400: logs.RetentionDays.THIRTEEN_MONTHS,
}
_UV_PLATFORM = {"host": "", "arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}


def target(environment: Environment) -> Target:
    """What functions of this environment are built for."""
    return Target(environment.function_python, _UV_PLATFORM[environment.platform])


def spark_target(environment: Environment) -> Target:
    """What Spark's Python dependencies are built for: EMR's Python is 3.11."""
    return Target("3.11", _UV_PLATFORM[environment.platform])


def log_group(scope: Construct, construct_id: str, environment: Environment, name: str | None = None) -> logs.LogGroup:
    """A log group that forgets after the environment's retention."""
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[environment.log_retention_days],
        removal_policy=RemovalPolicy.DESTROY,
    )


class PhaseFunction(Construct):
    """The function ``lambdas/<package>/handler.py:<entry>`` with its role and log group.

    `function_name` is given only where another stack must know it beforehand.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        package: str,
        settings: Settings,
        entry: str = "handler",
        extra: str = "",
        memory_mib: int = 256,
        timeout: Duration | None = None,
        function_name: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        group = log_group(self, "Log", environment)
        self.role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), description=f"Runs {construct_id}"
        )
        self.log_group_name, self.memory_mib = group.log_group_name, memory_mib
        group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            runtime=lambda_.Runtime(f"python{environment.function_python}", lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.ARM_64 if environment.arm else lambda_.Architecture.X86_64,
            code=lambda_.Code.from_asset(str(packages.function(HANDLERS / package, extra, target(environment)))),
            handler=f"handler.{entry}",
            role=self.role,
            environment=settings.to_environment(),
            memory_size=memory_mib,
            timeout=timeout or Duration.minutes(1),
            log_group=group,
            logging_format=lambda_.LoggingFormat.JSON,
        )

"""The alias behind a project's API: CodeDeploy shifts it to new versions in steps, and back when an alarm fires."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnCodeDeployLambdaAliasUpdate, CfnUpdatePolicy, Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from crispstack.settings import LIVE
from stacks.environment import Environment
from stacks.release_steps import ReleaseSteps


class LiveAlias(Construct):
    """The version that a deployment of the stack publishes, and the alias that goes there, as releases go to theirs.

    `name` is the function's, and CodeDeploy's application's and group's, so that a release finds them; `prove` asks a
    new version the golden rows; any of `alarms` takes a release back.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        name: str,
        function: lambda_.Function,
        prove: str,
        alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._steps, self._alarms = name, environment.release, alarms
        version = function.current_version
        # Versions of earlier deployments are what one goes back to.
        version.apply_removal_policy(RemovalPolicy.RETAIN)
        self.alias = lambda_.Alias(self, "Alias", alias_name=LIVE, version=version)
        self._group(function, prove)

    def _group(self, function: lambda_.Function, prove: str) -> None:
        """The construct would give its role every function of the account; its rights are written out instead."""
        role = iam.Role(
            self,
            "ShiftRole",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            description=f"Shifts traffic between versions of {self._name}",
        )
        stack = Stack.of(self)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:GetAlias", "lambda:UpdateAlias"],
                resources=[function.function_arn, f"{function.function_arn}:{LIVE}"],
            )
        )
        hook = stack.format_arn(service="lambda", resource=f"function:{prove}")
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[hook]))
        watched = [alarm.alarm_arn for alarm in self._alarms]
        role.add_to_policy(iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=watched))
        group = codedeploy.LambdaDeploymentGroup(
            self,
            "Group",
            application=codedeploy.LambdaApplication(self, "Application", application_name=self._name),
            deployment_group_name=self._name,
            alias=self.alias,
            deployment_config=_configuration(self, self._steps),
            role=role.without_policy_updates(),
            alarms=self._alarms,
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )
        group.node.add_dependency(role)
        resource = self.alias.node.default_child
        assert isinstance(resource, lambda_.CfnAlias)  # noqa: S101 (narrows the type for the next lines)
        # Given as the construct's own hook, it would get rights of every project's group, in a cycle of stacks.
        resource.cfn_options.update_policy = CfnUpdatePolicy(
            code_deploy_lambda_alias_update=CfnCodeDeployLambdaAliasUpdate(
                application_name=group.application.application_name,
                deployment_group_name=group.deployment_group_name,
                before_allow_traffic_hook=prove,
            )
        )


def _configuration(scope: Construct, steps: ReleaseSteps) -> codedeploy.ILambdaDeploymentConfig:
    if steps.steps == "all_at_once":
        return codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE
    interval = Duration.minutes(steps.minutes)
    routing = (
        codedeploy.TimeBasedCanaryTrafficRouting(interval=interval, percentage=steps.percent)
        if steps.steps == "canary"
        else codedeploy.TimeBasedLinearTrafficRouting(interval=interval, percentage=steps.percent)
    )
    return codedeploy.LambdaDeploymentConfig(scope, "Steps", traffic_routing=routing)

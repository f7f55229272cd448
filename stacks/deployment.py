"""Deployment: the functions that release a champion and write the report. What serves is each project's own."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.deployment.prediction_shift import ALARM
from crispstack.phases import Phase
from crispstack.settings import ReleaseSettings, RunSettings
from stacks.champion import champion_parameter, grant_champion
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction
from stacks.environment import Environment
from stacks.evaluation import package_group_prefix
from stacks.storage import Storage


def prediction_function_name(environment: Environment, project: str) -> str:
    """Name of the function that serves a project."""
    return f"{environment.prefix}-predict-{project}"


class Deployment(EnvironmentStack):
    """Functions that begin a release, prove a version, conclude a release, and write the final report.

    `release` is asked by the loop, `change` by people, `prove` by CodeDeploy, `conclude` by the loop and by events.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="deployment", description="Release and report"
        )
        self._environment, self._storage = environment, storage
        artifacts_bucket = storage.artifacts.bucket_name
        # Every project's stack names it, so it has a name of its own.
        self.prove_name = f"{environment.prefix}-prove-release"
        self._settings = ReleaseSettings(
            artifacts_bucket=artifacts_bucket,
            champion_parameter_prefix=champion_parameter(environment, ""),
            prediction_function_prefix=prediction_function_name(environment, ""),
            alarm_prefix=f"{environment.prefix}-",
            prove=self.prove_name,
        )
        self.release = self._function("Release", "handler")
        self.change = self._function("ChangeRelease", "change")
        self.prove = self._function("ProveRelease", "prove", self.prove_name)
        self.conclude = self._function("ConcludeRelease", "conclude")
        self.report = PhaseFunction(
            self,
            "Report",
            environment=environment,
            package="report",
            extra="report",
            settings=RunSettings(artifacts_bucket=artifacts_bucket),
            memory_mib=1024,
            timeout=Duration.minutes(5),
        )
        for function in (self.release, self.conclude, self.report):
            grants.run_artifacts(function.role, storage, Phase.DEPLOYMENT)
        read = [f"*/runs/*/{phase.prefix}/" for phase in (Phase.MODELING, Phase.EVALUATION)]
        grants.read_prefix(self.change.role, storage.artifacts, *read)
        # A model that serves already is asked again.
        self._allow(self.release, ["lambda:InvokeFunction"], self._predictions)
        for function in (self.release, self.change):
            self._grant_begin(function)
        for function in (self.prove, self.conclude):
            # These know no narrower resource.
            self._allow(function, ["codedeploy:GetDeploymentTarget", "codedeploy:ListDeploymentTargets"], "*")
        self._grant_prove()
        self._grant_conclude()
        self._conclude_on_change()
        CfnOutput(self, "ChangeFunctionName", value=self.change.function.function_name)

    def _function(self, construct_id: str, entry: str, name: str | None = None) -> PhaseFunction:
        function = PhaseFunction(
            self,
            construct_id,
            environment=self._environment,
            package="release",
            entry=entry,
            settings=self._settings,
            timeout=Duration.minutes(5),
            function_name=name,
        )
        grants.read_prefix(function.role, self._storage.artifacts, "*/models/", "*/releases/")
        grants.write_prefix(function.role, self._storage.artifacts, "*/releases/")
        return function

    def _allow(self, function: PhaseFunction, actions: list[str], *resources: str) -> None:
        function.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))

    def _grant_begin(self, function: PhaseFunction) -> None:
        """Publish a model and a version, begin a deployment, and say what the alarm on predictions watches."""
        grants.write_prefix(function.role, self._storage.artifacts, "*/models/")
        packages = self.format_arn(
            service="sagemaker",
            resource="model-package",
            resource_name=f"{package_group_prefix(self._environment)}*",
        )
        self._allow(function, ["sagemaker:DescribeModelPackage"], packages)
        grant_champion(self, self._environment, function.role, "ssm:GetParameter")
        self._allow(
            function,
            [
                "lambda:GetAlias",
                "lambda:GetFunctionConfiguration",
                "lambda:PublishVersion",
                "lambda:UpdateFunctionConfiguration",
            ],
            self._predictions,
        )
        applications, groups = self._code_deploy("application:{0}"), self._code_deploy("deploymentgroup:{0}/{0}")
        self._allow(
            function,
            [
                "codedeploy:CreateDeployment",
                "codedeploy:GetApplicationRevision",
                "codedeploy:ListDeployments",
                "codedeploy:RegisterApplicationRevision",
            ],
            applications,
            groups,
        )
        self._allow(function, ["codedeploy:GetDeploymentConfig"], self._code_deploy("deploymentconfig:*"))
        self._allow(function, ["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"], self._alarms)

    def _grant_prove(self) -> None:
        groups = self._code_deploy("deploymentgroup:{0}/{0}")
        grant_champion(self, self._environment, self.prove.role, "ssm:GetParameter")
        self._allow(self.prove, ["lambda:GetFunctionConfiguration", "lambda:InvokeFunction"], self._predictions)
        self._allow(
            self.prove,
            [
                "codedeploy:GetDeployment",
                "codedeploy:PutLifecycleEventHookExecutionStatus",
            ],
            groups,
        )

    def _grant_conclude(self) -> None:
        groups = self._code_deploy("deploymentgroup:{0}/{0}")
        grant_champion(self, self._environment, self.conclude.role, "ssm:GetParameter", "ssm:PutParameter")
        self._allow(self.conclude, ["lambda:GetAlias", "lambda:GetFunctionConfiguration"], self._predictions)
        self._allow(self.conclude, ["codedeploy:GetDeployment"], groups)
        self._allow(self.conclude, ["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"], self._alarms)

    def _conclude_on_change(self) -> None:
        """Whoever began a deployment: CloudFormation's, too, are recorded."""
        told = events.RuleTargetInput.from_object(
            {
                "function": events.EventField.from_path("$.detail.application"),
                "deployment_id": events.EventField.from_path("$.detail.deploymentId"),
            }
        )
        events.Rule(
            self,
            "ReleaseEnded",
            description="A change of what serves is over",
            event_pattern=events.EventPattern(
                source=["aws.codedeploy"],
                detail_type=["CodeDeploy Deployment State-change Notification"],
                detail={
                    "state": ["SUCCESS", "FAILURE", "STOP"],
                    "application": [{"prefix": self._settings.prediction_function_prefix}],
                },
            ),
            targets=[targets.LambdaFunction(self.conclude.function, event=told)],
        )

    @property
    def _predictions(self) -> str:
        """Prediction functions of all projects, with their versions and aliases."""
        return self.format_arn(
            service="lambda", resource=f"function:{prediction_function_name(self._environment, '*')}"
        )

    @property
    def _alarms(self) -> str:
        """The alarm on predictions of all projects."""
        return self.format_arn(service="cloudwatch", resource=f"alarm:{self._environment.prefix}-*-{ALARM}")

    def _code_deploy(self, resource: str) -> str:
        """ARN of resources of CodeDeploy, which have the names of prediction functions."""
        named = resource.format(prediction_function_name(self._environment, "*"))
        return self.format_arn(service="codedeploy", resource=named)

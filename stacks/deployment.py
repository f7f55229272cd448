"""Deployment: the functions that release a champion and write the report. What serves is each project's own."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

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
    """`release` publishes a model and names it champion; `report` writes the final report."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="deployment", description="Release and report"
        )
        artifacts_bucket = storage.artifacts.bucket_name
        self.release = PhaseFunction(
            self,
            "Release",
            environment=environment,
            package="release",
            settings=ReleaseSettings(
                artifacts_bucket=artifacts_bucket,
                champion_parameter_prefix=champion_parameter(environment, ""),
                prediction_function_prefix=prediction_function_name(environment, ""),
            ),
            timeout=Duration.minutes(5),
        )
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
        for function in (self.release, self.report):
            grants.run_artifacts(function.role, storage, Phase.DEPLOYMENT)
        grants.write_prefix(self.release.role, storage.artifacts, "*/models/")
        grants.read_prefix(self.release.role, storage.artifacts, "*/models/")
        packages = self.format_arn(
            service="sagemaker", resource="model-package", resource_name=f"{package_group_prefix(environment)}*"
        )
        self.release.role.add_to_policy(
            iam.PolicyStatement(actions=["sagemaker:DescribeModelPackage"], resources=[packages])
        )
        grant_champion(
            self, environment, self.release.role, "ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter"
        )
        self.release.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "lambda:GetFunctionConfiguration",
                    "lambda:UpdateFunctionConfiguration",
                    "lambda:InvokeFunction",
                ],
                resources=[
                    self.format_arn(
                        service="lambda",
                        resource=f"function:{prediction_function_name(environment, '*')}",
                    )
                ],
            )
        )

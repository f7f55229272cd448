"""Data understanding: the Athena workgroup, and the functions that plan its statements and read their results."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_athena as athena
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.phases import Phase
from crispstack.settings import DataUnderstandingSettings, RunSettings
from stacks.constructs import grants
from stacks.constructs.discovery import Discovery
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction
from stacks.environment import Environment
from stacks.storage import Storage

_MIB = 1024 * 1024
RESULTS_PREFIX = "athena/"


class DataUnderstanding(EnvironmentStack):
    """A workgroup that enforces location, encryption and a scan limit; the functions around its queries."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            name="data-understanding",
            description="Profile and quality, in Athena",
        )
        self._storage = storage
        self.workgroup_name = environment.prefix
        athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=self.workgroup_name,
            description="Profiles and quality rules of every project",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=environment.query_scan_limit_mib * _MIB,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{storage.query_results.bucket_name}/{RESULTS_PREFIX}",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=storage.key.key_arn
                    ),
                ),
            ),
        )
        CfnOutput(self, "WorkgroupName", value=self.workgroup_name)
        settings = DataUnderstandingSettings(
            artifacts_bucket=storage.artifacts.bucket_name,
            raw_bucket=storage.raw.bucket_name,
            database=storage.database_name,
            workgroup=self.workgroup_name,
        )
        self.plan = PhaseFunction(
            self, "Plan", environment=environment, package="data_understanding", entry="plan", settings=settings
        )
        self.render = PhaseFunction(
            self, "Render", environment=environment, package="data_understanding", entry="render", settings=settings
        )
        self.conclude = PhaseFunction(
            self,
            "Conclude",
            environment=environment,
            package="data_understanding",
            entry="conclude",
            extra="privacy",
            settings=settings,
            memory_mib=512,
        )
        self.explore = self._explore(environment, storage)
        self.discover = Discovery(self, environment=environment, storage=storage)
        for function in (self.plan, self.render):
            grants.run_artifacts(function.role, storage, Phase.DATA_UNDERSTANDING)
        grants.read_prefix(self.plan.role, storage.raw, "")
        grants.run_artifacts(self.conclude.role, storage, Phase.DATA_UNDERSTANDING)
        grants.read_prefix(self.conclude.role, storage.query_results, RESULTS_PREFIX)
        self.conclude.role.add_to_policy(
            iam.PolicyStatement(
                actions=["athena:GetQueryExecution", "athena:GetQueryResults"], resources=[self.workgroup_arn]
            )
        )

    def _explore(self, environment: Environment, storage: Storage) -> PhaseFunction:
        """The function that reads the sample: its query's result, and nothing of the raw data."""
        explore = PhaseFunction(
            self,
            "Explore",
            environment=environment,
            package="explore",
            extra="exploration",
            settings=RunSettings(artifacts_bucket=storage.artifacts.bucket_name),
            memory_mib=2048,
            timeout=Duration.minutes(5),
        )
        grants.run_artifacts(explore.role, storage, Phase.DATA_UNDERSTANDING)
        grants.read_prefix(explore.role, storage.query_results, RESULTS_PREFIX)
        explore.role.add_to_policy(
            iam.PolicyStatement(actions=["athena:GetQueryExecution"], resources=[self.workgroup_arn])
        )
        return explore

    @property
    def workgroup_arn(self) -> str:
        """ARN of the workgroup."""
        return self.format_arn(service="athena", resource="workgroup", resource_name=self.workgroup_name)

    def grant_query(self, role: iam.IGrantable) -> None:
        """Run queries in the workgroup over the raw tables: Athena reads and writes S3 as its caller."""
        principal, storage = role.grant_principal, self._storage
        principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution"],
                resources=[self.workgroup_arn],
            )
        )
        database = storage.database_name
        principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"],
                resources=[
                    self.format_arn(service="glue", resource="catalog"),
                    self.format_arn(service="glue", resource="database", resource_name=database),
                    self.format_arn(service="glue", resource="table", resource_name=f"{database}/*"),
                ],
            )
        )
        grants.read_prefix(role, storage.raw, "")
        grants.read_prefix(role, storage.query_results, RESULTS_PREFIX)
        grants.write_prefix(role, storage.query_results, RESULTS_PREFIX)
        principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["s3:GetBucketLocation"],
                resources=[storage.raw.bucket_arn, storage.query_results.bucket_arn],
            )
        )

"""Data preparation: one plain PySpark job on Glue."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from crispstack.aws.run_costs import PREPARATION_WORKERS
from crispstack.phases import Phase
from stacks import packages
from stacks.constructs import grants, lookup_table
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.pseudonym_key import grant_read, key_name
from stacks.environment import Environment
from stacks.storage import Storage

SCRIPT = Path(__file__).parent.parent / "glue_jobs" / "prepare.py"


class DataPreparation(EnvironmentStack):
    """The job, its security configuration, and a role that reads raw and writes prepared data."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            name="data-preparation",
            description="Preparation, in Glue Spark",
        )
        self.role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"), description="Runs preparation"
        )
        self._grant(storage)
        grant_read(self.role, self, key_name(environment, "*"), storage)
        lookup_table.grant_write(self.role, self, lookup_table.table_name(environment, "*"), storage)
        self.job = glue.PySparkEtlJob(
            self,
            "Job",
            job_name=f"{environment.prefix}-prepare",
            description="Select, clean, derive, split; no row lost",
            # The construct would let the role list and read the whole bucket of assets.
            role=self.role.without_policy_updates(),
            security_configuration=self._security(storage),
            script=self._code("Script", SCRIPT),
            extra_python_files=[self._code("Library", packages.library())],
            glue_version=glue.GlueVersion.V5_1,
            worker_configuration=glue.WorkerConfiguration(
                worker_type=glue.WorkerType.G_1X, number_of_workers=PREPARATION_WORKERS
            ),
            timeout=Duration.hours(1),
            max_retries=0,
            max_concurrent_runs=10,
            enable_metrics=False,
            enable_observability_metrics=False,
            continuous_logging=glue.ContinuousLoggingProps(enabled=False),
            default_arguments={
                "--artifacts_bucket": storage.artifacts.bucket_name,
                "--raw_bucket": storage.raw.bucket_name,
                "--prepared_bucket": storage.prepared.bucket_name,
                "--pseudonym_key_prefix": key_name(environment, ""),
                "--lookup_table_prefix": lookup_table.table_name(environment, ""),
            },
        )

    def _security(self, storage: Storage) -> glue.SecurityConfiguration:
        """What the job writes is encrypted with the data key, its bookmarks too."""
        security = glue.SecurityConfiguration(
            self,
            "Security",
            s3_encryption=glue.S3Encryption.kms(storage.key),
            job_bookmarks_encryption=glue.JobBookmarksEncryption.client_side_kms(storage.key),
        )
        # The construct would keep it for good, and its fixed name would stop the next deployment.
        security.apply_removal_policy(RemovalPolicy.DESTROY)
        return security

    def _code(self, construct_id: str, path: Path) -> glue.Code:
        asset = assets.Asset(self, construct_id, path=str(path))
        grants.read_asset(self.role, asset)
        return glue.Code.from_bucket(asset.bucket, asset.s3_object_key)

    def _grant(self, storage: Storage) -> None:
        grants.run_artifacts(self.role, storage, Phase.DATA_PREPARATION)
        grants.read_prefix(self.role, storage.raw, "")
        prefixes = ("train/", "test/", "quarantine/", "manifests/")
        for prefix in prefixes:
            grants.read_prefix(self.role, storage.prepared, prefix)
        grants.write_prefix(self.role, storage.prepared, *prefixes)
        # What an attempt left that died.
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:DeleteObject"],
                resources=[storage.prepared.arn_for_objects(f"{prefix}*") for prefix in prefixes],
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[self.format_arn(service="logs", resource="log-group:/aws-glue/jobs/*")],
            )
        )

"""What is kept: keys, buckets and the Glue database. Stateful, so it holds no compute."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from crispstack.charter import Charter
from crispstack.settings import NO_MODEL
from stacks.champion import champion_parameter
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.environment import Environment

_QUERY_RESULT_DAYS = 7
_OLD_VERSION_DAYS = 30
_LOG_DAYS = 365


class Storage(EnvironmentStack):
    """The data key; buckets for raw, prepared, artifacts, predictions, query results and access logs; the database.

    What is kept of predictions ends after as many days as each charter says.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, charters: Sequence[Charter]
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            name="storage",
            description="What the platform keeps: keys, buckets, catalog",
        )
        self._environment = environment
        self._removal = RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY
        self.key = kms.Key(
            self, "DataKey", enable_key_rotation=True, removal_policy=self._removal, description="Encrypts the data"
        )
        # Alarms tell topics that are encrypted with it.
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        self.logs = self._log_bucket()
        self.raw = self._bucket("Raw")
        self._tell_of_arrivals(self.raw)
        self.prepared = self._bucket("Prepared")
        self.artifacts = self._bucket("Artifacts")
        self.predictions = self._bucket("Predictions")
        for charter in charters:
            self.predictions.add_lifecycle_rule(
                id=f"Lifetime-{charter.name}",
                prefix=f"{charter.name}/",
                expiration=Duration.days(charter.monitoring.keep_days),
                noncurrent_version_expiration=Duration.days(1),
            )
        self.query_results = self._bucket("QueryResults", expire_after=Duration.days(_QUERY_RESULT_DAYS))
        self.database_name = f"crispstack_{environment.name}"
        glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database_name, description="Raw and prepared tables of every project"
            ),
        )
        for name, bucket in (
            ("Raw", self.raw),
            ("Prepared", self.prepared),
            ("Artifacts", self.artifacts),
            ("Predictions", self.predictions),
            ("QueryResults", self.query_results),
        ):
            CfnOutput(self, f"{name}BucketName", value=bucket.bucket_name)
        CfnOutput(self, "DatabaseName", value=self.database_name)

    def champion(self, project: str) -> str:
        """Make the parameter that names a project's champion, whose own stack may come and go; returns its name."""
        name = champion_parameter(self._environment, project)
        ssm.StringParameter(
            self,
            "Champion" + "".join(word.capitalize() for word in project.split("_")),
            parameter_name=name,
            string_value=NO_MODEL,
            description=f"URI of the model of {project} that serves; releases change it",
        )
        return name

    def _bucket(self, name: str, expire_after: Duration | None = None) -> s3.Bucket:
        """Encrypted with the data key, versioned, private, TLS only, every access logged."""
        return s3.Bucket(
            self,
            name,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            removal_policy=self._removal,
            server_access_logs_bucket=self.logs,
            server_access_logs_prefix=f"s3/{name.lower()}/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Tidy",
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    noncurrent_version_expiration=Duration.days(_OLD_VERSION_DAYS),
                    expiration=expire_after,
                )
            ],
        )

    def _tell_of_arrivals(self, bucket: s3.Bucket) -> None:
        """Events of the bucket's objects. The construct's own switch would deploy a function that sets it."""
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)  # noqa: S101 (narrows the type for the next line)
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
        )

    def _log_bucket(self) -> s3.Bucket:
        """Where S3 delivers access logs; S3's own key, because log delivery cannot use ours."""
        return s3.Bucket(
            self,
            "Logs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            removal_policy=self._removal,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Tidy",
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    expiration=Duration.days(_LOG_DAYS),
                    noncurrent_version_expiration=Duration.days(1),
                )
            ],
        )

"""CloudTrail: every call that manages, reads or writes data or invokes a function, kept so that nobody changes it."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.phase_function import log_group
from stacks.environment import Environment
from stacks.storage import Storage

_SERVICE = "cloudtrail.amazonaws.com"


class AuditTrail(Construct):
    """A trail with validated files in a bucket of its own, locked for `audit_days`, and in a log group for alarms.

    Where stacks are protected from deletion nobody can shorten the lock (compliance mode); elsewhere who may bypass
    governance can.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage, key: kms.Key
    ) -> None:
        super().__init__(scope, construct_id)
        self._name, self._environment = f"{environment.prefix}-audit", environment
        self._arn = Stack.of(self).format_arn(service="cloudtrail", resource="trail", resource_name=self._name)
        self.bucket = self._bucket(key, storage)
        self.log_group = log_group(self, "Log", environment)
        self._let_it_encrypt(key)
        role = self._role()
        trail = cloudtrail.CfnTrail(
            self,
            "Resource",
            trail_name=self._name,
            is_logging=True,
            s3_bucket_name=self.bucket.bucket_name,
            kms_key_id=key.key_arn,
            enable_log_file_validation=True,
            include_global_service_events=True,
            is_multi_region_trail=True,
            cloud_watch_logs_log_group_arn=self.log_group.log_group_arn,
            cloud_watch_logs_role_arn=role.role_arn,
            advanced_event_selectors=self._selectors(storage),
        )
        # CloudTrail tries all three when the trail is made.
        trail.node.add_dependency(self.bucket, role, key)

    def _bucket(self, key: kms.Key, storage: Storage) -> s3.Bucket:
        days = Duration.days(self._environment.audit_days)
        locked = s3.ObjectLockRetention
        bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            object_lock_enabled=True,
            object_lock_default_retention=(
                locked.compliance(days) if self._environment.termination_protection else locked.governance(days)
            ),
            # What is locked outlives its stack, whatever the environment says of other data.
            removal_policy=RemovalPolicy.RETAIN,
            server_access_logs_bucket=storage.logs,
            server_access_logs_prefix="s3/trail/",
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Tidy",
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                    expiration=Duration.days(self._environment.audit_days + 1),
                    noncurrent_version_expiration=Duration.days(1),
                )
            ],
        )
        for action, resource, asked in (
            ("s3:GetBucketAcl", bucket.bucket_arn, {}),
            (
                "s3:PutObject",
                bucket.arn_for_objects(f"AWSLogs/{Stack.of(self).account}/*"),
                {"s3:x-amz-acl": "bucket-owner-full-control"},
            ),
        ):
            bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=[action],
                    principals=[iam.ServicePrincipal(_SERVICE)],
                    resources=[resource],
                    conditions={"StringEquals": {"aws:SourceArn": self._arn, **asked}},
                )
            )
        return bucket

    def _let_it_encrypt(self, key: kms.Key) -> None:
        """As CloudTrail's user guide asks of a key: for this trail's files, and nothing else."""
        source = {"StringEquals": {"aws:SourceArn": self._arn}}
        context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": self._arn}}
        for action, conditions in (("kms:GenerateDataKey*", {**source, **context}), ("kms:DescribeKey", source)):
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=[action],
                    principals=[iam.ServicePrincipal(_SERVICE)],
                    resources=["*"],
                    conditions=conditions,
                )
            )

    def _role(self) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal(_SERVICE), description="Writes the trail's log")
        self.log_group.grant_write(role)
        return role

    def _selectors(self, storage: Storage) -> list[cloudtrail.CfnTrail.AdvancedEventSelectorProperty]:
        """All that manages; of data, the objects of the platform's buckets and the calls of its functions."""
        kept = (storage.raw, storage.prepared, storage.artifacts, storage.predictions)
        functions = Stack.of(self).format_arn(service="lambda", resource=f"function:{self._environment.prefix}-")
        return [
            _selector("Management", {"eventCategory": "Management"}),
            _selector(
                "Objects",
                {"eventCategory": "Data", "resources.type": "AWS::S3::Object"},
                [f"{each.bucket_arn}/" for each in kept],
            ),
            _selector("Invocations", {"eventCategory": "Data", "resources.type": "AWS::Lambda::Function"}, [functions]),
        ]


def _selector(
    name: str, equals: dict[str, str], starts_with: list[str] | None = None
) -> cloudtrail.CfnTrail.AdvancedEventSelectorProperty:
    field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
    fields = [field(field=each, equal_to=[value]) for each, value in equals.items()]
    if starts_with:
        fields.append(field(field="resources.ARN", starts_with=starts_with))
    return cloudtrail.CfnTrail.AdvancedEventSelectorProperty(name=name, field_selectors=fields)

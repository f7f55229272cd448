"""What a phase's role may read and write: prefixes, not buckets."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets

from crispstack.phases import Phase
from stacks.storage import Storage


def read_prefix(role: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Get objects under the prefixes and list nothing but them."""
    keys = [key for prefix in prefixes for key in (f"{prefix}*", prefix.rstrip("/") or "*")]
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:GetObject"],
            # Spark's S3 clients also ask for the folder as if it were an object.
            resources=[bucket.arn_for_objects(key) for key in dict.fromkeys(keys)],
        )
    )
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            # Without a prefix in the request this decides between "not there" and "denied" for a single object, which
            # Spark's S3 clients ask for all the time.
            conditions={"StringLikeIfExists": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}},
        )
    )
    _use_key(role, bucket, "kms:Decrypt")


def list_prefix(role: iam.IGrantable, bucket: s3.IBucket, prefix: str) -> None:
    """See which objects there are under the prefix, and nothing of what is in them."""
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": f"{prefix}*"}},
        )
    )


def write_prefix(role: iam.IGrantable, bucket: s3.IBucket, *prefixes: str) -> None:
    """Put objects under the prefixes and abort one's own uploads."""
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes],
        )
    )
    _use_key(role, bucket, "kms:Decrypt", "kms:GenerateDataKey")


def run_artifacts(role: iam.IGrantable, storage: Storage, phase: Phase) -> None:
    """Read the artifacts of this phase and of those before it, of every run; write those of this phase."""
    read_artifacts(role, storage, phase)
    write_prefix(role, storage.artifacts, f"*/runs/*/{phase.prefix}/")


def read_artifacts(role: iam.IGrantable, storage: Storage, phase: Phase) -> None:
    """Read the artifacts of this phase and of those before it, of every run.

    Not those of later phases: what evaluation keeps of the test set is nothing for modeling to see.
    """
    before = [f"*/runs/*/{earlier.prefix}/" for earlier in Phase if earlier.number <= phase.number]
    read_prefix(role, storage.artifacts, *before)


def read_asset(role: iam.IGrantable, asset: assets.Asset) -> None:
    """Get this one object; the ready-made grant would open the whole bucket of assets."""
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[asset.bucket.arn_for_objects(asset.s3_object_key)])
    )


def spark_log(role: iam.IGrantable, group: logs.LogGroup) -> None:
    """Let EMR Serverless write a job's output to this log group, in the name of the job's role."""
    group.grant_write(role)
    group.grant(role, "logs:DescribeLogStreams")
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["logs:DescribeLogGroups"],
            # DescribeLogGroups knows no narrower resource.
            resources=[Stack.of(group).format_arn(service="logs", resource="log-group:*")],
        )
    )


def _use_key(role: iam.IGrantable, bucket: s3.IBucket, *actions: str) -> None:
    if bucket.encryption_key:
        role.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=list(actions), resources=[bucket.encryption_key.key_arn])
        )

"""Whether CloudTrail may use a bucket, a topic, a key or a role, by their own policies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from emulator import settings
from emulator.identity import lookups, policy
from emulator.identity.policy import Caller, Effect, Query
from emulator.services.events import permissions

_SERVICE = "cloudtrail.amazonaws.com"


def bucket_exists(bucket: str) -> bool:
    """Whether there is such a bucket."""
    return _bucket(bucket) is not None


def bucket_allows(bucket: str, action: str, key: str, trail_arn: str) -> bool:
    """Whether a bucket's policy lets CloudTrail do something for a trail, as CloudTrail would ask for it."""
    found = _bucket(bucket)
    if found is None or not found.policy:
        return False
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    context = {**_context(trail_arn), "s3:x-amz-acl": ("bucket-owner-full-control",)}
    query = Query(action, resource, context, Caller("Service", (_SERVICE,)))
    return policy.effect([policy.parse(found.policy.decode())], query) is Effect.ALLOW


def topic_allows(topic: str, trail_arn: str) -> bool:
    """Whether a topic is there, and its policy lets CloudTrail publish."""
    try:
        return permissions.allows(_SERVICE, "sns:Publish", topic, trail_arn)
    except ClientError:
        return False


def key_exists(key: str, region: str) -> bool:
    """Whether there is such a key: an id, an ARN, or an alias."""
    return _key(key, region) is not None


def key_allows(key: str, region: str, trail_arn: str) -> bool:
    """Whether a key's policy lets CloudTrail encrypt a trail's files."""
    found = _key(key, region)
    context = {**_context(trail_arn), "kms:encryptioncontext:aws:cloudtrail:arn": (trail_arn,)}
    query = Query("kms:GenerateDataKey", found.arn, context, Caller("Service", (_SERVICE,))) if found else None
    return query is not None and policy.effect([policy.parse(found.policy)], query) is Effect.ALLOW


def _bucket(name: str) -> Any:
    return lookups.backend("s3", "aws", settings.current()).buckets.get(name)


def _key(key: str, region: str) -> Any:
    return lookups.key(key, region, settings.current())


def _context(trail_arn: str) -> dict[str, tuple[str, ...]]:
    return {
        "aws:sourcearn": (trail_arn,),
        "aws:sourceaccount": (settings.current().account,),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (_SERVICE,),
        "aws:securetransport": ("true",),
        "aws:currenttime": (datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
    }

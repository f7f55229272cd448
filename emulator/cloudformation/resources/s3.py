"""AWS::S3 types: a bucket is one request per property, as S3's API has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name

from emulator.cloudformation import s3_bucket_configuration as configuration
from emulator.cloudformation import s3_listed_configuration, tags
from emulator.cloudformation.api_type import api_type, unless
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceType

Document = Mapping[str, Any]


@dataclass(frozen=True)
class _Part:
    """One property of a bucket: the API's name of it, and how it is spelled there.

    `unset` is what a put takes when the property was removed; None means that there is a delete.
    """

    api: str
    member: str
    spell: Callable[[Document], Document] = dict
    read: Callable[[Document], Document | None] = dict
    absent: str = ""
    unset: Document | None = None

    def put(self, s3: Any, bucket: str, value: Document) -> None:
        operation = f"put_{self.api}"
        spelled = self.spell(value)
        # What a request says beside its document stands in the document in CloudFormation.
        getattr(s3, operation)(**to_input(s3, operation, {**spelled, "Bucket": bucket, self.member: spelled}))

    def remove(self, s3: Any, bucket: str) -> None:
        if self.unset is None:
            getattr(s3, f"delete_{self.api.removesuffix('_configuration')}")(Bucket=bucket)
        else:
            getattr(s3, f"put_{self.api}")(Bucket=bucket, **{self.member: self.unset})

    def get(self, s3: Any, bucket: str) -> Document | None:
        answer = unless(self.absent, getattr(s3, f"get_{self.api}"), Bucket=bucket)
        if answer is None:
            return None
        found = answer.get(self.member, answer)
        return self.read({name: value for name, value in found.items() if name != "ResponseMetadata"}) or None


_PARTS: Mapping[str, _Part] = {
    "PublicAccessBlockConfiguration": _Part(
        "public_access_block", "PublicAccessBlockConfiguration", absent="NoSuchPublicAccessBlockConfiguration"
    ),
    "OwnershipControls": _Part(
        "bucket_ownership_controls", "OwnershipControls", absent="OwnershipControlsNotFoundError"
    ),
    "BucketEncryption": _Part(
        "bucket_encryption",
        "ServerSideEncryptionConfiguration",
        spell=configuration.encryption,
        read=configuration.read_encryption,
        absent="ServerSideEncryptionConfigurationNotFoundError",
    ),
    "VersioningConfiguration": _Part("bucket_versioning", "VersioningConfiguration", unset={"Status": "Suspended"}),
    "ObjectLockConfiguration": _Part(
        "object_lock_configuration",
        "ObjectLockConfiguration",
        absent="ObjectLockConfigurationNotFoundError",
        unset={"ObjectLockEnabled": "Enabled"},
    ),
    "LifecycleConfiguration": _Part(
        "bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        spell=configuration.lifecycle,
        read=configuration.read_lifecycle,
        absent="NoSuchLifecycleConfiguration",
    ),
    "CorsConfiguration": _Part(
        "bucket_cors",
        "CORSConfiguration",
        spell=configuration.cors,
        read=configuration.read_cors,
        absent="NoSuchCORSConfiguration",
    ),
    "LoggingConfiguration": _Part(
        "bucket_logging",
        "BucketLoggingStatus",
        spell=configuration.logging,
        read=configuration.read_logging,
        unset={},
    ),
    "AccelerateConfiguration": _Part(
        "bucket_accelerate_configuration",
        "AccelerateConfiguration",
        spell=configuration.acceleration,
        read=configuration.read_acceleration,
        unset={"Status": "Suspended"},
    ),
    "ReplicationConfiguration": _Part(
        "bucket_replication",
        "ReplicationConfiguration",
        spell=configuration.replication,
        read=configuration.read_replication,
        absent="ReplicationConfigurationNotFoundError",
    ),
    "WebsiteConfiguration": _Part(
        "bucket_website",
        "WebsiteConfiguration",
        spell=configuration.website,
        read=configuration.read_website,
        absent="NoSuchWebsiteConfiguration",
    ),
    "NotificationConfiguration": _Part(
        "bucket_notification_configuration",
        "NotificationConfiguration",
        spell=configuration.notification,
        read=configuration.read_notification,
        unset={},
    ),
}


@dataclass(frozen=True)
class _Listed:
    """A property that is a list, each entry with an Id and a request of its own."""

    noun: str
    spell: Callable[[Document], Document]
    read: Callable[[Document], Document]

    def put(self, s3: Any, bucket: str, old: list[Document], new: list[Document]) -> None:
        operation = f"put_bucket_{xform_name(self.noun)}_configuration"
        for entry in (entry for entry in new if entry not in old):
            asked = {"Bucket": bucket, "Id": entry["Id"], f"{self.noun}Configuration": self.spell(entry)}
            getattr(s3, operation)(**to_input(s3, operation, asked))
        for name in {entry["Id"] for entry in old} - {entry["Id"] for entry in new}:
            getattr(s3, f"delete_bucket_{xform_name(self.noun)}_configuration")(Bucket=bucket, Id=name)

    def get(self, s3: Any, bucket: str) -> list[Document] | None:
        answer = getattr(s3, f"list_bucket_{xform_name(self.noun)}_configurations")(Bucket=bucket)
        return [self.read(entry) for entry in answer.get(f"{self.noun}ConfigurationList", [])] or None


_LISTS: Mapping[str, _Listed] = {
    f"{noun}Configurations": _Listed(noun, spell, read)
    for noun, (spell, read) in {
        "Analytics": (s3_listed_configuration.analytics, s3_listed_configuration.read_analytics),
        "IntelligentTiering": (s3_listed_configuration.tiering, s3_listed_configuration.read_tiering),
        "Inventory": (s3_listed_configuration.inventory, s3_listed_configuration.read_inventory),
        "Metrics": (s3_listed_configuration.metrics, s3_listed_configuration.read_metrics),
    }.items()
}


def _create(context: Context, properties: Properties) -> str:
    s3 = context.client("s3")
    bucket = properties.get("BucketName", context.generated_name.lower())
    acl = {"ACL": configuration.canned_acl(properties["AccessControl"])} if "AccessControl" in properties else {}
    locked = str(properties.get("ObjectLockEnabled", False)).lower() == "true"
    location = {"LocationConstraint": context.region}
    here = {} if context.region == "us-east-1" else {"CreateBucketConfiguration": location}
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=locked, **acl, **here)
    return str(bucket)


def _update(context: Context, bucket: str, old: Properties, new: Properties) -> None:
    s3 = context.client("s3")
    for name, part in _PARTS.items():
        if name in new and old.get(name) != new[name]:
            part.put(s3, bucket, new[name])
        elif name in old and name not in new:
            part.remove(s3, bucket)
    for name, listed in _LISTS.items():
        listed.put(s3, bucket, old.get(name, []), new.get(name, []))
    if new.get("Tags"):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags.pairs(new["Tags"])})
    elif old.get("Tags"):
        s3.delete_bucket_tagging(Bucket=bucket)


def _read(context: Context, bucket: str, _properties: Properties) -> Mapping[str, Any]:
    s3 = context.client("s3")
    s3.head_bucket(Bucket=bucket)
    parts = {name: part.get(s3, bucket) for name, part in _PARTS.items()}
    lists = {name: listed.get(s3, bucket) for name, listed in _LISTS.items()}
    kept = unless("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)
    lock = parts["ObjectLockConfiguration"] or {}
    return {
        **to_properties("AWS::S3::Bucket", {name: part for name, part in parts.items() if part}),
        **lists,
        "BucketName": bucket,
        "ObjectLockEnabled": lock.get("ObjectLockEnabled") == "Enabled",
        "Tags": kept and tags.pairs(kept["TagSet"]),
    }


def _delete(context: Context, bucket: str, _properties: Properties) -> None:
    context.client("s3").delete_bucket(Bucket=bucket)


def _attributes(context: Context, bucket: str, _properties: Properties) -> Mapping[str, Any]:
    return {
        "Arn": f"arn:aws:s3:::{bucket}",
        "DomainName": f"{bucket}.s3.amazonaws.com",
        "RegionalDomainName": f"{bucket}.s3.{context.region}.amazonaws.com",
        "DualStackDomainName": f"{bucket}.s3.dualstack.{context.region}.amazonaws.com",
        "WebsiteURL": f"http://{bucket}.s3-website-{context.region}.amazonaws.com",
    }


def _put_policy(context: Context, properties: Properties) -> str:
    bucket, policy = properties["Bucket"], properties["PolicyDocument"]
    text = policy if isinstance(policy, str) else json.dumps(policy)
    context.client("s3").put_bucket_policy(Bucket=bucket, Policy=text)
    return str(bucket)


def _read_policy(context: Context, bucket: str, _properties: Properties) -> Mapping[str, Any]:
    policy = context.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    return {"Bucket": bucket, "PolicyDocument": json.loads(policy)}


def _update_policy(context: Context, _bucket: str, _old: Properties, new: Properties) -> None:
    _put_policy(context, new)


def _delete_policy(context: Context, bucket: str, _properties: Properties) -> None:
    context.client("s3").delete_bucket_policy(Bucket=bucket)


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::S3::Bucket",
        create=_create,
        configure=_update,
        read=_read,
        update=_update,
        delete=_delete,
        attributes=_attributes,
        recorded={
            "BucketEncryption": "objects are kept as they are, on this machine",
            "LifecycleConfiguration": "objects are not moved or expired here",
            "IntelligentTieringConfigurations": "objects are not moved or expired here",
            "AccelerateConfiguration": "there is one address, on this machine",
            "WebsiteConfiguration": "no website is served here",
            "ReplicationConfiguration": "objects are not copied to other buckets",
            "AnalyticsConfigurations": "nothing is reported about the objects",
            "InventoryConfigurations": "nothing is reported about the objects",
            "MetricsConfigurations": "nothing is reported about the objects",
        },
        write_only={"AccessControl": "S3 expands a canned ACL into grants"},
    ),
    api_type(
        "AWS::S3::BucketPolicy", create=_put_policy, read=_read_policy, update=_update_policy, delete=_delete_policy
    ),
)

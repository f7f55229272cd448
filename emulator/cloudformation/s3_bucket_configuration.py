"""The parts of a bucket that CloudFormation spells otherwise than S3's API, both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]


def _renamed(document: Document, names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in document.items()}


def _reversed(names: Mapping[str, str]) -> dict[str, str]:
    return {api: name for name, api in names.items()}


def canned_acl(access_control: str) -> str:
    """For instance ``LogDeliveryWrite`` as S3's ``log-delivery-write``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", access_control).lower()


_DEFAULT = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}


def encryption(document: Document) -> Document:
    """BucketEncryption for put_bucket_encryption."""
    return {"Rules": [_renamed(rule, _DEFAULT) for rule in document["ServerSideEncryptionConfiguration"]]}


def read_encryption(document: Document) -> Document:
    """What get_bucket_encryption answers, as BucketEncryption."""
    rules = [_renamed(rule, _reversed(_DEFAULT)) for rule in document["Rules"]]
    return {"ServerSideEncryptionConfiguration": rules}


_CORS = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}


def cors(document: Document) -> Document:
    """CorsConfiguration for put_bucket_cors."""
    return {"CORSRules": [_renamed(rule, _CORS) for rule in document["CorsRules"]]}


def read_cors(document: Document) -> Document:
    """What get_bucket_cors answers, as CorsConfiguration."""
    return {"CorsRules": [_renamed(rule, _reversed(_CORS)) for rule in document["CORSRules"]]}


_LOGGING = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}


def logging(document: Document) -> Document:
    """LoggingConfiguration for put_bucket_logging, which wants a prefix, if empty."""
    return {"LoggingEnabled": {"TargetPrefix": "", **_renamed(document, _LOGGING)}}


def read_logging(document: Document) -> Document | None:
    """What get_bucket_logging answers, as LoggingConfiguration."""
    enabled = document.get("LoggingEnabled")
    return enabled and _renamed(enabled, _reversed(_LOGGING))


_TARGETS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", {"Function": "LambdaFunctionArn"}),
    "QueueConfigurations": ("QueueConfigurations", {"Queue": "QueueArn"}),
    "TopicConfigurations": ("TopicConfigurations", {"Topic": "TopicArn"}),
}


def notification(document: Document) -> Document:
    """NotificationConfiguration for put_bucket_notification_configuration."""
    spelled: dict[str, Any] = {}
    for name, (api, renames) in _TARGETS.items():
        if name in document:
            spelled[api] = [_notification_target(target, renames) for target in document[name]]
    if str(document.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", False)).lower() == "true":
        spelled["EventBridgeConfiguration"] = {}
    return spelled


def _notification_target(target: Document, renames: Mapping[str, str]) -> Document:
    spelled = {**_renamed(target, renames), "Events": [target["Event"]]}
    if "Filter" in target:
        spelled["Filter"] = {"Key": {"FilterRules": target["Filter"]["S3Key"]["Rules"]}}
    return spelled


def read_notification(document: Document) -> Document | None:
    """What get_bucket_notification_configuration answers, as NotificationConfiguration."""
    found: dict[str, Any] = {}
    for name, (api, renames) in _TARGETS.items():
        if document.get(api):
            found[name] = [_read_notification_target(target, _reversed(renames)) for target in document[api]]
    if "EventBridgeConfiguration" in document:
        found["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
    return found or None


def _read_notification_target(target: Document, renames: Mapping[str, str]) -> Document:
    found = {**_renamed(target, renames), "Event": target["Events"][0]}
    if "Filter" in target:
        found["Filter"] = {"S3Key": {"Rules": target["Filter"]["Key"]["FilterRules"]}}
    return found


_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")
_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date"}
_NONCURRENT = {"TransitionInDays": "NoncurrentDays"}


def lifecycle(document: Document) -> Document:
    """LifecycleConfiguration for put_bucket_lifecycle_configuration."""
    return {**document, "Rules": [_lifecycle_rule(rule) for rule in document["Rules"]]}


def _lifecycle_rule(rule: Document) -> Document:
    spelled = {**rule, "Filter": _filter(rule)}
    spelled.pop("Prefix", None)
    expiration = {api: rule[name] for name, api in _EXPIRATION.items() if name in rule}
    if expiration:
        spelled["Expiration"] = expiration
    if "Transitions" in rule:
        spelled["Transitions"] = [_renamed(transition, _TRANSITION) for transition in rule["Transitions"]]
    if "NoncurrentVersionTransitions" in rule:
        noncurrent = rule["NoncurrentVersionTransitions"]
        spelled["NoncurrentVersionTransitions"] = [_renamed(transition, _NONCURRENT) for transition in noncurrent]
    return spelled


def _filter(rule: Document) -> Document:
    """A rule's filter: nothing, one condition, or several joined by And."""
    conditions: dict[str, Any] = {name: int(rule[name]) for name in _SIZES if name in rule}
    if "Prefix" in rule:
        conditions["Prefix"] = rule["Prefix"]
    tags = rule.get("TagFilters", [])
    if len(conditions) + len(tags) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else conditions or {"Prefix": ""}


def read_lifecycle(document: Document) -> Document:
    """What get_bucket_lifecycle_configuration answers, as LifecycleConfiguration."""
    return {**document, "Rules": [_read_lifecycle_rule(rule) for rule in document["Rules"]]}


def _read_lifecycle_rule(rule: Document) -> Document:
    found = {**rule, "Id": rule.get("ID"), **_read_filter(rule.get("Filter", {}))}
    expiration = rule.get("Expiration", {})
    found |= {name: expiration.get(api) for name, api in _EXPIRATION.items()}
    for name, names in (("Transitions", _TRANSITION), ("NoncurrentVersionTransitions", _NONCURRENT)):
        if name in rule:
            found[name] = [_renamed(transition, _reversed(names)) for transition in rule[name]]
    return found


def _read_filter(document: Document) -> Document:
    joined = document.get("And", document)
    tags = joined.get("Tags") or ([joined["Tag"]] if "Tag" in joined else None)
    sizes = {name: str(joined[name]) for name in _SIZES if name in joined}
    return {"Prefix": joined.get("Prefix") or None, "TagFilters": tags, **sizes}


def acceleration(document: Document) -> Document:
    """AccelerateConfiguration for put_bucket_accelerate_configuration."""
    return {"Status": document["AccelerationStatus"]}


def read_acceleration(document: Document) -> Document | None:
    """What get_bucket_accelerate_configuration answers, as AccelerateConfiguration."""
    return {"AccelerationStatus": document["Status"]} if document.get("Status") else None


_REPLICATED = {"Id": "ID"}
_REPLICATION_FILTER = {"TagFilter": "Tag", "TagFilters": "Tags"}


def replication(document: Document) -> Document:
    """ReplicationConfiguration for put_bucket_replication."""
    return {
        **document,
        "Rules": [_replication_rule(rule, _REPLICATED, _REPLICATION_FILTER) for rule in document["Rules"]],
    }


def read_replication(document: Document) -> Document:
    """What get_bucket_replication answers, as ReplicationConfiguration."""
    names = _reversed(_REPLICATED), _reversed(_REPLICATION_FILTER)
    return {**document, "Rules": [_replication_rule(rule, *names) for rule in document["Rules"]]}


def _replication_rule(rule: Document, names: Mapping[str, str], filters: Mapping[str, str]) -> Document:
    spelled = _renamed(rule, names)
    if "Filter" in spelled:
        conditions = _renamed(spelled["Filter"], filters)
        joined = {"And": _renamed(conditions["And"], filters)} if "And" in conditions else {}
        spelled["Filter"] = {**conditions, **joined}
    return spelled


_ROUTING = {"RedirectRule": "Redirect", "RoutingRuleCondition": "Condition"}


def website(document: Document) -> Document:
    """WebsiteConfiguration for put_bucket_website."""
    spelled = dict(document)
    for name, member in (("IndexDocument", "Suffix"), ("ErrorDocument", "Key")):
        if name in spelled:
            spelled[name] = {member: spelled[name]}
    if "RoutingRules" in spelled:
        spelled["RoutingRules"] = [_renamed(rule, _ROUTING) for rule in spelled["RoutingRules"]]
    return spelled


def read_website(document: Document) -> Document:
    """What get_bucket_website answers, as WebsiteConfiguration."""
    found = dict(document)
    for name, member in (("IndexDocument", "Suffix"), ("ErrorDocument", "Key")):
        if name in found:
            found[name] = found[name][member]
    if "RoutingRules" in found:
        found["RoutingRules"] = [_renamed(rule, _reversed(_ROUTING)) for rule in found["RoutingRules"]]
    return found

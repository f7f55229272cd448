"""AWS::SNS types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

_TOPIC = (
    "DisplayName",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "FifoTopic",
    "ContentBasedDeduplication",
)
_TOPIC_DEFAULTS = {"DisplayName": "", "KmsMasterKeyId": "", "TracingConfig": "PassThrough", "SignatureVersion": "1"}
_SUBSCRIPTION = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
)


def _texts(properties: Properties, names: Iterable[str]) -> dict[str, str]:
    """The named properties as attributes, which are all text."""
    return {
        name: properties[name] if isinstance(properties[name], str) else json.dumps(properties[name])
        for name in names
        if name in properties
    }


def _create_topic(context: Context, properties: Properties) -> str:
    created = context.client("sns").create_topic(
        Name=properties.get("TopicName", context.generated_name),
        Attributes=_texts(properties, _TOPIC),
        Tags=tags.pairs(properties.get("Tags")),
    )
    return str(created["TopicArn"])


def _subscribe_all(context: Context, topic: str, old: Properties, new: Properties) -> None:
    """The subscriptions that the topic names itself."""
    sns = context.client("sns")
    before, after = old.get("Subscription", []), new.get("Subscription", [])
    for subscription in after:
        if subscription not in before:
            sns.subscribe(TopicArn=topic, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
    for found in _subscriptions(context, topic):
        own = {"Endpoint": found["Endpoint"], "Protocol": found["Protocol"]}
        if own in before and own not in after:
            sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])


def _subscriptions(context: Context, topic: str) -> list[Any]:
    pages = context.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    return [subscription for page in pages for subscription in page["Subscriptions"]]


def _read_topic(context: Context, topic: str, properties: Properties) -> Mapping[str, Any]:
    sns = context.client("sns")
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    found = [{"Endpoint": one["Endpoint"], "Protocol": one["Protocol"]} for one in _subscriptions(context, topic)]
    return {
        **to_properties("AWS::SNS::Topic", {name: value for name, value in attributes.items() if value != ""}),
        "TopicName": topic.rsplit(":", maxsplit=1)[-1],
        "Subscription": [one for one in properties.get("Subscription", []) if one in found],
        "Tags": tags.pairs(sns.list_tags_for_resource(ResourceArn=topic)["Tags"]),
    }


def _update_topic(context: Context, topic: str, old: Properties, new: Properties) -> None:
    sns = context.client("sns")
    removed = {name: value for name, value in _TOPIC_DEFAULTS.items() if name in old}
    for name, value in {**removed, **_texts(new, _TOPIC)}.items():
        if name != "FifoTopic":
            sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
    _subscribe_all(context, topic, old, new)
    changed, gone = tags.change(old.get("Tags"), new.get("Tags"))
    sns.tag_resource(ResourceArn=topic, Tags=tags.pairs(changed))
    sns.untag_resource(ResourceArn=topic, TagKeys=gone)


def _delete_topic(context: Context, topic: str, properties: Properties) -> None:
    _subscribe_all(context, topic, properties, {})
    context.client("sns").delete_topic(TopicArn=topic)


def _topic_attributes(_context: Context, topic: str, _properties: Properties) -> Mapping[str, Any]:
    return {"TopicArn": topic, "TopicName": topic.rsplit(":", maxsplit=1)[-1]}


def _put_topic_policy(context: Context, properties: Properties) -> str:
    policy = _texts(properties, ["PolicyDocument"])["PolicyDocument"]
    for topic in properties["Topics"]:
        context.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    return context.generated_name


def _read_topic_policy(context: Context, _physical_id: str, properties: Properties) -> Mapping[str, Any]:
    sns = context.client("sns")
    found = {topic: sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] for topic in properties["Topics"]}
    policies = {topic: json.loads(policy) for topic, policy in found.items()}
    kept = {topic: policy for topic, policy in policies.items() if policy.get("Id") != "__default_policy_ID"}
    if not kept:
        raise ResourceNotFoundError("The topics have no policy but the default one.")
    return {"Topics": list(kept), "PolicyDocument": next(iter(kept.values()))}


def _update_topic_policy(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
    dropped = [topic for topic in old["Topics"] if topic not in new["Topics"]]
    _delete_topic_policy(context, physical_id, {"Topics": dropped})
    _put_topic_policy(context, new)


def _delete_topic_policy(context: Context, _physical_id: str, properties: Properties) -> None:
    """A topic is never without a policy: deleting one puts back what SNS gives a new topic."""
    for topic in properties["Topics"]:
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:SetTopicAttributes"],
            "Resource": topic,
            "Condition": {"StringEquals": {"AWS:SourceOwner": context.account}},
        }
        default = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
        context.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(default)
        )


def _create_subscription(context: Context, properties: Properties) -> str:
    created = context.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties.get("Endpoint", ""),
        Attributes=_texts(properties, _SUBSCRIPTION),
        ReturnSubscriptionArn=True,
    )
    return str(created["SubscriptionArn"])


def _read_subscription(context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    attributes = context.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return to_properties("AWS::SNS::Subscription", attributes)


def _update_subscription(context: Context, arn: str, old: Properties, new: Properties) -> None:
    empty = {"FilterPolicy": "{}", "RedrivePolicy": "{}", "RawMessageDelivery": "false"}
    removed = {name: value for name, value in empty.items() if name in old}
    for name, value in {**removed, **_texts(new, _SUBSCRIPTION)}.items():
        context.client("sns").set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)


def _delete_subscription(context: Context, arn: str, _properties: Properties) -> None:
    context.client("sns").unsubscribe(SubscriptionArn=arn)


def _subscription_attributes(_context: Context, arn: str, _properties: Properties) -> Mapping[str, Any]:
    return {"Arn": arn}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::SNS::Topic",
        create=_create_topic,
        configure=_subscribe_all,
        read=_read_topic,
        update=_update_topic,
        delete=_delete_topic,
        attributes=_topic_attributes,
        recorded={
            "KmsMasterKeyId": "messages are kept as they are, in this process",
            "TracingConfig": "no traces are collected here",
        },
    ),
    api_type(
        "AWS::SNS::TopicPolicy",
        create=_put_topic_policy,
        read=_read_topic_policy,
        update=_update_topic_policy,
        delete=_delete_topic_policy,
    ),
    api_type(
        "AWS::SNS::Subscription",
        create=_create_subscription,
        read=_read_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
        attributes=_subscription_attributes,
    ),
)

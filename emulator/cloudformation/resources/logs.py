"""AWS::Logs types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType


def _create_group(context: Context, properties: Properties) -> str:
    logs = context.client("logs")
    named = {"LogGroupName": context.generated_name, **properties, "Tags": tags.mapping(properties.get("Tags"))}
    logs.create_log_group(**to_input(logs, "create_log_group", named))
    return str(named["LogGroupName"])


def _set_retention(context: Context, name: str, old: Properties, new: Properties) -> None:
    logs = context.client("logs")
    if "RetentionInDays" in new:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(new["RetentionInDays"]))
    elif "RetentionInDays" in old:
        logs.delete_retention_policy(logGroupName=name)


def _group(context: Context, name: str) -> dict[str, Any]:
    logs = context.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for group in page["logGroups"]:
            if group["logGroupName"] == name:
                return dict(group)
    raise ResourceNotFoundError(f"The log group {name} does not exist.")


def _read_group(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    group = _group(context, name)
    kept = context.client("logs").list_tags_for_resource(resourceArn=_tag_arn(group))["tags"]
    return to_properties("AWS::Logs::LogGroup", {**group, "tags": tags.pairs(kept)})


def _tag_arn(group: Mapping[str, Any]) -> str:
    return str(group["arn"]).removesuffix(":*")


def _update_group(context: Context, name: str, old: Properties, new: Properties) -> None:
    logs = context.client("logs")
    _set_retention(context, name, old, new)
    if old.get("KmsKeyId") != new.get("KmsKeyId"):
        if "KmsKeyId" in new:
            logs.associate_kms_key(logGroupName=name, kmsKeyId=new["KmsKeyId"])
        else:
            logs.disassociate_kms_key(logGroupName=name)
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    arn = _tag_arn(_group(context, name))
    if changed:
        logs.tag_resource(resourceArn=arn, tags=changed)
    if removed:
        logs.untag_resource(resourceArn=arn, tagKeys=removed)


def _delete_group(context: Context, name: str, _properties: Properties) -> None:
    context.client("logs").delete_log_group(logGroupName=name)


def _group_attributes(context: Context, name: str, _properties: Properties) -> Mapping[str, Any]:
    arn = _tag_arn(_group(context, name))
    return {"Arn": f"{arn}:*", "LogGroupArn": arn}


def _put_policy(context: Context, properties: Properties) -> str:
    document = properties["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    context.client("logs").put_resource_policy(policyName=properties["PolicyName"], policyDocument=text)
    return str(properties["PolicyName"])


def _read_policy(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    for policy in context.client("logs").describe_resource_policies()["resourcePolicies"]:
        if policy["policyName"] == name:
            text = policy["policyDocument"]
            as_text = isinstance(properties.get("PolicyDocument"), str)
            return {"PolicyName": name, "PolicyDocument": text if as_text else json.loads(text)}
    raise ResourceNotFoundError(f"Resource policy {name} does not exist.")


def _update_policy(context: Context, _name: str, _old: Properties, new: Properties) -> None:
    _put_policy(context, new)


def _delete_policy(context: Context, name: str, _properties: Properties) -> None:
    context.client("logs").delete_resource_policy(policyName=name)


def _place(properties: Properties, name: str) -> dict[str, str]:
    return {"logGroupName": properties["LogGroupName"], "filterName": name}


def _put_metric_filter(context: Context, name: str, properties: Properties) -> None:
    transformations = [
        {**each, "Dimensions": {pair["Key"]: pair["Value"] for pair in each["Dimensions"]}}
        if each.get("Dimensions")
        else each
        for each in properties["MetricTransformations"]
    ]
    logs, named = context.client("logs"), {**properties, "FilterName": name, "MetricTransformations": transformations}
    logs.put_metric_filter(**to_input(logs, "put_metric_filter", named))


def _create_metric_filter(context: Context, properties: Properties) -> str:
    name = str(properties.get("FilterName", context.generated_name))
    _put_metric_filter(context, name, properties)
    return name


def _read_metric_filter(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    asked = {"logGroupName": properties["LogGroupName"], "filterNamePrefix": name}
    for found in context.client("logs").describe_metric_filters(**asked)["metricFilters"]:
        if found["filterName"] == name:
            return _metric_filter(found)
    raise ResourceNotFoundError(f"The metric filter {name} does not exist.")


def _metric_filter(found: Mapping[str, Any]) -> Mapping[str, Any]:
    told = to_properties("AWS::Logs::MetricFilter", {**found, "metricTransformations": []})
    transformations = []
    for each in found["metricTransformations"]:
        spelled = {f"{key[0].upper()}{key[1:]}": value for key, value in each.items()}
        if "Dimensions" in spelled:
            spelled["Dimensions"] = tags.pairs(spelled["Dimensions"])
        transformations.append(spelled)
    return {**told, "MetricTransformations": transformations}


def _update_metric_filter(context: Context, name: str, _old: Properties, new: Properties) -> None:
    _put_metric_filter(context, name, new)


def _delete_metric_filter(context: Context, name: str, properties: Properties) -> None:
    context.client("logs").delete_metric_filter(**_place(properties, name))


def _create_subscription(context: Context, properties: Properties) -> str:
    name = str(properties.get("FilterName", context.generated_name))
    logs = context.client("logs")
    logs.put_subscription_filter(**to_input(logs, "put_subscription_filter", {**properties, "FilterName": name}))
    return name


def _read_subscription(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    asked = {"logGroupName": properties["LogGroupName"]}
    for found in context.client("logs").describe_subscription_filters(**asked)["subscriptionFilters"]:
        if found["filterName"] == name:
            return to_properties("AWS::Logs::SubscriptionFilter", found)
    raise ResourceNotFoundError(f"The subscription filter {name} does not exist.")


def _update_subscription(context: Context, name: str, _old: Properties, new: Properties) -> None:
    _create_subscription(context, {**new, "FilterName": name})


def _delete_subscription(context: Context, name: str, properties: Properties) -> None:
    context.client("logs").delete_subscription_filter(**_place(properties, name))


def _create_stream(context: Context, properties: Properties) -> str:
    name = str(properties.get("LogStreamName", context.generated_name))
    context.client("logs").create_log_stream(logGroupName=properties["LogGroupName"], logStreamName=name)
    return name


def _read_stream(context: Context, name: str, properties: Properties) -> Mapping[str, Any]:
    group = properties["LogGroupName"]
    asked = {"logGroupName": group, "logStreamNamePrefix": name}
    found = context.client("logs").describe_log_streams(**asked)["logStreams"]
    if name not in [each["logStreamName"] for each in found]:
        raise ResourceNotFoundError(f"The log stream {name} does not exist.")
    return {"LogGroupName": group, "LogStreamName": name}


def _delete_stream(context: Context, name: str, properties: Properties) -> None:
    context.client("logs").delete_log_stream(logGroupName=properties["LogGroupName"], logStreamName=name)


def _create_query(context: Context, properties: Properties) -> str:
    logs = context.client("logs")
    return str(logs.put_query_definition(**to_input(logs, "put_query_definition", properties))["queryDefinitionId"])


def _read_query(context: Context, identifier: str, _properties: Properties) -> Mapping[str, Any]:
    for found in context.client("logs").describe_query_definitions(maxResults=1000)["queryDefinitions"]:
        if found["queryDefinitionId"] == identifier:
            return to_properties("AWS::Logs::QueryDefinition", found)
    raise ResourceNotFoundError(f"The query definition {identifier} does not exist.")


def _update_query(context: Context, identifier: str, _old: Properties, new: Properties) -> None:
    _create_query(context, {**new, "QueryDefinitionId": identifier})


def _delete_query(context: Context, identifier: str, _properties: Properties) -> None:
    context.client("logs").delete_query_definition(queryDefinitionId=identifier)


def _query_attributes(_context: Context, identifier: str, _properties: Properties) -> Mapping[str, Any]:
    return {"QueryDefinitionId": identifier}


TYPES: tuple[ResourceType, ...] = (
    api_type(
        "AWS::Logs::LogGroup",
        create=_create_group,
        configure=_set_retention,
        read=_read_group,
        update=_update_group,
        delete=_delete_group,
        attributes=_group_attributes,
        recorded={
            "KmsKeyId": "logs are kept as they are, in this process",
            "RetentionInDays": "logs live as long as this process",
        },
    ),
    api_type(
        "AWS::Logs::ResourcePolicy", create=_put_policy, read=_read_policy, update=_update_policy, delete=_delete_policy
    ),
    api_type(
        "AWS::Logs::MetricFilter",
        create=_create_metric_filter,
        read=_read_metric_filter,
        update=_update_metric_filter,
        delete=_delete_metric_filter,
    ),
    api_type(
        "AWS::Logs::SubscriptionFilter",
        create=_create_subscription,
        read=_read_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
    ),
    api_type("AWS::Logs::LogStream", create=_create_stream, read=_read_stream, delete=_delete_stream),
    api_type(
        "AWS::Logs::QueryDefinition",
        create=_create_query,
        read=_read_query,
        update=_update_query,
        delete=_delete_query,
        attributes=_query_attributes,
    ),
)

"""What the services that watch say of a resource, in CloudFormation's spelling."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.end_to_end.conftest import Checkout
from tests.end_to_end.templates import Resource

Description = Mapping[str, Any]


def _stream(checkout: Checkout, resource: Resource) -> Description:
    client, name = checkout.client("firehose"), resource.physical_id
    found = client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    return {
        **found,
        "DeliveryStreamEncryptionConfigurationInput": found["DeliveryStreamEncryptionConfiguration"],
        "ExtendedS3DestinationConfiguration": found["Destinations"][0]["ExtendedS3DestinationDescription"],
        "Tags": client.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"],
    }


def _log_stream(checkout: Checkout, resource: Resource) -> Description:
    group = resource.properties["LogGroupName"]
    listed = checkout.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    (found,) = [each for each in listed if each["logStreamName"] == resource.physical_id]
    return {**found, "LogGroupName": group}


def _alarm(kind: str) -> Callable[[Checkout, Resource], Description]:
    def describe(checkout: Checkout, resource: Resource) -> Description:
        client, name = checkout.client("cloudwatch"), resource.physical_id
        (found,) = client.describe_alarms(AlarmNames=[name], AlarmTypes=[kind])[f"{kind}s"]
        if name.endswith("-release-predictions"):
            # A release tells it which model to watch.
            found["Metrics"] = resource.properties["Metrics"]
        return {**found, "Tags": client.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]}

    return describe


def _dashboard(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("cloudwatch")
    found = client.get_dashboard(DashboardName=resource.physical_id)
    return {**found, "Tags": client.list_tags_for_resource(ResourceARN=found["DashboardArn"])["Tags"]}


def _schedule(checkout: Checkout, resource: Resource) -> Description:
    found: Description = checkout.client("scheduler").get_schedule(Name=resource.physical_id)
    return found


def _topic(checkout: Checkout, resource: Resource) -> Description:
    client, arn = checkout.client("sns"), resource.physical_id
    found = client.get_topic_attributes(TopicArn=arn)["Attributes"]
    tags = client.list_tags_for_resource(ResourceArn=arn)["Tags"]
    return {**found, "TopicName": arn.rpartition(":")[2], "Tags": tags}


def _topic_policy(checkout: Checkout, resource: Resource) -> Description:
    (arn,) = resource.properties["Topics"]
    found = checkout.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    return {"Topics": [arn], "PolicyDocument": json.loads(found["Policy"])}


def _trail(checkout: Checkout, resource: Resource) -> Description:
    client, name = checkout.client("cloudtrail"), resource.physical_id
    found = client.get_trail(Name=name)["Trail"]
    (tagged,) = client.list_tags(ResourceIdList=[found["TrailARN"]])["ResourceTagList"]
    return {
        **found,
        "AdvancedEventSelectors": client.get_event_selectors(TrailName=name)["AdvancedEventSelectors"],
        "EnableLogFileValidation": found["LogFileValidationEnabled"],
        "IsLogging": client.get_trail_status(Name=name)["IsLogging"],
        "TrailName": found["Name"],
        "Tags": tagged["TagsList"],
    }


def _metric_filter(checkout: Checkout, resource: Resource) -> Description:
    group = resource.properties["LogGroupName"]
    listed = checkout.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
    (found,) = [each for each in listed if each["filterName"] == resource.physical_id]
    return found


def _budget(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("budgets")
    me = {"AccountId": checkout.environment.account, "BudgetName": resource.physical_id}
    listed = client.describe_notifications_for_budget(**me)["Notifications"]
    arn = f"arn:aws:budgets::{checkout.environment.account}:budget/{resource.physical_id}"
    budget = client.describe_budget(**me)["Budget"]
    limit = {**budget["BudgetLimit"], "Amount": float(budget["BudgetLimit"]["Amount"])}
    return {
        "Budget": {**budget, "BudgetLimit": limit},
        "ResourceTags": client.list_tags_for_resource(ResourceARN=arn)["ResourceTags"],
        "NotificationsWithSubscribers": [
            {
                "Notification": each,
                "Subscribers": client.describe_subscribers_for_notification(**me, Notification=each)["Subscribers"],
            }
            for each in listed
        ],
    }


DESCRIBE: Mapping[str, Callable[[Checkout, Resource], Description]] = {
    "AWS::Budgets::Budget": _budget,
    "AWS::CloudTrail::Trail": _trail,
    "AWS::CloudWatch::Alarm": _alarm("MetricAlarm"),
    "AWS::CloudWatch::CompositeAlarm": _alarm("CompositeAlarm"),
    "AWS::CloudWatch::Dashboard": _dashboard,
    "AWS::KinesisFirehose::DeliveryStream": _stream,
    "AWS::Logs::LogStream": _log_stream,
    "AWS::Logs::MetricFilter": _metric_filter,
    "AWS::SNS::Topic": _topic,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::Scheduler::Schedule": _schedule,
}

"""Whether a resource's own policy lets an AWS service in: what decides where a target names no role."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from emulator import clients, settings
from emulator.identity import authorization, credentials, policy
from emulator.identity.authorization import Need
from emulator.identity.policy import Caller, Effect, Query
from emulator.identity.principals import Directory


def allows(service: str, action: str, arn: str, source_arn: str) -> bool:
    """Whether the policies of a function, queue, topic or log group allow a service to act on it.

    Args:
        service: the service's principal, e.g. ``events.amazonaws.com``.
        action: the IAM action, e.g. ``sqs:SendMessage``.
        arn: the resource.
        source_arn: on whose behalf the service acts: a rule, a bucket, a topic.

    Raises:
        ClientError: the resource does not exist.
    """
    account = settings.current().account
    context = {
        "aws:sourcearn": (source_arn,),
        "aws:sourceaccount": (account,),
        "aws:sourceowner": (account,),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (service,),
        "aws:securetransport": ("true",),
        "aws:currenttime": (datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
    }
    kind = arn.split(":")[2]
    query = Query(action, arn, context, Caller("Service", (service,)))
    # A topic's policy as SNS makes it names everybody, in the account that owns the topic.
    anybody = Query(action, arn, context, Caller("AWS", (), account))
    documents = [policy.parse(each) for each in _DOCUMENTS[kind](arn)]
    effects = [policy.effect(documents, each) for each in ([query, anybody] if kind == "sns" else [query])]
    return Effect.ALLOW in effects and Effect.DENY not in effects


def role_allows(role_arn: str, service: str, action: str, arn: str, source_arn: str) -> bool:
    """Whether a service that assumes a role may act on a resource, where no API of the resource would ask.

    Raises:
        RoleError: the role does not exist, or does not trust the service.
    """
    key = credentials.for_role(role_arn, "delivery", service, source_arn=source_arn).access_key_id
    principal = Directory(settings.current()).find(key, datetime.now(UTC)).principal
    return not authorization.denied(principal, [Need(action, arn, {})], {})


def queue_url(arn: str) -> str:
    """The address of a queue."""
    _, _, _, _, account, name = arn.split(":")
    return f"{settings.current().endpoint}/{account}/{name}"


def _of_function(arn: str) -> list[str]:
    function, qualifier = (arn, "") if arn.count(":") == 6 else arn.rsplit(":", 1)
    asked = {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}
    functions = clients.client("lambda")
    try:
        return [functions.get_policy(**asked)["Policy"]]
    except functions.exceptions.ResourceNotFoundException:
        functions.get_function_configuration(**asked)  # the function itself may be what is not there
        return []


def _of_queue(arn: str) -> list[str]:
    found = clients.client("sqs").get_queue_attributes(QueueUrl=queue_url(arn), AttributeNames=["Policy"])
    return [each for each in [found.get("Attributes", {}).get("Policy")] if each]


def _of_topic(arn: str) -> list[str]:
    return [clients.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]]


def _of_log_group(_arn: str) -> list[str]:
    found = clients.client("logs").describe_resource_policies()["resourcePolicies"]
    return [each["policyDocument"] for each in found]


def _of_bus(arn: str) -> list[str]:
    found = clients.client("events").describe_event_bus(Name=arn).get("Policy")
    return [found if isinstance(found, str) else json.dumps(found)] if found else []


_DOCUMENTS = {
    "lambda": _of_function,
    "sqs": _of_queue,
    "sns": _of_topic,
    "logs": _of_log_group,
    "events": _of_bus,
}

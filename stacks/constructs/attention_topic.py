"""The topic that people subscribe to who want to be told: encrypted, and of AWS's services alone."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct


def attention_topic(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    key: kms.IKey,
    tellers: Sequence[str] = ("cloudwatch.amazonaws.com",),
) -> sns.Topic:
    """A topic to which services of this account may publish; the key's policy must let them use it."""
    topic = sns.Topic(scope, construct_id, topic_name=name, master_key=key, enforce_ssl=True)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sns:Publish"],
            principals=[iam.ServicePrincipal(each) for each in tellers],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    return topic

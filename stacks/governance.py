"""Governance: who did what with data and models, who is told of what should not be, and what it may cost."""

from __future__ import annotations

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.constructs.attention_topic import attention_topic
from stacks.constructs.audit_alarms import AuditAlarms
from stacks.constructs.audit_table import AuditTable
from stacks.constructs.audit_trail import AuditTrail
from stacks.constructs.budget import Budget
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.data_understanding import DataUnderstanding
from stacks.environment import Environment
from stacks.storage import Storage


class Governance(EnvironmentStack):
    """The trail with table and alarms, unless `audit_days` is 0; the budget, unless it is 0; the topic they tell."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        storage: Storage,
        data_understanding: DataUnderstanding,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            name="governance",
            description="Who did what, and what it costs",
        )
        # The named queries' workgroup is known by its name alone.
        self.add_stack_dependency(data_understanding)
        key = self._key(environment)
        topic = attention_topic(
            self,
            "Topic",
            name=f"{environment.prefix}-attention",
            key=key,
            tellers=("cloudwatch.amazonaws.com", "budgets.amazonaws.com"),
        )
        CfnOutput(self, "AttentionTopic", value=topic.topic_arn)
        if environment.audit_days:
            trail = AuditTrail(self, "Trail", environment=environment, storage=storage, key=key)
            AuditTable(
                self,
                "Table",
                environment=environment,
                bucket=trail.bucket,
                raw_bucket=storage.raw.bucket_name,
                workgroup_name=data_understanding.workgroup_name,
            )
            AuditAlarms(self, "Alarms", environment=environment, log_group=trail.log_group, topic=topic)
        if environment.monthly_budget_usd:
            Budget(self, "Budget", environment=environment, topic=topic)

    def _key(self, environment: Environment) -> kms.Key:
        """Of another kind of secret than the data's: who may read data need not read who read it."""
        key = kms.Key(
            self,
            "Key",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
            description="Encrypts the trail and what is told of it",
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                principals=[iam.ServicePrincipal(f"{each}.amazonaws.com") for each in ("cloudwatch", "budgets")],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        return key

"""A project's table of what predictions look up."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.environment import Environment
from stacks.storage import Storage


def table_name(environment: Environment, project: str) -> str:
    """Name of a project's table."""
    return f"{environment.prefix}-lookups-{project}"


def grant_read(role: iam.IGrantable, scope: Construct, name: str, storage: Storage) -> None:
    """Get items of the table of this name by their keys, and nothing else."""
    _grant(role, scope, name, storage, ["dynamodb:GetItem", "dynamodb:BatchGetItem"], ["kms:Decrypt"])


def grant_write(role: iam.IGrantable, scope: Construct, name: str, storage: Storage) -> None:
    """Put items into the tables of this name, which may end in ``*``, and see which version is complete."""
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:BatchWriteItem"]
    _grant(role, scope, name, storage, actions, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])


def _grant(
    role: iam.IGrantable, scope: Construct, name: str, storage: Storage, actions: list[str], key_actions: list[str]
) -> None:
    stack = Stack.of(scope)
    table = stack.format_arn(service="dynamodb", resource="table", resource_name=name)
    role.grant_principal.add_to_principal_policy(iam.PolicyStatement(actions=actions, resources=[table]))
    # DynamoDB asks for the key in the caller's name.
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=key_actions,
            resources=[storage.key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{stack.region}.amazonaws.com"}},
        )
    )


class LookupTable(Construct):
    """The table: on demand, encrypted with the data key, recoverable where the environment retains data.

    It goes with the stack all the same: a run fills it anew, and its fixed name would stop the next deployment.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, project: str, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = table_name(environment, project)
        table = dynamodb.CfnTable(
            self,
            "Table",
            table_name=self.name,
            billing_mode="PAY_PER_REQUEST",
            # Keys of look-ups are many and even, so items spread over partitions; names of look-ups are few.
            key_schema=[
                dynamodb.CfnTable.KeySchemaProperty(attribute_name="key", key_type="HASH"),
                dynamodb.CfnTable.KeySchemaProperty(attribute_name="lookup", key_type="RANGE"),
            ],
            attribute_definitions=[
                dynamodb.CfnTable.AttributeDefinitionProperty(attribute_name=name, attribute_type="S")
                for name in ("key", "lookup")
            ],
            time_to_live_specification=dynamodb.CfnTable.TimeToLiveSpecificationProperty(
                attribute_name="expires", enabled=True
            ),
            sse_specification=dynamodb.CfnTable.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=storage.key.key_arn
            ),
            point_in_time_recovery_specification=dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(
                point_in_time_recovery_enabled=environment.retain_data
            ),
        )
        table.apply_removal_policy(RemovalPolicy.DESTROY)

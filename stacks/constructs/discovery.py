"""The function that reads what crawlers discovered, and starts those that have not yet looked."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.data_understanding import discovery
from crispstack.phases import Phase
from crispstack.settings import DiscoverySettings
from stacks.constructs import grants
from stacks.constructs.phase_function import PhaseFunction
from stacks.environment import Environment
from stacks.storage import Storage


class Discovery(PhaseFunction):
    """Sees tables of the catalog and artifacts, and no data."""

    def __init__(self, scope: Construct, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope,
            "Discover",
            environment=environment,
            package="discover",
            settings=DiscoverySettings(
                artifacts_bucket=storage.artifacts.bucket_name,
                database=storage.database_name,
                environment=environment.prefix,
            ),
        )
        grants.run_artifacts(self.role, storage, Phase.DATA_UNDERSTANDING)
        stack, database = Stack.of(self), storage.database_name
        tables = f"{database}/{discovery.table_prefix('*', '*')}*"
        crawlers = discovery.crawler_name(environment.prefix, "*", "*")
        for statement in (
            # Which runs there were; their artifacts are granted above.
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[storage.artifacts.bucket_arn],
                conditions={"StringLike": {"s3:prefix": "*/runs/"}},
            ),
            iam.PolicyStatement(
                actions=["glue:GetTable"],
                resources=[
                    stack.format_arn(service="glue", resource="catalog"),
                    stack.format_arn(service="glue", resource="database", resource_name=database),
                    stack.format_arn(service="glue", resource="table", resource_name=tables),
                ],
            ),
            iam.PolicyStatement(
                actions=["glue:GetCrawler", "glue:StartCrawler"],
                resources=[stack.format_arn(service="glue", resource="crawler", resource_name=crawlers)],
            ),
        ):
            self.role.add_to_policy(statement)

"""What a job that reads tables of a database may do: on the network, with its secret, in the raw data."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam

from crispstack.aws.jdbc_version import STAGING
from crispstack.charter import Charter, Source
from crispstack.data_understanding import raw_table
from stacks.constructs import grants
from stacks.data_understanding import RESULTS_PREFIX
from stacks.environment import Connection
from stacks.storage import Storage

# What Glue needs to put a job into a subnet; "Describe" knows no narrower resource.
_DESCRIBE_NETWORK = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
)


class JdbcRights:
    """Rights of a role, added one by one."""

    def __init__(self, role: iam.Role, storage: Storage) -> None:
        """Take the role that is given rights, and where the data is kept."""
        self._role, self._storage, self._stack = role, storage, Stack.of(role)

    def grant_database(self, name: str, given: Connection) -> None:
        """The connection, its secret and, where it is in a VPC, what puts the job there."""
        stack = self._stack
        connection = stack.format_arn(service="glue", resource="connection", resource_name=name)
        self._allow(["glue:GetConnection"], stack.format_arn(service="glue", resource="catalog"), connection)
        # Secrets Manager adds six characters of its own to the name.
        secret = stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{given.secret}-??????",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(["secretsmanager:GetSecretValue"], given.secret if given.secret.startswith("arn:") else secret)
        if given.secret_key:
            via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{stack.region}.amazonaws.com"}}
            self._role.add_to_policy(
                iam.PolicyStatement(actions=["kms:Decrypt"], resources=[given.secret_key], conditions=via)
            )
        if given.subnet:
            self._grant_network(given)

    def _grant_network(self, given: Connection) -> None:
        """Network interfaces in the connection's subnet and security group."""
        stack = self._stack
        interfaces = stack.format_arn(service="ec2", resource="network-interface", resource_name="*")
        places = (("subnet", given.subnet), ("security-group", given.security_group))
        within = [stack.format_arn(service="ec2", resource=kind, resource_name=name) for kind, name in places]
        self._allow(["ec2:CreateNetworkInterface"], interfaces, *within)
        self._allow(["ec2:DeleteNetworkInterface"], interfaces)
        self._role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:CreateTags", "ec2:DeleteTags"],
                resources=[interfaces],
                conditions={"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}},
            )
        )
        self._allow([*_DESCRIBE_NETWORK], "*")

    def grant_versions(self, charter: Charter, sources: Sequence[Source]) -> None:
        """The sources' raw data and its staging; their tables and views; the job's log."""
        raw, stack, database = self._storage.raw, self._stack, self._storage.database_name
        staging = [f"{charter.name}/{STAGING}/{source.name}/" for source in sources]
        places = [f"{charter.name}/{source.name}" for source in sources]
        # Spark asks for every folder above the one that it writes.
        grants.read_prefix(self._role, raw, f"{charter.name}/")
        # Beside the versions lie the pointers.
        written = [f"{place}{end}" for place in places for end in ("/version=", ".json")]
        grants.write_prefix(self._role, raw, *staging, *written)
        self._allow(["s3:DeleteObject"], *(raw.arn_for_objects(f"{prefix}*") for prefix in staging))
        catalog = [
            stack.format_arn(service="glue", resource="catalog"),
            stack.format_arn(service="glue", resource="database", resource_name=database),
        ]

        def tables(*names: str) -> list[str]:
            return [
                stack.format_arn(service="glue", resource="table", resource_name=f"{database}/{name}") for name in names
            ]

        versions = tables(*(raw_table.versions_name(charter, source) for source in sources))
        views = tables(*(raw_table.view_name(charter, source) for source in sources))
        self._allow(["glue:GetDatabase", "glue:GetTable"], *catalog, *versions, *views)
        self._allow(["glue:BatchCreatePartition"], *catalog, *versions)
        self._allow(["glue:CreateTable", "glue:UpdateTable"], *catalog, *views)
        logs = stack.format_arn(service="logs", resource="log-group:/aws-glue/jobs/*")
        self._allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], logs)

    def grant_query(self, workgroup_name: str) -> None:
        """The statement that moves the view of the current version."""
        results = self._storage.query_results
        workgroup = self._stack.format_arn(service="athena", resource="workgroup", resource_name=workgroup_name)
        actions = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"]
        self._allow(actions, workgroup)
        self._allow(["s3:GetBucketLocation"], results.bucket_arn)
        grants.read_prefix(self._role, results, RESULTS_PREFIX)
        grants.write_prefix(self._role, results, RESULTS_PREFIX)

    def _allow(self, actions: list[str], *resources: str) -> None:
        self._role.add_to_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))

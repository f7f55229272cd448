"""Tables of databases: for each connection that a charter names, a Glue connection and the job that reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from crispstack.aws.collection_jobs import connections
from crispstack.aws.jdbc_connections import connection_name, definition
from crispstack.aws.jdbc_version import STAGING
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter, Source
from crispstack.data_understanding import raw_table
from crispstack.errors import CrispError
from stacks import packages
from stacks.constructs import grants
from stacks.data_understanding import RESULTS_PREFIX
from stacks.environment import Connection, Environment
from stacks.storage import Storage

SCRIPT = Path(__file__).parents[2] / "glue_jobs" / "collect.py"
# What Glue needs to put a job into a subnet; "Describe" knows no narrower resource.
_DESCRIBE_NETWORK = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpoints",
)


def add_jdbc_sources(
    scope: Construct, *, environment: Environment, charter: Charter, storage: Storage, workgroup_name: str
) -> None:
    """Add a `JdbcSource` for every connection of the charter; nothing where it names none.

    Raises:
        CrispError: the environment has no connection of that name.
    """
    for name, tables in connections(charter).items():
        if name not in environment.connections:
            raise CrispError(
                f"{environment.name}.toml: there is no [connections.{name}], which source {tables[0].name} of "
                f"{charter.name} reads; add it: url and secret"
            )
        JdbcSource(
            scope,
            f"JdbcSource-{name}",
            environment=environment,
            charter=charter,
            connection=name,
            sources=tables,
            storage=storage,
            workgroup_name=workgroup_name,
        )


class JdbcSource(Construct):
    """A connection that enforces TLS, and a job whose role may read its secret and write the project's raw data."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        connection: str,
        sources: Sequence[Source],
        storage: Storage,
        workgroup_name: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._stack, self._storage = Stack.of(self), storage
        self._name = connection_name(environment.prefix, charter.name, connection)
        given = environment.connections[connection]
        self.role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"), description=f"Reads {self._name}"
        )
        certificate = self._asset("Certificate", Path(given.certificate)) if given.certificate else None
        self._connect(given, certificate)
        self._grant_database(given)
        self._grant_versions(charter, sources)
        self._grant_query(workgroup_name)
        self._job(
            {
                "--charter": self._asset("Charter", _written(charter)).s3_object_url,
                "--sources": ",".join(source.name for source in sources),
                "--definition": definition(sources),
                "--connection": connection,
                "--glue_connection": self._name,
                "--raw_bucket": storage.raw.bucket_name,
                "--database": storage.database_name,
                "--workgroup": workgroup_name,
            }
        )

    def _asset(self, construct_id: str, path: Path) -> assets.Asset:
        asset = assets.Asset(self, construct_id, path=str(path))
        grants.read_asset(self.role, asset)
        return asset

    def _connect(self, given: Connection, certificate: assets.Asset | None) -> None:
        network = glue.CfnConnection.PhysicalConnectionRequirementsProperty(
            subnet_id=given.subnet,
            security_group_id_list=[given.security_group],
            availability_zone=given.availability_zone,
        )
        self.connection = glue.CfnConnection(
            self,
            "Connection",
            catalog_id=self._stack.account,
            connection_input=glue.CfnConnection.ConnectionInputProperty(
                name=self._name,
                connection_type="JDBC",
                connection_properties={
                    "JDBC_CONNECTION_URL": given.url,
                    "JDBC_ENFORCE_SSL": "true",
                    "SECRET_ID": given.secret,
                    **({"CUSTOM_JDBC_CERT": certificate.s3_object_url} if certificate else {}),
                },
                physical_connection_requirements=network if given.subnet else None,
            ),
        )

    def _job(self, arguments: dict[str, str]) -> None:
        """One run at a time: two that read the same table would copy the same files."""
        script, library = self._asset("Script", SCRIPT), self._asset("Library", packages.library())
        job = glue.PySparkEtlJob(
            self,
            "Job",
            job_name=self._name,
            description="Tables of a database become versions",
            # The construct would let the role list and read the whole bucket of assets.
            role=self.role.without_policy_updates(),
            security_configuration=self._security(),
            script=glue.Code.from_bucket(script.bucket, script.s3_object_key),
            extra_python_files=[glue.Code.from_bucket(library.bucket, library.s3_object_key)],
            connections=[glue.Connection.from_connection_name(self, "Through", self._name)],
            glue_version=glue.GlueVersion.V5_1,
            worker_configuration=glue.WorkerConfiguration(worker_type=glue.WorkerType.G_1X, number_of_workers=2),
            timeout=Duration.hours(1),
            max_retries=0,
            max_concurrent_runs=1,
            enable_metrics=False,
            enable_observability_metrics=False,
            continuous_logging=glue.ContinuousLoggingProps(enabled=False),
            default_arguments=arguments,
        )
        job.node.add_dependency(self.connection)

    def _security(self) -> glue.SecurityConfiguration:
        """What the job writes is encrypted with the data key, its bookmarks too."""
        security = glue.SecurityConfiguration(
            self,
            "Security",
            s3_encryption=glue.S3Encryption.kms(self._storage.key),
            job_bookmarks_encryption=glue.JobBookmarksEncryption.client_side_kms(self._storage.key),
        )
        # The construct would keep it for good, and its fixed name would stop the next deployment.
        security.apply_removal_policy(RemovalPolicy.DESTROY)
        return security

    def _grant_database(self, given: Connection) -> None:
        """The connection, its secret and, where it is in a VPC, what puts the job there."""
        stack = self._stack
        connection = stack.format_arn(service="glue", resource="connection", resource_name=self._name)
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
            self.role.add_to_policy(
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
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["ec2:CreateTags", "ec2:DeleteTags"],
                resources=[interfaces],
                conditions={"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}},
            )
        )
        self._allow([*_DESCRIBE_NETWORK], "*")

    def _grant_versions(self, charter: Charter, sources: Sequence[Source]) -> None:
        """The sources' raw data and its staging; their tables and views; the job's log."""
        raw, stack, database = self._storage.raw, self._stack, self._storage.database_name
        staging = [f"{charter.name}/{STAGING}/{source.name}/" for source in sources]
        places = [f"{charter.name}/{source.name}" for source in sources]
        # Spark asks for every folder above the one that it writes.
        grants.read_prefix(self.role, raw, f"{charter.name}/")
        # Beside the versions lie the pointers.
        written = [f"{place}{end}" for place in places for end in ("/version=", ".json")]
        grants.write_prefix(self.role, raw, *staging, *written)
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

    def _grant_query(self, workgroup_name: str) -> None:
        """The statement that moves the view of the current version."""
        results = self._storage.query_results
        workgroup = self._stack.format_arn(service="athena", resource="workgroup", resource_name=workgroup_name)
        actions = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"]
        self._allow(actions, workgroup)
        self._allow(["s3:GetBucketLocation"], results.bucket_arn)
        grants.read_prefix(self.role, results, RESULTS_PREFIX)
        grants.write_prefix(self.role, results, RESULTS_PREFIX)

    def _allow(self, actions: list[str], *resources: str) -> None:
        self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))


def _written(charter: Charter) -> Path:
    """The charter as the job reads it, in a file that is an asset."""
    text = charter_json.dump(charter)
    packages.BUILD.mkdir(parents=True, exist_ok=True)
    path = packages.BUILD / f"{charter.name}-charter-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    path.write_text(text)
    return path

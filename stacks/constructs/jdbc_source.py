"""Tables of databases: for each connection that a charter names, a Glue connection and the job that reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from crispstack.aws.collection_jobs import connections
from crispstack.aws.jdbc_connections import connection_name, definition
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter, Source
from crispstack.errors import CrispError
from stacks import packages
from stacks.constructs import grants
from stacks.constructs.jdbc_rights import JdbcRights
from stacks.environment import Connection, Environment
from stacks.storage import Storage

SCRIPT = Path(__file__).parents[2] / "glue_jobs" / "collect.py"


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
        rights = JdbcRights(self.role, storage)
        rights.grant_database(self._name, given)
        rights.grant_versions(charter, sources)
        rights.grant_query(workgroup_name)
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


def _written(charter: Charter) -> Path:
    """The charter as the job reads it, in a file that is an asset."""
    text = charter_json.dump(charter)
    packages.BUILD.mkdir(parents=True, exist_ok=True)
    path = packages.BUILD / f"{charter.name}-charter-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    path.write_text(text)
    return path

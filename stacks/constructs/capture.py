"""Where a project's predictions are kept: a delivery stream to Parquet by day, and the tables over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from crispstack.charter import Charter
from crispstack.deployment import captured_tables
from crispstack.deployment.capture import OF_PREDICTIONS, REQUEST, ROW, columns
from crispstack.deployment.captured_tables import DAY, TOLD, TRUTH, captured_table, truth_table
from stacks.constructs import grants
from stacks.constructs.explorable_data import add_named_queries, add_view
from stacks.constructs.phase_function import log_group
from stacks.environment import Environment
from stacks.storage import Storage

_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_SECONDS = 60
"""Until a row can be queried: the least that Firehose takes where it converts."""
_MEBIBYTES = 128


def stream_name(environment: Environment, charter: Charter) -> str:
    """Name of the stream that keeps a project's predictions; empty where the charter keeps none."""
    return f"{environment.prefix}-captured-{charter.name}" if charter.monitoring.capture else ""


class Capture(Construct):
    """Tables, a view and named queries; and, where the charter keeps predictions, the stream that writes them.

    `sender` may put records and nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        workgroup_name: str,
        sender: iam.IGrantable,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment, self._charter, self._storage = environment, charter, storage
        self._tables()
        view = captured_tables.predictions_view(charter, storage.database_name)
        add_view(
            self, "View", view=view, description="Kept predictions, with the truth where it is told", storage=storage
        )
        queries = captured_tables.named_queries(charter, storage.database_name)
        add_named_queries(self, charter=charter, queries=queries, storage=storage, workgroup_name=workgroup_name)
        if charter.monitoring.capture:
            stream = self._stream()
            sender.grant_principal.add_to_principal_policy(
                iam.PolicyStatement(actions=["firehose:PutRecordBatch"], resources=[stream.attr_arn])
            )

    def _tables(self) -> None:
        project, days = self._charter.name, self._charter.monitoring.keep_days
        inputs = {column.name: "string" for column in columns(self._charter)}
        location = f"s3://{self._storage.predictions.bucket_name}/{project}/captured/"
        self.captured = self._table(
            "Captured",
            captured_table(project),
            location,
            {**OF_PREDICTIONS, **inputs},
            [DAY],
            {
                # Days are known beforehand: nobody has to register them.
                "projection.enabled": "true",
                f"projection.{DAY}.type": "date",
                f"projection.{DAY}.format": "yyyy-MM-dd",
                f"projection.{DAY}.range": f"NOW-{days}DAYS,NOW",
                "storage.location.template": f"{location}${{{DAY}}}/",
            },
        )
        told = {REQUEST: "string", ROW: "int", TRUTH: "string", TOLD: "timestamp"}
        location = f"s3://{self._storage.predictions.bucket_name}/{project}/truths/"
        self._table("Truths", truth_table(project), location, told, [], {})

    def _table(
        self,
        construct_id: str,
        name: str,
        location: str,
        kinds: Mapping[str, str],
        partitions: Sequence[str],
        parameters: Mapping[str, str],
    ) -> glue.CfnTable:
        return glue.CfnTable(
            self,
            construct_id,
            catalog_id=Stack.of(self).account,
            database_name=self._storage.database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                table_type="EXTERNAL_TABLE",
                parameters={"classification": "parquet", "EXTERNAL": "TRUE", **parameters},
                partition_keys=[glue.CfnTable.ColumnProperty(name=each, type="string") for each in partitions],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    input_format=f"{_PARQUET}.MapredParquetInputFormat",
                    output_format=f"{_PARQUET}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{_PARQUET}.serde.ParquetHiveSerDe",
                        parameters={"serialization.format": "1"},
                    ),
                    columns=[glue.CfnTable.ColumnProperty(name=each, type=kind) for each, kind in kinds.items()],
                ),
            ),
        )

    def _stream(self) -> firehose.CfnDeliveryStream:
        group = log_group(self, "Log", self._environment)
        log_stream = logs.LogStream(self, "LogStream", log_group=group, removal_policy=RemovalPolicy.DESTROY)
        role = self._role(group)
        project, storage = self._charter.name, self._storage
        stream = firehose.CfnDeliveryStream(
            self,
            "Stream",
            # The function that sends is told the name before there is a stream.
            delivery_stream_name=stream_name(self._environment, self._charter),
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="CUSTOMER_MANAGED_CMK", key_arn=storage.key.key_arn
            ),
            extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=storage.predictions.bucket_arn,
                role_arn=role.role_arn,
                prefix=f"{project}/captured/!{{timestamp:yyyy-MM-dd}}/",
                error_output_prefix=f"{project}/failed/!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/",
                buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                    interval_in_seconds=_SECONDS, size_in_m_bs=_MEBIBYTES
                ),
                # Parquet compresses by itself.
                compression_format="UNCOMPRESSED",
                encryption_configuration=firehose.CfnDeliveryStream.EncryptionConfigurationProperty(
                    kms_encryption_config=firehose.CfnDeliveryStream.KMSEncryptionConfigProperty(
                        awskms_key_arn=storage.key.key_arn
                    )
                ),
                cloud_watch_logging_options=firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty(
                    enabled=True, log_group_name=group.log_group_name, log_stream_name=log_stream.log_stream_name
                ),
                data_format_conversion_configuration=self._conversion(role),
            ),
        )
        # Firehose looks at the role's rights when the stream is made.
        stream.node.add_dependency(role)
        return stream

    def _conversion(self, role: iam.Role) -> firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty:
        return firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty(
            enabled=True,
            input_format_configuration=firehose.CfnDeliveryStream.InputFormatConfigurationProperty(
                deserializer=firehose.CfnDeliveryStream.DeserializerProperty(
                    open_x_json_ser_de=firehose.CfnDeliveryStream.OpenXJsonSerDeProperty()
                )
            ),
            output_format_configuration=firehose.CfnDeliveryStream.OutputFormatConfigurationProperty(
                serializer=firehose.CfnDeliveryStream.SerializerProperty(
                    parquet_ser_de=firehose.CfnDeliveryStream.ParquetSerDeProperty()
                )
            ),
            schema_configuration=firehose.CfnDeliveryStream.SchemaConfigurationProperty(
                catalog_id=Stack.of(self).account,
                region=Stack.of(self).region,
                role_arn=role.role_arn,
                database_name=self._storage.database_name,
                table_name=self.captured.ref,
                version_id="LATEST",
            ),
        )

    def _role(self, group: logs.LogGroup) -> iam.Role:
        """Write under the project's prefixes and read the table's schema."""
        stack, storage = Stack.of(self), self._storage
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"),
            description="Keeps predictions",
        )
        prefixes = [f"{self._charter.name}/{each}/" for each in ("captured", "failed")]
        grants.write_prefix(role, storage.predictions, *prefixes)
        database, table = storage.database_name, captured_table(self._charter.name)
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
                resources=[
                    stack.format_arn(service="glue", resource="catalog"),
                    stack.format_arn(service="glue", resource="database", resource_name=database),
                    stack.format_arn(service="glue", resource="table", resource_name=f"{database}/{table}"),
                ],
            )
        )
        role.add_to_policy(iam.PolicyStatement(actions=["logs:PutLogEvents"], resources=[group.log_group_arn]))
        return role

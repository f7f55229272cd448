"""The trail as a table: a database of its own, days known beforehand, and the queries that one asks first."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from crispstack.deployment import audit
from stacks.environment import Environment


class AuditTable(Construct):
    """``crispstack_<environment>_audit.events`` of this region, partitioned by day, and its named queries."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        bucket: s3.IBucket,
        raw_bucket: str,
        workgroup_name: str,
    ) -> None:
        super().__init__(scope, construct_id)
        stack, name = Stack.of(self), audit.database(environment.name)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=stack.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=name, description="Who did what"),
        )
        location = f"s3://{bucket.bucket_name}/AWSLogs/{stack.account}/CloudTrail/{stack.region}/"
        table = glue.CfnTable(
            self,
            "Events",
            catalog_id=stack.account,
            database_name=name,
            table_input=glue.CfnTable.TableInputProperty(
                name=audit.TABLE,
                description="What CloudTrail recorded",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "classification": "cloudtrail",
                    "EXTERNAL": "TRUE",
                    "projection.enabled": "true",
                    f"projection.{audit.DAY}.type": "date",
                    f"projection.{audit.DAY}.format": "yyyy/MM/dd",
                    f"projection.{audit.DAY}.range": f"NOW-{environment.audit_days}DAYS,NOW",
                    "storage.location.template": f"{location}${{{audit.DAY}}}/",
                },
                partition_keys=[glue.CfnTable.ColumnProperty(name=audit.DAY, type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    input_format="com.amazon.emr.cloudtrail.CloudTrailInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.apache.hive.hcatalog.data.JsonSerDe"
                    ),
                    columns=[
                        glue.CfnTable.ColumnProperty(name=each, type=kind) for each, kind in audit.COLUMNS.items()
                    ],
                ),
            ),
        )
        table.node.add_dependency(database)
        for query in audit.queries(environment.name, raw_bucket):
            athena.CfnNamedQuery(
                self,
                "".join(word.capitalize() for word in query.name.split("-")),
                name=f"{audit.QUERIES}-{query.name}",
                description=query.question,
                database=name,
                query_string=query.sql,
                work_group=workgroup_name,
            )

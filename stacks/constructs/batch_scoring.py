"""Scores of whole tables: a role for the jobs of one project, on modeling's application, and the table they fill."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from crispstack.charter import Charter
from crispstack.data_preparation.lookups import lookups
from crispstack.data_preparation.privacy import hashes
from crispstack.deployment.score import PARTITION, table_columns, table_name
from crispstack.deployment.score_job import ScoreJob
from crispstack.phases import Phase
from stacks.constructs import grants, lookup_table, pseudonym_key
from stacks.constructs.phase_function import log_group
from stacks.environment import Environment
from stacks.modeling import Modeling
from stacks.storage import Storage

_SCRIPT = Path(__file__).parent.parent.parent / "scoring_jobs" / "score.py"
_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


class BatchScoring(Construct):
    """Jobs read copies of what is to be scored, which the query results' bucket forgets, and this project's models."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        modeling: Modeling,
    ) -> None:
        super().__init__(scope, construct_id)
        self._charter, self._storage = charter, storage
        script = assets.Asset(self, "Script", path=str(_SCRIPT))
        group = log_group(self, "Log", environment)
        role = iam.Role(
            self,
            "JobRole",
            assumed_by=iam.ServicePrincipal("emr-serverless.amazonaws.com"),
            description=f"Scores rows with the models of {charter.name}",
        )
        inputs, scores = f"scoring/{charter.name}/", f"{charter.name}/scores/"
        models = (f"{charter.name}/models/", f"{charter.name}/runs/*/{Phase.MODELING.prefix}/")
        grants.read_prefix(role, storage.query_results, inputs)
        grants.read_prefix(role, storage.artifacts, scores, *models)
        grants.write_prefix(role, storage.artifacts, scores)
        for asset in (script, modeling.library, modeling.archive):
            grants.read_asset(role, asset)
        grants.spark_log(role, group)
        key, table = (
            pseudonym_key.key_name(environment, charter.name),
            lookup_table.table_name(environment, charter.name),
        )
        if hashes(charter):
            pseudonym_key.grant_read(role, self, key, storage)
        if lookups(charter):
            lookup_table.grant_read(role, self, table, storage)
        self._table(scores)
        self._grant_partitions(role)
        job = ScoreJob(
            application=modeling.application.attr_application_id,
            role=role.role_arn,
            script=script.s3_object_url,
            spark_parameters=" ".join(modeling.submit_parameters(environment)),
            log_group=group.log_group_name,
            inputs_uri=f"s3://{storage.query_results.bucket_name}/{inputs}",
            scores_uri=f"s3://{storage.artifacts.bucket_name}/{scores}",
            pseudonym_key=key,
            lookup_table=table,
        )
        parameter = ssm.StringParameter(
            self,
            "Job",
            parameter_name=f"/crispstack/{environment.name}/scoring/{charter.name}",
            description=f"What `crisp score {charter.name}` starts",
            string_value=Stack.of(self).to_json_string(job.to_plain()),
        )
        CfnOutput(Stack.of(self), "ScoringParameter", value=parameter.parameter_name)

    def _table(self, prefix: str) -> None:
        """Empty at first; each score is a partition from the moment when all of its rows are there."""
        storage = self._storage
        glue.CfnTable(
            self,
            "Scores",
            catalog_id=Stack.of(self).account,
            database_name=storage.database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=table_name(self._charter.name),
                description=f"Scores of {self._charter.name}",
                table_type="EXTERNAL_TABLE",
                parameters={"classification": "parquet", "EXTERNAL": "TRUE"},
                partition_keys=[glue.CfnTable.ColumnProperty(name=PARTITION, type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=f"s3://{storage.artifacts.bucket_name}/{prefix}",
                    input_format=f"{_PARQUET}.MapredParquetInputFormat",
                    output_format=f"{_PARQUET}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{_PARQUET}.serde.ParquetHiveSerDe",
                        parameters={"serialization.format": "1"},
                    ),
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=kind)
                        for name, kind in table_columns(self._charter.framing)
                    ],
                ),
            ),
        )

    def _grant_partitions(self, role: iam.Role) -> None:
        stack, database = Stack.of(self), self._storage.database_name
        names = ("catalog", f"database/{database}", f"table/{database}/{table_name(self._charter.name)}")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["glue:GetTable", "glue:CreatePartition"],
                resources=[stack.format_arn(service="glue", resource=name) for name in names],
            )
        )

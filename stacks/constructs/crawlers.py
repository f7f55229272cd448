"""Crawlers of a project's raw data: one per source, started on arrival and on a schedule, never merging a schema."""

from __future__ import annotations

import json

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.charter import Charter, Source
from crispstack.data_collection import pointer_key
from crispstack.data_understanding import discovery
from stacks.constructs import grants
from stacks.environment import Environment
from stacks.storage import Storage

# Depth of the folders that are tables, the bucket being 1: <project>/<source>/version=<version>/.
_VERSION_LEVEL = 4
_LOG_GROUP = "/aws-glue/crawlers"


class Crawlers(Construct):
    """Every version becomes a table of its own, ``discovered_<project>_<source>_version_<version>``."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, charter: Charter, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"), description="Runs the crawlers"
        )
        self._grant(charter, storage)
        self.notifier = iam.Role(
            self, "Notifier", assumed_by=iam.ServicePrincipal("events.amazonaws.com"), description="Tells of arrivals"
        )
        for source in charter.sources:
            name = discovery.crawler_name(environment.prefix, charter.name, source.name)
            title = "".join(word.capitalize() for word in source.name.split("_"))
            crawler = self._crawler(title, name, environment, charter, source, storage)
            self._on_arrival(title, name, crawler, charter, source, storage)

    def _crawler(
        self, title: str, name: str, environment: Environment, charter: Charter, source: Source, storage: Storage
    ) -> glue.CfnCrawler:
        schedule = environment.crawler_schedule
        crawler = glue.CfnCrawler(
            self,
            f"{title}Crawler",
            name=name,
            description=f"Discovers the schema of every version of {charter.name}.{source.name}",
            role=self.role.role_arn,
            database_name=storage.database_name,
            table_prefix=discovery.table_prefix(charter.name, source.name),
            targets=glue.CfnCrawler.TargetsProperty(
                s3_targets=[
                    glue.CfnCrawler.S3TargetProperty(
                        path=f"s3://{storage.raw.bucket_name}/{charter.name}/{source.name}/",
                        # Manifests and originals, which Athena and Spark do not read either.
                        exclusions=["**/_*", "**/.*"],
                    )
                ]
            ),
            classifiers=[self._classifier(title, name, source)] if source.format == "csv" else None,
            configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": _VERSION_LEVEL}}),
            recrawl_policy=glue.CfnCrawler.RecrawlPolicyProperty(recrawl_behavior="CRAWL_NEW_FOLDERS_ONLY"),
            # A changed schema is reported, not merged into a table.
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(
                update_behavior="LOG", delete_behavior="LOG"
            ),
            schedule=glue.CfnCrawler.ScheduleProperty(schedule_expression=schedule) if schedule else None,
        )
        crawler.node.add_dependency(self.role)
        return crawler

    def _classifier(self, title: str, name: str, source: Source) -> str:
        """How the text is divided and that its first line holds the names: nothing is left to guess."""
        classifier = glue.CfnClassifier(
            self,
            f"{title}Classifier",
            csv_classifier=glue.CfnClassifier.CsvClassifierProperty(
                name=name,
                delimiter=source.delimiter,
                quote_symbol='"',
                contains_header="PRESENT",
                allow_single_column=True,
                disable_value_trimming=False,
            ),
        )
        return classifier.ref

    def _on_arrival(
        self, title: str, name: str, crawler: glue.CfnCrawler, charter: Charter, source: Source, storage: Storage
    ) -> None:
        """The pointer to the current version moves last, once for every version: then the crawler is started."""
        workflow = glue.CfnWorkflow(
            self, f"{title}Arrival", name=name, description=f"A new version of {charter.name}.{source.name}"
        )
        trigger = glue.CfnTrigger(
            self,
            f"{title}Trigger",
            name=name,
            type="EVENT",
            workflow_name=workflow.ref,
            actions=[glue.CfnTrigger.ActionProperty(crawler_name=crawler.ref)],
            event_batching_condition=glue.CfnTrigger.EventBatchingConditionProperty(batch_size=1),
        )
        arn = Stack.of(self).format_arn(service="glue", resource="workflow", resource_name=name)
        self.notifier.add_to_policy(iam.PolicyStatement(actions=["glue:notifyEvent"], resources=[arn]))
        rule = events.CfnRule(
            self,
            f"{title}Rule",
            description=f"A version of {charter.name}.{source.name} became current",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [storage.raw.bucket_name]},
                    "object": {"key": [pointer_key(charter.name, source.name)]},
                },
            },
            targets=[events.CfnRule.TargetProperty(id="Crawler", arn=arn, role_arn=self.notifier.role_arn)],
        )
        rule.add_dependency(trigger)

    def _grant(self, charter: Charter, storage: Storage) -> None:
        stack, database = Stack.of(self), storage.database_name
        for source in charter.sources:
            grants.read_prefix(self.role, storage.raw, f"{charter.name}/{source.name}/")
        tables = [
            stack.format_arn(service="glue", resource="table", resource_name=f"{database}/{prefix}*")
            for prefix in (discovery.table_prefix(charter.name, source.name) for source in charter.sources)
        ]
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "glue:GetDatabase",
                    "glue:GetTable",
                    "glue:CreateTable",
                    "glue:UpdateTable",
                    "glue:GetPartitions",
                    "glue:BatchCreatePartition",
                ],
                resources=[
                    stack.format_arn(service="glue", resource="catalog"),
                    stack.format_arn(service="glue", resource="database", resource_name=database),
                    *tables,
                ],
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[stack.format_arn(service="logs", resource=f"log-group:{_LOG_GROUP}*")],
            )
        )

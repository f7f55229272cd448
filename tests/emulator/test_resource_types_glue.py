"""Types of Glue beyond its catalog and jobs: crawlers, classifiers, workflows, triggers, connections and the like."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from emulator.cloudformation.resource_type import ResourceError
from emulator.settings import Settings
from tests.emulator.resource_type_contract import ACCOUNT, Case, World, check, of_stack, types

TAGS = {"team": "data", "stage": "test"}
CONDITION = {"LogicalOperator": "EQUALS", "CrawlerName": "types-existing", "CrawlState": "SUCCEEDED"}

CASES = [
    Case(
        "AWS::Glue::Crawler",
        {
            "Name": "types-crawler",
            "Role": "types-glue",
            "DatabaseName": "types_glue",
            "Description": "d",
            "TablePrefix": "p_",
            "Targets": {"S3Targets": [{"Path": "s3://types-data/", "Exclusions": ["**.tmp"], "SampleSize": 3}]},
            "Classifiers": ["types-existing"],
            "Configuration": json.dumps({"Version": 1.0}),
            "CrawlerSecurityConfiguration": "sealed",
            "Schedule": {"ScheduleExpression": "cron(0 6 * * ? *)"},
            "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
            "Tags": TAGS,
        },
        {
            "Description": "e",
            "Targets": {"S3Targets": [{"Path": "s3://types-data/other/"}]},
            "Schedule": {"ScheduleExpression": "cron(0 7 * * ? *)"},
            "SchemaChangePolicy": None,
            "RecrawlPolicy": None,
            "Classifiers": None,
            "Configuration": None,
            "Tags": {"team": "other"},
        },
        listing=("glue", "list_crawlers", "CrawlerNames"),
    ),
    Case(
        "AWS::Glue::Classifier",
        {
            "CsvClassifier": {
                "Name": "types-csv",
                "Delimiter": ";",
                "QuoteSymbol": "'",
                "ContainsHeader": "PRESENT",
                "Header": ["a", "b"],
                "DisableValueTrimming": True,
                "AllowSingleColumn": False,
            }
        },
        {"CsvClassifier": {"Name": "types-csv", "Delimiter": "|"}},
        listing=("glue", "get_classifiers", "Classifiers[].CsvClassifier.Name"),
    ),
    Case(
        "AWS::Glue::Workflow",
        {
            "Name": "types-workflow",
            "Description": "d",
            "DefaultRunProperties": {"a": "1"},
            "MaxConcurrentRuns": 2,
            "Tags": TAGS,
        },
        {"Description": "e", "DefaultRunProperties": {"a": "2"}, "MaxConcurrentRuns": 3, "Tags": {"team": "x"}},
        listing=("glue", "list_workflows", "Workflows"),
    ),
    Case(
        "AWS::Glue::Trigger",
        {
            "Name": "types-trigger",
            "Type": "CONDITIONAL",
            "WorkflowName": "types-existing",
            "Description": "d",
            "StartOnCreation": True,
            "Predicate": {"Logical": "ANY", "Conditions": [CONDITION]},
            "Actions": [{"CrawlerName": "types-existing"}],
            "Tags": TAGS,
        },
        {
            "Description": "e",
            "StartOnCreation": False,
            "Predicate": {"Logical": "AND", "Conditions": [{**CONDITION, "CrawlState": "FAILED"}]},
            "Tags": None,
        },
        listing=("glue", "list_triggers", "TriggerNames"),
    ),
    Case(
        "AWS::Glue::Connection",
        {
            "CatalogId": ACCOUNT,
            "ConnectionInput": {
                "Name": "types-connection",
                "Description": "d",
                "ConnectionType": "NETWORK",
                "MatchCriteria": ["m"],
                "ConnectionProperties": {},
                "PhysicalConnectionRequirements": {
                    "AvailabilityZone": "us-east-1a",
                    "SubnetId": "subnet-1",
                    "SecurityGroupIdList": ["sg-1"],
                },
            },
            "Tags": TAGS,
        },
        {
            "ConnectionInput": {
                "Name": "types-connection",
                "ConnectionType": "JDBC",
                "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:x"},
            },
            "Tags": {"team": "x"},
        },
        listing=("glue", "get_connections", "ConnectionList[].Name"),
    ),
    Case(
        "AWS::Glue::Partition",
        {
            "CatalogId": ACCOUNT,
            "DatabaseName": "types_glue",
            "TableName": "existing",
            "PartitionInput": {
                "Values": ["2026"],
                "Parameters": {"a": "b"},
                "StorageDescriptor": {"Location": "s3://types-data/2026/", "Columns": [{"Name": "x", "Type": "int"}]},
            },
        },
        {"PartitionInput": {"Values": ["2026"], "StorageDescriptor": {"Location": "s3://types-data/other/"}}},
    ),
    Case(
        "AWS::Glue::DataQualityRuleset",
        {
            "Name": "types-rules",
            "Description": "d",
            "Ruleset": 'Rules = [IsComplete "x"]',
            "TargetTable": {"DatabaseName": "types_glue", "TableName": "existing"},
            "Tags": TAGS,
        },
        {"Description": "e", "Ruleset": 'Rules = [IsUnique "x"]', "Tags": {"team": "x"}},
        listing=("glue", "list_data_quality_rulesets", "Rulesets[].Name"),
    ),
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    assert emulator.account == ACCOUNT
    made = of_stack("types-glue")
    made.make("AWS::Glue::Database", {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": "types_glue"}})
    table = {"Name": "existing", "PartitionKeys": [{"Name": "year", "Type": "string"}]}
    made.make("AWS::Glue::Table", {"CatalogId": ACCOUNT, "DatabaseName": "types_glue", "TableInput": table})
    made.make("AWS::Glue::Classifier", {"JsonClassifier": {"Name": "types-existing", "JsonPath": "$"}})
    targets = {"S3Targets": [{"Path": "s3://types-data/"}]}
    crawler = {"Name": "types-existing", "Role": "types-glue", "DatabaseName": "types_glue", "Targets": targets}
    made.make("AWS::Glue::Crawler", crawler)
    made.make("AWS::Glue::Workflow", {"Name": "types-existing"})
    yield made
    made.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_what_is_not_crawled_or_classified_here_is_refused_by_name(world: World) -> None:
    crawler = {"Role": "r", "Targets": {"JdbcTargets": [{"ConnectionName": "c", "Path": "p"}]}}
    with pytest.raises(ResourceError, match="JdbcTargets are not supported by this emulator"):
        types()["AWS::Glue::Crawler"].create(world.context, crawler)
    grok = {"GrokClassifier": {"Name": "g", "Classification": "c", "GrokPattern": "%{WORD:w}"}}
    with pytest.raises(ResourceError, match="GrokClassifier is not supported by this emulator"):
        types()["AWS::Glue::Classifier"].create(world.context, grok)

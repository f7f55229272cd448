"""A version that arrives is crawled into a table of its own, and a changed column shows as a difference."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from crispstack.artifacts import SchemaReport
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Column, Source
from crispstack.data_understanding import discovery, schema_changes
from emulator import clients
from emulator.settings import Settings
from tests.emulator.event_wiring import allow, role, until

BUCKET, DATABASE, NAME = "arrivals", "arrivals", "shop-clients"
WORKFLOW = f"arn:aws:glue:us-east-1:123456789012:workflow/{NAME}"
GRANTED = [
    allow(["s3:GetObject", "s3:ListBucket"], [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]),
    allow(["glue:*Database*", "glue:*Table*", "glue:*Partition*", "logs:*"], "*"),
]


def arrange() -> None:
    s3, glue, events = clients.client("s3"), clients.client("glue"), clients.client("events")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
    role("arrivals-crawler", "glue", *GRANTED)
    notifier = role("arrivals-notifier", "events", allow("glue:notifyEvent", WORKFLOW))
    glue.create_crawler(
        Name=NAME,
        Role="arrivals-crawler",
        DatabaseName=DATABASE,
        TablePrefix=discovery.table_prefix("shop", "clients"),
        Targets={"S3Targets": [{"Path": f"s3://{BUCKET}/shop/clients/", "Exclusions": ["**/_*"]}]},
        Configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 4}}),
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    )
    glue.create_workflow(Name=NAME)
    batch = {"BatchSize": 1}
    glue.create_trigger(
        Name=NAME, WorkflowName=NAME, Type="EVENT", Actions=[{"CrawlerName": NAME}], EventBatchingCondition=batch
    )
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": ["shop/clients.json"]}}}
    events.put_rule(Name=NAME, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=NAME, Targets=[{"Id": "1", "Arn": WORKFLOW, "RoleArn": notifier}])


def arrive(version: str, rows: str) -> Any:
    """Files first, the pointer last; what the crawler made of it."""
    s3, glue = clients.client("s3"), clients.client("glue")
    folder = f"shop/clients/version={version}"
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/clients.csv", Body=rows.encode())
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/_manifest.json", Body=b"{}")
    s3.put_object(Bucket=BUCKET, Key="shop/clients.json", Body=version.encode())
    name = discovery.table_name("shop", "clients", version)
    until(lambda: name in [table["Name"] for table in tables()], 60)
    until(lambda: glue.get_crawler(Name=NAME)["Crawler"]["State"] == "READY", 60)
    return discovery.schema("clients", version, glue.get_table(DatabaseName=DATABASE, Name=name)["Table"])


def tables() -> list[dict[str, Any]]:
    glue = clients.client("glue")
    known = [each["Name"] for each in glue.get_databases()["DatabaseList"]]
    return list(glue.get_tables(DatabaseName=DATABASE)["TableList"]) if DATABASE in known else []


def test_a_changed_column_is_discovered_on_arrival_and_reported(emulator: Settings) -> None:
    assert emulator.port
    arrange()
    first = arrive("v1", "id,amount,job\n1,2.5,cook\n2,3.5,nurse\n")
    second = arrive("v2", "id,amount,employer\n1,much,inn\n2,3.5,ward\n")
    assert len(tables()) == 2
    columns = (Column("id", "integer"), Column("amount", "number"), Column("job", "category"))
    charter = load(Path("projects/bank_marketing/charter.yaml"))
    charter = dataclasses.replace(charter, sources=(Source("clients", "c.csv", columns),))
    before = schema_changes.report(charter, [first], None, ())
    assert before == SchemaReport((first,), ())
    after = schema_changes.report(charter, [second], before, (), "r1")
    assert {(each.compared_with, each.change, each.column, each.after) for each in after.differences} == {
        (against, change, column, now)
        for against in ("charter", "last_run")
        for change, column, now in (("type_changed", "amount", "string"), ("renamed", "job", "employer"))
    }

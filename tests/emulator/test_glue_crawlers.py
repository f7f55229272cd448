"""Glue crawlers: formats, types, partitions, groups, policies, schedules, and crawls that fail."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.settings import Settings
from tests.emulator.event_wiring import allow, bodies, queue, role, until

BUCKET = "crawled"
GRANTED = [
    allow(["s3:GetObject", "s3:ListBucket"], [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]),
    allow(["glue:*Database*", "glue:*Table*", "glue:*Partition*"], "*"),
    allow("logs:*", "*"),
]


@pytest.fixture(scope="module", autouse=True)
def crawled(emulator: Settings) -> str:
    assert emulator.port
    clients.client("s3").create_bucket(Bucket=BUCKET)
    return role("crawler", "glue", *GRANTED)


@pytest.fixture
def crawl(request: pytest.FixtureRequest) -> Iterator[Callable[..., dict[str, Any]]]:
    """Makes and runs a crawler over `path`, and returns it as it is after the crawl."""
    glue, made = clients.client("glue"), list[str]()

    def run(path: str, name: str = "", **definition: Any) -> dict[str, Any]:
        name = name or f"c{len(made)}-{request.node.name[:40]}"
        if name not in made:
            target = {"Path": f"s3://{BUCKET}/{path}"} | definition.pop("target", {})
            glue.create_crawler(
                Name=name, Role="crawler", DatabaseName="crawled", Targets={"S3Targets": [target]}, **definition
            )
            made.append(name)
        glue.start_crawler(Name=name)
        return finished(name)

    yield run
    for name in made:
        glue.delete_crawler(Name=name)


def finished(name: str) -> dict[str, Any]:
    def ready() -> dict[str, Any]:
        found: dict[str, Any] = clients.client("glue").get_crawler(Name=name)["Crawler"]
        return found if found["State"] == "READY" and "LastCrawl" in found else {}

    found: dict[str, Any] = until(ready)
    return found


def put(key: str, content: str | bytes) -> None:
    body = content.encode() if isinstance(content, str) else content
    clients.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = clients.client("glue").get_table(DatabaseName="crawled", Name=name)["Table"]
    return found


def columns(name: str) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in table(name)["StorageDescriptor"]["Columns"]}


def partitions(name: str) -> list[list[str]]:
    found = clients.client("glue").get_partitions(DatabaseName="crawled", TableName=name)["Partitions"]
    return sorted(each["Values"] for each in found)


def athena(query: str) -> list[list[str]]:
    client = clients.client("athena")
    clients.client("s3").create_bucket(Bucket="crawled-results")
    started = client.start_query_execution(
        QueryString=query, ResultConfiguration={"OutputLocation": "s3://crawled-results/"}
    )["QueryExecutionId"]
    until(
        lambda: client.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"] == "SUCCEEDED"
    )
    rows = client.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"][1:]
    return [[field.get("VarCharValue", "") for field in row["Data"]] for row in rows]


def test_every_format_is_read_with_its_types_and_serde(crawl: Callable[..., dict[str, Any]]) -> None:
    rows = pa.table({"ID": [1, 2], "price": [1.5, None], "tags": [["a"], []], "at": [datetime(2026, 1, 1)] * 2})
    parquet, orc, avro = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pa.parquet.write_table(rows, parquet)
    pa.orc.write_table(rows.select(["ID", "price"]), orc)
    schema = {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "n", "type": ["null", "long"]},
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {"name": "inner", "type": {"type": "record", "name": "i", "fields": [{"name": "x", "type": "float"}]}},
        ],
    }
    fastavro.writer(avro, fastavro.parse_schema(schema), [{"n": 1, "day": 20000, "inner": {"x": 1.0}}])
    put("formats/plain/a.csv", "Name,age,when,ok\nAnn,31,2026-01-02 03:04:05,true\nBob,2.5,2026-01-02 03:04:05,false\n")
    put("formats/piped/a.txt.gz", gzip.compress(b"1|x\n2|y\n"))
    put("formats/quoted/a.csv", 'city,n\n"Paris, F",1\n"Rome",2\n')
    put("formats/lines/a.json", '{"a": 1, "B": {"c": [1.5]}}\n{"a": 3000000000, "d": null, "e": true}\n')
    put("formats/pq/a.parquet", parquet.getvalue())
    put("formats/orc_files/a.orc", orc.getvalue())
    put("formats/avro_files/a.avro", avro.getvalue())
    put("formats/plain/_SUCCESS", "")
    found = crawl("formats/", TablePrefix="f_")
    assert found["LastCrawl"]["Status"] == "SUCCEEDED", found["LastCrawl"]
    names = {each["Name"] for each in clients.client("glue").get_tables(DatabaseName="crawled")["TableList"]}
    assert names >= {"f_plain", "f_piped", "f_quoted", "f_lines", "f_pq", "f_orc_files", "f_avro_files"}
    assert columns("f_plain") == {"name": "string", "age": "double", "when": "timestamp", "ok": "boolean"}
    assert columns("f_piped") == {"col0": "bigint", "col1": "string"}
    assert columns("f_quoted") == {"city": "string", "n": "bigint"}
    assert columns("f_lines") == {"a": "bigint", "b": "struct<c:array<double>>", "d": "string", "e": "boolean"}
    assert columns("f_pq") == {"id": "bigint", "price": "double", "tags": "array<string>", "at": "timestamp"}
    assert columns("f_orc_files") == {"id": "bigint", "price": "double"}
    assert columns("f_avro_files") == {"n": "bigint", "day": "date", "inner": "struct<x:float>"}
    serdes = {
        name: table(name)["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].rsplit(".", 1)[1]
        for name in sorted(names)
        if name.startswith("f_")
    }
    assert serdes == {
        "f_avro_files": "AvroSerDe",
        "f_lines": "JsonSerDe",
        "f_orc_files": "OrcSerde",
        "f_piped": "LazySimpleSerDe",
        "f_plain": "LazySimpleSerDe",
        "f_pq": "ParquetHiveSerDe",
        "f_quoted": "OpenCSVSerde",
    }
    parameters = table("f_plain")["Parameters"]
    assert (parameters["classification"], parameters["skip.header.line.count"]) == ("csv", "1")
    assert (parameters["recordCount"], parameters["objectCount"]) == ("2", "1")
    assert table("f_piped")["Parameters"]["compressionType"] == "gzip"
    assert athena("select city, n from crawled.f_quoted order by n") == [["Paris, F", "1"], ["Rome", "2"]]
    assert athena("select name, age from crawled.f_plain order by age desc") == [["Ann", "31.0"], ["Bob", "2.5"]]
    metrics = clients.client("glue").get_crawler_metrics(CrawlerNameList=[found["Name"]])["CrawlerMetricsList"][0]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (7, 0)
    crawls = clients.client("glue").list_crawls(CrawlerName=found["Name"])["Crawls"]
    assert [(each["State"], json.loads(each["Summary"])) for each in crawls] == [("COMPLETED", {"TABLE": {"ADD": 7}})]
    events = clients.client("logs").get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=found["Name"])
    said = [event["message"] for event in events["events"]]
    assert any("Created table f_plain in database crawled" in line for line in said)
    assert said[-1].endswith("BENCHMARK : Crawler has finished running and is in state READY")


def test_folders_become_partitions_and_new_ones_are_added(crawl: Callable[..., dict[str, Any]]) -> None:
    for year, month in ((2025, 12), (2026, 1)):
        put(f"sales/year={year}/month={month:02}/a.csv", f"id,amount,ok\n{month},1.5,true\n")
    put("sales/year=2026/month=01/skip.tmp", "x")
    put("sales/archive/2020/a.csv", "gone,other,third\n1,2,3\n")
    exclusions = {"Exclusions": ["**.tmp", "archive/**"]}
    put("dated/2026/01/a.json", '{"n": 1}')
    put("dated/2026/02/a.json", '{"n": 2}')
    found = crawl("sales/", target=exclusions)
    assert found["LastCrawl"]["Status"] == "SUCCEEDED"
    assert columns("sales") == {"id": "bigint", "amount": "double", "ok": "boolean"}
    assert [key["Name"] for key in table("sales")["PartitionKeys"]] == ["year", "month"]
    assert partitions("sales") == [["2025", "12"], ["2026", "01"]]
    put("sales/year=2026/month=02/a.csv", "id,amount,ok,note\n2,2.5,true,x\n")
    again = crawl("sales/", found["Name"])
    assert partitions("sales") == [["2025", "12"], ["2026", "01"], ["2026", "02"]]
    assert columns("sales") == {"id": "bigint", "amount": "double", "ok": "boolean", "note": "string"}
    assert again["LastCrawl"]["MessagePrefix"] != found["LastCrawl"]["MessagePrefix"]
    assert athena("select year, sum(amount) from crawled.sales group by year order by year") == [
        ["2025", "1.5"],
        ["2026", "4.0"],
    ]
    crawl("dated/")
    assert [key["Name"] for key in table("dated")["PartitionKeys"]] == ["partition_0", "partition_1"]
    assert partitions("dated") == [["2026", "01"], ["2026", "02"]]


def test_schemas_say_what_is_a_table_unless_they_are_combined_or_a_level_is_given(
    crawl: Callable[..., dict[str, Any]],
) -> None:
    put("mixed/people/a.csv", "name,age\nAnn,3\n")
    put("mixed/orders/a.csv", "sku,amount,total\nx,1,2\n")
    put("mixed/notes.json", '{"text": "hello"}')
    crawl("mixed/", TablePrefix="split_")
    assert columns("split_people") == {"name": "string", "age": "bigint"}
    assert columns("split_orders") == {"sku": "string", "amount": "bigint", "total": "bigint"}
    assert columns("split_notes_json") == {"text": "string"}
    grouping = {"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}
    crawl("mixed/", TablePrefix="one_", Configuration=json.dumps(grouping), target={"Exclusions": ["notes.json"]})
    assert columns("one_mixed") == {
        "sku": "string", "amount": "bigint", "total": "bigint", "name": "string", "age": "bigint"
    }  # fmt: skip
    assert partitions("one_mixed") == [["orders"], ["people"]]
    put("deep/a/x=1/f.csv", "k,v\na,1\n")
    put("deep/b/x=1/f.csv", "k,v\nb,2\n")
    level = {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}
    crawl("deep/", TablePrefix="level_", Configuration=json.dumps(level))
    assert table("level_a")["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/deep/a/"
    assert partitions("level_b") == [["1"]]


def test_changes_and_deletions_follow_the_policy(crawl: Callable[..., dict[str, Any]]) -> None:
    put("changing/a/f.csv", "id,name\n1,x\n")
    put("changing/b/f.json", '{"k": 1}')
    put("changing/other/f.csv", "p,q,r\n1,2,3\n")
    log = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    kept = crawl("changing/", TablePrefix="kept_", SchemaChangePolicy=log)
    deleted = crawl("changing/", TablePrefix="del_", SchemaChangePolicy={"DeleteBehavior": "DELETE_FROM_DATABASE"})
    merge = {"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}
    merged = crawl("changing/", TablePrefix="new_", Configuration=json.dumps(merge))
    put("changing/a/f.csv", "id,more\nx,1.5\n")
    clients.client("s3").delete_object(Bucket=BUCKET, Key="changing/b/f.json")
    for each in (kept, deleted, merged):
        assert crawl("changing/", each["Name"])["LastCrawl"]["Status"] == "SUCCEEDED"
    assert columns("kept_a") == {"id": "bigint", "name": "string"}
    assert table("kept_b")["Parameters"].get("DEPRECATED_BY_CRAWLER") is None
    assert columns("del_a") == {"id": "string", "more": "double"}
    with pytest.raises(ClientError, match="del_b"):
        table("del_b")
    assert columns("new_a") == {"id": "bigint", "name": "string", "more": "double"}
    assert table("new_b")["Parameters"]["DEPRECATED_BY_CRAWLER"].isdigit()
    metrics = clients.client("glue").get_crawler_metrics(CrawlerNameList=[deleted["Name"]])["CrawlerMetricsList"][0]
    assert (metrics["TablesUpdated"], metrics["TablesDeleted"]) == (1, 1)


def test_only_new_folders_are_read_and_a_table_of_the_catalog_is_read_again(
    crawl: Callable[..., dict[str, Any]],
) -> None:
    glue = clients.client("glue")
    log = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    put("incremental/day=1/f.csv", "k,v\na,1\n")
    only_new = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    found = crawl("incremental/", RecrawlPolicy=only_new, SchemaChangePolicy=log)
    put("incremental/day=1/f.csv", "this,is,not,read\n1,2,3,4\n")
    put("incremental/day=2/f.csv", "k,v\nb,2\n")
    crawl("incremental/", found["Name"])
    assert partitions("incremental") == [["1"], ["2"]]
    assert columns("incremental") == {"k": "string", "v": "bigint"}
    put("listed/f.json", '{"x": 1}')
    storage = {"Location": f"s3://{BUCKET}/listed/", "Columns": [{"Name": "old", "Type": "string"}]}
    glue.create_table(DatabaseName="crawled", TableInput={"Name": "by_hand", "StorageDescriptor": storage})
    glue.create_crawler(
        Name="of-catalog",
        Role="crawler",
        Targets={"CatalogTargets": [{"DatabaseName": "crawled", "Tables": ["by_hand"]}]},
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    )
    glue.start_crawler(Name="of-catalog")
    assert finished("of-catalog")["LastCrawl"]["Status"] == "SUCCEEDED"
    assert columns("by_hand") == {"x": "int"}
    glue.delete_crawler(Name="of-catalog")


def test_own_classifiers_are_asked_first(crawl: Callable[..., dict[str, Any]]) -> None:
    glue = clients.client("glue")
    glue.create_classifier(
        CsvClassifier={
            "Name": "hashes", "Delimiter": "#", "ContainsHeader": "ABSENT", "Header": ["Code", "Label"],
            "QuoteSymbol": "'", "Serde": "LazySimpleSerDe", "CustomDatatypeConfigured": True,
            "CustomDatatypes": ["STRING", "STRING"],
        }
    )  # fmt: skip
    glue.create_classifier(JsonClassifier={"Name": "records", "JsonPath": "$.records[*]"})
    put("own/hashes/a.txt", "1#one\n2#two\n")
    put("own/records/a.json", '{"records": [{"id": 1}, {"id": 2, "x": "y"}]}')
    crawl("own/", TablePrefix="own_", Classifiers=["hashes", "records"])
    assert columns("own_hashes") == {"code": "string", "label": "string"}
    assert columns("own_records") == {"id": "int", "x": "string"}
    assert glue.get_classifier(Name="records")["Classifier"]["JsonClassifier"]["Version"] == 1
    glue.update_classifier(JsonClassifier={"Name": "records", "JsonPath": "$.other[*]"})
    assert {next(iter(each)) for each in glue.get_classifiers()["Classifiers"]} == {"CsvClassifier", "JsonClassifier"}
    for name in ("hashes", "records"):
        glue.delete_classifier(Name=name)


def test_a_crawler_starts_on_its_schedule_and_tells_events(crawl: Callable[..., dict[str, Any]]) -> None:
    glue, events = clients.client("glue"), clients.client("events")
    url, arn = queue("crawler-events")
    pattern = {"source": ["aws.glue"], "detail": {"crawlerName": ["scheduled"], "state": ["Started", "Succeeded"]}}
    events.put_rule(Name="crawler-events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="crawler-events", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail"}])
    put("timed/f.csv", "k,v\na,1\n")
    found = crawl("timed/", "scheduled", Schedule="cron(30 * * * ? *)")
    assert found["Schedule"] == {"ScheduleExpression": "cron(30 * * * ? *)", "State": "SCHEDULED"}
    assert sorted(each["state"] for each in bodies(url, 2)) == ["Started", "Succeeded"]
    clock.advance(3600)
    assert sorted(each["state"] for each in bodies(url, 2)) == ["Started", "Succeeded"]
    until(lambda: finished("scheduled")["LastCrawl"]["MessagePrefix"] != found["LastCrawl"]["MessagePrefix"])
    glue.stop_crawler_schedule(CrawlerName="scheduled")
    clock.advance(3600)
    crawls = glue.list_crawls(CrawlerName="scheduled")["Crawls"]
    assert len(crawls) == 2
    assert crawls[-1]["StartTime"] - crawls[0]["StartTime"] > timedelta(0)
    assert crawls[0]["StartTime"].astimezone(UTC).tzinfo is UTC
    with pytest.raises(ClientError) as refused:
        glue.stop_crawler_schedule(CrawlerName="scheduled")
    assert refused.value.response["Error"]["Code"] == "SchedulerNotRunningException"
    events.remove_targets(Rule="crawler-events", Ids=["1"])
    events.delete_rule(Name="crawler-events")

"""Crawlers, triggers and workflows that fail as in AWS, and pass when they are mended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import clients
from emulator.settings import Settings
from tests.emulator import refusals
from tests.emulator.event_wiring import allow, role, until

BUCKET = "broken-glue"
TARGETS = {"S3Targets": [{"Path": f"s3://{BUCKET}/data/"}]}
LOG = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> Iterator[None]:
    assert emulator.port
    s3, glue = clients.client("s3"), clients.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="data/f.csv", Body=b"k,v\na,1\n")
    role("broken-crawler", "glue")
    glue.create_crawler(Name="broken-existing", Role="broken-crawler", DatabaseName="broken", Targets=TARGETS)
    glue.create_workflow(Name="broken-existing")
    yield
    glue.delete_crawler(Name="broken-existing")
    glue.delete_workflow(Name="broken-existing")


def crawler(**changed: Any) -> str:
    glue = clients.client("glue")
    given = {"Role": "broken-crawler", "DatabaseName": "broken", "Targets": TARGETS, **changed}
    glue.create_crawler(Name="broken", **given)
    glue.delete_crawler(Name="broken")
    return "made"


def trigger(**changed: Any) -> str:
    glue = clients.client("glue")
    given = {"Type": "ON_DEMAND", "Actions": [{"CrawlerName": "broken-existing"}], **changed}
    glue.create_trigger(Name="broken", **given)
    glue.delete_trigger(Name="broken")
    return "made"


def classifier(**given: Any) -> str:
    glue = clients.client("glue")
    glue.create_classifier(**given)
    glue.delete_classifier(Name="broken")
    return "made"


def workflow(with_start: bool) -> str:
    glue = clients.client("glue")
    glue.create_workflow(Name="broken")
    try:
        if with_start:
            actions = [{"CrawlerName": "broken-existing"}]
            glue.create_trigger(Name="broken-start", WorkflowName="broken", Type="ON_DEMAND", Actions=actions)
        started: str = glue.start_workflow_run(Name="broken")["RunId"]
        until(lambda: glue.get_crawler(Name="broken-existing")["Crawler"]["State"] == "READY")
        return started
    finally:
        glue.delete_trigger(Name="broken-start")
        glue.delete_workflow(Name="broken")


CONDITION = {"LogicalOperator": "EQUALS", "CrawlerName": "broken-existing", "CrawlState": "SUCCEEDED"}
# What is wrong; the call; AWS's error code; a part of its message; the call mended.
BROKEN: list[tuple[str, Callable[[], Any], str, str, Callable[[], Any]]] = [
    (
        "a crawler without a target",
        lambda: crawler(Targets={}),
        "InvalidInputException",
        "At least one crawl target",
        crawler,
    ),
    (
        "a crawler of a source that is not there",
        lambda: crawler(Targets={"DynamoDBTargets": [{"Path": "t"}]}),
        "InvalidInputException",
        "DynamoDBTargets are not supported by this emulator",
        lambda: crawler(Targets=TARGETS),
    ),
    (
        "a crawler with a rate",
        lambda: crawler(Schedule="rate(1 hour)"),
        "InvalidInputException",
        "Invalid schedule expression",
        lambda: crawler(Schedule="cron(0 * * * ? *)"),
    ),
    (
        "a crawler of new folders that changes tables",
        lambda: crawler(RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}),
        "InvalidInputException",
        "can have only LOG DeleteBehavior value and LOG UpdateBehavior value",
        lambda: crawler(RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}, SchemaChangePolicy=LOG),
    ),
    (
        "a crawler with a classifier that is not there",
        lambda: crawler(Classifiers=["none"]),
        "EntityNotFoundException",
        "Classifier not found: none",
        lambda: crawler(Classifiers=[]),
    ),
    (
        "a crawler with a configuration that is no JSON",
        lambda: crawler(Configuration="{Version: 1}"),
        "InvalidInputException",
        "not valid JSON",
        lambda: crawler(Configuration='{"Version": 1.0}'),
    ),
    (
        "a Grok classifier",
        lambda: classifier(GrokClassifier={"Name": "broken", "Classification": "c", "GrokPattern": "%{WORD:w}"}),
        "InvalidInputException",
        "GrokClassifier is not supported by this emulator",
        lambda: classifier(JsonClassifier={"Name": "broken", "JsonPath": "$"}),
    ),
    (
        "a trigger of a job that is not there",
        lambda: trigger(Actions=[{"JobName": "none"}]),
        "EntityNotFoundException",
        "none not found",
        trigger,
    ),
    (
        "a scheduled trigger without a schedule",
        lambda: trigger(Type="SCHEDULED"),
        "InvalidInputException",
        "Invalid schedule expression",
        lambda: trigger(Type="SCHEDULED", Schedule="cron(0 6 * * ? *)"),
    ),
    (
        "an event trigger outside of a workflow",
        lambda: trigger(Type="EVENT"),
        "InvalidInputException",
        "must belong to a workflow",
        lambda: trigger(Type="EVENT", WorkflowName="broken-existing"),
    ),
    (
        "a conditional trigger without a condition",
        lambda: trigger(Type="CONDITIONAL"),
        "InvalidInputException",
        "Predicate cannot be null or empty",
        lambda: trigger(Type="CONDITIONAL", Predicate={"Conditions": [CONDITION]}),
    ),
    (
        "a workflow that nothing starts",
        lambda: workflow(False),
        "InvalidInputException",
        "has no starting trigger",
        lambda: workflow(True),
    ),
    (
        "a crawler that is stopped while it does not run",
        lambda: clients.client("glue").stop_crawler(Name="broken-existing"),
        "CrawlerNotRunningException",
        "isn't running",
        lambda: clients.client("glue").get_crawler(Name="broken-existing"),
    ),
]


@pytest.mark.parametrize(
    ("call", "code", "message", "mended"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_it_fails_with_the_code_of_aws_and_passes_when_mended(
    call: Callable[[], Any], code: str, message: str, mended: Callable[[], Any]
) -> None:
    refusals.check(call, code, message, mended)


def crawled(name: str) -> dict[str, Any]:
    glue = clients.client("glue")
    glue.start_crawler(Name=name)
    until(lambda: glue.get_crawler(Name=name)["Crawler"]["State"] == "READY")
    last: dict[str, Any] = glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]
    return last


def test_a_crawl_names_each_permission_that_its_role_lacks_until_it_has_them_all() -> None:
    glue, iam = clients.client("glue"), clients.client("iam")
    role("broken-role", "glue")
    glue.create_crawler(Name="broken-denied", Role="broken-role", DatabaseName="broken", Targets=TARGETS)
    statements: list[Any] = []
    for granted, missing in (
        ([], "glue:GetDatabase"),
        ([allow("glue:*Database*", "*")], "s3:ListBucket"),
        ([allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}")], "s3:GetObject"),
        ([allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")], "glue:GetTable"),
        ([allow(["glue:GetTable", "glue:GetTables"], "*")], "glue:CreateTable"),
    ):
        statements += granted
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName="broken-role", PolicyName="p", PolicyDocument=policy)
        last = crawled("broken-denied")
        assert last["Status"] == "FAILED"
        assert f"not authorized to perform: {missing}" in last["ErrorMessage"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [*statements, allow("glue:CreateTable", "*")]})
    iam.put_role_policy(RoleName="broken-role", PolicyName="p", PolicyDocument=policy)
    assert crawled("broken-denied")["Status"] == "SUCCEEDED"
    assert glue.get_table(DatabaseName="broken", Name="data")["Table"]["Parameters"]["classification"] == "csv"
    glue.delete_crawler(Name="broken-denied")


def test_a_crawl_of_a_bucket_that_is_not_there_fails_and_passes_once_it_is() -> None:
    glue, s3 = clients.client("glue"), clients.client("s3")
    role("broken-any", "glue", allow("*", "*"))
    targets = {"S3Targets": [{"Path": "s3://broken-later/"}]}
    glue.create_crawler(Name="broken-later", Role="broken-any", DatabaseName="broken", Targets=targets)
    last = crawled("broken-later")
    assert last["Status"] == "FAILED"
    assert "NoSuchBucket" in last["ErrorMessage"]
    s3.create_bucket(Bucket="broken-later")
    s3.put_object(Bucket="broken-later", Key="f.json", Body=b'{"a": 1}')
    assert crawled("broken-later")["Status"] == "SUCCEEDED"
    glue.delete_crawler(Name="broken-later")

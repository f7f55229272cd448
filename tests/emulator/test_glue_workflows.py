"""Glue workflows and triggers: chains of crawlers and jobs, started by calls, the clock and events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.settings import Settings
from tests.emulator.event_wiring import ACCOUNT, allow, bodies, queue, role, until

BUCKET = "flowing"


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> str:
    """Two crawlers over one file, and a job whose script is missing: it fails before anything runs."""
    assert emulator.port
    s3, glue = clients.client("s3"), clients.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="data/f.csv", Body=b"k,v\na,1\n")
    arn = role(
        "flow",
        "glue",
        allow("s3:*", [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]),
        allow("glue:*", "*"),
        allow("logs:*", "*"),
    )
    for name in ("flow-first", "flow-last"):
        targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/data/"}]}
        glue.create_crawler(Name=name, Role="flow", DatabaseName="flow", TablePrefix=f"{name}-", Targets=targets)
    glue.create_job(
        Name="flow-job",
        Role=arn,
        GlueVersion="5.1",
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/none.py"},
        DefaultArguments={"--mode": "default", "--kept": "yes"},
        ExecutionProperty={"MaxConcurrentRuns": 3},
    )
    return arn


def when(state: str, *, job: str = "", crawler: str = "") -> dict[str, str]:
    watched = {"JobName": job, "State": state} if job else {"CrawlerName": crawler, "CrawlState": state}
    return {"LogicalOperator": "EQUALS", **watched}


@pytest.fixture
def workflow(request: pytest.FixtureRequest) -> Iterator[str]:
    """first crawler -> job, which fails -> last crawler, on its failure; and one trigger that never fires."""
    glue, name = clients.client("glue"), f"w-{request.node.name[:60]}"
    glue.create_workflow(Name=name, DefaultRunProperties={"a": "1", "b": "2"}, MaxConcurrentRuns=1)
    kind, start = getattr(request, "param", ("ON_DEMAND", {}))
    glue.create_trigger(
        Name=f"{name}-start", WorkflowName=name, Type=kind, Actions=[{"CrawlerName": "flow-first"}], **start
    )
    for step, condition, action in (
        ("job", {"Logical": "AND", "Conditions": [when("SUCCEEDED", crawler="flow-first")]}, "job"),
        (
            "last",
            {
                "Logical": "ANY",
                "Conditions": [when("SUCCEEDED", job="flow-job"), when("FAILED", job="flow-job")],
            },
            "crawler",
        ),
        (
            "never",
            {
                "Logical": "AND",
                "Conditions": [when("SUCCEEDED", crawler="flow-first"), when("SUCCEEDED", job="flow-job")],
            },
            "crawler",
        ),
    ):
        job = {"JobName": "flow-job", "Arguments": {"--mode": "triggered"}, "Timeout": 5}
        glue.create_trigger(
            Name=f"{name}-{step}",
            WorkflowName=name,
            Type="CONDITIONAL",
            StartOnCreation=True,
            Predicate=condition,
            Actions=[job if action == "job" else {"CrawlerName": "flow-last"}],
        )
    yield name
    for step in ("start", "job", "last", "never"):
        glue.delete_trigger(Name=f"{name}-{step}")
    glue.delete_workflow(Name=name)


def ended(workflow: str, run: str) -> dict[str, Any]:
    def over() -> dict[str, Any]:
        found: dict[str, Any] = clients.client("glue").get_workflow_run(Name=workflow, RunId=run, IncludeGraph=True)
        return found["Run"] if found["Run"]["Status"] not in ("RUNNING", "STOPPING") else {}

    found: dict[str, Any] = until(over)
    return found


def test_a_run_goes_through_its_conditions_with_arguments_properties_and_statistics(workflow: str) -> None:
    glue = clients.client("glue")
    run = glue.start_workflow_run(Name=workflow, RunProperties={"b": "3"})["RunId"]
    with pytest.raises(ClientError) as refused:
        glue.start_workflow_run(Name=workflow)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    glue.put_workflow_run_properties(Name=workflow, RunId=run, RunProperties={"c": "4"})
    found = ended(workflow, run)
    assert found["Status"] == "COMPLETED"
    assert found["CompletedOn"] >= found["StartedOn"]
    assert found["WorkflowRunProperties"] == {"a": "1", "b": "3", "c": "4"}
    assert found["Statistics"] == {
        "TotalActions": 4,
        "SucceededActions": 2,
        "FailedActions": 1,
        "TimeoutActions": 0,
        "StoppedActions": 0,
        "RunningActions": 0,
        "ErroredActions": 0,
        "WaitingActions": 0,
    }
    nodes = {node["UniqueId"]: node for node in found["Graph"]["Nodes"]}
    (job_run,) = nodes["job:flow-job"]["JobDetails"]["JobRuns"]
    assert job_run["JobRunState"] == "FAILED"
    assert job_run["Timeout"] == 5
    assert job_run["TriggerName"] == f"{workflow}-job"
    assert job_run["Arguments"] == {
        "--mode": "triggered",
        "--kept": "yes",
        "--WORKFLOW_NAME": workflow,
        "--WORKFLOW_RUN_ID": run,
    }
    (crawl,) = nodes["crawler:flow-last"]["CrawlerDetails"]["Crawls"]
    assert crawl["State"] == "COMPLETED"
    assert {"SourceId": "crawler:flow-first", "DestinationId": f"trigger:{workflow}-job"} in found["Graph"]["Edges"]
    again = glue.start_workflow_run(Name=workflow)["RunId"]
    assert ended(workflow, again)["PreviousRunId"] == run
    assert glue.get_workflow(Name=workflow)["Workflow"]["LastRun"]["WorkflowRunId"] == again


@pytest.mark.parametrize(
    "workflow", [("SCHEDULED", {"Schedule": "cron(0 6 * * ? *)", "StartOnCreation": True})], indirect=True
)
def test_a_workflow_starts_on_its_schedule(workflow: str) -> None:
    glue = clients.client("glue")
    clock.advance(86_400)
    (run,) = glue.get_workflow_runs(Name=workflow)["Runs"]
    assert ended(workflow, run["WorkflowRunId"])["Status"] == "COMPLETED"
    assert glue.stop_trigger(Name=f"{workflow}-start")["Name"] == f"{workflow}-start"
    clock.advance(86_400)
    assert len(glue.get_workflow_runs(Name=workflow)["Runs"]) == 1


@pytest.mark.parametrize(
    "workflow", [("EVENT", {"EventBatchingCondition": {"BatchSize": 2, "BatchWindow": 600}})], indirect=True
)
def test_a_workflow_starts_with_a_batch_of_events_or_after_its_window(workflow: str) -> None:
    glue, events = clients.client("glue"), clients.client("events")
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:workflow/{workflow}"
    events.put_rule(Name="flow-events", EventPattern='{"source": ["flow"]}')
    caller = role("flow-caller", "events", allow("glue:notifyEvent", arn))
    events.put_targets(Rule="flow-events", Targets=[{"Id": "1", "Arn": arn, "RoleArn": caller}])

    def put() -> str:
        entry = {"Source": "flow", "DetailType": "d", "Detail": "{}"}
        return str(events.put_events(Entries=[entry])["Entries"][0]["EventId"])

    def runs(count: int) -> list[Any]:
        found: list[Any] = until(
            lambda: len(listed := glue.get_workflow_runs(Name=workflow)["Runs"]) == count and listed
        )
        return found

    identifiers = [put(), put()]
    (run,) = runs(1)
    assert sorted(run["WorkflowRunProperties"]["aws:eventIds"].split(",")) == sorted(identifiers)
    assert run["StartingEventBatchCondition"] == {"BatchSize": 2, "BatchWindow": 0}
    assert ended(workflow, run["WorkflowRunId"])["Status"] == "COMPLETED"
    third = put()
    # The event is on its way in the background: the window begins when it is there.
    until(lambda: clock.advance(300) or len(glue.get_workflow_runs(Name=workflow)["Runs"]) == 2)
    second = next(each for each in runs(2) if each["WorkflowRunId"] != run["WorkflowRunId"])
    assert second["WorkflowRunProperties"]["aws:eventIds"] == third
    ended(workflow, second["WorkflowRunId"])
    events.remove_targets(Rule="flow-events", Ids=["1"])
    events.delete_rule(Name="flow-events")


def test_triggers_outside_of_workflows_chain_and_jobs_tell_events() -> None:
    glue, events = clients.client("glue"), clients.client("events")
    url, arn = queue("flow-job-events")
    pattern = {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"], "detail": {"state": ["FAILED"]}}
    events.put_rule(Name="flow-jobs", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="flow-jobs", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail"}])
    glue.create_trigger(Name="alone", Type="ON_DEMAND", Actions=[{"JobName": "flow-job"}])
    glue.create_trigger(
        Name="alone-after",
        Type="CONDITIONAL",
        StartOnCreation=True,
        Predicate={"Conditions": [when("FAILED", job="flow-job")], "Logical": "ANY"},
        Actions=[{"CrawlerName": "flow-last"}],
    )
    before = len(glue.list_crawls(CrawlerName="flow-last")["Crawls"])
    glue.start_trigger(Name="alone")
    (detail,) = bodies(url)
    assert (detail["jobName"], detail["state"], detail["severity"]) == ("flow-job", "FAILED", "ERROR")
    assert "none.py" in detail["message"]
    until(lambda: len(glue.list_crawls(CrawlerName="flow-last")["Crawls"]) == before + 1)
    assert glue.get_trigger(Name="alone")["Trigger"]["State"] == "CREATED"
    changed = glue.update_trigger(
        Name="alone-after",
        TriggerUpdate={"Description": "new", "Predicate": {"Conditions": [when("SUCCEEDED", job="flow-job")]}},
    )["Trigger"]
    assert (changed["Description"], changed["Predicate"]["Conditions"][0]["State"]) == ("new", "SUCCEEDED")
    until(lambda: glue.get_crawler(Name="flow-last")["Crawler"]["State"] == "READY")
    for name in ("alone", "alone-after"):
        glue.delete_trigger(Name=name)
    events.remove_targets(Rule="flow-jobs", Ids=["1"])
    events.delete_rule(Name="flow-jobs")

"""What serves is watched: predictions kept and encrypted, drift looked for, alarms with a runbook and a way out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from crispstack.business_understanding import charter_file
from emulator.services.cloudwatch import expressions, metric_math
from emulator.services.cloudwatch.metric_functions import Series
from stacks import environment
from stacks.constructs.watched_metrics import RUNBOOKS
from stacks.platform import Platform
from stacks.project import Project
from tests.stacks.conftest import Resource, Synthesis

ROOT = Path(__file__).parents[2]
STACK = "crispstack-local-project-bank-marketing"
BANK = charter_file.load(ROOT / "projects" / "bank_marketing" / "charter.yaml")


def of_project(local: Synthesis, *types: str) -> list[Resource]:
    return [each for each in local.resources(*types) if each.stack == STACK]


def test_kept_predictions_are_encrypted_converted_and_forgotten(local: Synthesis) -> None:
    (stream,) = of_project(local, "AWS::KinesisFirehose::DeliveryStream")
    assert stream.properties["DeliveryStreamEncryptionConfigurationInput"]["KeyType"] == "CUSTOMER_MANAGED_CMK"
    destination = stream.properties["ExtendedS3DestinationConfiguration"]
    assert "AWSKMSKeyARN" in destination["EncryptionConfiguration"]["KMSEncryptionConfig"]
    assert destination["DataFormatConversionConfiguration"]["Enabled"] is True
    assert destination["Prefix"] == "bank_marketing/captured/!{timestamp:yyyy-MM-dd}/"
    (bucket,) = [each for each in local.resources("AWS::S3::Bucket") if each.logical_id.startswith("Predictions")]
    rules = {rule["Id"]: rule for rule in bucket.properties["LifecycleConfiguration"]["Rules"]}
    rule = rules["Lifetime-bank_marketing"]
    assert (rule["Prefix"], rule["ExpirationInDays"]) == ("bank_marketing/", BANK.monitoring.keep_days)


def test_every_alarm_names_a_runbook_that_exists_and_sets_off_the_one_that_tells(local: Synthesis) -> None:
    alarms = of_project(local, "AWS::CloudWatch::Alarm")
    (attention,) = of_project(local, "AWS::CloudWatch::CompositeAlarm")
    rule = json.dumps(attention.properties["AlarmRule"])
    assert len(alarms) == 11
    for alarm in alarms:
        name = alarm.properties["AlarmName"].removeprefix("crispstack-local-bank_marketing-")
        assert f"{RUNBOOKS}/{name}.md" in alarm.properties["AlarmDescription"], alarm
        text = (ROOT / RUNBOOKS / f"{name}.md").read_text()
        assert "## What to do" in text, name
        assert "## When it is over" in text, name
        assert alarm.logical_id in rule, alarm
        assert alarm.properties["TreatMissingData"] == "notBreaching"
    assert (ROOT / RUNBOOKS / "attention.md").is_file()
    (topic,) = of_project(local, "AWS::SNS::Topic")
    assert "KmsMasterKeyId" in topic.properties
    assert attention.properties["AlarmActions"] == [{"Ref": topic.logical_id}]


def test_what_should_not_happen_of_the_trail_is_told(local: Synthesis) -> None:
    alarms = [each for each in local.resources("AWS::CloudWatch::Alarm") if each.stack == "crispstack-local-governance"]
    (topic,) = [each for each in local.resources("AWS::SNS::Topic") if each.stack == "crispstack-local-governance"]
    filters = {
        each.properties["MetricTransformations"][0]["MetricName"]: each.properties["FilterPattern"]
        for each in local.resources("AWS::Logs::MetricFilter")
    }
    assert len(alarms) == len(filters) == 3
    for alarm in alarms:
        name = alarm.properties["AlarmName"].removeprefix("crispstack-local-")
        assert f"{RUNBOOKS}/{name}.md" in alarm.properties["AlarmDescription"], alarm
        assert "## What to do" in (ROOT / RUNBOOKS / f"{name}.md").read_text(), name
        assert alarm.properties["AlarmActions"] == [{"Ref": topic.logical_id}]
        assert alarm.properties["MetricName"] in filters


def test_somebody_is_told_before_a_month_costs_too_much(local: Synthesis) -> None:
    (budget,) = local.resources("AWS::Budgets::Budget")
    assert budget.properties["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    assert budget.properties["Budget"]["CostFilters"] == {"TagKeyValue": ["user:crispstack:environment$local"]}
    told = {
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"])
        for each in budget.properties["NotificationsWithSubscribers"]
    }
    assert told == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    (template,) = [each for name, each in local.templates.items() if name == "crispstack-local-governance"]
    assert {"Key": "crispstack:environment", "Value": "local"} in next(
        each["Properties"]["Tags"] for each in template["Resources"].values() if each["Type"] == "AWS::S3::Bucket"
    )


@pytest.mark.parametrize(
    ("errors", "faults", "requests", "percent"),
    [(0, 0, 40, 0), (0, 4, 40, 10), (10, 0, 30, 25), (5, None, None, 100), (0, None, None, None)],
)
def test_a_request_fails_without_an_answer_or_with_a_fault_of_ours(
    local: Synthesis, errors: float, faults: float | None, requests: float | None, percent: float | None
) -> None:
    (alarm,) = [
        each
        for each in of_project(local, "AWS::CloudWatch::Alarm")
        if each.properties["AlarmName"].endswith("-release-errors")
    ]
    (computed,) = [each["Expression"] for each in alarm.properties["Metrics"] if "Expression" in each]
    told = {"errors": errors, "faults": faults, "requests": requests}
    series = {name: [Series(name, 60, {} if number is None else {0: float(number)})] for name, number in told.items()}
    found = metric_math.evaluate(expressions.parse(computed), metric_math.Scope(series, tuple(series), (0,)))
    assert isinstance(found, Series)
    assert found.points.get(0) == percent


def test_runbooks_are_those_of_alarms(local: Synthesis) -> None:
    named = {
        each.properties["AlarmName"].removeprefix("crispstack-local-").removeprefix("bank_marketing-")
        for each in local.resources("AWS::CloudWatch::Alarm")
        if "flight_delays" not in each.properties["AlarmName"]
    }
    assert {file.stem for file in (ROOT / RUNBOOKS).glob("*.md")} == {*named, "attention", "budget"}


def test_the_dashboard_shows_money_requests_latency_drift_and_versions(local: Synthesis) -> None:
    (dashboard,) = of_project(local, "AWS::CloudWatch::Dashboard")
    body = json.dumps(dashboard.properties["DashboardBody"])
    shown = ("TotalExpectedValue", "Requests", "Faults", "Acted", "p99", "LargestStabilityIndex", "by model_version")
    assert [each for each in shown if each not in body] == []
    # One GiB.
    assert "1000 * (milliseconds / 1000 * 0.0000166667 + requests * 0.0000012000) / rows" in body


def test_drift_is_looked_for_as_often_as_the_charter_says(local: Synthesis) -> None:
    (schedule,) = of_project(local, "AWS::Scheduler::Schedule")
    assert schedule.properties["ScheduleExpression"] == f"rate({BANK.monitoring.every_hours} hours)"
    assert of_project(local, "AWS::Events::Rule") == [
        each for each in of_project(local, "AWS::Events::Rule") if "Drifted" not in each.logical_id
    ]


def project(**monitoring: Any) -> assertions.Template:
    """The project's stack with another plan of monitoring."""
    charter = dataclasses.replace(BANK, monitoring=dataclasses.replace(BANK.monitoring, **monitoring))
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    app, local = cdk.App(context=settings, analytics_reporting=False), environment.load("local")
    platform = Platform(app, environment=local, charters=[charter])
    made = Project(
        app,
        "Bank",
        environment=local,
        charter=charter,
        storage=platform.storage,
        data_understanding=platform.data_understanding,
        modeling=platform.modeling,
        deployment=platform.deployment,
    )
    return assertions.Template.from_stack(made)


@pytest.mark.parametrize("on_drift", ["tell", "retrain"])
def test_an_alarm_about_drift_starts_the_loop_where_the_charter_asks_for_it(on_drift: str) -> None:
    template = project(on_drift=on_drift)
    rules = template.find_resources(
        "AWS::Events::Rule",
        {
            "Properties": {
                "EventPattern": {
                    "detail-type": ["CloudWatch Alarm State Change"],
                    "detail": {"state": {"value": ["ALARM"]}},
                }
            }
        },
    )
    assert len(rules) == (on_drift == "retrain")


def test_a_charter_that_keeps_nothing_has_no_stream_and_looks_for_no_drift() -> None:
    template = project(capture=0.0)
    for kind in ("AWS::KinesisFirehose::DeliveryStream", "AWS::Scheduler::Schedule"):
        template.resource_count_is(kind, 0)
    alarms = template.find_resources("AWS::CloudWatch::Alarm")
    assert not [name for name in alarms if "Drift" in name or "Capture" in name]

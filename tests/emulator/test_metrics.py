"""CloudWatch metrics: what is published comes back as the statistics that AWS computes, and metric math over them."""

from __future__ import annotations

import functools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.services.cloudwatch import statistics
from emulator.services.cloudwatch.metrics import Distribution
from emulator.settings import Settings

pytestmark = pytest.mark.usefixtures("emulator")


@functools.cache
def _start() -> datetime:
    return clock.now().replace(second=0, microsecond=0) - timedelta(minutes=30)


def moment(minutes: float = 0) -> datetime:
    """So many minutes after a whole minute some time ago, the same one for all tests."""
    return _start() + timedelta(minutes=minutes)


def publish(namespace: str, name: str, minute: float, *values: float, **more: Any) -> None:
    datum = {"MetricName": name, "Timestamp": moment(minute), "Values": list(values), **more}
    clients.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def stat(namespace: str, name: str, statistic: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": name, **more}
    return {"MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}


def data(queries: list[dict[str, Any]], minutes: int = 10) -> dict[str, dict[int, float]]:
    """Values by minute of every result."""
    found = clients.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=moment(), EndTime=moment(minutes), ScanBy="TimestampAscending"
    )["MetricDataResults"]
    return {
        each["Id"]: {
            int((when - moment()).total_seconds() // 60): value
            for when, value in zip(each["Timestamps"], each["Values"], strict=True)
        }
        for each in found
    }


def expression(text: str, **results: dict[str, Any]) -> dict[int, float]:
    queries: list[dict[str, Any]] = [{"Id": name, "ReturnData": False, **query} for name, query in results.items()]
    return data([*queries, {"Id": "answer", "Expression": text}])["answer"]


def test_statistics_are_computed_from_every_value_and_its_count() -> None:
    publish("M/Basic", "latency", 1, 10.0, 20.0, Counts=[3.0, 1.0], Unit="Milliseconds")
    publish("M/Basic", "latency", 1, 50.0, Unit="Milliseconds")
    found = clients.client("cloudwatch").get_metric_statistics(
        Namespace="M/Basic",
        MetricName="latency",
        StartTime=moment(),
        EndTime=moment(5),
        Period=60,
        Statistics=["Sum", "Average", "Minimum", "Maximum", "SampleCount"],
        ExtendedStatistics=["p50", "p100"],
    )["Datapoints"]
    assert found == [
        {
            "Timestamp": moment(1),
            "Sum": 100.0,
            "Average": 20.0,
            "Minimum": 10.0,
            "Maximum": 50.0,
            "SampleCount": 5.0,
            "Unit": "Milliseconds",
            "ExtendedStatistics": {"p50": 10.0, "p100": 50.0},
        }
    ]


def test_a_statistic_set_counts_but_has_no_percentiles() -> None:
    values = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 5.0}
    clients.client("cloudwatch").put_metric_data(
        Namespace="M/Sets", MetricData=[{"MetricName": "x", "Timestamp": moment(2), "StatisticValues": values}]
    )
    publish("M/Sets", "x", 2, 9.0)
    asked = [{"Id": name.lower(), **stat("M/Sets", "x", name)} for name in ("Average", "Maximum", "p90")]
    assert data(asked) == {"average": {2: 3.8}, "maximum": {2: 9.0}, "p90": {}}


def test_only_the_exact_dimensions_are_the_metric() -> None:
    publish("M/Dimensions", "n", 0, 1.0)
    publish("M/Dimensions", "n", 0, 10.0, Dimensions=[{"Name": "a", "Value": "1"}])
    publish("M/Dimensions", "n", 0, 100.0, Dimensions=[{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}])
    both = [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}]
    asked = {
        "none": stat("M/Dimensions", "n"),
        "one": stat("M/Dimensions", "n", Dimensions=both[:1]),
        "two": stat("M/Dimensions", "n", Dimensions=both),
    }
    found = data([{"Id": name, **query} for name, query in asked.items()])
    assert found == {"none": {0: 1.0}, "one": {0: 10.0}, "two": {0: 100.0}}
    listed = clients.client("cloudwatch").list_metrics(Namespace="M/Dimensions", Dimensions=both[1:])["Metrics"]
    assert listed == [{"Namespace": "M/Dimensions", "MetricName": "n", "Dimensions": both}]


def test_periods_start_at_the_first_whole_minute() -> None:
    for minute, value in enumerate((1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)):
        publish("M/Periods", "n", minute, value)
    assert data([{"Id": "five", **stat("M/Periods", "n", period=300)}]) == {"five": {0: 31.0, 5: 96.0}}


def test_high_resolution_keeps_seconds_and_standard_does_not() -> None:
    for name, resolution in (("fine", 1), ("coarse", 60)):
        for second in (5, 15):
            publish("M/Resolution", name, 1 + second / 60, 1.0, StorageResolution=resolution)
    for name, expected in (("fine", [5, 10]), ("coarse", [0])):
        found = clients.client("cloudwatch").get_metric_statistics(
            Namespace="M/Resolution",
            MetricName=name,
            StartTime=moment(1),
            EndTime=moment(2),
            Period=5 if name == "fine" else 10,
            Statistics=["Sum"],
        )["Datapoints"]
        seconds = sorted(each["Timestamp"].second for each in found)
        assert seconds == ([5, 15] if name == "fine" else expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("p50", 5.5),
        ("p90", 9.1),
        ("tm90", 5.0),
        ("TM(10%:90%)", 5.5),
        ("TM(2:5)", 4.0),
        ("tc90", 9.0),
        ("TS(80%:)", 19.0),
        ("wm80", 5.2),
        ("PR(:3)", 30.0),
        ("IQM", 5.5),
    ],
)
def test_extended_statistics(name: str, expected: float) -> None:
    samples = Distribution({float(value): 1.0 for value in range(1, 11)})
    assert statistics.parse(name)(samples) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 + m2", {1: 13.0, 3: 45.0}),
        ("m1 / m2 * 100", {1: 30.0, 3: 12.5}),
        ("-m1 ^ 2", {1: -9.0, 2: -4.0, 3: -25.0}),
        ("100 * (m1 / (m1 + m2))", {1: 300 / 13, 3: 500 / 45}),
        ("m1 > 2", {1: 1.0, 2: 0.0, 3: 1.0}),
        ("m1 > 2 AND m2 > 20", {1: 0.0, 3: 1.0}),
        ("IF(m1 > 2, m1, 0)", {1: 3.0, 2: 0.0, 3: 5.0}),
        ("IF(m1 > 2, m1)", {1: 3.0, 3: 5.0}),
        ("SUM([m1, m2])", {1: 13.0, 2: 2.0, 3: 45.0}),
        ("SUM(METRICS())", {1: 13.0, 2: 2.0, 3: 45.0}),
        ("MAX(METRICS('m2'))", {1: 10.0, 3: 40.0}),
        ("m1 - AVG(m1)", {1: 3 - 10 / 3, 2: 2 - 10 / 3, 3: 5 - 10 / 3}),
        ("FILL(m2, 0)", {0: 0.0, 1: 10.0, 2: 0.0, 3: 40.0, **dict.fromkeys(range(4, 10), 0.0)}),
        ("FILL(m2, LINEAR)", {1: 10.0, 2: 25.0, 3: 40.0}),
        ("DIFF(m1)", {2: -1.0, 3: 3.0}),
        ("RATE(m2)", {3: 0.25}),
        ("m1 / PERIOD(m1)", {1: 0.05, 2: 2 / 60, 3: 5 / 60}),
        ("RUNNING_SUM(m1)", {1: 3.0, 2: 5.0, 3: 10.0}),
        ("m2 / (m1 - 3)", {3: 20.0}),
    ],
)
def test_metric_math(text: str, expected: dict[int, float]) -> None:
    if not clients.client("cloudwatch").list_metrics(Namespace="M/Math")["Metrics"]:
        for minute, value in {1: 3.0, 2: 2.0, 3: 5.0}.items():
            publish("M/Math", "one", minute, value)
        for minute, value in {1: 10.0, 3: 40.0}.items():
            publish("M/Math", "two", minute, value)
    found = expression(text, m1=stat("M/Math", "one"), m2=stat("M/Math", "two"))
    assert found == pytest.approx(expected)


def test_expressions_may_refer_to_expressions_and_results_are_paged() -> None:
    publish("M/Pages", "n", 1, 2.0)
    publish("M/Pages", "n", 2, 3.0)
    queries = [
        {"Id": "twice", "Expression": "once * 2", "Label": "Twice"},
        {"Id": "once", **stat("M/Pages", "n")},
    ]
    asked = {"MetricDataQueries": queries, "StartTime": moment(), "EndTime": moment(9), "MaxDatapoints": 3}
    cloudwatch = clients.client("cloudwatch")
    first = cloudwatch.get_metric_data(**asked)
    assert [(each["Label"], each["Values"], each["StatusCode"]) for each in first["MetricDataResults"]] == [
        ("Twice", [6.0, 4.0], "Complete"),
        ("n", [3.0], "PartialData"),
    ]
    rest = cloudwatch.get_metric_data(**asked, NextToken=first["NextToken"])
    assert [each["Values"] for each in rest["MetricDataResults"]] == [[], [2.0]]
    assert "NextToken" not in rest


def test_a_datum_without_a_time_is_of_now_on_the_emulator_s_clock(emulator: Settings) -> None:
    assert emulator.port
    clients.client("cloudwatch").put_metric_data(Namespace="M/Now", MetricData=[{"MetricName": "n", "Value": 1.0}])
    now = clock.now()
    found = clients.client("cloudwatch").get_metric_statistics(
        Namespace="M/Now",
        MetricName="n",
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [each["Sum"] for each in found] == [1.0]
    assert time.time() <= clock.seconds()
    assert found[0]["Timestamp"].tzinfo is not None
    assert found[0]["Timestamp"].astimezone(UTC) <= now


def test_what_is_not_supported_is_refused_by_name() -> None:
    query = {"Id": "e1", "Expression": "ANOMALY_DETECTION_BAND(m1)"}
    with pytest.raises(ClientError, match="ANOMALY_DETECTION_BAND is not supported by this emulator"):
        data([query, {"Id": "m1", **stat("M/Basic", "latency")}])
    with pytest.raises(ClientError, match="Metrics Insights queries are not supported"):
        data([{"Id": "e1", "Expression": 'SELECT AVG(x) FROM SCHEMA("AWS/Lambda")', "Period": 60}])
    with pytest.raises(ClientError, match="dynamic labels"):
        data([{"Id": "m1", "Label": "${MAX}", **stat("M/Basic", "latency")}])
    cloudwatch = clients.client("cloudwatch")
    refused = "this emulator does not support cloudwatch:"
    with pytest.raises(ClientError, match=f"{refused}GetMetricWidgetImage"):
        cloudwatch.get_metric_widget_image(MetricWidget="{}")
    with pytest.raises(ClientError, match=f"{refused}PutInsightRule"):
        cloudwatch.put_insight_rule(RuleName="r", RuleDefinition="{}")

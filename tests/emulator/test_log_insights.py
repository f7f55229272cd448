# ruff: noqa: E501 (a case is read on one line)
"""CloudWatch Logs Insights: what queries find in log events."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.services.logs import insights
from emulator.services.logs.insights_functions import QueryError

START = 1_795_348_800_000  # 22 November 2026, 12:00 UTC
EVENTS = [
    {"level": "INFO", "user": "anna", "ms": 10, "tags": {"model": "churn"}},
    {"level": "ERROR", "user": "bert", "ms": 250, "error": "it broke"},
    {"level": "ERROR", "user": "anna", "ms": 30.5},
    {"level": "INFO", "user": "carl", "ms": 90, "at": ["a", "b"]},
]
LINES = [
    "REPORT RequestId: 11-22 Duration: 102.5 ms Billed Duration: 103 ms Memory Size: 128 MB Max Memory Used: 45 MB",
    "user=dora, method:GET, took 5 ms",
]


def rows(query: str) -> list[dict[str, str]]:
    messages = [*(json.dumps(event) for event in EVENTS), *LINES]
    events = [
        {"@timestamp": START + minute * 60_000, "@message": message, "@logStream": "one", "@ptr": str(minute)}
        for minute, message in enumerate(messages)
    ]
    found, _ = insights.run(insights.parse(query), events)
    return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in found]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('filter level = "ERROR" | fields user | sort ms', [{"user": "anna"}, {"user": "bert"}]),
        ("fields user, ms * 2 as double | filter ms between", None),
        ("fields ms * 2 as double | filter double > 100 | sort double desc", [{"double": "500"}, {"double": "180"}]),
        ("fields user | filter @message like /(?i)broke/", [{"user": "bert"}]),
        ('fields user | filter ispresent(ms) and user not like "a"', [{"user": "bert"}]),
        ('fields user | filter user in ["anna", "carl"] and ms < 50', [{"user": "anna"}, {"user": "anna"}]),
        ("fields tags.model | filter ispresent(tags.model)", [{"tags.model": "churn"}]),
        ("fields at.1 | filter at.1 = 'b'", [{"at.1": "b"}]),
        ("stats count(*), count(error), max(ms), avg(ms)", [
            {"count(*)": "6", "count(error)": "1", "max(ms)": "250", "avg(ms)": "95.125"},
        ]),
        ("filter ispresent(ms) | stats sum(ms) as total by user | sort total desc | limit 2", [
            {"user": "bert", "total": "250"},
            {"user": "carl", "total": "90"},
        ]),
        ("stats count(*) as n by bin(3m)", [
            {"bin(3m)": "2026-11-22 12:00:00.000", "n": "3"},
            {"bin(3m)": "2026-11-22 12:03:00.000", "n": "3"},
        ]),
        ("stats pct(ms, 50) as median, count_distinct(user) as users", [{"median": "60.25", "users": "3"}]),
        ('parse @message "user=*, method:*, took * ms" as who, method, took | filter took = 5 | display who, method', [
            {"who": "dora", "method": "GET"},
        ]),
        (r"parse @message /took (?<took>\d+) ms/ | stats max(took)", [{"max(took)": "5"}]),
        ('filter @type = "REPORT" | fields @duration, @maxMemoryUsed / 1000000 as mb', [{"@duration": "102.5", "mb": "45"}]),
        ("filter ispresent(user) | dedup user | fields user, toupper(user) as loud | limit 1", [{"user": "carl", "loud": "CARL"}]),
        ("fields strlen(user) as n, concat(user, '-', level) as both | filter user = 'bert'", [{"n": "4", "both": "bert-ERROR"}]),
        ("fields @timestamp | sort @timestamp asc | limit 1", [{"@timestamp": "2026-11-22 12:00:00.000"}]),
        ("# only the latest\nfields @logStream\n| limit 1", [{"@logStream": "one"}]),
    ],
)  # fmt: skip
def test_queries_find_what_their_language_tells(query: str, expected: list[dict[str, str]] | None) -> None:
    if expected is None:
        with pytest.raises(QueryError):
            rows(query)
    else:
        assert rows(query) == expected


@pytest.mark.usefixtures("emulator")
def test_a_query_runs_over_log_groups_within_its_time() -> None:
    logs, now = clients.client("logs"), int(time.time())
    for group in ("insights-one", "insights-two"):
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        events = [{"timestamp": (now - 60) * 1000, "message": json.dumps(event)} for event in EVENTS]
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    def ask(start: int, end: int) -> dict[str, Any]:
        started = logs.start_query(
            logGroupNames=["insights-one", "insights-two"],
            startTime=start,
            endTime=end,
            queryString='filter level = "ERROR" | stats count(*) as errors by @log | sort @log',
        )
        return dict(logs.get_query_results(queryId=started["queryId"]))

    found = ask(now - 600, now)
    assert found["status"] == "Complete"
    assert [[cell["value"] for cell in row] for row in found["results"]] == [
        ["123456789012:insights-one", "2"],
        ["123456789012:insights-two", "2"],
    ]
    assert (found["statistics"]["recordsMatched"], found["statistics"]["recordsScanned"]) == (4.0, 8.0)
    assert ask(now - 30, now)["results"] == []


@pytest.mark.usefixtures("emulator")
def test_what_cannot_be_read_or_is_not_supported_is_refused_by_name() -> None:
    logs = clients.client("logs")
    logs.create_log_group(logGroupName="insights-refused")
    for query, message in (
        ("fields @message | filter level = ", "unexpected end of the query"),
        ("pattern @message", "the command pattern is not supported by this emulator"),
        ("fields isIpInSubnet(ip, '10.0.0.0/8')", "the function isipinsubnet is not supported by this emulator"),
        ("stats variance(ms)", "the function variance of stats is not supported by this emulator"),
    ):
        with pytest.raises(ClientError, match=message) as raised:
            logs.start_query(logGroupName="insights-refused", startTime=0, endTime=1, queryString=query)
        assert raised.value.response["Error"]["Code"] == "MalformedQueryException"
    with pytest.raises(ClientError, match="SQL is not supported by this emulator"):
        logs.start_query(
            logGroupName="insights-refused", startTime=0, endTime=1, queryString="SELECT 1", queryLanguage="SQL"
        )

"""The console's pages, as a browser asks for them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from emulator import clients, clock
from emulator.console import pages
from emulator.console.layer import PATH, wrap
from emulator.settings import Settings
from tests.emulator.http_client import send
from tests.emulator.lambda_functions import until
from tests.emulator.state_machines import finished, machine, role, start
from tests.unit.deployment import chromium

SCRIPT = "<script>alert('1 & 2')</script>"
ESCAPED = "&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;"
BROWSER = Client(wrap(lambda *_: []))


def ask(path: str = "", host: str = "127.0.0.1:4566", **fields: str) -> TestResponse:
    return BROWSER.get(f"{PATH}/us-east-1/{path}", query_string=fields, headers={"Host": host})


def text(path: str = "", **fields: str) -> str:
    answer = ask(path, **fields)
    assert answer.status_code == 200, answer.text
    assert SCRIPT not in answer.text
    return answer.text


@pytest.fixture(scope="module", autouse=True)
def stack(emulator: Settings) -> None:
    template = {
        "Description": SCRIPT,
        "Resources": {
            "Lines": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/console/lines"}},
            "Objects": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "console-objects"}},
        },
        "Outputs": {"Written": {"Value": {"Ref": "Lines"}}},
    }
    client = clients.client("cloudformation")
    client.create_stack(StackName="console-reviewed", TemplateBody=json.dumps(template))
    until(lambda: client.describe_stacks(StackName="console-reviewed")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")


def test_a_stack_is_shown_with_its_resources_events_and_outputs() -> None:
    assert ESCAPED in text("stacks")
    shown = text("stack", name="console-reviewed")
    assert ESCAPED in shown
    assert f'<a href="{PATH}/us-east-1/log?group=%2Fconsole%2Flines">/console/lines</a>' in shown
    assert f'<a href="{PATH}/us-east-1/bucket?name=console-objects">console-objects</a>' in shown
    assert '<th scope="row">Written</th><td class="id">/console/lines</td>' in shown
    assert "Create in progress" in shown


def test_lines_of_a_log_are_found_by_a_pattern_and_a_wrong_pattern_is_told() -> None:
    logs = clients.client("logs")
    logs.create_log_stream(logGroupName="/console/lines", logStreamName="one")
    now = int(clock.seconds() * 1000)
    lines = [{"timestamp": now + i, "message": each} for i, each in enumerate(["it works", "ERROR: it fails", SCRIPT])]
    logs.put_log_events(logGroupName="/console/lines", logStreamName="one", logEvents=lines)
    shown = text("log", group="/console/lines")
    assert "it works" in shown
    assert ESCAPED in shown
    found = text("log", group="/console/lines", pattern="ERROR")
    assert "it fails" in found
    assert "it works" not in found
    assert 'role="alert">' in text("log", group="/console/lines", pattern="{ $.a = ")
    assert "is no time such as" in text("log", group="/console/lines", startTime="noon")


def test_an_execution_is_a_graph_with_what_each_state_was_given_gave_and_failed_with() -> None:
    states = {
        "First": {"Type": "Pass", "Result": {"seen": SCRIPT}, "Next": "Which"},
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen", "StringEquals": "x", "Next": "Never"}],
            "Default": "Broken",
        },
        "Never": {"Type": "Succeed"},
        "Broken": {"Type": "Fail", "Error": "TooBad", "Cause": SCRIPT},
    }
    arn = start(machine("console-graph", role("console-graph"), states), {"given": 1})
    assert finished(arn)["status"] == "FAILED"
    shown = text("execution", arn=arn, state="First")
    boxes = dict(re.findall(r'<a class="box ([a-z]*)[^>]*>\s*<title>(\w+):', shown))
    assert boxes == {"succeeded": "Which", "": "Never", "failed": "Broken"}
    assert all(f">{name}</text>" in shown for name in states)
    assert f"<b>TooBad</b> {ESCAPED}" in shown
    assert "&#34;given&#34;: 1" in shown
    assert "&#34;seen&#34;: &#34;&lt;script&gt;" in shown
    assert "$.seen StringEquals x" in shown


def test_a_statement_is_run_by_the_console_s_own_form_alone_and_its_rows_are_shown() -> None:
    location = {"OutputLocation": "s3://console-objects/results/"}
    clients.client("athena").create_work_group(Name="console", Configuration={"ResultConfiguration": location})
    page = text("query", group="console")
    (token,) = re.findall(r'name="token" value="([^"]+)"', page)
    form = {"statement": "SELECT 1 AS one, '<script>alert(''1 & 2'')</script>' AS two", "group": "console"}
    url, headers = f"{PATH}/us-east-1/query", {"Host": "127.0.0.1:4566"}
    assert BROWSER.post(url, data={**form, "token": "guessed"}, headers=headers).status_code == 403
    assert BROWSER.post(f"{PATH}/us-east-1/logs", data={"token": token}, headers=headers).status_code == 405
    assert not clients.client("athena").list_query_executions(WorkGroup="console")["QueryExecutionIds"]
    sent = BROWSER.post(url, data={**form, "token": token}, headers=headers)
    assert sent.status_code == 303
    identity = sent.headers["Location"].partition("?id=")[2]
    shown = until(lambda: (page := text("query", id=identity)) and "data-live" not in page and page)
    assert f'<td class="n">1</td><td>{ESCAPED}</td>' in shown
    assert "SELECT 1 AS one" in text("query", group="console")


def test_objects_are_found_folder_by_folder_and_saved_but_never_opened() -> None:
    s3 = clients.client("s3")
    s3.put_object(Bucket="console-objects", Key="a/b & c/page.html", Body=SCRIPT.encode(), ContentType="text/html")
    s3.put_object(Bucket="console-objects", Key="a/picture", Body=b"\0\1")
    assert "b &amp; c/</a>" in text("bucket", name="console-objects", prefix="a/")
    shown = text("object", name="console-objects", key="a/b & c/page.html")
    assert ESCAPED in shown
    assert "response-content-disposition=attachment" in shown
    assert "It is not text." in text("object", name="console-objects", key="a/picture")
    assert ask("object", name="console-objects", key="none").status_code == 404


def test_a_dashboard_is_drawn_from_its_json_with_the_metrics_values() -> None:
    cloudwatch = clients.client("cloudwatch")
    for value in (20, 40):
        cloudwatch.put_metric_data(Namespace="Console", MetricData=[{"MetricName": "Seen", "Value": value}])
    cloudwatch.put_metric_alarm(
        AlarmName="console-rings",
        Namespace="Console",
        MetricName="Seen",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=30,
        ComparisonOperator="GreaterThanThreshold",
    )
    seen = {"metrics": [["Console", "Seen", {"stat": "Sum", "label": SCRIPT}]], "region": "us-east-1", "period": 3600}
    placed = {"x": 12, "y": 2, "width": 12, "height": 5}
    alarm = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:console-rings"
    widgets = [
        {"type": "metric", **placed, "properties": {**seen, "view": "timeSeries", "title": "Line"}},
        {"type": "metric", **placed, "properties": {**seen, "view": "singleValue", "title": "Number"}},
        {"type": "text", **placed, "properties": {"markdown": f"# Read\n{SCRIPT} [bad](javascript:alert(1))"}},
        {"type": "alarm", **placed, "properties": {"title": "Rings", "alarms": [alarm]}},
    ]
    cloudwatch.put_dashboard(DashboardName="console", DashboardBody=json.dumps({"widgets": widgets}))
    answer = ask("dashboard", name="console")
    shown = text("dashboard", name="console")
    assert "#w1 { grid-area: 3 / 13 / span 5 / span 12; }" in shown
    (nonce,) = re.findall(r'<style nonce="([^"]+)">', answer.text)
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    assert f"<dt>{ESCAPED}</dt><dd>60</dd>" in shown
    assert re.search(r'<path class="line dots s0" d="M[\d.]+ [\d.]+h0"', shown)
    assert f"{ESCAPED}: 60" in shown
    assert "<h2>Read</h2>" in shown
    assert 'href="javascript' not in shown
    assert "console-rings</a>" in shown
    assert "threshold 30" in text("alarm", name="console-rings")


def test_what_the_console_reads_is_no_event_and_what_others_call_is() -> None:
    clients.client("ssm").put_parameter(Name="/console/called", Value="x", Type="String")
    text("buckets")
    shown = text("trail", by="EventSource", value="ssm.amazonaws.com")
    assert "PutParameter" in shown
    looked_up = text("trail", by="EventName", value="LookupEvents").count("<tr>")
    assert text("trail", by="EventName", value="LookupEvents").count("<tr>") == looked_up


@pytest.mark.parametrize("path", [name for name in pages.PAGES if name.endswith("s") or not name])
def test_every_list_is_shown_with_nothing_inline_and_nothing_from_elsewhere(path: str) -> None:
    answer = ask(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    addresses = re.findall(r' (?:href|src|action)="([^"]*)"', answer.text)
    assert all(each.startswith((f"{PATH}/", "#")) for each in addresses)
    assert not re.search(r"<[^>]* (style|on[a-z]+)=", answer.text)


def test_who_may_ask(emulator: Settings) -> None:
    assert send(f"{emulator.endpoint}{PATH}/style.css").status == 200
    assert ask(host="localhost:4566").status_code == 200
    assert ask(host="attacker.example").status_code == 403
    fetched = {"Host": "localhost:4566", "Sec-Fetch-Dest": "empty"}
    assert BROWSER.get(f"{PATH}/us-east-1/stacks", headers=fetched).status_code == 403
    assert ask("none").status_code == 404
    assert ask("stack").status_code == 400
    refused = ask("stack", name="no-such-stack")
    assert refused.status_code == 400
    assert "does not exist" in refused.text
    assert BROWSER.get(f"{PATH}/mars-1/", headers={"Host": "localhost"}).status_code == 404
    assert BROWSER.get(PATH, headers={"Host": "localhost"}).headers["Location"] == f"{PATH}/us-east-1/"


@pytest.mark.skipif(bool(chromium.MISSING), reason=chromium.MISSING)
def test_pages_are_accessible_fit_a_phone_and_ask_for_nothing_from_elsewhere(
    emulator: Settings, tmp_path: Path
) -> None:
    blank = tmp_path / "blank.html"
    blank.write_text("<!doctype html><title>blank</title>")
    arn = start(machine("console-seen", role("console-seen"), {"Only": {"Type": "Pass", "End": True}}))
    finished(arn)
    with chromium.opened(blank, tmp_path / "profile", 390, 844) as page:
        dark = [{"name": "prefers-color-scheme", "value": "dark"}]
        for path, features in ((f"execution?arn={arn}", []), ("stack?name=console-reviewed", dark)):
            page.call("Emulation.setEmulatedMedia", features=features)
            page.call("Page.navigate", url=f"{emulator.endpoint}{PATH}/us-east-1/{path}")
            page.wait_for("Page.loadEventFired")
            assert page.violations() == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("getComputedStyle(document.querySelector('#menu')).display") == "none"
        page.evaluate("document.querySelector('.opener').click()")
        assert page.evaluate("getComputedStyle(document.querySelector('#menu')).display") == "block"
        assert page.console == []
        assert all(each.startswith((blank.as_uri(), emulator.endpoint)) for each in page.requests)

"""The console's pages, as a browser asks for them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from emulator import clients, clock
from emulator.settings import Settings
from tests.emulator.http_client import Answer, send
from tests.emulator.state_machines import finished, machine, role, start

SCRIPT = "<script>alert('1 & 2')</script>"


def page(emulator: Settings, path: str = "", **fields: str) -> Answer:
    query = f"?{urlencode(fields)}" if fields else ""
    return send(f"{emulator.endpoint}/_emulator/console/{emulator.region}/{path}{query}")


def text(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return answer.body.decode()


@pytest.fixture(scope="module", autouse=True)
def stack(emulator: Settings) -> None:
    template = {
        "Description": SCRIPT,
        "Resources": {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/console/lines"}}},
        "Outputs": {"Written": {"Value": {"Ref": "Group"}}},
    }
    client = clients.client("cloudformation")
    client.create_stack(StackName="console-reviewed", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName="console-reviewed", WaiterConfig={"Delay": 1})


def test_a_stack_is_shown_with_its_resources_events_and_outputs_and_its_values_are_escaped(emulator: Settings) -> None:
    assert "console-reviewed" in text(page(emulator, "stacks"))
    shown = text(page(emulator, "stack", name="console-reviewed"))
    assert "&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;" in shown
    assert SCRIPT not in shown
    assert f'href="/_emulator/console/{emulator.region}/log?group=%2Fconsole%2Flines"' in shown
    assert shown.count("Create complete") >= 3


def test_lines_of_a_log_are_found_by_a_pattern_and_a_wrong_pattern_is_told(emulator: Settings) -> None:
    logs = clients.client("logs")
    logs.create_log_stream(logGroupName="/console/lines", logStreamName="one")
    now = int(clock.seconds() * 1000)
    lines = [{"timestamp": now + i, "message": each} for i, each in enumerate(["it works", "ERROR: it fails", SCRIPT])]
    logs.put_log_events(logGroupName="/console/lines", logStreamName="one", logEvents=lines)
    assert "it works" in text(page(emulator, "log", group="/console/lines"))
    found = text(page(emulator, "log", group="/console/lines", pattern="ERROR"))
    assert "it fails" in found
    assert "it works" not in found
    assert "Invalid" in text(page(emulator, "log", group="/console/lines", pattern="{ $.a = "))


def test_an_execution_is_a_graph_with_what_each_state_was_given_and_gave(emulator: Settings) -> None:
    states = {
        "First": {"Type": "Pass", "Result": {"seen": SCRIPT}, "Next": "Which"},
        "Which": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.seen", "StringEquals": "x", "Next": "Never"}],
            "Default": "Broken",
        },
        "Never": {"Type": "Succeed"},
        "Broken": {"Type": "Fail", "Error": "TooBad", "Cause": "on purpose"},
    }
    arn = start(machine("console-graph", role("console-graph"), states), {"given": 1})
    assert finished(arn)["status"] == "FAILED"
    shown = text(page(emulator, "execution", arn=arn, state="First"))
    assert "<svg" in shown
    assert all(f">{name}</text>" in shown for name in states)
    assert "TooBad" in shown
    assert "on purpose" in shown
    assert "&#34;given&#34;: 1" in shown
    assert "&#34;seen&#34;: &#34;&lt;script&gt;" in shown
    assert SCRIPT not in shown


def test_the_browser_may_load_nothing_from_elsewhere_and_only_names_of_this_machine_are_answered(
    emulator: Settings,
) -> None:
    answer = page(emulator)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    body = text(answer)
    assert "http://" not in body.replace(emulator.endpoint, "")
    assert "https://" not in body
    url = f"{emulator.endpoint}/_emulator/console/{emulator.region}/"
    assert send(url, headers={"Host": "attacker.example:80"}).status == 403
    assert send(url, "POST", b"a=b").status == 403
    assert page(emulator, "nothing").status == 404
    assert page(emulator, "stack", name="no-such-stack").status == 400

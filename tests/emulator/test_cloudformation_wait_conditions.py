"""Stacks that wait for signals."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.cloudformation.dependencies import order
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import (
    DEADLINE_SECONDS,
    body,
    create,
    delete,
    names,
    parameter,
    reasons,
    settled,
    update,
    value,
)


@pytest.fixture(autouse=True)
def running(emulator: Settings) -> None:
    assert emulator


def template(prefix: str, timeout: str = "60", count: int = 2) -> str:
    waiting = {"Handle": {"Ref": "Address"}, "Timeout": timeout, "Count": count}
    return body(
        {
            "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": waiting},
            "Address": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Said": parameter(f"{prefix}/said", {"Fn::GetAtt": ["Wait", "Data"]}),
            "Beside": parameter(f"{prefix}/beside", {"Ref": "Address"}),
        }
    )


def address(name: str) -> str:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            return value(name)
        except ClientError:
            time.sleep(0.05)
    raise AssertionError(f"{name} is not there")


def put(url: str, **signal: Any) -> int:
    request = Request(url, json.dumps(signal).encode(), {"Content-Type": ""}, method="PUT")
    try:
        with urlopen(request) as response:
            return int(response.status)
    except HTTPError as error:
        error.close()
        return error.code


def signaled(stack: str, signals: list[dict[str, Any]]) -> dict[str, Any]:
    """The stack, created while the signals were put on its address."""
    create_it = clients.client("cloudformation").create_stack
    thread = threading.Thread(target=lambda: create_it(StackName=stack, TemplateBody=template(f"/{stack}")))
    thread.start()
    url = address(f"/{stack}/beside")
    assert [put(url, **signal) for signal in signals] == [200] * len(signals)
    thread.join()
    return settled(stack)


def test_a_stack_waits_for_as_many_signals_as_it_counts() -> None:
    same = {"Status": "SUCCESS", "UniqueId": "one", "Data": "first"}
    made = signaled("waiting", [same, same, {"Status": "SUCCESS", "UniqueId": "two", "Data": "second"}])
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert json.loads(value("/waiting/said")) == {"one": "first", "two": "second"}
    url = value("/waiting/beside")
    assert put(url, Status="LATER", UniqueId="three") == 403
    changed = update("waiting", template("/waiting", count=1))
    assert changed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons("waiting", "UPDATE_FAILED")[0].endswith(
        "Update to resource type AWS::CloudFormation::WaitCondition is not supported."
    )
    assert delete("waiting")["StackStatus"] == "DELETE_COMPLETE"
    assert put(url, Status="SUCCESS", UniqueId="late") == 403


def test_a_signal_of_failure_fails_the_stack() -> None:
    made = signaled("waiting-failed", [{"Status": "FAILURE", "UniqueId": "one", "Reason": "no disk"}])
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = reasons("waiting-failed", "CREATE_FAILED")
    assert reason.endswith("WaitCondition received failed message: 'no disk' for uniqueId: one")
    assert names("/waiting-failed") == set()
    delete("waiting-failed")


def test_a_stack_does_not_wait_for_ever() -> None:
    made = create("waiting-late", template("/waiting-late", timeout="0"))
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    (reason,) = reasons("waiting-late", "CREATE_FAILED")
    assert reason.endswith("WaitCondition timed out. Received 0 conditions when expecting 2")
    delete("waiting-late")


def test_what_waits_comes_after_all_that_does_not_need_it() -> None:
    assert order({"Wait": [], "After": ["Wait"], "A": [], "B": ["A"]}, ["Wait"]) == ["A", "B", "Wait", "After"]

"""State machines for the tests of Step Functions: made, run to their end, and their history read."""

from __future__ import annotations

import json
import time
from typing import Any

from emulator import clients

ACCOUNT = "123456789012"
JSONATA = {"QueryLanguage": "JSONata"}


def role(name: str, *actions: str) -> str:
    """A role for state machines that may do these actions; its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = clients.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    if actions:
        allowed = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]
        document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=document)
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def machine(name: str, role_arn: str, states: dict[str, Any], **options: Any) -> str:
    """A state machine that starts with its first state; its ARN. `definition` adds to the definition."""
    definition = {"StartAt": next(iter(states)), "States": states, **options.pop("definition", {})}
    made = clients.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role_arn, **options
    )
    return str(made["stateMachineArn"])


def start(machine_arn: str, given: Any = None, **options: Any) -> str:
    """ARN of a new execution."""
    started = clients.client("stepfunctions").start_execution(
        stateMachineArn=machine_arn, input=json.dumps({} if given is None else given), **options
    )
    return str(started["executionArn"])


def finished(execution_arn: str, limit: float = 30.0) -> dict[str, Any]:
    """The execution once it is over."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found: dict[str, Any] = clients.client("stepfunctions").describe_execution(executionArn=execution_arn)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution_arn} is still running")


def run(name: str, role_arn: str, states: dict[str, Any], given: Any = None, **options: Any) -> dict[str, Any]:
    """Make a machine and run it to its end."""
    return finished(start(machine(name, role_arn, states, **options), given))


def output(execution: dict[str, Any]) -> Any:
    """What an execution that succeeded gave."""
    assert execution["status"] == "SUCCEEDED", execution
    return json.loads(execution["output"])


def history(execution_arn: str) -> list[dict[str, Any]]:
    """All events of an execution."""
    pages = clients.client("stepfunctions").get_paginator("get_execution_history")
    return [event for page in pages.paginate(executionArn=execution_arn) for event in page["events"]]

"""What tests of events, schedules and deliveries share: waiting, queues that may be sent to, and roles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from emulator import clients

ACCOUNT = "123456789012"


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """What the condition returns once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not happen within {seconds} s")


def queue(name: str, service: str = "events", **attributes: str) -> tuple[str, str]:
    """A queue that a service may send to: its address and ARN."""
    sqs = clients.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(statement)})
    return url, arn


def document(*statements: Any) -> str:
    """A policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str | list[str]) -> dict[str, Any]:
    """A statement of an identity's policy."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def role(name: str, service: str, *statements: Any) -> str:
    """A role that a service may assume, and what it may do."""
    iam = clients.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="granted", PolicyDocument=document(*statements))
    return str(arn)


def received(url: str, count: int = 1, seconds: float = 30) -> list[Any]:
    """At least so many messages of a queue, which are then deleted."""
    sqs, found = clients.client("sqs"), list[Any]()

    def enough() -> bool:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            found.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found) >= count

    until(enough, seconds)
    return found


def bodies(url: str, count: int = 1) -> list[Any]:
    """The messages' bodies, read as JSON."""
    return [json.loads(message["Body"]) for message in received(url, count)]

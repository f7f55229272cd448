"""Functions, roles and queues for the tests of Lambda: each is named by its test, and goes with it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

from emulator import clients, clock

ACCOUNT, REGION = "123456789012", "us-east-1"


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return content.getvalue()


def role(name: str, *statements: dict[str, Any]) -> str:
    """A role for functions with these statements, besides writing logs; its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    clients.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    allow(name, {"Action": "logs:*", "Resource": "*"}, *statements)
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def allow(role_name: str, *statements: dict[str, Any]) -> None:
    """Replace what the role may do."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}
    clients.client("iam").put_role_policy(RoleName=role_name, PolicyName="allowed", PolicyDocument=json.dumps(document))


def function(name: str, role_arn: str, code: str, **properties: Any) -> str:
    """A Python function whose handler is `handle`; its ARN."""
    given = {"Runtime": "python3.11", "Handler": "handler.handle", "MemorySize": 256, "Timeout": 10} | properties
    arn: str = clients.client("lambda").create_function(
        FunctionName=name, Role=role_arn, Code={"ZipFile": zipped({"handler.py": code})}, **given
    )["FunctionArn"]
    return arn


def queue(name: str, **attributes: str) -> tuple[str, str]:
    """A queue; its URL and ARN."""
    url = clients.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def until(found: Callable[[], Any], *, hasten: bool = False, limit: float = 30.0) -> Any:
    """What `found` gives once it gives something; in haste, the clock goes on to whatever event of Lambda waits."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if answer := found():
            return answer
        waiting = [each.when for each in clock.waiting() if each.name.startswith("lambda event")] if hasten else []
        if waiting:
            clock.advance(max((min(waiting) - clock.now()).total_seconds(), 0))
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {limit} seconds")


def message(url: str, *, hasten: bool = False) -> dict[str, Any]:
    """The next message of a queue, taken from it."""

    def receive() -> Any:
        found = clients.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=0)
        return found.get("Messages")

    taken: dict[str, Any] = until(receive, hasten=hasten)[0]
    clients.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    return taken

"""Requests that come as messages of a queue: answered together, and each kept, tried again or given up by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crispstack.deployment.http import Request, Service
from crispstack.deployment.routes import PREDICT

LONGEST = 262_144
"""Bytes of a message."""


def is_batch(event: Mapping[str, Any]) -> bool:
    """Whether a function's event holds messages of a queue."""
    return "Records" in event


def answer_messages(
    event: Mapping[str, Any], service: Service, keep: Callable[[str, bytes], None]
) -> dict[str, list[dict[str, str]]]:
    """Answer every message of the event, whose body is that of a request, and say which have failed.

    An answer is kept under the message's id, and so is a refusal, so that whoever sent it learns why. What is refused,
    or failed on our side, counts as failed: the queue delivers it again, and after a few times to its dead letters.

    Args:
        event: Lambda's event of a batch of messages.
        service: what answers.
        keep: told id and JSON of each answer.
    """
    messages: Sequence[Mapping[str, Any]] = event["Records"]
    requests = [
        # A text may hold half of a surrogate pair, which is no UTF-8.
        Request(PREDICT, message["messageId"], message["body"].encode("utf-8", "surrogatepass"))
        for message in messages
    ]
    failed = []
    for request, answer in zip(requests, service.answer_all(requests), strict=True):
        if answer.status < 500:
            keep(request.request_id, answer.body)
        if answer.status != 200:
            failed.append({"itemIdentifier": request.request_id})
    return {"batchItemFailures": failed}

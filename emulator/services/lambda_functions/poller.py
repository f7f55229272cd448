"""Lambda's poller of a queue: receives batches, invokes the function, deletes what was handled."""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.exceptions import LambdaClientError
from moto.sqs.models import sqs_backends

from emulator.compute.log_stream import client
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.lambda_functions import filters, invocation
from emulator.services.lambda_functions.destinations import queue_url

_LOG = logging.getLogger(__name__)
_PAUSE_SECONDS = 0.1
_RECEIVED_AT_ONCE = 10
_CLIENT_SECONDS = 1800.0


class Poller(threading.Thread):
    """Polls for one mapping until it is deleted. It acts with the rights of the function's role, as in AWS."""

    def __init__(self, backend: Any, mapping: Any) -> None:
        super().__init__(name=f"lambda-poller-{mapping.uuid}", daemon=True)
        self._backend = backend
        self._mapping = mapping
        self._queue_url = queue_url(mapping.event_source_arn)
        self._queue = self._queue_url.rsplit("/", 1)[1]
        self._clients: dict[str, tuple[float, Any]] = {}

    def run(self) -> None:
        """Poll. An error is kept as the mapping's last result, and the next poll may go better."""
        while self._mapping.uuid in self._backend._event_source_mappings:
            try:
                polled = self._mapping.enabled and self._something_waits() and self._poll()
            except (ClientError, BotoCoreError, RoleError, LambdaClientError) as error:
                _LOG.warning("the queue %s was not polled: %s", self._queue, error)
                self._mapping.last_result = f"PROBLEM: {error}"
                polled = False
            if not polled:
                time.sleep(_PAUSE_SECONDS)

    def _something_waits(self) -> bool:
        # Looked up in the service itself: asking its API all the time would cost the machine more than all else here.
        backend = sqs_backends[self._backend.account_id][self._backend.region_name]
        queue = backend.queues.get(self._queue)
        return queue is not None and bool(queue.messages)

    def _poll(self) -> bool:
        function, qualifier = invocation.resolve(self._backend, self._mapping.function_arn, None)
        queues = self._client(function)
        messages = self._receive(queues)
        if not messages:
            return False
        messages = self._filtered(queues, messages)
        if not messages:
            return True
        event = json.dumps({"Records": [self._record(message) for message in messages]})
        outcome = invocation.run(function, event.encode(), qualifier)
        failed = {message["MessageId"] for message in messages}
        if not outcome.error_type:
            failed = self._failures(outcome.payload, failed)
        handled = [message for message in messages if message["MessageId"] not in failed]
        for message in handled:
            queues.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        self._mapping.last_result = "OK" if handled else "PROBLEM: Function call failed"
        return True

    def _client(self, function: Any) -> Any:
        made, found = self._clients.get(function.role, (0.0, None))
        if found is None or time.monotonic() - made > _CLIENT_SECONDS:
            role = credentials.for_role(
                function.role, function.function_name, "lambda.amazonaws.com", source_arn=function.function_arn
            )
            found = client("sqs", role)
            self._clients[function.role] = time.monotonic(), found
        return found

    def _receive(self, queues: Any) -> list[dict[str, Any]]:
        """One batch: as many messages as there are, or as come within the batching window."""
        size = self._mapping.batch_size
        messages: list[dict[str, Any]] = []
        deadline = time.monotonic() + (self._mapping.max_batch_window or 0)
        while len(messages) < size:
            received = queues.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=min(size - len(messages), _RECEIVED_AT_ONCE),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            ).get("Messages", [])
            messages += received
            if not received and time.monotonic() >= deadline:
                break
            if not received:
                time.sleep(_PAUSE_SECONDS)
        return messages

    def _filtered(self, queues: Any, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The messages that the mapping's filters let through; as in AWS, the others are deleted."""
        kept = []
        for message in messages:
            if filters.accepts(self._mapping.filter_criteria, self._record(message)):
                kept.append(message)
            else:
                queues.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        return kept

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.event_source_arn,
            "awsRegion": self._backend.region_name,
        }

    def _failures(self, payload: bytes, all_ids: set[str]) -> set[str]:
        """Which messages a function that succeeded reports as failed; all, where its report cannot be read."""
        if "ReportBatchItemFailures" not in (self._mapping.function_response_types or ()):
            return set()
        try:
            answer = json.loads(payload or b"null")
            reported = {item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures") or ()}
        except (ValueError, TypeError, KeyError, AttributeError):
            return all_ids
        return reported if reported <= all_ids else all_ids


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        shown["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        shown["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return shown

"""What executions print, on its way to CloudWatch Logs: in the background, with the rights of their own role."""

from __future__ import annotations

import functools
import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emulator import clock, settings
from emulator.identity.credentials import Credentials

_LOG = logging.getLogger(__name__)
_EVENT_OVERHEAD = 26  # bytes that AWS counts for each event
_BATCH_BYTES = 1_048_576
_BATCH_EVENTS = 10_000
_MESSAGE_BYTES = 262_144 - _EVENT_OVERHEAD
_FLUSH_SECONDS = 30
_session_lock = threading.Lock()


class LogStream:
    """One stream of a log group, made (with its group, where the role may) at the first lines."""

    def __init__(self, group: str, name: str, credentials: Credentials) -> None:
        self.group = group
        self.name = name
        self._credentials = credentials
        self._client: Any = None

    def write(self, messages: Sequence[str]) -> None:
        """Send lines, in order, from a background thread. A role without the right gets no logs, as in AWS."""
        if messages:
            _deliveries().put((self, int(clock.seconds() * 1000), tuple(messages)))

    def flush(self) -> None:
        """Wait until what was written is in the log, for as long as a slow machine may need and no longer."""
        marker = threading.Event()
        _deliveries().put(marker)
        if not marker.wait(_FLUSH_SECONDS):
            _LOG.warning("the last lines of %s %s are still on their way", self.group, self.name)

    def _deliver(self, timestamp: int, messages: Sequence[str]) -> None:
        if self._client is None:
            self._client = client("logs", self._credentials)
            self._create()
        for batch in _batches(timestamp, messages):
            self._client.put_log_events(logGroupName=self.group, logStreamName=self.name, logEvents=batch)

    def _create(self) -> None:
        try:
            self._create_stream()
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_log_group(logGroupName=self.group)
            self._create_stream()

    def _create_stream(self) -> None:
        try:
            self._client.create_log_stream(logGroupName=self.group, logStreamName=self.name)
        except self._client.exceptions.ResourceAlreadyExistsException:
            return


def client(service: str, credentials: Credentials) -> Any:
    """A boto3 client of this emulator with the rights of a role."""
    here = settings.current()
    with _session_lock:  # a session reads the services' models once for all its clients, and is not thread safe
        return _session().client(
            service,
            region_name=here.region,
            endpoint_url=here.endpoint,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
        )


@functools.cache
def _session() -> Any:
    return boto3.session.Session()


def _batches(timestamp: int, messages: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for message in messages:
        text = message.encode()[:_MESSAGE_BYTES].decode("utf-8", "ignore") or " "
        cost = len(text.encode()) + _EVENT_OVERHEAD
        if batch and (size + cost > _BATCH_BYTES or len(batch) == _BATCH_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": timestamp, "message": text})
        size += cost
    if batch:
        yield batch


# Lines on their way, and the marks of those who wait for what they wrote before.
_Deliveries = queue.Queue[tuple[LogStream, int, tuple[str, ...]] | threading.Event]


@functools.cache
def _deliveries() -> _Deliveries:
    deliveries: _Deliveries = queue.Queue()
    threading.Thread(target=_run, args=(deliveries,), name="log-delivery", daemon=True).start()
    return deliveries


def _run(deliveries: _Deliveries) -> None:
    while True:
        delivery = deliveries.get()
        if isinstance(delivery, threading.Event):
            delivery.set()
            continue
        stream, timestamp, messages = delivery
        try:
            stream._deliver(timestamp, messages)
        except (BotoCoreError, ClientError) as error:
            _LOG.warning("nothing was logged to %s %s: %s", stream.group, stream.name, error)

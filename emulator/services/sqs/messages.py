"""SQS's messages: several consumers at once, FIFO deduplication for five minutes, and the emulator's clock.

A duplicate counts although its original was received and deleted. Visibility, delays and retention pass on the clock.
"""

from __future__ import annotations

import itertools
from typing import Any

from moto.sqs import models

from emulator import clock
from emulator.replacements import Replacement

_WINDOW_MILLISECONDS = 300_000
_POLL_SECONDS = 1
_sequence = itertools.count(18_900_000_000_000_000_000)

_moto_add = models.Queue.add_message
_moto_delete = models.Queue.delete_message
_moto_receive = models.SQSBackend.receive_message


def _add_message(self: Any, message: Any) -> None:
    # The queue's own lock, which the same thread may take again.
    with self._messages_lock:
        if not self.fifo_queue:
            _moto_add(self, message)
            return
        recent = self.__dict__.setdefault("recent", {})
        for identifier, earlier in list(recent.items()):
            if message.sent_timestamp - earlier.sent_timestamp >= _WINDOW_MILLISECONDS:
                del recent[identifier]
        original = recent.get(message.deduplication_id)
        if original is None or original is message:
            message.sequence_number = str(next(_sequence))
            recent[message.deduplication_id] = message
            _moto_add(self, message)
        else:
            message.id, message.sequence_number = original.id, original.sequence_number


def _delete_message(self: Any, receipt_handle: str) -> None:
    with self._messages_lock:
        _moto_delete(self, receipt_handle)


def _receive_message(
    self: Any,
    queue_name: str,
    count: int,
    wait_seconds_timeout: int,
    visibility_timeout: int,
    message_attribute_names: list[str] | None = None,
) -> list[Any]:
    queue = self.get_queue(queue_name)
    until = clock.seconds() + int(wait_seconds_timeout or 0)
    while True:
        with queue._messages_lock:
            found: list[Any] = _moto_receive(self, queue_name, count, 0, visibility_timeout, message_attribute_names)
        left = until - clock.seconds()
        if found or left <= 0:
            return found
        # It also ends when a message in flight becomes visible again, which notifies nobody.
        queue.wait_for_messages(min(left, _POLL_SECONDS))


def _milliseconds() -> float:
    return clock.seconds() * 1000


_MODELS = "moto.sqs.models"
REPLACEMENTS = [
    Replacement(
        f"{_MODELS}:Queue.add_message",
        _add_message,
        "moto forgets a FIFO message's id once it is deleted",
        "f27c9231c1f2",
    ),
    Replacement(
        f"{_MODELS}:Queue.delete_message", _delete_message, "moto loses messages that arrive meanwhile", "fa6fd5b9bd2c"
    ),
    Replacement(
        f"{_MODELS}:SQSBackend.receive_message",
        _receive_message,
        "moto gives one message to two consumers",
        "065f3e5e7d21",
    ),
    Replacement(f"{_MODELS}:unix_time_millis", _milliseconds, "time passes on the emulator's clock", "7a37e1337d02"),
    Replacement(f"{_MODELS}:unix_time", clock.seconds, "time passes on the emulator's clock", "f0576ec9e5f5"),
]

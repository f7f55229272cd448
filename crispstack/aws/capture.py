"""Predictions on their way to where they are kept: a Firehose delivery stream that nobody waits for long."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from crispstack.deployment.capture import Capture
from crispstack.deployment.request_metrics import capture_failure
from crispstack.deployment.serving import Champion
from crispstack.settings import PredictionSettings

# In one region an answer takes some ten milliseconds; if none comes, a prediction waits no longer than this.
_LONGEST_SECONDS = 1.0
_REST_SECONDS = 30.0
"""After a failure nothing is sent for so long, so that an outage slows one prediction in half a minute at most."""


def open_capture(
    settings: PredictionSettings, champion: Champion | None, log: Callable[[Sequence[Mapping[str, Any]]], None]
) -> Capture | None:
    """What keeps the champion's predictions; None where the charter keeps none, or there is no champion yet."""
    if champion is None or not settings.capture_stream or not champion.charter.monitoring.capture:
        return None

    def lost(rows: int, why: str) -> None:
        log([capture_failure(settings.project, rows, why, dt.datetime.now(dt.UTC))])

    send = Stream(settings.capture_stream, time.monotonic).send
    return Capture(champion.charter, champion.package, champion.key, send, lost, lambda: dt.datetime.now(dt.UTC))


class Stream:
    """A delivery stream."""

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        """Take its name, and a clock of seconds."""
        self._name, self._monotonic, self._rests_until = name, monotonic, 0.0
        timeouts = Config(
            connect_timeout=_LONGEST_SECONDS, read_timeout=_LONGEST_SECONDS, retries={"total_max_attempts": 1}
        )
        self._client = boto3.client("firehose", config=timeouts)

    def send(self, records: Sequence[bytes]) -> int:
        """Send up to 500 records at once; return how many of them were not taken."""
        if self._monotonic() < self._rests_until:
            return len(records)
        try:
            answer = self._client.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": record} for record in records]
            )
        except (BotoCoreError, ClientError):
            self._rests_until = self._monotonic() + _REST_SECONDS
            return len(records)
        return int(answer["FailedPutCount"])

"""Amazon Data Firehose: what is accepted of delivery streams and records, and when a buffer is delivered."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.types import Base64EncodedString
from moto.firehose import models
from moto.firehose.exceptions import InvalidArgumentException, ResourceNotFoundException

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.firehose import checks, configuration, delivery, stream_metrics

_RECORD_BYTES = 1_024_000
_BATCH_BYTES = 4 * 1024 * 1024
_BATCH_RECORDS = 500
_SECONDS = 300
_RETRY_SECONDS = 60
_LONGEST_RETRY = 86_400

_moto_create: Any = models.FirehoseBackend.create_delivery_stream
_moto_update = models.FirehoseBackend.update_destination


@dataclass
class Buffer:
    """What a stream has taken and not yet delivered: records with the time at which they came."""

    records: list[tuple[datetime, bytes]] = field(default_factory=list)
    size: int = 0
    waits: bool = False
    failing_since: datetime | None = None
    lock: Any = field(default_factory=threading.RLock)


def _create(self: Any, region: str, name: str, kind: str | None, *more: Any) -> str:
    if (kind or "DirectPut") != "DirectPut":
        raise InvalidArgumentException(f"DeliveryStreamType {kind} is not supported by this emulator: use DirectPut.")
    _kinesis, _encryption, s3, extended, *others, _tags = more
    if any(others) or not (s3 or extended):
        raise InvalidArgumentException("This emulator delivers to S3: use ExtendedS3DestinationConfiguration.")
    checks.check(s3 or extended)
    made: str = _moto_create(self, region, name, kind, *more)
    self.delivery_streams[name].buffer = Buffer()
    return made


def _update(self: Any, name: str, *more: Any) -> None:
    change = next((each for each in more if isinstance(each, dict) and each), {})
    before = _destination(_find(self, name))
    after = {**before, **change}
    if checks.partitioned(before) != checks.partitioned(after):
        raise InvalidArgumentException(
            "Dynamic partitioning cannot be enabled or disabled once a delivery stream is created."
        )
    checks.check(after)
    _moto_update(self, name, *more)


def _put_record(self: Any, name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    answer = _put_record_batch(self, name, [record])
    return {"RecordId": answer["RequestResponses"][0]["RecordId"], "Encrypted": False}


def _put_record_batch(self: Any, name: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    stream = _find(self, name)
    taken = [_bytes(record["Data"]) for record in records]
    if len(taken) > _BATCH_RECORDS or sum(map(len, taken)) > _BATCH_BYTES:
        raise InvalidArgumentException(f"A batch holds at most {_BATCH_RECORDS} records and 4 MiB.")
    if any(len(data) > _RECORD_BYTES for data in taken):
        raise InvalidArgumentException(f"A record holds at most {_RECORD_BYTES} bytes.")
    _take(self, stream, taken)
    return {
        "FailedPutCount": 0,
        "Encrypted": False,
        "RequestResponses": [{"RecordId": uuid.uuid4().hex * 4} for _ in taken],
    }


def _bytes(data: Any) -> bytes:
    if isinstance(data, Base64EncodedString):
        return bytes(data.as_bytes())
    return data.encode() if isinstance(data, str) else bytes(data)


def _take(backend: Any, stream: Any, taken: Sequence[bytes]) -> None:
    buffer: Buffer = stream.buffer
    hints = _destination(stream).get("BufferingHints") or {}
    large = configuration.conversion(_destination(stream)) or checks.partitioned(_destination(stream))
    limit = hints.get("SizeInMBs", 128 if large else 5) * 1024 * 1024
    with buffer.lock:
        now = clock.now()
        buffer.records += [(now, data) for data in taken]
        buffer.size += sum(map(len, taken))
        full = buffer.size >= limit
        wait, buffer.waits = not buffer.waits, True
    stream_metrics.received(stream, [len(data) for data in taken])
    if full:
        threading.Thread(target=_flush, args=(backend, stream), name="firehose", daemon=True).start()
    elif wait:
        seconds = hints.get("IntervalInSeconds", _SECONDS)
        clock.after(seconds, lambda: _flush(backend, stream), stream.delivery_stream_arn)


def _flush(backend: Any, stream: Any) -> None:
    """Deliver what is in the buffer. What S3 does not take is tried again for a day."""
    buffer: Buffer = stream.buffer
    with buffer.lock:
        buffer.waits = False
        records, buffer.records, buffer.size = buffer.records, [], 0
        if not records or backend.delivery_streams.get(stream.delivery_stream_name) is not stream:
            return
        left = delivery.deliver(stream, _destination(stream), records)
        buffer.failing_since = (buffer.failing_since or clock.now()) if left else None
        since = buffer.failing_since
        if since and (clock.now() - since).total_seconds() < _LONGEST_RETRY:
            buffer.records, buffer.waits = left + buffer.records, True
            buffer.size = sum(len(data) for _, data in buffer.records)
            clock.after(_RETRY_SECONDS, lambda: _flush(backend, stream), stream.delivery_stream_arn)


def _find(backend: Any, name: str) -> Any:
    try:
        return backend.delivery_streams[name]
    except KeyError:
        raise ResourceNotFoundException(f"Firehose {name} under account {backend.account_id} not found.") from None


def _destination(stream: Any) -> dict[str, Any]:
    place = stream.destinations[0]
    found: dict[str, Any] = place.get("ExtendedS3") or place["S3"]
    return found


_BACKEND = "moto.firehose.models:FirehoseBackend"
REPLACEMENTS = [
    Replacement(f"{_BACKEND}.create_delivery_stream", _create, "moto takes what gets nothing", "fc8c3e703ab4"),
    Replacement(f"{_BACKEND}.update_destination", _update, "moto takes prefixes that are none", "e722e00805dd"),
    Replacement(f"{_BACKEND}.put_record", _put_record, "moto buffers nothing", "8d980c82f736"),
    Replacement(f"{_BACKEND}.put_record_batch", _put_record_batch, "moto buffers nothing", "f79fbac7ea70"),
]

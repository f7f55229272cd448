"""What Firehose publishes of its streams in CloudWatch: what came in, and how it was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulator import clock
from emulator.services import service_metrics
from emulator.services.firehose.item import CONVERSION_FAILED, Item

_NAMESPACE = "AWS/Firehose"


def received(stream: Any, sizes: Sequence[int]) -> None:
    """Records of so many bytes were accepted."""
    _publish(stream, {"IncomingRecords": len(sizes), "IncomingBytes": sum(sizes), "IncomingPutRequests": 1})


def delivered(stream: Any, items: Sequence[Item], *, written: int, success: bool) -> None:
    """A delivery was tried; `written` bytes of records that did not fail arrived."""
    oldest = min((item.when for item in items), default=clock.now())
    well = [item for item in items if not item.failed and not item.dropped]
    values: dict[str, float] = {
        "DeliveryToS3.Success": int(success),
        "DeliveryToS3.DataFreshness": max(0.0, (clock.now() - oldest).total_seconds()),
    }
    if success:
        values |= {"DeliveryToS3.Records": len(well), "DeliveryToS3.Bytes": written}
    failed = sum(1 for item in items if item.failed and item.failed[0] == CONVERSION_FAILED)
    converted = sum(1 for item in items if item.row is not None)
    if failed or converted:
        values |= {"SucceedConversion.Records": converted, "FailedConversion.Records": failed}
    _publish(stream, values)


def _publish(stream: Any, values: dict[str, float]) -> None:
    service_metrics.publish(_NAMESPACE, [{"DeliveryStreamName": stream.delivery_stream_name}], values)

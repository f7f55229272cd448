"""What Lambda itself writes about an event, around what the function wrote: as text, or as JSON records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Record:
    """One event that was handled. Durations are in milliseconds, `initialization` is 0.0 when warm; memory is in MB.

    `status` is "success", "error", "failure" or "timeout"; `ending` says in words what ended the process, if anything.
    """

    request_id: str
    version: str
    duration: float
    initialization: float
    memory_size: int
    memory_used: int
    status: str
    ending: str = ""


def lines(record: Record, written: Sequence[str], log_format: str, system_level: str) -> list[str]:
    """The whole log of an event.

    Args:
        record: of the event.
        written: what the function wrote, line by line.
        log_format: "Text" or "JSON".
        system_level: with JSON, "DEBUG", "INFO" or "WARN": below INFO only what failed is reported.
    """
    return _json(record, written, system_level) if log_format == "JSON" else _text(record, written)


def _text(record: Record, written: Sequence[str]) -> list[str]:
    report = (
        f"REPORT RequestId: {record.request_id}\tDuration: {record.duration:.2f} ms\t"
        f"Billed Duration: {int(record.duration) + 1} ms\tMemory Size: {record.memory_size} MB\t"
        f"Max Memory Used: {record.memory_used} MB"
    )
    if record.initialization:
        report += f"\tInit Duration: {record.initialization:.2f} ms"
    return [
        f"START RequestId: {record.request_id} Version: {record.version}",
        *written,
        *([record.ending] if record.ending else []),
        f"END RequestId: {record.request_id}",
        report,
    ]


def _json(record: Record, written: Sequence[str], system_level: str) -> list[str]:
    metrics: dict[str, Any] = {
        "durationMs": round(record.duration, 3),
        "billedDurationMs": int(record.duration) + 1,
        "memorySizeMB": record.memory_size,
        "maxMemoryUsedMB": record.memory_used,
    }
    if record.initialization:
        metrics["initDurationMs"] = round(record.initialization, 3)
    about = {"requestId": record.request_id, "metrics": metrics, "status": record.status}
    start = _platform("start", {"requestId": record.request_id, "version": record.version})
    report = _platform("report", {**about, "errorType": record.ending} if record.ending else about)
    quiet = system_level == "WARN"
    return [
        *([] if quiet else [start]),
        *written,
        *([] if quiet and record.status == "success" else [report]),
    ]


def _platform(kind: str, record: dict[str, Any]) -> str:
    when = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": when, "type": f"platform.{kind}", "record": record})

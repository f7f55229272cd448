"""How values of AWS are written for people: times, sizes, documents, names, states."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

_GOOD = re.compile(
    r"SUCCEEDED|SUCCESS|(?<!ROLLBACK_)(CREATE|UPDATE|DELETE|IMPORT)_COMPLETE|\bOK$|ACTIVE|Active|AVAILABLE|READY|ENABLED|Completed"
)
_BAD = re.compile(r"FAIL|ROLLBACK|ALARM|ABORT|TIMED_OUT|TIMEOUT|ERROR|DENIED|STOPPED|Failed")
_CAUGHT = re.compile(r"CAUGHT|INSUFFICIENT_DATA")
_BUSY = re.compile(r"PROGRESS|RUNNING|PENDING|QUEUED|STARTING|STOPPING|SCHEDULED|SUBMITTED|InProgress")
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def moment(value: datetime | int | None) -> str:
    """A time to the second, in UTC. A number is milliseconds since 1970, as logs have it."""
    if value is None:
        return ""
    when = value if isinstance(value, datetime) else datetime.fromtimestamp(value / 1000, UTC)
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def clock_time(value: datetime | int) -> str:
    """The time of day to the millisecond, in UTC."""
    when = value if isinstance(value, datetime) else datetime.fromtimestamp(value / 1000, UTC)
    return when.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]


def duration(value: timedelta | float | None) -> str:
    """A duration, or seconds, in the largest units that fit."""
    if value is None:
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def size(value: float | None) -> str:
    """A number of bytes in the largest unit that fits."""
    if value is None:
        return ""
    amount, unit = float(value), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"


def number(value: float | None) -> str:
    """A number with thousands set apart, with at most four significant decimals."""
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"


def document(value: Any) -> str:
    """JSON over several lines; a text that is none, as it is."""
    read = value
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(read, indent=2, ensure_ascii=False, default=str)


def resource_name(arn: str) -> str:
    """The last part of an ARN; anything else as it is."""
    return str(re.split(r"[:/]", arn)[-1]) if arn.startswith("arn:") else arn


def tone(status: str) -> str:
    """How a status is to be taken: good, bad, busy, warn or neutral."""
    for kind, pattern in (("warn", _CAUGHT), ("bad", _BAD), ("busy", _BUSY), ("good", _GOOD)):
        if pattern.search(status):
            return kind
    return "neutral"


def words(status: str) -> str:
    """A status as words."""
    return status.replace("_", " ").capitalize() if status.isupper() and status != "OK" else status


FILTERS: dict[str, Callable[..., str]] = {
    "moment": moment,
    "clock_time": clock_time,
    "duration": duration,
    "size": size,
    "number": number,
    "document": document,
    "resource_name": resource_name,
    "tone": tone,
    "words": words,
}

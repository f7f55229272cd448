"""A record on its way through a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PROCESSING_FAILED, CONVERSION_FAILED = "processing-failed", "format-conversion-failed"


@dataclass
class Item:
    """One record on its way: what came, what it became, its keys, and the error that ended its way."""

    when: datetime
    raw: bytes
    data: bytes
    keys: dict[str, str] = field(default_factory=dict)
    row: dict[str, Any] | None = None
    failed: tuple[str, str, str] | None = None  # kind of output, code, message
    dropped: bool = False


def fail(items: Sequence[Item], code: str, message: str) -> None:
    """End the way of records while they are processed."""
    for item in items:
        item.failed = (PROCESSING_FAILED, code, message)

"""CloudTrail's own calls, which it does not note."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

_thread = threading.local()


@contextlib.contextmanager
def unnoted() -> Iterator[None]:
    """Note nothing of what this thread calls meanwhile."""
    _thread.unnoted = True
    try:
        yield
    finally:
        _thread.unnoted = False


def are_being_made() -> bool:
    """Whether this thread makes calls that are not to be noted."""
    return getattr(_thread, "unnoted", False)

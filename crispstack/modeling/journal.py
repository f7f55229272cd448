"""What a run has computed so far, by key: another process of the same run reads it back instead of computing again."""

from __future__ import annotations

from typing import Protocol


class Journal(Protocol):
    """Bytes by key. Keys are paths of letters, digits, ``-``, ``_``, ``.`` and ``/``."""

    def get(self, key: str) -> bytes | None:
        """What was put under the key last, or None."""

    def put(self, key: str, content: bytes) -> None:
        """Keep the content, in place of what was there; whole or not at all."""

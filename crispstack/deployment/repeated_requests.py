"""Requests that are sent again under the same ``Idempotency-Key`` are answered as they were, whatever serves by now.

See draft-ietf-httpapi-idempotency-key-header. What is kept is this process's own.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict

from crispstack.errors import RequestError

MAXIMUM_BYTES = 8_000_000
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


class ReusedKeyError(RequestError):
    """A key was used for another request before."""


class RepeatedRequests:
    """Answers by key, the latest ones within `MAXIMUM_BYTES`."""

    def __init__(self) -> None:
        """Begin without any."""
        self._answers: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        self._bytes = 0

    def find(self, key: str, body: bytes) -> bytes | None:
        """What was answered to this request under this key; None if it is new.

        Raises:
            RequestError: the key is none.
            ReusedKeyError: another request came under the key.
        """
        if not _KEY.fullmatch(key):
            raise RequestError("header Idempotency-Key: expected 1 to 128 visible ASCII characters")
        if key not in self._answers:
            return None
        digest, answer = self._answers[key]
        if digest != _digest(body):
            raise ReusedKeyError("header Idempotency-Key: this key came with another request before; make a new one")
        return answer

    def keep(self, key: str, body: bytes, answer: bytes) -> None:
        """Remember the answer; the oldest ones are forgotten to make room."""
        if key in self._answers:
            return
        self._answers[key] = (_digest(body), answer)
        self._bytes += len(answer)
        while self._bytes > MAXIMUM_BYTES:
            _, (_, forgotten) = self._answers.popitem(last=False)
            self._bytes -= len(forgotten)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()

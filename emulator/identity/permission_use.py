"""Which statement of whose policies allowed which calls: kept while the emulator runs, shown to its root user.

``GET /_emulator/permissions`` answers a JSON list, one entry per statement that allowed a call::

    {"principal": "arn:aws:iam::123456789012:role/reader", "policy": "inline", "statement": {...}, "calls": 3,
     "requests": [{"action": "s3:GetObject", "resource": "arn:aws:s3:::data/a", "calls": 3}]}

A call that several statements allow counts for each of them.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable

from emulator.identity.policy import Policy, Statement

PATH = "/_emulator/permissions"
# Distinct requests that are kept for each statement; those after them only count.
_REQUESTS = 50

_Key = tuple[str, str, str]  # principal, policy, statement


class PermissionUse:
    """Counts per statement; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[_Key] = Counter()
        self._requests: dict[_Key, Counter[tuple[str, str]]] = {}

    def record(self, principal: str, granting: Iterable[tuple[Policy, Statement]], action: str, resource: str) -> None:
        """Note that these statements allowed a principal an action on a resource."""
        request = (action, resource)
        with self._lock:
            for policy, statement in granting:
                key = (principal, policy.source, statement.document)
                self._calls[key] += 1
                requests = self._requests.setdefault(key, Counter())
                if request in requests or len(requests) < _REQUESTS:
                    requests[request] += 1

    def to_json(self) -> bytes:
        """What was recorded, in the form of the module's description."""
        with self._lock:
            found = [
                {
                    "principal": principal,
                    "policy": source,
                    "statement": json.loads(document),
                    "calls": calls,
                    "requests": [
                        {"action": action, "resource": resource, "calls": count}
                        for (action, resource), count in self._requests[principal, source, document].items()
                    ],
                }
                for (principal, source, document), calls in self._calls.items()
            ]
        return json.dumps(found).encode()


RECORD = PermissionUse()

"""Throttling: a bucket of tokens per stage and route."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any


class Throttle:
    """Counts requests against the rate and burst limits of a stage's route settings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, str, float, float], tuple[float, float]] = {}

    def admits(self, api_id: str, stage: Any, route_key: str) -> bool:
        """Whether one more request is within the limits of its route, or of the stage where the route has none."""
        settings = {**(stage.default_route_settings or {}), **_limits(stage.route_settings, route_key)}
        rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
        if rate is None or burst is None:
            return True
        with self._lock:
            now = time.monotonic()
            key = (api_id, stage.name, route_key, rate, burst)  # other limits start with a full bucket
            tokens, before = self._buckets.get(key, (burst, now))
            tokens = min(burst, tokens + (now - before) * rate)
            admitted = tokens >= 1
            self._buckets[key] = (tokens - admitted, now)
        return bool(admitted)


def _limits(routes: Mapping[str, Any] | None, route_key: str) -> dict[str, Any]:
    found = (routes or {}).get(route_key) or {}
    return {name: found[name] for name in ("throttlingRateLimit", "throttlingBurstLimit") if name in found}

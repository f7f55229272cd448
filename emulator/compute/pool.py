"""Warm execution environments: kept after an event, taken for the next one, gone when their function changes."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from emulator.compute.execution_environment import ExecutionEnvironment
from emulator.compute.lambda_runtime import Configuration

_IDLE_SECONDS = 600.0
# The role's credentials live for an hour; AWS replaces environments well before theirs end.
_LIFE_SECONDS = 2700.0


class ConcurrencyLimitError(Exception):
    """All of a function's reserved concurrency is in use."""


class Pool:
    """The idle environments of all functions, and how many are busy. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[str, list[ExecutionEnvironment]] = defaultdict(list)
        self._busy: Counter[str] = Counter()

    def take(
        self, configuration: Configuration, reserved: int | None, start: Callable[[], ExecutionEnvironment]
    ) -> ExecutionEnvironment:
        """An environment for this very configuration, alone for the caller until `give`.

        Args:
            configuration: of the function's version.
            reserved: how many environments the function may use at once; None: no bound.
            start: makes a new one.

        Raises:
            ConcurrencyLimitError: `reserved` environments are busy.
        """
        with self._lock:
            if reserved is not None and self._busy[configuration.name] >= reserved:
                raise ConcurrencyLimitError(configuration.name)
            self._busy[configuration.name] += 1
            found, stale = self._choose(configuration)
        for environment in stale:
            environment.close()
        try:
            return found or start()
        except BaseException:
            with self._lock:
                self._busy[configuration.name] -= 1
            raise

    def give(self, environment: ExecutionEnvironment, *, reusable: bool) -> None:
        """Return an environment; one that is not reusable ends here."""
        with self._lock:
            self._busy[environment.configuration.name] -= 1
            if reusable:
                self._idle[environment.configuration.function_arn].append(environment)
        if not reusable:
            environment.close()

    def discard(self, name: str) -> None:
        """End the idle environments of every version of a function."""
        with self._lock:
            arns = [arn for arn, idle in self._idle.items() if idle and idle[0].configuration.name == name]
            stale = [environment for arn in arns for environment in self._idle.pop(arn)]
        for environment in stale:
            environment.close()

    def _choose(self, configuration: Configuration) -> tuple[ExecutionEnvironment | None, list[ExecutionEnvironment]]:
        now = time.monotonic()
        found: ExecutionEnvironment | None = None
        stale: list[ExecutionEnvironment] = []
        for arn, idle in self._idle.items():
            kept: list[ExecutionEnvironment] = []
            for environment in idle:
                same = arn != configuration.function_arn or environment.configuration == configuration
                fresh = now - environment.used < _IDLE_SECONDS and now - environment.started < _LIFE_SECONDS
                (kept if same and fresh and not environment.ended else stale).append(environment)
            if arn == configuration.function_arn and kept:
                found = kept.pop()
            self._idle[arn] = kept
        return found, stale

"""Whether an attempt that failed is followed by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `exit_code` is None where no container ran or its host was gone.

    `status_reason` is the task's, `reason` the container's. `final` says that no strategy repeats it.
    """

    exit_code: int | None
    status_reason: str
    reason: str = ""
    final: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the command ended by itself, with status 0."""
        return self.exit_code == 0 and not self.reason and not self.final


def again(strategy: Mapping[str, Any], attempts: int, outcome: Outcome) -> bool:
    """Whether a job that made so many attempts makes another after this outcome.

    The first condition that matches decides; without one that does, a failure is repeated. Attempts are 1 unless said.
    """
    if outcome.succeeded or outcome.final or attempts >= int(strategy.get("attempts") or 1):
        return False
    condition = next((each for each in strategy.get("evaluateOnExit") or () if _meets(each, outcome)), None)
    return condition is None or condition["action"].upper() == "RETRY"


def _meets(condition: Mapping[str, str], outcome: Outcome) -> bool:
    code = "" if outcome.exit_code is None else str(outcome.exit_code)
    found = {"onExitCode": code, "onReason": outcome.reason, "onStatusReason": outcome.status_reason}
    return all(_matches(condition[name], value) for name, value in found.items() if name in condition)


def _matches(pattern: str, value: str) -> bool:
    """A pattern is the whole text, or its beginning with an asterisk after it."""
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern

"""Which errors a Retry or Catch is for: the wildcards of the states language, as its specification words them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from emulator.replacements import Replacement

_ALL, _TASK_FAILED, _TIMEOUT = "States.ALL", "States.TaskFailed", "States.Timeout"
_HEARTBEAT = "States.HeartbeatTimeout"
# What no wildcard matches: the execution could not go on from it.
_TERMINAL = ("States.DataLimitExceeded", "States.Runtime")


def matches(names: Collection[str], error: str) -> bool:
    """Whether an error of this name is meant by ``ErrorEquals``."""
    if error in names:
        return True
    if error == _HEARTBEAT and _TIMEOUT in names:  # that a heartbeat is late is one of the ways to time out
        return True
    if error in _TERMINAL:
        return False
    return _ALL in names or (_TASK_FAILED in names and error not in (_TIMEOUT, _HEARTBEAT))


def _evaluate(self: Any, env: Any) -> None:
    error = env.stack.pop()
    name = str(error.error_name) if error is not None else ""
    env.stack.append(matches([str(known.error_name) for known in self.error_names], name))


REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl:ErrorEqualsDecl._eval_body",
        function=_evaluate,
        reason="moto lets wildcards match what ends an execution, and States.TaskFailed miss the states' own errors",
        fingerprint="aeda14a0cc01",
    ),
)

"""Answers to tasks that wait for them."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint

from emulator.replacements import Replacement

_beat: Any = CallbackEndpoint.notify_heartbeat
_set_up: Any = CallbackEndpoint.setup_heartbeat_endpoint


def _setup_heartbeat_endpoint(self: Any, heartbeat_seconds: int) -> Any:
    endpoint = _set_up(self, heartbeat_seconds)
    if self.get_outcome() is not None:  # it came before anybody listened
        endpoint.notify()
    return endpoint


def _notify_heartbeat(self: Any) -> bool:
    _beat(self)  # a task that has no heartbeat, or does not listen yet, takes it as well
    return True


def _send_task_failure(self: Any) -> ActionResult:
    self.stepfunction_backend.send_task_failure(
        self._get_param("taskToken"), error=self._get_param("error"), cause=self._get_param("cause")
    )
    return ActionResult({})


_RESPONSE = "moto.stepfunctions.responses:StepFunctionResponse"
REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.parser.asl.eval.callback.callback:CallbackEndpoint.setup_heartbeat_endpoint",
        function=_setup_heartbeat_endpoint,
        reason="moto misses an answer that comes at once, and waits until a heartbeat is late",
        fingerprint="bcf8b4650679",
    ),
    Replacement(
        target="moto.stepfunctions.parser.asl.eval.callback.callback:CallbackEndpoint.notify_heartbeat",
        function=_notify_heartbeat,
        reason="moto takes the token of a task without a heartbeat for an invalid one",
        fingerprint="838bf10119e4",
    ),
    Replacement(
        target=f"{_RESPONSE}.send_task_failure",
        function=_send_task_failure,
        reason="moto loses the cause",
        fingerprint="f0fed5e80576",
    ),
)

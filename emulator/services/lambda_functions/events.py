"""Asynchronous events: handled in the background, again when they fail, and handed on when they are over."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import Any

from moto.awslambda.exceptions import LambdaClientError

from emulator import clock
from emulator.compute.execution_environment import Outcome
from emulator.services.lambda_functions import destinations, event_config, invocation
from emulator.services.lambda_functions.destinations import Result
from emulator.services.lambda_functions.invocation import ThrottledError

_LOG = logging.getLogger(__name__)
# AWS waits a minute before the first retry of an event that failed, and two before the second. The emulator's clock
# can be moved past them.
_RETRY_SECONDS = (60.0, 120.0)
# An event that was throttled goes back to the queue for longer and longer, five minutes at the most.
_THROTTLED_SECONDS, _LONGEST_THROTTLED_SECONDS = 1.0, 300.0
_MAXIMUM_AGE_SECONDS = 21_600.0


@dataclass(frozen=True)
class Event:
    """One event on its way: the version that handles it, and how often it was tried and was throttled.

    `accepted` is the time at which it came in, in seconds of the emulator's clock.
    """

    function: Any
    payload: bytes
    qualifier: str
    request_id: str
    attempts: int = 0
    throttled: int = 0
    accepted: float = field(default_factory=clock.seconds)


def submit(event: Event) -> None:
    """Handle an event in the background."""
    threading.Thread(target=_handle, args=(event,), name="lambda-event", daemon=True).start()


def _handle(event: Event) -> None:
    try:
        if str(invocation.latest(event.function).reserved_concurrency) == "0":
            _finish(event, "ZeroReservedConcurrency", None)
            return
        outcome = invocation.run(event.function, event.payload, event.qualifier, request_id=event.request_id)
    except ThrottledError:
        seconds = min(_THROTTLED_SECONDS * 2**event.throttled, _LONGEST_THROTTLED_SECONDS)
        _try_again(replace(event, throttled=event.throttled + 1), seconds, None)
        return
    except LambdaClientError as error:
        _LOG.warning("an event for %s was not handled: %s", event.function.function_name, error.message)
        return
    event = replace(event, attempts=event.attempts + 1)
    retries = event_config.of(event.function, event.qualifier).get("MaximumRetryAttempts", len(_RETRY_SECONDS))
    if not outcome.error_type:
        _finish(event, "Success", outcome)
    elif event.attempts > retries:
        _finish(event, "RetriesExhausted", outcome)
    else:
        _try_again(event, _RETRY_SECONDS[event.attempts - 1], outcome)


def _try_again(event: Event, seconds: float, outcome: Outcome | None) -> None:
    configured = event_config.of(event.function, event.qualifier)
    age = configured.get("MaximumEventAgeInSeconds", _MAXIMUM_AGE_SECONDS)
    if clock.seconds() + seconds - event.accepted > age:
        _finish(event, "EventAgeExceeded", outcome)
    else:
        clock.after(seconds, lambda: submit(event), f"lambda event {event.request_id}")


def _finish(event: Event, condition: str, outcome: Outcome | None) -> None:
    destinations.deliver(
        Result(event.function, event.qualifier, event.payload, event.request_id, event.attempts, condition, outcome)
    )

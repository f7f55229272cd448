"""Functions that decide who may call a route."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from emulator.identity import policy
from emulator.identity.policy import Caller, Effect, Query
from emulator.services.execute_api import events, function_call, responses
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.function_call import FunctionCallError, Target
from emulator.services.execute_api.responses import ApiError

_TIMEOUT_SECONDS = 30.0
_Kept = tuple[float, Mapping[str, Any]]


class Decisions:
    """What authorizers' functions decided, kept for as long as each authorizer says."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], _Kept] = {}

    def ask(self, call: Call, authorizer: Any) -> dict[str, Any]:
        """What the function adds to the event of an integration.

        Raises:
            ApiError: the request lacks what identifies the caller (401); the function does not allow the call (403);
                it fails, or what it answers is no decision (500).
        """
        identity = [events.selected(call.request, source) for source in authorizer.identity_source or ()]
        if not all(identity):
            raise ApiError(responses.unauthorized("an identity source is missing"))
        key = (call.api.api_id, call.stage.name, authorizer.id, *identity)
        kept_for = float(authorizer.auth_result_ttl or 0)
        with self._lock:
            until, decided = self._kept.get(key, (0.0, {}))
        if not identity or time.monotonic() >= until:
            decided = _decide(call, authorizer, identity)
            with self._lock:
                self._kept[key] = time.monotonic() + kept_for, decided
        if not _allows(call, authorizer, decided):
            raise ApiError(responses.FORBIDDEN)
        context = dict(decided.get("context") or {})
        return {**context, "principalId": decided["principalId"]} if "principalId" in decided else context


def _decide(call: Call, authorizer: Any, identity: list[str]) -> Mapping[str, Any]:
    version = authorizer.auth_payload_format_version or "1.0"
    source = f"{call.arn('').partition('/')[0]}/authorizers/{authorizer.id}"
    target = Target(authorizer.authorizer_uri, source, authorizer.auth_creds_arn)
    event = _event_2(call, identity) if version == "2.0" else _event_1(call, identity)
    try:
        answer = json.loads(function_call.invoke(target, event, call.settings, _TIMEOUT_SECONDS))
    except (FunctionCallError, ValueError) as error:
        raise ApiError(responses.failed(str(error))) from error
    simple = bool(authorizer.enable_simple_response)
    wanted = "isAuthorized" if simple else "policyDocument"
    if not isinstance(answer, dict) or not isinstance(answer.get(wanted), bool if simple else dict):
        raise ApiError(responses.failed(f"the authorizer's function answered without {wanted}"))
    return answer


def _event_2(call: Call, identity: list[str]) -> dict[str, Any]:
    event = events.event(call, "2.0")
    given = {name: value for name, value in event.items() if name not in ("body", "isBase64Encoded")}
    return {**given, "type": "REQUEST", "routeArn": _route_arn(call), "identitySource": identity or None}


def _event_1(call: Call, identity: list[str]) -> dict[str, Any]:
    event = events.event(call, "1.0")
    given = {name: value for name, value in event.items() if name not in ("body", "isBase64Encoded")}
    token = ",".join(identity)
    return {
        **given,
        "type": "REQUEST",
        "methodArn": _route_arn(call),
        "identitySource": token,
        "authorizationToken": token,
    }


def _route_arn(call: Call) -> str:
    return call.arn(f"{call.method}{call.path}")


def _allows(call: Call, authorizer: Any, decided: Mapping[str, Any]) -> bool:
    if authorizer.enable_simple_response:
        return bool(decided["isAuthorized"])
    document = policy.parse(json.dumps(decided["policyDocument"]))
    query = Query("execute-api:Invoke", _route_arn(call), {}, Caller("AWS"))
    return policy.effect([document], query) is Effect.ALLOW

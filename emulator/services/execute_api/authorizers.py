"""Who may call a route: IAM, JSON Web Tokens, or a function that decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.identity import authorization, gate
from emulator.identity.authorization import Need
from emulator.identity.principals import ANONYMOUS
from emulator.services.execute_api import events, jwt, lambda_authorizers, responses
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.jwt import InvalidTokenError, Issuer, Keys
from emulator.services.execute_api.responses import ApiError


class Authorizers:
    """What decides for the routes of all APIs, with the keys and decisions it keeps."""

    def __init__(self) -> None:
        self._keys = Keys()
        self._decisions = lambda_authorizers.Decisions()

    def admit(self, call: Call, route: Any) -> Call:
        """The call with what is known of its caller.

        Raises:
            ApiError: the caller is not known (401), may not call the route (403), or it cannot be decided (500).
        """
        kind = route.authorization_type or "NONE"
        if kind == "NONE":
            return call
        if kind == "AWS_IAM":
            return _signed(call)
        authorizer = call.api.authorizers.get(route.authorizer_id)
        if authorizer is None:
            raise ApiError(responses.FAILED)
        if kind == "JWT":
            return self._with_token(call, authorizer, route.authorization_scopes or ())
        return call.by({"lambda": self._decisions.ask(call, authorizer)})

    def _with_token(self, call: Call, authorizer: Any, wanted: Any) -> Call:
        configuration: Mapping[str, Any] = authorizer.jwt_config
        issuer = Issuer(configuration["issuer"], configuration["audience"])
        (source,) = authorizer.identity_source
        token = events.selected(call.request, source)
        try:
            claims = jwt.verified(token.removeprefix("Bearer ").strip(), issuer, self._keys)
        except InvalidTokenError as error:
            raise ApiError(responses.unauthorized(str(error))) from error
        granted = [scope for scope in jwt.scopes(claims) if scope in wanted]
        if wanted and not granted:
            raise ApiError(responses.FORBIDDEN)
        shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}
        return call.by({"jwt": {"claims": shown, "scopes": granted or None}})


def _signed(call: Call) -> Call:
    environ = call.request.environ
    principal = environ[gate.PRINCIPAL]
    need = Need("execute-api:Invoke", call.arn(f"{call.method}{call.path}"), {})
    if principal is ANONYMOUS or authorization.denied(principal, [need], environ[gate.CONTEXT]):
        raise ApiError(responses.FORBIDDEN)
    return call.by({"iam": events.caller(call.request)})

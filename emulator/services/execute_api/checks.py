"""What API Gateway refuses when it is configured, and what this emulator refuses by name: it could not run it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.apigatewayv2 import responses
from moto.apigatewayv2.exceptions import APIGatewayV2Error

from emulator import clients
from emulator.replacements import Replacement
from emulator.services.execute_api import jwt

Check = Callable[[Any, Mapping[str, Any]], None]

_UNSUPPORTED = "is not supported by this emulator"


class BadRequestError(APIGatewayV2Error):
    """What was asked for is not valid, or not supported here."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("BadRequestException", message)


def _refuse(given: Mapping[str, Any], names: Iterable[str], of: str) -> None:
    for name in names:
        if given.get(name):
            raise BadRequestError(f"{name[:1].upper()}{name[1:]} of {of} {_UNSUPPORTED}")


def _api(_: Any, given: Mapping[str, Any]) -> None:
    if given.get("protocolType") != "HTTP":
        raise BadRequestError(f"ProtocolType {given.get('protocolType')} {_UNSUPPORTED}: it serves HTTP APIs")
    _refuse(given, ("target", "routeKey", "credentialsArn"), "an API")


def _integration(_: Any, given: Mapping[str, Any]) -> None:
    kind = given.get("integrationType", "AWS_PROXY")
    if kind != "AWS_PROXY" or given.get("integrationSubtype"):
        named = f"{kind} {given['integrationSubtype']}" if given.get("integrationSubtype") else kind
        raise BadRequestError(f"IntegrationType {named} {_UNSUPPORTED}: it serves Lambda proxies")
    if given.get("connectionType", "INTERNET") != "INTERNET":
        raise BadRequestError(f"ConnectionType {given['connectionType']} {_UNSUPPORTED}")
    _refuse(given, ("requestParameters", "responseParameters", "tlsConfig", "requestTemplates"), "an integration")
    if not 50 <= int(given.get("timeoutInMillis", 30_000)) <= 30_000:
        raise BadRequestError("Timeout should be between 50 ms and 30000 ms")
    if given.get("payloadFormatVersion", "1.0") not in ("1.0", "2.0"):
        raise BadRequestError("PayloadFormatVersion must be 1.0 or 2.0")


def _route(self: Any, given: Mapping[str, Any]) -> None:
    _refuse(given, ("requestParameters", "requestModels", "apiKeyRequired", "modelSelectionExpression"), "a route")
    kind = given.get("authorizationType", "NONE")
    if kind not in ("NONE", "AWS_IAM", "JWT", "CUSTOM"):
        raise BadRequestError(f"Authorization type {kind} is invalid")
    if given.get("authorizationScopes") and kind != "JWT":
        raise BadRequestError("Authorization scopes are valid only for the authorization type JWT")
    if "authorizerId" in given:
        authorizers = self.apigatewayv2_backend.get_api(self.path.split("/apis/")[1].split("/")[0]).authorizers
        found = authorizers.get(given["authorizerId"])
        wanted = {"JWT": "JWT", "CUSTOM": "REQUEST"}.get(kind)
        if found is None or (wanted and found.authorizer_type != wanted):
            raise BadRequestError(f"Invalid authorizer {given['authorizerId']} for the authorization type {kind}")


def _new_route(self: Any, given: Mapping[str, Any]) -> None:
    _route(self, given)
    if given.get("authorizationType") in ("JWT", "CUSTOM") and not given.get("authorizerId"):
        raise BadRequestError(f"Authorization type {given['authorizationType']} needs an AuthorizerId")


def _authorizer(_: Any, given: Mapping[str, Any]) -> None:
    for source in given.get("identitySource") or ():
        if not source.startswith(("$request.header.", "$request.querystring.")):
            raise BadRequestError(f"IdentitySource {source} {_UNSUPPORTED}: it reads headers and the query")
    if "jwtConfiguration" in given:
        issuer = str(given["jwtConfiguration"].get("issuer", ""))
        if not issuer or not given["jwtConfiguration"].get("audience"):
            raise BadRequestError("JwtConfiguration needs an Issuer and an Audience")
        if not jwt.is_reachable(issuer):
            raise BadRequestError(f"The issuer {issuer} {_UNSUPPORTED}: it asks for keys on loopback addresses only")
    if given.get("enableSimpleResponses") and given.get("authorizerPayloadFormatVersion", "2.0") != "2.0":
        raise BadRequestError("Simple responses need the payload format version 2.0")
    if not 0 <= int(given.get("authorizerResultTtlInSeconds") or 0) <= 3600:
        raise BadRequestError("AuthorizerResultTtlInSeconds must be between 0 and 3600")


def _new_authorizer(self: Any, given: Mapping[str, Any]) -> None:
    _authorizer(self, given)
    kind = given.get("authorizerType")
    if kind == "JWT":
        if len(given.get("identitySource") or ()) != 1 or "jwtConfiguration" not in given:
            raise BadRequestError("An authorizer of type JWT needs one IdentitySource and a JwtConfiguration")
    elif kind != "REQUEST":
        raise BadRequestError(f"AuthorizerType {kind} is invalid: HTTP APIs have REQUEST and JWT")
    elif not given.get("authorizerUri") or not given.get("authorizerPayloadFormatVersion"):
        raise BadRequestError("An authorizer of type REQUEST needs an AuthorizerUri and a payload format version")


def check_stage(given: Mapping[str, Any]) -> None:
    """Check what a stage is configured with.

    Raises:
        BadRequestError: naming what is wrong.
    """
    _refuse(given, ("clientCertificateId", "deploymentId"), "a stage")
    destination = (given.get("accessLogSettings") or {}).get("destinationArn", "")
    if not destination:
        return
    name = destination.partition(":log-group:")[2].removesuffix(":*")
    found = clients.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"] if name else []
    if name not in [group["logGroupName"] for group in found]:
        raise BadRequestError(f"Access log destination {destination} is not a log group that exists")


def _stage(self: Any, given: Mapping[str, Any]) -> None:
    check_stage(given)
    api = self.apigatewayv2_backend.get_api(self.path.split("/apis/")[1].split("/")[0])
    if given.get("stageName") in api.stages:
        raise _StageExistsError


class _StageExistsError(APIGatewayV2Error):
    code = 409

    def __init__(self) -> None:
        super().__init__("ConflictException", "Stage already exists")


def _never(what: str) -> Check:
    def refuse(_: Any, __: Mapping[str, Any]) -> None:
        raise BadRequestError(f"{what} {_UNSUPPORTED}")

    return refuse


def _checked(name: str, check: Check) -> Callable[[Any], Any]:
    answer = getattr(responses.ApiGatewayV2Response, name)

    def checked(self: Any) -> Any:
        check(self, json.loads(self.body or "{}"))
        return answer(self)

    return checked


_CHECKS: tuple[tuple[str, Check, str], ...] = (
    ("create_api", _api, "05b85c3a4e71"),
    ("create_integration", _integration, "51c1dafbffc7"),
    ("update_integration", _integration, "0f31bb5896dc"),
    ("create_route", _new_route, "ea800e1a0136"),
    ("update_route", _route, "1f1767bb229b"),
    ("create_authorizer", _new_authorizer, "9d3f8e37c567"),
    ("update_authorizer", _authorizer, "38a4e26fdcb4"),
    ("create_stage", _stage, "cad466683f85"),
    ("create_domain_name", _never("A domain name"), "ad762625832a"),
    ("create_vpc_link", _never("A VPC link"), "f667ad1c5b1e"),
    ("create_api_mapping", _never("A mapping of a domain name"), "9392d173621e"),
)
REPLACEMENTS = [
    Replacement(
        f"moto.apigatewayv2.responses:ApiGatewayV2Response.{name}",
        _checked(name, check),
        "moto takes everything, also what cannot run here",
        fingerprint,
    )
    for name, check, fingerprint in _CHECKS
]

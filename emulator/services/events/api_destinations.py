"""EventBridge's API destinations: HTTP requests to an address on this machine, with what the connection authorizes."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from moto.events.models import events_backends

from emulator import settings
from emulator.services.unsupported import message

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 5  # AWS's limit for an answer


class RequestError(Exception):
    """The destination did not take the request."""

    def __init__(self, reason: str, *, retriable: bool = False) -> None:
        super().__init__(reason)
        self.retriable = retriable


def send(arn: str, parameters: Mapping[str, Any], payload: str) -> None:
    """Call an API destination.

    Args:
        arn: the destination.
        parameters: a target's HttpParameters.
        payload: the request's body, JSON.

    Raises:
        RequestError: the address is not on this machine, nothing answers there, or the answer is no success.
    """
    here = settings.current()
    backend = events_backends[here.account][here.region]
    destination = backend.describe_api_destination(arn.split(":api-destination/")[1].split("/", maxsplit=1)[0])
    name = destination["ConnectionArn"].split(":connection/")[1].split("/", maxsplit=1)[0]
    # DescribeConnection keeps the secrets to itself.
    connection = backend.connections[name].describe()
    common = connection["AuthParameters"].get("InvocationHttpParameters") or {}
    query = {**(parameters.get("QueryStringParameters") or {}), **_pairs(common, "QueryStringParameters")}
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        **(parameters.get("HeaderParameters") or {}),
        **_pairs(common, "HeaderParameters"),
        **_authorization(connection),
    }
    address = destination["InvocationEndpoint"]
    for value in parameters.get("PathParameterValues") or []:
        address = address.replace("*", value, 1)
    status = _request(destination["HttpMethod"], address, query, headers, payload)
    if status >= 300:
        retriable = status in (401, 407, 409, 429) or status >= 500
        raise RequestError(f"{address} answered {status}", retriable=retriable)


def _request(method: str, address: str, query: Mapping[str, str], headers: Mapping[str, str], payload: str) -> int:
    place = urlsplit(address)
    if place.hostname not in _LOOPBACK:
        raise RequestError(f"{place.hostname} is not on this machine, and nothing else can be reached from it")
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname, place.port, timeout=_SECONDS)
    target = (place.path or "/") + "?" + "&".join(filter(None, (place.query, urlencode(query))))
    try:
        connection.request(method, target.rstrip("?"), payload.encode(), dict(headers))
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise RequestError(f"{address}: {error}", retriable=True) from error
    finally:
        connection.close()
    return answer.status


def _authorization(connection: Mapping[str, Any]) -> dict[str, str]:
    kind, parameters = connection["AuthorizationType"], connection["AuthParameters"]
    if kind == "API_KEY":
        key = parameters["ApiKeyAuthParameters"]
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    if kind == "BASIC":
        basic = parameters["BasicAuthParameters"]
        encoded = base64.b64encode(f"{basic['Username']}:{basic['Password']}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}
    raise RequestError(message("events", f"connections with {kind}"))


def _pairs(parameters: Mapping[str, Any], name: str) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in parameters.get(name) or []}

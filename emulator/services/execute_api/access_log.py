"""Access logs: a line for each request, in the format and the log group that its stage names."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from emulator import clients
from emulator.services.execute_api.events import Call
from emulator.services.execute_api.responses import Response

_LOG = logging.getLogger(__name__)
_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.-]+)")


def write(call: Call, response: Response, milliseconds: Mapping[str, float]) -> None:
    """Write the line of a request, where its stage has an access log.

    Args:
        call: the request.
        response: what was answered.
        milliseconds: how long it took, as ``responseLatency``, and its integration, as ``integrationLatency``.
    """
    settings = call.stage.access_log_settings or {}
    if not settings.get("destinationArn"):
        return
    values = _values(call, response, milliseconds)
    text = _VARIABLE.sub(lambda found: _text(values, found[1]), str(settings.get("format", "")))
    group = str(settings["destinationArn"]).partition(":log-group:")[2].removesuffix(":*")
    stream = f"{call.api.api_id}/{call.stage.name}"
    event = {"timestamp": int(time.time() * 1000), "message": text}
    logs = clients.client("logs")
    try:
        try:
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
        except logs.exceptions.ResourceNotFoundException:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    except ClientError as error:  # as in AWS, the delivery is the best effort
        _LOG.warning("the access log %s got no line: %s", group, error)


def _values(call: Call, response: Response, milliseconds: Mapping[str, float]) -> dict[str, Any]:
    environ, now = call.request.environ, datetime.now(UTC)
    about = call.caller or {}
    signed = about.get("iam", {})
    host = call.request.header("Host") or ""
    return {
        "accountId": call.settings.account,
        "apiId": call.api.api_id,
        "authorizer": {"claims": about.get("jwt", {}).get("claims", {}), **about.get("lambda", {})},
        "awsEndpointRequestId": call.id,
        "domainName": host,
        "domainPrefix": call.api.api_id,
        "error": {"message": response.error or "-", "messageString": json.dumps(response.error or "-")},
        "extendedRequestId": call.id,
        "httpMethod": call.method,
        "identity": {
            "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
            "userAgent": call.request.header("User-Agent") or "-",
            "userArn": signed.get("userArn", "-"),
            "accountId": signed.get("accountId", "-"),
            "caller": signed.get("callerId", "-"),
            "user": signed.get("userId", "-"),
        },
        "integrationErrorMessage": response.error or "-",
        "integrationLatency": _whole(milliseconds.get("integrationLatency")),
        "path": call.request.path,
        "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        "requestId": call.id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now.timestamp()),
        "responseLatency": _whole(milliseconds.get("responseLatency")),
        "responseLength": len(response.body),
        "routeKey": call.route_key,
        "stage": call.stage.name,
        "status": response.status,
    }


def _whole(value: float | None) -> Any:
    return "-" if value is None else int(value)


def _text(values: Mapping[str, Any], path: str) -> str:
    found: Any = values
    for name in path.split("."):
        found = found.get(name, "-") if isinstance(found, Mapping) else "-"
    return json.dumps(found) if isinstance(found, Mapping) else str(found)

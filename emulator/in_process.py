"""Requests of the emulator to itself: the same signed requests, handed to its application without a socket between."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from urllib3 import HTTPHeaderDict
from urllib3.response import HTTPResponse

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
logger = logging.getLogger(__name__)

# The applications that this process serves, by the address at which clients would reach them.
_applications: dict[str, Application] = {}


def serve(endpoint: str, application: Application) -> None:
    """Answer the requests of connected clients to an endpoint by calling its application."""
    _applications[urlsplit(endpoint).netloc] = application


def connect(client: Any) -> Any:
    """The boto3 client, which from now on calls what this process serves, and everything else through the network.

    Whoever it is signed by: the identity gate verifies and authorizes these requests like all others.
    """
    client.meta.events.register("before-send", _answer)
    return client


def _answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    application = _applications.get(urlsplit(request.url).netloc)
    if application is None:
        return None
    try:
        status, headers, body = _call(application, _environ(request))
    except Exception:  # a server would have answered the same
        logger.exception("%s %s", request.method, request.url)
        status, headers, body = 500, HTTPHeaderDict(), b""
    raw = HTTPResponse(
        io.BytesIO(body),
        headers,
        status,
        preload_content=False,
        decode_content=False,
        request_method=request.method,  # a length without content is no error where only the head was asked for
    )
    return AWSResponse(request.url, status, headers, raw)


def _call(application: Application, environ: dict[str, Any]) -> tuple[int, HTTPHeaderDict, bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
        started[:] = [(status, headers)]
        return lambda _data: None

    answered = application(environ, start_response)
    try:
        body = b"".join(answered)
    finally:
        if hasattr(answered, "close"):
            answered.close()
    ((status, headers),) = started
    return int(status.partition(" ")[0]), HTTPHeaderDict(headers), body


def _environ(request: AWSPreparedRequest) -> dict[str, Any]:
    """The request as the server would have read it from its socket."""
    address = urlsplit(request.url)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    body = _content(request.body)
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": address.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(address.path or "/").decode("latin-1"),
        "QUERY_STRING": address.query,
        "REQUEST_URI": target,
        "RAW_URI": target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": address.hostname,
        "SERVER_PORT": str(address.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": address.netloc,
        PRESERVED_HEADER_NAMES_ENVIRON_KEY: {},
    }
    for name, value in request.headers.items():
        key = environ_key_for_header(name)
        environ[key] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if should_preserve_original_header_name(name):
            environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY][key] = name
    # The body is here whole, however its sender would have cut it for the network.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, bytes | bytearray) else bytes(body.read())

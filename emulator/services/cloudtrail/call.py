"""One API call as it was seen: what is needed to write its record, should anybody ask for it."""

from __future__ import annotations

import functools
import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulator.identity.principals import Principal
from emulator.identity.request import Body, Request

# The headers that the record of a call is written from, as WSGI names them.
_HEADERS = tuple(
    f"HTTP_{name}"
    for name in (
        "HOST",
        "USER_AGENT",
        "AUTHORIZATION",
        "SMITHY_PROTOCOL",
        "X_AMZ_TARGET",
        "X_AMZ_ACL",
        "X_AMZ_COPY_SOURCE",
        "X_AMZ_SERVER_SIDE_ENCRYPTION",
        "X_AMZ_STORAGE_CLASS",
        "X_AMZ_INVOCATION_TYPE",
    )
)
LARGEST = 100_000  # bytes of a body from which elements are read; CloudTrail leaves larger ones out too


@dataclass(eq=False)
class Call:
    """`status`, `headers` and `body` are the answer's; a body is None where it is too large or no document.

    `service` is the signing name of the service, `region` that of the signature; both are empty without one.
    """

    moment: datetime
    service: str
    region: str
    method: str
    target: str
    environ: Mapping[str, str]
    content: bytes | None
    principal: Principal
    access_key: str
    address: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes | None
    bytes_in: int
    bytes_out: int

    @functools.cached_property
    def request(self) -> Request:
        """The request, whose body can be read again."""
        content = self.content or b""
        environ: dict[str, Any] = {
            **self.environ,
            "REQUEST_METHOD": self.method,
            "REQUEST_URI": self.target,
            "RAW_URI": self.target,
            "PATH_INFO": self.target.partition("?")[0],
            "QUERY_STRING": self.target.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "CONTENT_LENGTH": str(len(content)),
        }
        request = Request(environ)
        # Its body is here already: nothing is to be read from a connection, and no file to be closed.
        request.__dict__["body"] = Body(io.BytesIO(content), len(content), "")
        return request

    @functools.cached_property
    def id(self) -> str:
        """The event's id, given when it is first asked for."""
        return str(uuid.uuid4())

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def size(self) -> int:
        """About how many bytes of memory the call holds."""
        return 2_000 + len(self.content or b"") + len(self.body or b"")


def kept_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a request that say what it asks for."""
    kept = {key: environ[key] for key in _HEADERS if key in environ}
    return {**kept, "CONTENT_TYPE": environ.get("CONTENT_TYPE") or ""}

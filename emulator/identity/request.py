"""One HTTP request as the gate sees it: exact path, query and headers, and a body that can be read again."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import parse_qsl, unquote

from moto.core.request import environ_key_for_header

# Where the body is kept that was read from the connection: whoever looks at the request sees the same file.
_BODY = "emulator.body"
_CHUNK = 256 * 1024
_IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True)
class Body:
    """A request body, in memory or, if it is large, in a file without a name; `sha256` is in hexadecimal."""

    file: IO[bytes]
    length: int
    sha256: str

    def read(self) -> bytes:
        """The whole body; the file is left at its start."""
        self.file.seek(0)
        content = self.file.read()
        self.file.seek(0)
        return content

    def chunks(self) -> Iterator[bytes]:
        """The body in pieces; the file is left at its start."""
        self.file.seek(0)
        while piece := self.file.read(_CHUNK):
            yield piece
        self.file.seek(0)


def _on_disk(begun: io.BytesIO) -> IO[bytes]:
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the request)
    file.write(begun.getvalue())
    return file


class Request:
    """A WSGI request. Its body has been read from the connection, and is handed on through ``wsgi.input``."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        target: str = environ.get("REQUEST_URI") or environ["PATH_INFO"]
        if not target.startswith("/"):  # the absolute form that clients send to proxies
            target = "/" + target.split("://", 1)[-1].partition("/")[2]
        self.raw_path, _, self.raw_query = target.partition("?")

    def header(self, name: str) -> str | None:
        """The value of a header, or None."""
        value: str | None = self.environ.get(environ_key_for_header(name))
        return value

    def headers(self) -> Iterator[tuple[str, str]]:
        """All headers, their names in lower case with dashes."""
        for key, value in self.environ.items():
            if key.startswith("HTTP_"):
                yield key[5:].replace("_", "-").lower(), value

    @functools.cached_property
    def query_pairs(self) -> tuple[tuple[str, str], ...]:
        """The query's names and values, decoded (a plus sign is itself), in the order sent."""
        pairs = (pair.partition("=") for pair in self.raw_query.split("&") if pair)
        return tuple((unquote(name), unquote(value)) for name, _, value in pairs)

    @functools.cached_property
    def query(self) -> dict[str, str]:
        """The query's names and values; the last one wins."""
        return dict(self.query_pairs)

    @functools.cached_property
    def path(self) -> str:
        """The decoded path."""
        return unquote(self.raw_path)

    @functools.cached_property
    def body(self) -> Body:
        """The body, read from the connection once, hashed while it is read, in memory up to 4 MiB."""
        kept: Body | None = self.environ.get(_BODY)
        if kept is not None:
            return kept
        file: IO[bytes] = io.BytesIO()
        digest, length = hashlib.sha256(), 0
        for piece in self._arriving():
            digest.update(piece)
            length += len(piece)
            if length > _IN_MEMORY and isinstance(file, io.BytesIO):
                file = _on_disk(file)
            file.write(piece)
        file.seek(0)
        self.environ["wsgi.input"] = file
        self.environ[_BODY] = body = Body(file, length, digest.hexdigest())
        return body

    def close(self) -> None:
        """Let go of the body's file, once the request has been answered."""
        kept: Body | None = self.environ.get(_BODY)
        if kept is not None:
            kept.file.close()

    def _arriving(self) -> Iterator[bytes]:
        stream = self.environ["wsgi.input"]
        if self.environ.get("wsgi.input_terminated"):
            while piece := stream.read(_CHUNK):
                yield piece
            return
        left = int(self.environ.get("CONTENT_LENGTH") or 0)
        while left > 0 and (piece := stream.read(min(_CHUNK, left))):
            left -= len(piece)
            yield piece

    @functools.cached_property
    def form(self) -> dict[str, str]:
        """The parameters of the query protocol: those of the query, and of a form in the body."""
        fields = dict(parse_qsl(self.raw_query, keep_blank_values=True))
        if (self.header("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
            fields.update(parse_qsl(self.body.read().decode("utf-8", "replace"), keep_blank_values=True))
        return fields

    @functools.cached_property
    def document(self) -> dict[str, Any]:
        """The JSON object in the body; empty when there is none."""
        try:
            read = json.loads(self.body.read() or b"{}")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

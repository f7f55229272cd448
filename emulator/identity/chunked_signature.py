"""The signatures inside an aws-chunked body: each chunk's is over its data and the signature before it."""

from __future__ import annotations

import hashlib
import hmac
from typing import IO

from emulator.identity.refusals import Reason, RefusalError
from emulator.identity.request import Body

_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
PAYLOADS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", _TRAILER)
_NOTHING = hashlib.sha256(b"").hexdigest()
_LONGEST_LINE = 16 * 1024


def verify(body: Body, payload: str, key: bytes, timestamp: str, scope: str, seed: str) -> None:
    """Check every chunk, and the trailer where there is one; the body is left at its start.

    Args:
        body: the body as it was sent: ``<size>;chunk-signature=<signature>``, data, ..., a chunk of size 0.
        payload: what the request's X-Amz-Content-Sha256 says, one of PAYLOADS.
        key: the signing key.
        timestamp: when the request was signed.
        scope: the credential scope.
        seed: the signature of the request's headers.

    Raises:
        RefusalError: a chunk is not what was signed, or the body is not in this form.
    """
    body.file.seek(0)
    previous = seed

    def expect(signature: str, algorithm: str, *digests: str) -> None:
        to_sign = "\n".join((algorithm, timestamp, scope, previous, *digests))
        if not hmac.compare_digest(hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest(), signature):
            raise RefusalError(Reason.BAD_SIGNATURE)

    try:
        size = -1
        while size != 0:
            written, signature = body.file.readline(_LONGEST_LINE).decode().strip().split(";chunk-signature=")
            size = int(written, 16)
            expect(signature, "AWS4-HMAC-SHA256-PAYLOAD", _NOTHING, _digest(body.file, size))
            previous = signature
        trailer, signature = _trailer(body.file)
        if payload == _TRAILER:
            expect(signature, "AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(trailer.encode()).hexdigest())
    except ValueError:
        raise RefusalError(Reason.BAD_BODY) from None
    finally:
        body.file.seek(0)


def _digest(file: IO[bytes], size: int) -> str:
    digest, left = hashlib.sha256(), size
    while left:
        piece = file.read(min(left, 256 * 1024))
        if not piece:
            raise ValueError("the body ends inside a chunk")
        digest.update(piece)
        left -= len(piece)
    if size and file.readline(2) != b"\r\n":
        raise ValueError("a chunk is longer than it says")
    return digest.hexdigest()


def _trailer(file: IO[bytes]) -> tuple[str, str]:
    trailer, signature = "", ""
    while line := file.readline(_LONGEST_LINE).decode().strip():
        name, _, value = line.partition(":")
        if name.lower() == "x-amz-trailer-signature":
            signature = value.strip()
        else:
            trailer += f"{name.lower()}:{value.strip()}\n"
    return trailer, signature

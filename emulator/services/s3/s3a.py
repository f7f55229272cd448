"""Spark's S3 client over plain HTTP.

S3A copies what it renames and repeats the source's KMS key in the request; the SDK beneath it refuses to send a key's
id without TLS. Here everything stays on loopback, so S3A is not told the id, and the copy takes the bucket's default
key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id"


def wrap(application: Application) -> Application:
    """The application, which answers S3A without the id of an object's KMS key."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("HTTP_USER_AGENT", "").startswith("Hadoop "):
            return application(environ, start_response)

        def without_key_id(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [(name, value) for name, value in headers if name.lower() != _KEY_ID], *more)

        return application(environ, without_key_id)

    return answer

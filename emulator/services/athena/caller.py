"""Who called: the credentials behind a request's signature, and clients of this emulator that use them."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from moto.iam.models import iam_backends

from emulator import settings


@dataclass(frozen=True)
class Caller:
    """The credentials with which StartQueryExecution was signed. Athena reads and writes with nothing else."""

    access_key: str
    secret_key: str
    session_token: str | None
    region: str


def of(headers: Mapping[str, str], region: str) -> Caller:
    """The caller's credentials, with which Athena reads and writes in its name.

    A key that nobody issued is passed on as it came, with no secret: whatever verifies signatures refuses it.
    """
    found = re.search(r"Credential=([^/,\s]+)/", headers.get("Authorization", ""))
    key = found[1] if found else ""
    return Caller(key, _secret(key), headers.get("X-Amz-Security-Token"), region)


def _secret(key: str) -> str:
    if (secret := settings.current().root_secret(key)) is not None:
        return secret
    for account in iam_backends.values():
        for backend in account.values():
            if key in backend.access_keys:
                return str(backend.access_keys[key].secret_access_key)
    return "unknown"


def client(service: str, caller: Caller) -> Any:
    """A client of this emulator with the caller's credentials. Thread safe."""
    return _client(service, caller, settings.current().endpoint)


# One session for all clients: it reads a service's description once, and not for every role that asks something.
_sessions = boto3.session.Session()
_making = threading.Lock()  # a session is not thread safe, its clients are


@functools.lru_cache(maxsize=64)
def _client(service: str, caller: Caller, endpoint: str) -> Any:
    with _making:
        return _made(service, caller, endpoint)


def _made(service: str, caller: Caller, endpoint: str) -> Any:
    return _sessions.client(
        service,
        region_name=caller.region,
        endpoint_url=endpoint,
        aws_access_key_id=caller.access_key,
        aws_secret_access_key=caller.secret_key,
        aws_session_token=caller.session_token,
        config=Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            proxies={},
            max_pool_connections=16,
        ),
    )

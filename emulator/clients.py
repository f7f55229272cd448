"""boto3 clients with which the emulator calls itself, as the account's root user."""

from __future__ import annotations

import functools
import threading
from typing import Any

import boto3
from botocore.config import Config

from emulator import in_process, settings

_lock = threading.Lock()


@functools.cache
def _session() -> Any:
    return boto3.session.Session()


@functools.cache
def client(service: str, region: str | None = None) -> Any:
    """A client of this emulator. Thread safe, kept for the life of the process."""
    here = settings.current()
    with _lock:  # sessions, which read the services' models once for all their clients, are not thread safe
        made = _session().client(
            service,
            region_name=region or here.region,
            endpoint_url=here.endpoint,
            aws_access_key_id=here.access_key,
            aws_secret_access_key=here.secret_key,
            config=Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                proxies={},
                inject_host_prefix=False,
                user_agent="emulator",
            ),
        )
    return in_process.connect(made)

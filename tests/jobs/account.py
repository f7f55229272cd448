"""An AWS account of one's own: an emulator that this process's clients find, and no other test's."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from crispstack.aws import artifact_store, queries
from emulator.settings import Settings

_CACHED = (artifact_store.s3, queries.athena)


@contextlib.contextmanager
def own_account(state: Path) -> Iterator[Settings]:
    """Start the emulator, keeping its state in this folder; environment variables lead clients there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings = Settings(port=free.getsockname()[1], state=state)
    command = [sys.executable, "-m", "emulator", "--port", str(settings.port), "--state", str(state)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        try:
            assert process.stdout
            assert "ready" in process.stdout.readline()
            for name, value in {
                "AWS_ENDPOINT_URL": settings.endpoint,
                "AWS_ACCESS_KEY_ID": settings.access_key,
                "AWS_SECRET_ACCESS_KEY": settings.secret_key,
                "AWS_DEFAULT_REGION": settings.region,
            }.items():
                patch.setenv(name, value)
            # The session of other tests keeps the keys that it once found.
            patch.setattr(boto3, "DEFAULT_SESSION", None)
            for cached in _CACHED:
                cached.cache_clear()
            yield settings
            for cached in _CACHED:
                cached().close()
                cached.cache_clear()
        finally:
            process.terminate()

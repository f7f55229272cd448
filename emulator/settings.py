"""Where this emulator listens and keeps its files, and which account it plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """One emulator process. `access_key` and `secret_key` are those of the account's root user."""

    port: int
    state: Path
    account: str = "123456789012"
    region: str = "us-east-1"
    access_key: str = "AKIALOCALEMULATOR000"
    secret_key: str = "local-emulator-only"  # noqa: S105 (opens nothing but this emulator, on loopback)

    @property
    def endpoint(self) -> str:
        """What clients set as ``AWS_ENDPOINT_URL``."""
        return f"http://127.0.0.1:{self.port}"


_current: list[Settings] = []


def install(settings: Settings) -> None:
    """Make these the process's settings."""
    _current[:] = [settings]


def current() -> Settings:
    """The process's settings.

    Raises:
        LookupError: nothing was installed yet.
    """
    if not _current:
        raise LookupError("emulator.settings.install was not called")
    return _current[0]

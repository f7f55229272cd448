"""Where this emulator listens and keeps its files, and which account it plays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """One emulator process. `access_key` and `secret_key` are those of the account's root user.

    `root_keys` are further access keys of the root user, with their secrets: those that clients have in their source.
    What clients of emulators are usually written with is among them.
    """

    port: int
    state: Path
    account: str = "123456789012"
    region: str = "us-east-1"
    access_key: str = "AKIALOCALEMULATOR000"
    secret_key: str = "local-emulator-only"  # noqa: S105 (opens nothing but this emulator, on loopback)
    root_keys: Mapping[str, str] = field(default_factory=lambda: {"test": "test", "x": "y"}, hash=False)

    @property
    def endpoint(self) -> str:
        """What clients set as ``AWS_ENDPOINT_URL``."""
        return f"http://127.0.0.1:{self.port}"

    def root_secret(self, access_key: str) -> str | None:
        """The secret of one of the root user's access keys; None where it is not one."""
        return self.secret_key if access_key == self.access_key else self.root_keys.get(access_key)


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

"""Keys of the root user that clients have in their source."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulator.__main__ import _key
from emulator.identity.principals import Directory
from emulator.identity.refusals import RefusalError
from emulator.settings import Settings


def test_only_keys_that_were_named_are_let_in() -> None:
    directory = Directory(Settings(port=0, state=Path(), root_keys={"test": "secret"}))
    holder = directory.find("test", datetime.now(UTC))
    assert (holder.secret, holder.principal.root) == ("secret", True)
    with pytest.raises(RefusalError):
        directory.find("other", datetime.now(UTC))


def test_a_key_is_written_with_its_secret() -> None:
    assert _key("test:a:b") == ("test", "a:b")
    for text in ("test", "test:", ":test"):
        with pytest.raises(argparse.ArgumentTypeError, match="ID:SECRET"):
            _key(text)

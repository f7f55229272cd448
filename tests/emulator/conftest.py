"""One emulator for the tests of this folder: starting it takes longer than most of them."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from emulator.server import serve_in_thread
from emulator.settings import Settings


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running emulator, which `emulator.clients.client` calls. State is shared: a module names what it makes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings = Settings(port=free.getsockname()[1], state=tmp_path_factory.mktemp("emulator"))
    server = serve_in_thread(settings)
    yield settings
    server.shutdown()
    server.server_close()

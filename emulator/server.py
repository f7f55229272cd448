"""The emulator's process: moto's application, what is wrapped around it, and the loopback server that carries both."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from emulator import in_process, replacements, settings
from emulator.settings import Settings

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# Each module offers wrap(application) -> application; the last one sees a request first.
LAYERS: tuple[str, ...] = (
    "emulator.concurrency",
    "emulator.services.s3.s3a",
    "emulator.cloudformation.api",
    "emulator.services.execute_api",
    "emulator.services.lambda_functions.http",
    "emulator.clock",
    "emulator.compute.spot",
    "emulator.identity.gate",
    "emulator.services.cloudtrail.recorder",
    "emulator.console.layer",
)


class _RequestHandler(MotoRequestHandler):
    # Without it every keep-alive response waits for the client's delayed acknowledgement (40 ms).
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Say nothing per request: what was called is CloudTrail's to tell."""


def application() -> Application:
    """Moto with every layer around it."""
    wrapped: Application = DomainDispatcherApplication(create_backend_app)
    for name in LAYERS:
        wrapped = importlib.import_module(name).wrap(wrapped)
    return wrapped


def start(configuration: Settings) -> BaseWSGIServer:
    """Install the replacements and listen on loopback; the caller serves.

    Raises:
        OSError: the port is taken.
        RuntimeError: moto is not the one that the replacements were written for.
    """
    settings.install(configuration)
    # The Step Functions interpreter reads moto's port from the environment.
    os.environ["MOTO_PORT"] = str(configuration.port)
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    # The policies that AWS manages are there to be attached, as in every account.
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    replacements.install()
    whole = application()
    in_process.serve(configuration.endpoint, whole)
    return make_server("127.0.0.1", configuration.port, whole, threaded=True, request_handler=_RequestHandler)


def serve_in_thread(configuration: Settings) -> BaseWSGIServer:
    """Start and serve from a daemon thread; for tests. `shutdown()` ends it."""
    server = start(configuration)
    threading.Thread(target=server.serve_forever, name="emulator", daemon=True).start()
    return server

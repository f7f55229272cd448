"""The prediction API in a container: the same package as the function's, as a process that stays."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys

import uvloop  # type: ignore[import-not-found,import-untyped,unused-ignore]  # of the serving bundle alone

from crispstack.aws.prediction_service import serve
from crispstack.deployment.request_log import write_lines
from crispstack.deployment.server import PredictionServer
from crispstack.settings import PredictionSettings

PORT = 8080


async def main() -> None:
    """Serve until the container is stopped."""
    service = serve(PredictionSettings.from_environment(os.environ))
    # What is loaded stays: it need not be looked through for garbage again and again.
    gc.freeze()
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await PredictionServer(service).serve("0.0.0.0", PORT, stopped, _ready)  # noqa: S104 (behind a load balancer)


def _ready(port: int) -> None:
    write_lines([{"level": "INFO", "message": f"requests are taken at port {port}"}])


if __name__ == "__main__":
    uvloop.run(main())
    sys.exit(0)

"""The WSGI layer of the console's addresses, which no service of AWS has; its pages are loaded with the first visit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

PATH = "/_emulator/console"


def wrap(application: Application) -> Application:
    """Answer the console's addresses; pass on everything else."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path != PATH and not path.startswith(f"{PATH}/"):
            return application(environ, start_response)
        from emulator.console import web  # noqa: PLC0415 (most emulators are never looked at)

        return web.answer(environ, start_response)

    return answer

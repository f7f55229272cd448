"""Reads beside writes: moto goes through its state without a lock, and stumbles when another request changes it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from emulator.identity.gate import REQUEST

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_ATTEMPTS = 20
_CHANGED = re.compile(r"changed size during iteration|mutated during iteration|keys changed during iteration")
# Systems Manager looks each parameter up again while it lists them: its requests come one after another.
_ALONE = "AmazonSSM."
_turn = threading.RLock()
_READS = ("BatchGet", "Describe", "Filter", "Get", "List", "Lookup", "Query", "Scan", "Search")


def wrap(application: Application) -> Application:
    """Ask again what only reads, when it met a change by another request."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        alone = environ.get("HTTP_X_AMZ_TARGET", "").startswith(_ALONE)
        with _turn if alone else nullcontext():
            return _answer(application, environ, start_response)

    return answer


def _answer(application: Application, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    for _ in range(_ATTEMPTS - 1):
        try:
            return application(environ, start_response)
        except RuntimeError as error:
            if not _CHANGED.search(str(error)) or not _only_reads(environ):
                raise
            environ["wsgi.input"].seek(0)
    return application(environ, start_response)


def _only_reads(environ: dict[str, Any]) -> bool:
    request = environ.get(REQUEST)
    if request is None:
        return False  # its body is gone
    target: str = request.header("X-Amz-Target") or ""
    operation = target.rpartition(".")[2] or request.form.get("Action", "")
    return operation.startswith(_READS) if operation else request.method in {"GET", "HEAD"}

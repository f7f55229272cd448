"""Reading operations are asked again when they meet a change."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pytest

from emulator import concurrency
from emulator.identity.gate import REQUEST
from emulator.identity.request import Request


class Changing:
    """An application whose state changes under its first requests."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        if len(self.bodies) < 3:
            raise self.error
        return [b"answer"]


def ask(application: Changing, **environ: str) -> Iterable[bytes]:
    content = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "wsgi.input": io.BytesIO(b"{}"),
        **environ,
    }
    content[REQUEST] = Request({**content, "CONTENT_LENGTH": "2"})
    return concurrency.wrap(application)(content, None)


CHANGED = RuntimeError("dictionary changed size during iteration")


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_X_AMZ_TARGET": "AmazonSSM.DescribeParameters"},
        {"QUERY_STRING": "Action=ListTopics", "REQUEST_URI": "/?Action=ListTopics"},
        {"REQUEST_METHOD": "GET"},
    ],
)
def test_what_only_reads_is_asked_again_with_its_body(environ: dict[str, str]) -> None:
    application = Changing(CHANGED)
    assert ask(application, **environ) == [b"answer"]
    assert application.bodies == [b"{}"] * 3


@pytest.mark.parametrize(
    ("error", "target"), [(CHANGED, "AmazonSSM.PutParameter"), (RuntimeError("other"), "AmazonSSM.DescribeParameters")]
)
def test_a_change_and_another_error_are_not(error: Exception, target: str) -> None:
    application = Changing(error)
    with pytest.raises(RuntimeError):
        ask(application, HTTP_X_AMZ_TARGET=target)
    assert len(application.bodies) == 1

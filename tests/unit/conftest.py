"""What makes these tests quick: AWS's service descriptions are parsed once, not for every client."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
from botocore import session

_loader = functools.cache(session.create_loader)


@pytest.fixture(autouse=True, scope="module")
def one_loader() -> Iterator[None]:
    """Every boto3 session reads through the same loader, which keeps what it parsed; moto has its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", _loader)
        yield

"""What is broken is refused as AWS refuses it, and passes once it is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def check(call: Callable[[], Any], code: str, message: str, mended: Callable[[], Any]) -> None:
    """Call, expect the error code and a part of its message, and call what is mended, which answers something."""
    with pytest.raises(ClientError) as refused:
        call()
    assert refused.value.response["Error"]["Code"] == code
    assert message in refused.value.response["Error"]["Message"]
    assert mended()

"""JSON to values and back, by orjson where it is installed: the standard library takes three times as long.

Both refuse NaN and infinity, which are no JSON.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, NoReturn

orjson: Any = None
with contextlib.suppress(ImportError):  # the core is at home where nothing is installed
    import orjson


def loads(content: bytes) -> Any:
    """The value.

    Raises:
        ValueError: it is not JSON in UTF-8, nested too deeply, or of a number that is none.
    """
    if orjson is not None:
        return orjson.loads(content)
    try:
        return json.loads(content.decode(), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def dumps(value: Any) -> bytes:
    """JSON in UTF-8.

    Raises:
        TypeError or ValueError: a part of the value has no JSON form.
    """
    if orjson is not None:
        content: bytes = orjson.dumps(value)
        return content
    return json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number; send null for a missing value")

"""What makes these tests quick: AWS's service descriptions are parsed once, not for every client."""

from __future__ import annotations

import functools
from typing import Any

from botocore.loaders import JSONFileLoader

_parse = JSONFileLoader().load_file
_parsed = functools.cache(_parse)


def _load_file(_loader: JSONFileLoader, path: str) -> Any:
    """The shared description; S3's is a new one for each, because its clients change it."""
    return _parse(path) if "/s3/" in path else _parsed(path)


JSONFileLoader.load_file = _load_file

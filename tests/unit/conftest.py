"""What makes these tests quick: AWS's service descriptions are parsed once, not for every client."""

from __future__ import annotations

import functools

from botocore.loaders import JSONFileLoader

_load_file = functools.cache(JSONFileLoader().load_file)


def _load_once(_loader: JSONFileLoader, path: str) -> object:
    return _load_file(path)


JSONFileLoader.load_file = _load_once

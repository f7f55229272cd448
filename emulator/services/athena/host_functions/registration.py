"""Which Python functions DuckDB gets, under which names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol

from emulator.services.athena.host_functions import (
    arrays,
    binary,
    bing_tiles,
    columns,
    dates,
    distinct_counts,
    distributions,
    formatting,
    geospatial,
    identities,
    java_text,
    json_paths,
    json_shapes,
    json_text,
    regular_expressions,
    sketches,
    text,
    units,
    urls,
)

_MODULES = (
    arrays, binary, bing_tiles, dates, distinct_counts, distributions, formatting, geospatial, identities, java_text,
    json_paths, json_shapes, json_text, regular_expressions, sketches, text, units, urls,
)  # fmt: skip
_VOLATILE = {"trino_shuffled"}


class _Connection(Protocol):
    def create_function(self, *arguments: Any, **options: Any) -> object: ...


def register(connection: _Connection) -> None:
    """Create the functions in a DuckDB database; each sees nulls as None, unless it says otherwise."""
    for module in _MODULES:
        for name, function, parameters, returns in module.FUNCTIONS:
            volatile = name in _VOLATILE
            connection.create_function(
                name, _strict(function), parameters, returns, null_handling="special", side_effects=volatile
            )
    for name, function, parameters, returns in columns.ARROW_FUNCTIONS:
        connection.create_function(name, function, parameters, returns, type="arrow", null_handling="special")


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, null where an argument is null; one that handles nulls itself is marked `accepts_null`."""
    if getattr(function, "accepts_null", False):
        return function

    @functools.wraps(function)
    def strict(*arguments: Any) -> Any:
        return None if None in arguments else function(*arguments)

    return strict

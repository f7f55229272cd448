"""JSON brought into the shape of a type, as Trino's casts from JSON do, so that DuckDB's cast has nothing to decide.

A shape is the type as JSON: a name, or ``["array", inner]``, ``["map", inner]``, ``["row", [[name, inner], ...]]``.
"""

from __future__ import annotations

import functools
import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from emulator.services.athena.host_functions.failures import failure
from emulator.services.athena.host_functions.json_text import JsonDouble, dump, load

_BOUNDS = {"tinyint": 2**7, "smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def shaped(text: str, shape: str, type_name: str) -> str | None:
    """The JSON in the shape of a type; None where it is null.

    Raises:
        ValueError: INVALID_CAST_ARGUMENT, it has another shape.
    """
    try:
        value = _shaped(load(text), _read(shape))
    except _MisfitError as misfit:
        raise failure("INVALID_CAST_ARGUMENT", f"Cannot cast to {type_name}. {misfit}\n{text}") from None
    return None if value is None else dump(value, ordered=False)


class _MisfitError(ValueError):
    """A value that a type does not take."""


@functools.lru_cache(maxsize=64)
def _read(shape: str) -> Any:
    return json.loads(shape)


def _shaped(value: Any, shape: Any) -> Any:
    if shape == "json" or value is None:
        return value
    if isinstance(shape, str):
        return _scalar(value, shape)
    kind, inner = shape
    if kind == "array":
        if not isinstance(value, list):
            raise _MisfitError(f"Expected a json array, but got {dump(value)}")
        return [_shaped(item, inner) for item in value]
    if kind == "map":
        if not isinstance(value, dict):
            raise _MisfitError(f"Expected a json object, but got {dump(value)}")
        return {key: _shaped(item, inner) for key, item in value.items()}
    return _row(value, inner)


def _row(value: Any, fields: list[list[Any]]) -> dict[str, Any]:
    if isinstance(value, list):
        if len(value) != len(fields):
            raise _MisfitError(f"Expected a json array of {len(fields)} elements")
        return {name: _shaped(item, inner) for item, (name, inner) in zip(value, fields, strict=True)}
    if not isinstance(value, dict):
        raise _MisfitError(f"Expected a json array or object, but got {dump(value)}")
    lowered = {key.lower(): item for key, item in value.items()}
    return {name: _shaped(lowered.get(name.lower()), inner) for name, inner in fields}


def _scalar(value: Any, type_: str) -> Any:
    if isinstance(value, (list, dict)):
        raise _MisfitError(f"Unexpected token when cast to {type_}: {dump(value)}")
    if type_ == "varchar":
        return value if isinstance(value, str) else dump(value)
    try:
        if type_ == "boolean":
            return _boolean(value)
        if type_ in _BOUNDS:
            return _integer(value, _BOUNDS[type_])
        if type_ in ("double", "real"):
            return JsonDouble(value)
        return Decimal(value) if isinstance(value, (str, int)) else Decimal(repr(float(value)))
    except (ValueError, ArithmeticError):
        raise _MisfitError(f"Cannot cast '{value}' to {type_}") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        if value.lower() not in ("true", "false"):
            raise ValueError(value)
        return value.lower() == "true"
    return bool(value)


def _integer(value: Any, bound: int) -> int:
    number = int(value) if isinstance(value, (str, bool)) else int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP))
    if not -bound <= number < bound:
        raise ValueError(value)
    return number


FUNCTIONS = (("trino_json_shaped", shaped, ["VARCHAR", "VARCHAR", "VARCHAR"], "VARCHAR"),)

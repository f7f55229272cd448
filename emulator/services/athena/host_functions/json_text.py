"""JSON as text in Trino's canonical form, and the simple paths of json_extract."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from emulator.services.athena.host_functions.failures import failure, invalid_argument
from emulator.services.athena.host_functions.java_text import double_text


class JsonDouble(float):
    """A number with a fraction or an exponent, shown as Java shows it."""

    def __repr__(self) -> str:
        return double_text(float(self))


def load(text: str) -> Any:
    """A JSON text as Python values.

    Raises:
        ValueError: it is not JSON.
    """
    return json.loads(text, parse_float=JsonDouble, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(name)


def dump(value: Any, *, ordered: bool = True) -> str:
    """Values as JSON text without spaces; keys sorted where `ordered`."""
    if isinstance(value, JsonDouble):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, list):
        return "[" + ",".join(dump(item, ordered=ordered) for item in value) + "]"
    if isinstance(value, dict):
        members = sorted(value.items()) if ordered else value.items()
        return "{" + ",".join(f"{dump(k)}:{dump(v, ordered=ordered)}" for k, v in members) + "}"
    return json.dumps(value, ensure_ascii=False)


def parse(text: str) -> str:
    """Text as canonical JSON: keys sorted, no spaces."""
    try:
        return dump(load(text))
    except ValueError:
        raise invalid_argument(f"Cannot convert value to JSON: '{text}'") from None


def compact(text: str) -> str:
    """Text as JSON without spaces, its keys in their order."""
    try:
        return dump(load(text), ordered=False)
    except ValueError:
        raise failure("JSON_INPUT_CONVERSION_ERROR", "conversion to JSON failed") from None


_STEP = re.compile(r"\.([A-Za-z_][\w:-]*)|\[(-?\d+)\]|\[\"((?:[^\"\\]|\\.)*)\"\]|\['([^']*)'\]|\.\"([^\"]*)\"")


def _path(path: str) -> list[str | int]:
    steps: list[str | int] = []
    rest = path.removeprefix("$") if path.startswith("$") else f".{path}"
    while rest:
        found = _STEP.match(rest)
        if found is None:
            raise invalid_argument(f"Invalid JSON path: '{path}'")
        texts = (found[1], found[3], found[4], found[5])
        steps.append(int(found[2]) if found[2] else next(text for text in texts if text is not None))
        rest = rest[found.end() :]
    return steps


_MISSING = object()


def _follow(text: str, path: str) -> Any:
    steps = _path(path)
    try:
        value = load(text)
    except ValueError:
        return _MISSING
    for step in steps:
        if isinstance(value, dict) and str(step) in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return _MISSING
    return value


def extract(text: str, path: str) -> str | None:
    """The JSON at a path, or None."""
    value = _follow(text, path)
    return None if value is _MISSING else dump(value)


def extract_scalar(text: str, path: str) -> str | None:
    """The scalar at a path as text, or None."""
    value = _follow(text, path)
    if value is _MISSING or value is None or isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else dump(value)


def size(text: str, path: str) -> int | None:
    """Members of the object or array at a path; 0 for a scalar."""
    value = _follow(text, path)
    if value is _MISSING:
        return None
    return len(value) if isinstance(value, (dict, list)) else 0


def array_length(text: str) -> int | None:
    """Elements of an array, or None where it is not one."""
    value = _follow(text, "$")
    return len(value) if isinstance(value, list) else None


def array_get(text: str, index: int) -> str | None:
    """An element of an array, from the end where the index is negative."""
    value = _follow(text, "$")
    if not isinstance(value, list) or not -len(value) <= index < len(value):
        return None
    return dump(value[index])


def array_contains(text: str, wanted: str) -> bool | None:
    """Whether an array holds a scalar, given as JSON."""
    value = _follow(text, "$")
    if not isinstance(value, list):
        return None
    sought = load(wanted)
    kinds = (int, float) if isinstance(sought, (int, float)) and not isinstance(sought, bool) else type(sought)
    return any(
        isinstance(item, kinds) and isinstance(item, bool) == isinstance(sought, bool) and item == sought
        for item in value
    )


def is_scalar(text: str) -> bool:
    """Whether it is a number, a text, a boolean or null."""
    try:
        return not isinstance(load(text), (dict, list))
    except ValueError:
        raise invalid_argument(f"Invalid JSON value: {text}") from None


def text_of(value: str) -> str:
    """A text as a JSON string."""
    return json.dumps(value, ensure_ascii=False)


FUNCTIONS = (
    ("trino_json_compact", compact, ["VARCHAR"], "VARCHAR"),
    ("trino_json_parse", parse, ["VARCHAR"], "VARCHAR"),
    ("trino_json_extract", extract, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_json_extract_scalar", extract_scalar, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_json_size", size, ["VARCHAR", "VARCHAR"], "BIGINT"),
    ("trino_json_array_length", array_length, ["VARCHAR"], "BIGINT"),
    ("trino_json_array_get", array_get, ["VARCHAR", "BIGINT"], "VARCHAR"),
    ("trino_json_array_contains", array_contains, ["VARCHAR", "VARCHAR"], "BOOLEAN"),
    ("trino_is_json_scalar", is_scalar, ["VARCHAR"], "BOOLEAN"),
    ("trino_json_string", text_of, ["VARCHAR"], "VARCHAR"),
)

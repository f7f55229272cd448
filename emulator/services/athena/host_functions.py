"""Functions that DuckDB's SQL cannot express as Trino computes them, in Python."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import struct
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus, urlsplit


def double_text(value: float | None) -> str | None:
    """A double as Java's Double.toString writes it."""
    if value is None:
        return None
    if math.isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return _java(repr(value), value)


def real_text(value: float | None) -> str | None:
    """A real as Java's Float.toString writes it: the shortest text that reads back as the same float."""
    if value is None or math.isnan(value) or value in (float("inf"), float("-inf")):
        return double_text(value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", value):
            return _java(repr(float(text)), float(text))
    return _java(repr(value), value)


def _java(shortest: str, value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return shortest if "e" not in shortest else format(Decimal(shortest), "f")
    sign, digits, exponent = Decimal(shortest).normalize().as_tuple()
    text = "".join(map(str, digits))
    power = len(text) - 1 + int(exponent)
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def json_parse(text: str | None) -> str | None:
    """Text as Trino's canonical JSON: keys sorted, no spaces."""
    if text is None:
        return None
    try:
        return _dump(_load(text))
    except ValueError:
        raise ValueError(f"\x02INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{text}'\x03") from None


def _load(text: str) -> Any:
    return json.loads(text, parse_float=_Number, parse_int=int, parse_constant=_refuse)


def _refuse(name: str) -> Any:
    raise ValueError(name)


class _Number(float):
    """A number that keeps its text."""

    def __new__(cls, text: str) -> _Number:
        return super().__new__(cls, float(text))

    def __repr__(self) -> str:
        return double_text(float(self)) or ""


def _dump(value: Any) -> str:
    if isinstance(value, _Number):
        return repr(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_dump, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_dump(v)}" for k, v in sorted(value.items())) + "}"
    return json.dumps(value, ensure_ascii=False)


def _path(path: str) -> list[str | int]:
    steps: list[str | int] = []
    rest = path.removeprefix("$")
    while rest:
        found = re.match(r"\.([A-Za-z_][\w:-]*|\*)|\[(\d+)\]|\[\"((?:[^\"\\]|\\.)*)\"\]|\['([^']*)'\]|\[\*\]", rest)
        if not path.startswith("$") or found is None or "*" in found[0]:
            raise ValueError(f"\x02INVALID_FUNCTION_ARGUMENT: Invalid JSON path: '{path}'\x03")
        steps.append(int(found[2]) if found[2] else next(g for g in (found[1], found[3], found[4]) if g is not None))
        rest = rest[found.end() :]
    return steps


_MISSING = object()


def _follow(text: str | None, path: str | None) -> Any:
    if text is None or path is None:
        return _MISSING
    steps = _path(path)
    try:
        value = _load(text)
    except ValueError:
        return _MISSING
    for step in steps:
        if isinstance(value, dict) and str(step) in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return _MISSING
    return value


def json_extract(text: str | None, path: str | None) -> str | None:
    """The JSON at a path, or None."""
    value = _follow(text, path)
    return None if value is _MISSING else _dump(value)


def json_extract_scalar(text: str | None, path: str | None) -> str | None:
    """The scalar at a path as text, or None."""
    value = _follow(text, path)
    if value is _MISSING or value is None or isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else _dump(value)


def json_size(text: str | None, path: str | None) -> int | None:
    """Members of the object or array at a path; 0 for a scalar."""
    value = _follow(text, path)
    if value is _MISSING:
        return None
    return len(value) if isinstance(value, (dict, list)) else 0


def json_array_length(text: str | None) -> int | None:
    """Elements of an array, or None where it is not one."""
    value = _follow(text, "$")
    return len(value) if isinstance(value, list) else None


def json_array_get(text: str | None, index: int | None) -> str | None:
    """An element of an array, from the end where the index is negative."""
    value = _follow(text, "$")
    if not isinstance(value, list) or index is None or not -len(value) <= index < len(value):
        return None
    return _dump(value[index])


def json_array_contains(text: str | None, wanted: str | None) -> bool | None:
    """Whether an array holds a scalar, given as JSON."""
    value = _follow(text, "$")
    if not isinstance(value, list) or wanted is None:
        return None
    sought = json.loads(wanted)
    return any(type(item) is type(sought) and item == sought for item in value)


def url_part(url: str | None, part: str | None) -> str | None:
    """A part of a URL; None where the URL is not one."""
    try:
        found = urlsplit(url or "")
        parts = {
            "protocol": found.scheme, "host": found.hostname, "port": found.port, "path": found.path,
            "query": found.query, "fragment": found.fragment,
        }  # fmt: skip
    except ValueError:
        return None
    value = parts[part or ""] if url is not None else None
    return None if value is None else str(value)


def url_parameter(url: str | None, name: str | None) -> str | None:
    """The first value of a parameter of the URL's query."""
    for pair in (url_part(url, "query") or "").split("&"):
        key, equals, value = pair.partition("=")
        if pair and unquote_plus(key) == name:
            return unquote_plus(value) if equals else ""
    return None


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def from_base(text: str | None, radix: int | None) -> int | None:
    """A number written in a base from 2 to 36."""
    if text is None or radix is None:
        return None
    try:
        value = int(text, _radix(radix)) if "_" not in text and text == text.strip() else None
    except ValueError:
        value = None
    if value is None or not -(2**63) <= value < 2**63:
        raise ValueError(f"\x02INVALID_FUNCTION_ARGUMENT: Not a valid base-{radix} number: {text}\x03")
    return value


def _radix(radix: int) -> int:
    if not 2 <= radix <= 36:
        raise ValueError("\x02INVALID_FUNCTION_ARGUMENT: Radix must be between 2 and 36\x03")
    return radix


def to_base(value: int | None, radix: int | None) -> str | None:
    """A number in a base from 2 to 36."""
    if value is None or radix is None:
        return None
    _radix(radix)
    digits, rest = "", abs(value)
    while rest:
        rest, digit = divmod(rest, radix)
        digits = _DIGITS[digit] + digits
    return ("-" if value < 0 else "") + (digits or "0")


def interval_text(days: int | None, microseconds: int | None) -> str | None:
    """A day-to-second interval as ``2 03:04:05.678``."""
    if days is None or microseconds is None:
        return None
    total = days * 86_400_000 + microseconds // 1000
    sign, total = ("-", -total) if total < 0 else ("", total)
    seconds, milliseconds = divmod(total, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return f"{sign}{day} {hour:02}:{minute:02}:{second:02}.{milliseconds:03}"


def from_base64(text: str | None) -> bytes | None:
    """Bytes of standard base64."""
    return None if text is None else base64.b64decode(text, validate=True)


def sha512(value: bytes | None) -> bytes | None:
    """SHA-512 of bytes."""
    return None if value is None else hashlib.sha512(value).digest()


def crc32(value: bytes | None) -> int | None:
    """CRC-32 of bytes."""
    return None if value is None else zlib.crc32(value)


_FUNCTIONS: tuple[tuple[str, Callable[..., Any], list[str], str], ...] = (
    ("trino_double_text", double_text, ["DOUBLE"], "VARCHAR"),
    ("trino_real_text", real_text, ["FLOAT"], "VARCHAR"),
    ("trino_json_parse", json_parse, ["VARCHAR"], "VARCHAR"),
    ("trino_canonical_json", json_parse, ["VARCHAR"], "VARCHAR"),
    ("trino_json_extract", json_extract, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_json_extract_scalar", json_extract_scalar, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_json_size", json_size, ["VARCHAR", "VARCHAR"], "BIGINT"),
    ("trino_json_array_length", json_array_length, ["VARCHAR"], "BIGINT"),
    ("trino_json_array_get", json_array_get, ["VARCHAR", "BIGINT"], "VARCHAR"),
    ("trino_json_array_contains", json_array_contains, ["VARCHAR", "VARCHAR"], "BOOLEAN"),
    ("trino_url", url_part, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_url_parameter", url_parameter, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_from_base", from_base, ["VARCHAR", "BIGINT"], "BIGINT"),
    ("trino_to_base", to_base, ["BIGINT", "BIGINT"], "VARCHAR"),
    ("trino_sha512", sha512, ["BLOB"], "BLOB"),
    ("trino_crc32", crc32, ["BLOB"], "BIGINT"),
)


def register(connection: Any) -> None:
    """Create the functions in a DuckDB database."""
    for name, function, parameters, returns in _FUNCTIONS:
        connection.create_function(name, function, parameters, returns, null_handling="special")

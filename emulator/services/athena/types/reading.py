"""Types from text, as Glue and SQL write them."""

from __future__ import annotations

import re

from emulator.services.athena.errors import not_supported
from emulator.services.athena.types.model import NUMERIC, OPAQUE, Type, decimal, timestamp_tz

_ALIASES = {
    "string": "varchar", "int": "integer", "binary": "varbinary", "float": "real", "numeric": "decimal",
    "dec": "decimal",    "bool": "boolean", "struct": "row", "double precision": "double", "text": "varchar",
}  # fmt: skip
_KNOWN = {
    *NUMERIC, "boolean", "varchar", "char", "varbinary", "json", "date", "time", "timestamp", "unknown",
    "interval day to second", "interval year to month", *OPAQUE, "uuid", "ipaddress",
}  # fmt: skip


def split(text: str) -> list[str]:
    """Splits at the commas outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def parse(text: str) -> Type:
    """A type as Glue (``array<struct<a:int>>``) or Trino (``array(row(a integer))``) writes it.

    Raises:
        QueryError: not a type.
    """
    text = text.strip().lower()
    found = re.fullmatch(r"([a-z_ ]+?)\s*(?:[<(](.*)[>)])?(\s+with time zone)?", text, re.DOTALL)
    if not found:
        raise not_supported(f"Unknown type: {text}")
    name, inner, zoned = _ALIASES.get(found[1], found[1]), found[2], found[3]
    if name in ("array", "map") and inner:
        return Type(name, tuple(map(parse, split(inner))))
    if name == "row" and inner:
        return _parse_row(inner)
    if name == "qdigest" and inner:
        return Type(name, (parse(inner),))
    if name.startswith("time") and not name.startswith("timestamp") and "with time zone" in text:
        raise not_supported("time with time zone")
    if zoned or name.endswith(" with time zone"):
        return timestamp_tz("UTC")
    if name not in _KNOWN:
        raise not_supported(f"Unknown type: {text}")
    digits = [int(number) for number in split(inner)] if inner else []
    if name == "decimal":
        return decimal(*(([*digits, 0])[:2] if digits else (10, 0) if "<" in text else (38, 0)))
    return Type(name, precision=digits[0] if digits else 3 if name == "timestamp" else None)


def _parse_row(inner: str) -> Type:
    names: list[str | None] = []
    types: list[Type] = []
    for field in split(inner):
        named = re.fullmatch(r'"?([^":\s<(]+)"?\s*(?::|\s)\s*(.+)', field, re.DOTALL)
        names.append(named[1] if named else None)
        types.append(parse(named[2] if named else field))
    return Type("row", tuple(types), tuple(names))

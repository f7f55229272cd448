"""The types that a crawler finds, of texts, JSON values and Arrow schemas, in Hive's spelling, and their union."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A type is Hive's name, ("array", element) or ("struct", {name: type}); None is that of null, which says nothing.
Type = Any

_INTEGER = re.compile(r"[+-]?\d{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?")
_WIDENING = ("tinyint", "smallint", "int", "bigint", "float", "double")
_LONGEST = 2**63
_INT = 2**31
# Arrow's names of types that are Hive's under another one.
_ARROW = {
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "uint8": "smallint",
    "uint16": "int",
    "uint32": "bigint",
    "uint64": "bigint",
    "halffloat": "float",
    "float": "float",
    "double": "double",
    "bool": "boolean",
    "string": "string",
    "large_string": "string",
    "binary": "binary",
    "large_binary": "binary",
    "date32": "date",
    "date64": "date",
    "timestamp": "timestamp",
    "null": "string",
}
_JSON = {bool: "boolean", float: "double", str: "string", type(None): None}


def of_text(text: str) -> Type:
    """The type of one field of a text file; None when it is empty."""
    text = text.strip()
    if not text:
        return None
    if _INTEGER.fullmatch(text) and -_LONGEST <= int(text) < _LONGEST:
        return "bigint"
    if _NUMBER.fullmatch(text):
        return "double"
    if text.lower() in ("true", "false"):
        return "boolean"
    return "timestamp" if _TIMESTAMP.fullmatch(text) else "string"


def of_json(value: Any) -> Type:
    """The type of a JSON value."""
    if isinstance(value, list):
        return ("array", union(of_json(element) for element in value))
    if isinstance(value, dict):
        return ("struct", {name.lower(): of_json(element) for name, element in value.items()})
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if -_INT <= value < _INT else "bigint"
    return _JSON[type(value)]


def of_arrow(kind: Any) -> Type:
    """The type of a column of a Parquet or ORC file."""
    import pyarrow.types as arrow  # noqa: PLC0415 (loaded when a crawler runs)

    if arrow.is_list(kind) or arrow.is_large_list(kind):
        return ("array", of_arrow(kind.value_type))
    if arrow.is_struct(kind):
        return ("struct", {field.name.lower(): of_arrow(field.type) for field in kind})
    if arrow.is_map(kind):
        return f"map<{spelled(of_arrow(kind.key_type))},{spelled(of_arrow(kind.item_type))}>"
    if arrow.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    plain = kind.value_type if arrow.is_dictionary(kind) else kind
    return _ARROW.get(str(plain).partition("[")[0], "string")


def union(types: Iterable[Type]) -> Type:
    """The narrowest type that holds all of these; text holds everything."""
    found: Type = None
    for each in types:
        found = _wider(found, each)
    return found


def _wider(one: Type, other: Type) -> Type:
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, tuple) and isinstance(other, tuple) and one[0] == other[0]:
        if one[0] == "array":
            return ("array", _wider(one[1], other[1]))
        return ("struct", merged(one[1], other[1]))
    if one in _WIDENING and other in _WIDENING:
        return max(one, other, key=_WIDENING.index)
    return "string"


def merged(one: Mapping[str, Type], other: Mapping[str, Type]) -> dict[str, Type]:
    """Columns of either, with the union of their types, those of the first first."""
    return {name: _wider(one.get(name), other.get(name)) for name in dict.fromkeys((*one, *other))}


def spelled(kind: Type) -> str:
    """The type as Glue writes it."""
    if kind is None:
        return "string"
    if isinstance(kind, str):
        return kind
    if kind[0] == "array":
        return f"array<{spelled(kind[1])}>"
    return f"struct<{','.join(f'{name}:{spelled(inner)}' for name, inner in kind[1].items())}>"


def alike(one: Mapping[str, Type], other: Mapping[str, Type]) -> bool:
    """Whether a crawler takes two schemas for one: seven in ten columns have the same name."""
    names = set(one) | set(other)
    return not names or len(set(one) & set(other)) / len(names) >= 0.7


def columns(schema: Mapping[str, Type]) -> list[dict[str, str]]:
    """The schema as a table's Columns."""
    return [{"Name": name, "Type": spelled(kind)} for name, kind in schema.items()]


def of_rows(names: Sequence[str], rows: Iterable[Sequence[str]]) -> dict[str, Type]:
    """The types of a text file's columns; what is empty throughout is text."""
    found: dict[str, Type] = dict.fromkeys(names)
    for row in rows:
        for name, text in zip(names, row, strict=False):
            found[name] = _wider(found[name], of_text(text))
    return {name: kind or "string" for name, kind in found.items()}

"""Lines of JSON, as the OpenX and Hive SerDes read them: keys in any case, a value of the column's type or an error.

A file of CloudTrail is one object whose records are the rows.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa

from emulator.services.athena.arrow_types import arrow_type
from emulator.services.athena.converted import lines
from emulator.services.athena.errors import QueryError
from emulator.services.athena.types import INTEGERS, Type

_CLOUDTRAIL = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def rows(table: Mapping[str, Any], path: Path, data: Sequence[tuple[str, Type]]) -> pa.Table:
    """A file's rows as the table's columns.

    Raises:
        QueryError: HIVE_CURSOR_ERROR, a line is not a JSON object; HIVE_BAD_DATA, a value is not of its column's type.
    """
    given = table["StorageDescriptor"].get("SerdeInfo", {}).get("Parameters", {})
    ignores = given.get("ignore.malformed.json", "false").lower() == "true"
    keys = {name: given.get(f"mapping.{name}", name).lower() for name, _ in data}
    dots = given.get("dots.in.keys", "false").lower() == "true"
    found = [_named(record, dots=dots) for record in _records(table, path, ignores=ignores)]
    columns = {}
    for place, (name, type_) in enumerate(data):
        values = [_field(record.get(keys[name]), type_, place) for record in found]
        columns[name] = pa.array(values, arrow_type(type_))
    return pa.table(columns)


def _records(table: Mapping[str, Any], path: Path, *, ignores: bool) -> Iterator[dict[str, Any]]:
    if table["StorageDescriptor"].get("InputFormat") == _CLOUDTRAIL:
        yield from _object(path.read_text(encoding="utf-8"), ignores=ignores).get("Records", [])
        return
    for line in lines(table, path):
        if line.strip():
            yield _object(line, ignores=ignores)


def _object(text: str, *, ignores: bool) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_int=_Number, parse_float=_Number)
    except ValueError as error:
        if ignores:
            return {}
        raise QueryError("HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object - JSONException: {error}") from error
    if not isinstance(found, dict):
        raise QueryError("HIVE_CURSOR_ERROR", "Row is not a valid JSON Object - JSONException: it is no object")
    return found


def _named(record: Mapping[str, Any], *, dots: bool) -> dict[str, Any]:
    """A record by its keys in small letters, as columns are named."""
    return {(key.replace(".", "_") if dots else key).lower(): value for key, value in record.items()}


def _field(value: Any, type_: Type, place: int) -> Any:
    try:
        return _value(value, type_)
    except (ValueError, TypeError, InvalidOperation, AttributeError) as error:
        raise QueryError(
            "HIVE_BAD_DATA", f"Error parsing field value '{_text(value)}' for field {place}: {error}"
        ) from error


def _value(value: Any, type_: Type) -> Any:
    if value is None:
        return None
    if type_.name == "array":
        return [_value(item, type_.arguments[0]) for item in (value if isinstance(value, list) else [value])]
    if type_.name == "map":
        return [(_value(key, type_.arguments[0]), _value(item, type_.arguments[1])) for key, item in value.items()]
    if type_.name == "row":
        fields = {key.lower(): item for key, item in value.items()}
        return {name: _value(fields.get(name.lower()), inner) for name, inner in type_.fields}
    if type_.name in INTEGERS:
        return _integer(value)
    return _SIMPLE[type_.name](value)


def _integer(value: Any) -> int:
    return int(Decimal(value)) if isinstance(value, _Number) else int(value)


def _text(value: Any) -> str:
    """A value as text: a nested one as JSON, a number as it was written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _json(value: Any) -> str:
    if isinstance(value, (dict, list, bool, _Number)):
        return _text(value)
    return json.dumps(value, ensure_ascii=False)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"{value} is no boolean")


def _timestamp(value: Any) -> datetime:
    if isinstance(value, _Number):
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if abs(seconds) > 1e11 else seconds, UTC).replace(tzinfo=None)
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "real": float,
    "double": float,
    "decimal": Decimal,
    "varchar": _text,
    "char": _text,
    "varbinary": base64.b64decode,
    "date": lambda value: date.fromisoformat(value[:10]),
    "timestamp": _timestamp,
}

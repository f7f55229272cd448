# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""Results as Athena's clients read them: the CSV in S3, its metadata, and pages of text values."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from emulator.services.athena import host_functions
from emulator.services.athena.types import Type

_PRECISION = {
    "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "real": 17, "double": 17, "varchar": 2147483647,
    "varbinary": 1073741824, "timestamp": 3, "timestamp with time zone": 3, "unknown": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Result:
    """A statement's rows, as text. `kind` is ``csv`` for queries and ``txt`` for DDL."""

    columns: tuple[tuple[str, Type], ...]
    rows: tuple[tuple[str | None, ...], ...]
    kind: str = "csv"
    update_count: int | None = None
    manifest: tuple[str, ...] = ()


# What a statement answers that only does something.
DONE = Result((), (), kind="txt")


def text(value: Any, type_: Type) -> str | None:
    """A value as Athena prints it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if type_.name in ("double", "real"):
        return host_functions.double_text(value) if type_.name == "double" else host_functions.real_text(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if type_.arguments:
        return _nested(value, type_)
    if isinstance(value, (datetime, date, time, timedelta)):
        return _moment(value, type_)
    if isinstance(value, bytes):
        return value.hex(" ")
    return str(value)


def _nested(value: Any, type_: Type) -> str:
    def shown(item: Any, inner: Type) -> str:
        rendered = text(item, inner)
        return "null" if rendered is None else rendered

    if type_.name == "array":
        return "[" + ", ".join(shown(item, type_.arguments[0]) for item in value) + "]"
    if type_.name == "map":
        pairs = zip(value["key"], value["value"], strict=True) if _split_map(value) else value.items()
        return "{" + ", ".join(f"{shown(k, type_.arguments[0])}={shown(v, type_.arguments[1])}" for k, v in pairs) + "}"
    return "{" + ", ".join(f"{name}={shown(value[name], inner)}" for name, inner in type_.fields) + "}"


def _split_map(value: dict[Any, Any]) -> bool:
    """DuckDB's client gives a map with unhashable keys as two lists."""
    return set(value) == {"key", "value"} and isinstance(value["key"], list)


def _moment(value: Any, type_: Type) -> str:
    if isinstance(value, datetime):
        if type_.zone:
            local = value.astimezone(_zone(type_.zone))
            return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03} {type_.zone}"
        digits = 3 if type_.precision is None else max(type_.precision, 3)
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond:06}"[: 20 + min(digits, 6)]
    if isinstance(value, time):
        return f"{value:%H:%M:%S}.{value.microsecond // 1000:03}"
    if isinstance(value, timedelta):
        if type_.name == "interval year to month":
            months = value.days // 30
            return f"{months // 12}-{months % 12}"
        return host_functions.interval_text(value.days, value.seconds * 1_000_000 + value.microseconds) or ""
    return str(value.isoformat())


def _zone(name: str) -> Any:
    return ZoneInfo(name) if name[0] not in "+-" else datetime.strptime(name, "%z").tzinfo


def render(rows: Iterable[Sequence[Any]], columns: Sequence[tuple[str, Type]]) -> tuple[tuple[str | None, ...], ...]:
    """Rows of DuckDB's Python values as rows of text."""
    kinds = [type_ for _, type_ in columns]
    return tuple(tuple(text(value, type_) for value, type_ in zip(row, kinds, strict=True)) for row in rows)


def csv(result: Result) -> bytes:
    """The result file: every value quoted, a null as nothing; DDL output as plain lines."""
    if result.kind == "txt":
        return "".join("\t".join(value or "" for value in row) + "\n" for row in result.rows).encode()
    header = tuple(name for name, _ in result.columns)
    return "".join(",".join(map(_quoted, row)) + "\n" for row in (header, *result.rows)).encode()


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def column_info(name: str, type_: Type) -> dict[str, Any]:
    """GetQueryResults' description of a column."""
    shown = {"real": "float", "unknown": "unknown"}.get(type_.name, type_.name)
    precision = type_.precision if type_.name in ("decimal", "varchar", "char") and type_.precision else None
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": shown,
        "Precision": precision or _PRECISION.get(type_.name, 0),
        "Scale": type_.scale or 0,
        "Nullable": "UNKNOWN",
        "CaseSensitive": type_.name in ("varchar", "char"),
    }


def page(result: Result, token: str | None, size: int) -> dict[str, Any]:
    """One page of GetQueryResults; the first row of a query's first page is its header.

    Raises:
        ValueError: the token is not one of ours.
    """
    header = [tuple(name for name, _ in result.columns)] if result.kind == "csv" and result.update_count is None else []
    rows: list[tuple[str | None, ...]] = [*header, *result.rows]
    start = json.loads(base64.b64decode(token)) if token else 0
    listed = [
        {"Data": [{"VarCharValue": v} if v is not None else {} for v in row]} for row in rows[start : start + size]
    ]
    answer: dict[str, Any] = {
        "UpdateCount": result.update_count or 0,
        "ResultSet": {
            "Rows": listed,
            "ResultSetMetadata": {"ColumnInfo": [column_info(name, type_) for name, type_ in result.columns]},
        },
    }
    if start + size < len(rows):
        answer["NextToken"] = base64.b64encode(json.dumps(start + size).encode()).decode()
    return answer


def now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)

"""Partition projection: partitions computed from the table's properties instead of looked up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator.services.athena.errors import QueryError, not_supported

Table = dict[str, Any]
_LIMIT = 1_000_000
_LETTERS = {
    "yyyy": "%Y", "yy": "%y", "MMM": "%b", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip


def enabled(table: Table) -> bool:
    """Whether the table's partitions are projected."""
    return str(table.get("Parameters", {}).get("projection.enabled", "")).lower() == "true"


def partitions(table: Table, values: Mapping[str, frozenset[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Values and location of every projected partition; `values` are the texts to which a statement binds columns.

    Raises:
        QueryError: INVALID_TABLE_PROPERTY, or a projection of a kind that is not supported.
    """
    parameters = table["Parameters"]
    names = [key["Name"] for key in table["PartitionKeys"]]
    axes = [_axis(name, parameters, values.get(name.lower())) for name in names]
    template = parameters.get("storage.location.template")
    if template is None:
        template = table["StorageDescriptor"]["Location"].rstrip("/") + "".join(f"/{n}=${{{n}}}" for n in names) + "/"
    for count, chosen in enumerate(itertools.product(*axes)):
        if count >= _LIMIT:
            raise QueryError("HIVE_EXCEEDED_PARTITION_LIMIT", f"more than {_LIMIT} projected partitions")
        location = template
        for name, value in zip(names, chosen, strict=True):
            location = location.replace(f"${{{name}}}", value)
        yield chosen, location


def _axis(name: str, parameters: dict[str, str], bound: frozenset[str] | None) -> list[str]:
    """The values of one column; `bound` are those that the statement allows, where it names them."""

    def setting(suffix: str, default: str | None = None) -> str:
        value = parameters.get(f"projection.{name}.{suffix}", default)
        if value is None:
            raise QueryError("INVALID_TABLE_PROPERTY", f"projection.{name}.{suffix} is missing")
        return value

    kind = setting("type").lower()
    if kind == "enum":
        return [value.strip() for value in setting("values").split(",")]
    if kind == "integer":
        low, high = (int(value) for value in setting("range").split(","))
        digits = int(setting("digits", "0"))
        return [str(value).zfill(digits) for value in range(low, high + 1, int(setting("interval", "1")))]
    if kind == "date":
        return _dates(setting("range"), setting("format"), int(setting("interval", "1")), setting("interval.unit", ""))
    if kind == "injected":
        if not bound:
            raise QueryError(
                "CONSTRAINT_VIOLATION",
                f"For the injected projected partition column {name}, the WHERE clause must contain only static "
                "equality conditions, and at least one such condition must be present.",
            )
        return sorted(bound)
    raise not_supported(f"partition projection of type {kind}")


def _dates(bounds: str, pattern: str, step: int, unit: str) -> list[str]:
    format_ = re.sub(
        r"'([^']*)'|" + "|".join(_LETTERS), lambda m: m[1] if m[1] is not None else _LETTERS[m[0]], pattern
    )
    if re.search(r"(?<!%)[A-Za-z](?![A-Za-z])", re.sub(r"%[A-Za-z]|'[^']*'", "", format_)) and "T" not in format_:
        raise not_supported(f"date projection with the format {pattern}")
    low, high = (_moment(bound.strip(), format_) for bound in bounds.split(","))
    unit = unit.upper().rstrip("S") or _smallest_unit(format_)
    values, moment, count = [], low, 0
    while moment <= high:
        values.append(moment.strftime(format_))
        count += step
        moment = _advance(low, count, unit)
    return values


def _smallest_unit(format_: str) -> str:
    for letter, unit in (("%S", "SECOND"), ("%M", "MINUTE"), ("%H", "HOUR"), ("%d", "DAY"), ("%m", "MONTH")):
        if letter in format_:
            return unit
    return "YEAR"


def _moment(text: str, format_: str) -> datetime:
    found = re.fullmatch(r"NOW(?:\s*([+-])\s*(\d+)\s*(\w+?)S?)?", text.upper())
    if found is None:
        try:
            return datetime.strptime(text, format_)
        except ValueError as error:
            raise QueryError("INVALID_TABLE_PROPERTY", f"projection range {text}: {error}") from error
    now = datetime.now(UTC).replace(tzinfo=None)
    return _advance(now, int((found[1] or "+") + (found[2] or "0")), found[3] or "DAY")


def _advance(moment: datetime, count: int, unit: str) -> datetime:
    if unit in ("MONTH", "YEAR"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEAR" else 1)
        year, month = divmod(months, 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, 28) if moment.day > 28 else moment.day)
    if unit not in ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND"):
        raise QueryError("INVALID_TABLE_PROPERTY", f"projection interval unit {unit}")
    return moment + timedelta(**{unit.lower() + "s": count})

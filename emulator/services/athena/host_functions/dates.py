"""Dates by patterns, MySQL's and Joda's, and as ISO 8601 and durations write them."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta

from emulator.services.athena.host_functions import date_fields, date_patterns
from emulator.services.athena.host_functions.failures import failure, invalid_argument


def date_format(moment: datetime, pattern: str) -> str:
    """A timestamp by a MySQL pattern."""
    return date_fields.written(moment, "UTC", date_patterns.mysql(pattern))


def date_parse(text: str, pattern: str) -> datetime:
    """A timestamp from text by a MySQL pattern; to the millisecond."""
    return date_fields.read(text, date_patterns.mysql(pattern))[0]


def format_datetime(moment: datetime, zone: str, pattern: str) -> str:
    """A timestamp by a Joda pattern; `zone` is what its letters z and Z show."""
    return date_fields.written(moment, zone, date_patterns.joda(pattern))


def parse_datetime(text: str, pattern: str) -> tuple[datetime, str]:
    """The wall clock and the zone in text by a Joda pattern; UTC where it names none."""
    moment, zone = date_fields.read(text, date_patterns.joda(pattern))
    return moment, zone or "UTC"


_ISO = re.compile(
    r"(?P<year>[+-]?\d{4,})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?))?|-W(?P<week>\d\d?)(?:-(?P<weekday>\d))?|-(?P<ordinal>\d{3}))?"
    r"(?:T(?:(?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?"
)


def iso_timestamp(text: str) -> tuple[datetime, str]:
    """The wall clock and the zone of an ISO 8601 timestamp; UTC where it names none."""
    found = _ISO.fullmatch(text)
    if found is None:
        raise invalid_argument(f'Invalid format: "{text}"')
    try:
        start = datetime.combine(_iso_day(found), datetime.min.time())
        fraction = int((found["fraction"] or "0").ljust(6, "0")[:6])
        clock = [int(found[name] or 0) for name in ("hour", "minute", "second")]
        moment = start.replace(hour=clock[0], minute=clock[1], second=clock[2], microsecond=fraction)
    except ValueError as error:
        raise invalid_argument(f'Cannot parse "{text}": {error}') from None
    return moment, zone_id(found["zone"] or "Z")


def zone_id(text: str) -> str:
    """A zone as Trino shows it: UTC, or an offset with a colon."""
    digits = text.replace(":", "")
    if text in ("Z", "UTC") or int(digits[1:].ljust(4, "0")) == 0:
        return "UTC"
    return f"{digits[:3]}:{digits[3:5] or '00'}"


def _iso_day(found: re.Match[str]) -> date:
    year = int(found["year"])
    if found["week"]:
        return date.fromisocalendar(year, int(found["week"]), int(found["weekday"] or 1))
    if found["ordinal"]:
        if not 1 <= int(found["ordinal"]) <= 366:
            raise ValueError("day of year must be between 1 and 366")
        return date(year, 1, 1) + timedelta(days=int(found["ordinal"]) - 1)
    return date(year, int(found["month"] or 1), int(found["day"] or 1))


def iso_date(text: str) -> date:
    """A date of ISO 8601: by month, by week or by day of the year."""
    found = _ISO.fullmatch(text)
    if found is None or "T" in text:
        raise invalid_argument(f'Invalid format: "{text}"')
    try:
        return _iso_day(found)
    except ValueError as error:
        raise invalid_argument(f'Cannot parse "{text}": {error}') from None


def in_utc(moment: datetime, zone: str, text: str) -> datetime:
    """The instant, where the zone is UTC: a column's values have one zone here."""
    if zone != "UTC":
        raise failure("NOT_SUPPORTED", f"a column of timestamps whose time zones differ: {text}")
    return moment.replace(tzinfo=UTC)


def zoned_timestamp(text: str) -> datetime:
    """The instant of ``2020-01-01 10:00 UTC``, as a cast reads it; UTC where no zone is named."""
    found = re.fullmatch(
        r"\s*(\d{4,}-\d\d?-\d\d?)(?: (\d\d?:\d\d(?::\d\d(?:\.\d+)?)?))?\s*([A-Za-z][\w/+-]*|[+-]\d\d:\d\d)?\s*", text
    )
    refused = failure("INVALID_CAST_ARGUMENT", f"Value cannot be cast to timestamp with time zone: {text}")
    if found is None:
        raise refused
    year, month, day = map(int, found[1].split("-"))
    hour, minute, second = ([float(part) for part in (found[2] or "0").split(":")] + [0.0, 0.0])[:3]
    try:
        moment = datetime(year, month, day, int(hour), int(minute), int(second), round(second % 1 * 1_000_000))
    except ValueError:
        raise refused from None
    return in_utc(moment, zone_id(found[3]) if found[3] and found[3][0] in "+-" else found[3] or "UTC", text)


_UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def human_readable_seconds(seconds: float) -> str:
    """``93 weeks, 1 day``: a number of seconds in words."""
    if math.isnan(seconds) or math.isinf(seconds):
        raise invalid_argument(f"Invalid argument found: {seconds}")
    rest, parts = round(abs(seconds)), []
    for name, size in _UNITS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {name}{'' if number == 1 else 's'}")
    return ", ".join(parts) or "0 seconds"


_DURATIONS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6, "d": 8.64e7}


def parse_duration(text: str) -> int:
    """``3.81 d`` in milliseconds."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if found is None:
        raise invalid_argument(f"duration is not a valid data duration string: {text}")
    if found[2] not in _DURATIONS:
        raise invalid_argument(f"Unknown time unit: {found[2]}")
    return math.floor(float(found[1]) * _DURATIONS[found[2]] + 0.5)


def _instant(text: str, pattern: str) -> datetime:
    return in_utc(*parse_datetime(text, pattern), text)


FUNCTIONS = (
    ("trino_date_format", date_format, ["TIMESTAMP", "VARCHAR"], "VARCHAR"),
    ("trino_date_parse", date_parse, ["VARCHAR", "VARCHAR"], "TIMESTAMP"),
    ("trino_format_datetime", format_datetime, ["TIMESTAMP", "VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_parse_datetime", _instant, ["VARCHAR", "VARCHAR"], "TIMESTAMPTZ"),
    ("trino_iso_timestamp", lambda text: in_utc(*iso_timestamp(text), text), ["VARCHAR"], "TIMESTAMPTZ"),
    ("trino_zoned_timestamp", zoned_timestamp, ["VARCHAR"], "TIMESTAMPTZ"),
    ("trino_iso_date", iso_date, ["VARCHAR"], "DATE"),
    ("trino_human_readable_seconds", human_readable_seconds, ["DOUBLE"], "VARCHAR"),
    ("trino_parse_duration", parse_duration, ["VARCHAR"], "BIGINT"),
)

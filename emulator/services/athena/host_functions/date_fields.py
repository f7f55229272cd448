"""The fields that a date pattern is made of, and writing and reading a moment by them.

A pattern becomes a sequence of fields and literal texts; a field's least and most digits are those that Joda-Time uses.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from emulator.services.athena.host_functions.failures import invalid_argument


@dataclass(frozen=True)
class Field:
    """A literal text, or a part of a moment; `least` and `most` are its digits."""

    name: str
    least: int = 0
    most: int = 0
    text: str = ""


def written(moment: datetime, zone: str, fields: Sequence[Field]) -> str:
    """The moment by the fields."""
    return "".join(field.text or _written(moment, zone, field) for field in fields)


def _written(moment: datetime, zone: str, field: Field) -> str:
    if field.name == "fraction":
        return f"{moment.microsecond:06}000"[: field.least]
    words = {
        "weekday_short": calendar.day_abbr[moment.weekday()], "weekday_long": calendar.day_name[moment.weekday()],
        "month_short": calendar.month_abbr[moment.month], "month_long": calendar.month_name[moment.month],
        "halfday": "AM" if moment.hour < 12 else "PM", "era": "AD", "zone_name": zone,
    }  # fmt: skip
    if field.name in words:
        return words[field.name]
    if field.name.startswith("offset"):
        seconds = int((offset(zone, moment)).total_seconds())
        sign, minutes = ("-", -seconds // 60) if seconds < 0 else ("+", seconds // 60)
        return f"{sign}{minutes // 60:02}{':' if field.name == 'offset_colon' else ''}{minutes % 60:02}"
    week_year, week, weekday = moment.isocalendar()
    numbers = {
        "year": moment.year, "year2": moment.year % 100, "week_year": week_year, "week_year2": week_year % 100,
        "century": moment.year // 100, "month": moment.month, "day": moment.day, "week": week, "weekday": weekday,
        "day_of_year": moment.timetuple().tm_yday, "hour": moment.hour, "hour11": moment.hour % 12,
        "hour12": moment.hour % 12 or 12, "hour24": moment.hour or 24, "minute": moment.minute, "second": moment.second,
    }  # fmt: skip
    return f"{numbers[field.name]:0{field.least}}"


def offset(zone: str, moment: datetime) -> timedelta:
    """A zone's distance from UTC at a wall clock."""
    if zone[0] in "+-":
        sign = -1 if zone[0] == "-" else 1
        return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return moment.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()


def read(text: str, fields: Sequence[Field]) -> tuple[datetime, str | None]:
    """The moment that text means by the fields, and the zone that it names."""
    found: dict[str, int | str] = {}
    place = 0
    for field in fields:
        pattern = _reading(field)
        match = re.compile(pattern, re.IGNORECASE).match(text, place)
        if match is None:
            short = place >= len(text)
            problem = "is too short" if short else f'is malformed at "{text[place:]}"'
            raise invalid_argument(f'Invalid format: "{text}"' + (f" {problem}" if place or short else ""))
        found |= dict(_meaning(field, match[0]))
        place = match.end()
    if place < len(text):
        raise invalid_argument(f'Invalid format: "{text}" is malformed at "{text[place:]}"')
    try:
        return _moment(found), str(found["zone"]) if "zone" in found else None
    except ValueError as error:
        raise invalid_argument(f'Cannot parse "{text}": {error}') from None


def _reading(field: Field) -> str:
    if field.text:
        return re.escape(field.text)
    words = {
        "weekday_short": "|".join([*calendar.day_name, *calendar.day_abbr]),
        "month_short": "|".join([*list(calendar.month_name)[1:], *list(calendar.month_abbr)[1:]]),
        "halfday": "AM|PM", "era": "AD", "zone_name": r"[A-Za-z][\w/+-]*",
        "offset": r"Z|[+-]\d\d(?::?\d\d)?", "offset_colon": r"Z|[+-]\d\d(?::?\d\d)?",
    }  # fmt: skip
    words |= {"weekday_long": words["weekday_short"], "month_long": words["month_short"]}
    sign = "[+-]?" if field.name in ("year", "week_year") else ""
    return words.get(field.name, rf"{sign}\d{{1,{field.most}}}")


def _meaning(field: Field, text: str) -> Iterator[tuple[str, int | str]]:
    if field.text or field.name.startswith("weekday_") or field.name == "era":
        return
    if field.name.startswith("month_"):
        yield "month", [name[:3].lower() for name in calendar.month_abbr].index(text[:3].lower())
    elif field.name == "halfday":
        yield "afternoon", int(text.upper() == "PM")
    elif field.name == "fraction":
        yield "microsecond", int(text.ljust(3, "0")[:3]) * 1000
    elif field.name in ("zone_name", "offset", "offset_colon"):
        digits = text.replace(":", "")
        named = text if text[0].isalpha() else f"{digits[:3]}:{digits[3:5] or '00'}"
        yield "zone", "UTC" if named in ("Z", "UTC", "+00:00", "-00:00") else named
    elif field.name == "year2":
        yield "year", int(text) + (2000 if int(text) < 70 else 1900)
    else:
        yield field.name, int(text)


def _moment(found: dict[str, int | str]) -> datetime:
    part = {name: value for name, value in found.items() if isinstance(value, int)}
    for name, least, most in (("hour12", 1, 12), ("hour24", 1, 24), ("hour11", 0, 11), ("week", 1, 53)):
        if name in part and not least <= part[name] <= most:
            raise ValueError(f"Value {part[name]} for {name} must be in the range [{least},{most}]")
    # Joda's own defaults: 1970-01-01, but the year 2000 where there is a month or a day.
    year = part.get("year", 1970 if part.keys().isdisjoint({"month", "day", "day_of_year"}) else 2000)
    if "day_of_year" in part:
        day = datetime(year, 1, 1) + timedelta(days=part["day_of_year"] - 1)
    elif "week" in part or "week_year" in part:
        day = datetime.fromisocalendar(part.get("week_year", 1970), part.get("week", 1), part.get("weekday", 1))
    else:
        day = datetime(year, part.get("month", 1), part.get("day", 1))
    hour = part.get("hour", part.get("hour24", 0) % 24)
    if "hour12" in part or "hour11" in part:
        hour = part.get("hour12", part.get("hour11", 0)) % 12 + 12 * part.get("afternoon", 0)
    return day.replace(
        hour=hour, minute=part.get("minute", 0), second=part.get("second", 0), microsecond=part.get("microsecond", 0)
    )

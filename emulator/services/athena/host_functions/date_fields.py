"""The fields that a date pattern is made of, and writing and reading a moment by them.

A pattern becomes a sequence of fields and literal texts; a field's least and most digits are those that Joda-Time uses.
"""

from __future__ import annotations

import calendar
import functools
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


def _number(name: str, least: int, most: int | None = None) -> Field:
    return Field(name, least, most or max(least, 2))


def literal(text: str) -> Field:
    """Text that stands for itself."""
    return Field("literal", text=text)


_CLOCK = [_number("hour", 2), literal(":"), _number("minute", 2), literal(":"), _number("second", 2)]
_HALF = [_number("hour12", 2), *_CLOCK[1:], literal(" "), Field("halfday")]
_MYSQL: dict[str, list[Field]] = {
    "a": [Field("weekday_short")], "b": [Field("month_short")], "c": [_number("month", 1)], "d": [_number("day", 2)],
    "e": [_number("day", 1)], "f": [_number("fraction", 6, 9)], "H": [_number("hour", 2)], "h": [_number("hour12", 2)],
    "I": [_number("hour12", 2)], "i": [_number("minute", 2)], "j": [_number("day_of_year", 3)],
    "k": [_number("hour", 1)], "l": [_number("hour12", 1)], "M": [Field("month_long")], "m": [_number("month", 2)],
    "p": [Field("halfday")], "r": _HALF, "S": [_number("second", 2)], "s": [_number("second", 2)], "T": _CLOCK,
    "v": [_number("week", 2)], "W": [Field("weekday_long")], "x": [_number("week_year", 4)],
    "Y": [_number("year", 4)], "y": [Field("year2", 2, 2)],
}  # fmt: skip


@functools.lru_cache(maxsize=256)
def mysql(pattern: str) -> tuple[Field, ...]:
    """The fields of a MySQL pattern."""
    fields: list[Field] = []
    for found in re.finditer(r"%(.)|([^%]+)|%$", pattern, re.DOTALL):
        letter, plain = found.groups()
        if letter is not None and letter in "DUuVwX":
            raise invalid_argument(f"%{letter} not supported in date format string")
        fields += _MYSQL.get(letter, [literal(letter)]) if letter else [literal(plain or "%")]
    return tuple(fields)


# Letter: the field, and its most digits when it is read and a number does not follow.
_JODA = {
    "x": ("week_year", 9), "w": ("week", 2), "e": ("weekday", 1), "y": ("year", 9), "Y": ("year", 9),
    "D": ("day_of_year", 3), "d": ("day", 2), "K": ("hour11", 2), "h": ("hour12", 2), "H": ("hour", 2),
    "k": ("hour24", 2), "m": ("minute", 2), "s": ("second", 2), "S": ("fraction", 9), "C": ("century", 9),
}  # fmt: skip


@functools.lru_cache(maxsize=256)
def joda(pattern: str) -> tuple[Field, ...]:
    """The fields of a Joda pattern."""
    tokens = [found[0] for found in re.finditer(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'", pattern)]
    return tuple(_joda(token, tokens[place + 1 :][:1]) for place, token in enumerate(tokens))


def _joda(letters: str, following: list[str]) -> Field:
    letter, size = letters[0], len(letters)
    if letters == "'":
        raise invalid_argument(f"Invalid pattern: unterminated quote in {letters}")
    if letter == "'":
        return literal(letters[1:-1].replace("''", "'") or "'")
    if not letter.isalpha():
        return literal(letters)
    words = _joda_words(letter, size)
    if words:
        return Field(words, 2, 2)
    if letter == "M":
        return _number("month", size)
    if letter not in _JODA:
        raise invalid_argument(f"Illegal pattern component: {letters}")
    return _joda_number(letter, size, following)


def _joda_words(letter: str, size: int) -> str:
    """The field of a letter that is no number, or a year of two digits; empty for others."""
    if letter in "yYx" and size == 2:
        return "week_year2" if letter == "x" else "year2"
    if letter == "M" and size > 2:
        return "month_long" if size > 3 else "month_short"
    if letter in "zZ":
        return "zone_name" if letter == "z" or size > 2 else "offset_colon" if size == 2 else "offset"
    return {"E": "weekday_long" if size > 3 else "weekday_short", "a": "halfday", "G": "era"}.get(letter, "")


def _joda_number(letter: str, size: int, following: list[str]) -> Field:
    name, most = _JODA[letter]
    if letter == "S":
        return Field(name, size, size)
    numeric = bool(following) and (following[0][0] in _JODA or re.fullmatch("MM?", following[0]) is not None)
    return Field(name, size, size if numeric and most == 9 else max(size, most))


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

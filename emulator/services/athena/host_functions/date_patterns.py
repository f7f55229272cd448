"""Date patterns, MySQL's and Joda's, as sequences of fields.

A field's least and most digits are those that Joda-Time uses.
"""

from __future__ import annotations

import functools
import re

from emulator.services.athena.host_functions.date_fields import Field
from emulator.services.athena.host_functions.failures import invalid_argument


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

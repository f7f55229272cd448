# ruff: noqa: PLR0911 (each return is one conversion)
"""``format``: Java's Formatter over values that come as text with their types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from emulator.services.athena.host_functions import date_fields, date_patterns
from emulator.services.athena.host_functions.failures import invalid_argument

_SPECIFIER = re.compile(r"%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([tT])?([a-zA-Z%])|(%)")
_INTEGERS = {"tinyint", "smallint", "integer", "bigint"}
_Value = tuple[str | None, str]


def format_(pattern: str, values: Sequence[str | None], types: Sequence[str]) -> str:
    """The pattern with its specifiers replaced; `types` are the Trino types of the values."""
    given = list(zip(values, types, strict=True))
    ordinary, last = 0, 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal ordinary, last
        index, again, flags, width, precision, moment, letter, _ = found.groups()
        if letter is None:
            raise _invalid(pattern, "UnknownFormatConversionException: Conversion = '%'")
        if letter in "%n" and not moment:
            return _padded("%" if letter == "%" else "\n", flags, width)
        if index:
            last = int(index)
        elif not again:
            ordinary += 1
            last = ordinary
        if not 1 <= last <= len(given):
            raise _invalid(pattern, f"MissingFormatArgumentException: Format specifier '{found[0]}'")
        text = _converted(pattern, given[last - 1], flags, width, precision, moment, letter)
        return _padded(text.upper() if moment == "T" or (letter.isupper() and not moment) else text, flags, width)

    return _SPECIFIER.sub(replaced, pattern)


def _invalid(pattern: str, problem: str) -> ValueError:
    return invalid_argument(f"Invalid format string: {pattern} ({problem})")


def _padded(text: str, flags: str, width: str | None) -> str:
    size = int(width or 0)
    return text.ljust(size) if "-" in flags else text.rjust(size)


def _converted(
    pattern: str, value: _Value, flags: str, width: str | None, precision: str | None, moment: str | None, letter: str
) -> str:
    text, type_ = value
    kind = letter.lower()
    if text is None:
        return "false" if kind == "b" else "null"
    if moment:
        return _moment(pattern, text, type_, letter)
    if kind == "s":
        shown = _java_text(text, type_)
        return shown if precision is None else shown[: int(precision)]
    if kind == "b":
        return text if type_ == "boolean" else "true"
    if kind == "h":
        return f"{_hash(text):x}"
    if kind == "c" and (type_.startswith(("varchar", "char")) or type_ in _INTEGERS):
        return chr(int(text)) if type_ in _INTEGERS else text
    if kind in "dxo" and type_ in _INTEGERS:
        return _integer(int(text), kind, flags, width)
    if kind in "feg" and (type_.startswith("decimal") or type_ in ("double", "real")):
        return _fractional(text, kind, flags, width, 6 if precision is None else int(precision))
    raise _invalid(pattern, f"IllegalFormatConversionException: {letter} != {type_}")


def _java_text(text: str, type_: str) -> str:
    """What Java's toString gives, which for a timestamp is not what CAST gives."""
    if not type_.startswith("timestamp"):
        return text
    day, clock, *zone = text.split(" ")
    shown = clock.rstrip("0").rstrip(".") if "." in clock else clock
    shown = shown + ":00"[: 3 * (shown.count(":") == 0)]
    shown = shown.removesuffix(":00") if shown.count(":") == 2 else shown
    shown = ":".join(part.ljust(2, "0") for part in shown.split(":"))
    suffix = "" if not zone else "Z[UTC]" if zone == ["UTC"] else zone[0]
    return f"{day}T{shown}{suffix}"


def _hash(text: str) -> int:
    value = 0
    for unit in text.encode("utf-16-be")[1::2] if text.isascii() else map(ord, text):
        value = (31 * value + unit) & 0xFFFFFFFF
    return value


def _integer(value: int, kind: str, flags: str, width: str | None) -> str:
    if kind == "d":
        return _signed(value < 0, f"{abs(value):,}" if "," in flags else str(abs(value)), flags, width)
    shown = f"{value & (2**64 - 1) if value < 0 else value:{kind}}"
    shown = ({"x": "0x", "o": "0"}[kind] if "#" in flags else "") + shown
    return shown.rjust(int(width or 0), "0") if "0" in flags else shown


def _fractional(text: str, kind: str, flags: str, width: str | None, precision: int) -> str:
    if text in ("NaN", "Infinity", "-Infinity"):
        return text
    value = Decimal(text)
    if kind == "e":
        shown = f"{abs(value):.{precision}e}"
        mantissa, exponent = shown.split("e")
        shown = f"{mantissa}e{exponent[0]}{exponent[1:].rjust(2, '0')}"
    elif kind == "g":
        shown = _general(abs(value), precision or 1)
    else:
        rounded = abs(value).quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)
        shown = f"{rounded:,f}" if "," in flags else f"{rounded:f}"
    return _signed(value < 0 or text.startswith("-"), shown, flags, width)


def _general(value: Decimal, precision: int) -> str:
    """Java's %g: plain from 10^-4 up to 10^precision, with an exponent elsewhere; zeros are kept."""
    if value != 0 and not Decimal("0.0001") <= value < Decimal(10) ** precision:
        mantissa, exponent = f"{value:.{precision - 1}e}".split("e")
        return f"{mantissa}e{exponent[0]}{exponent[1:].rjust(2, '0')}"
    digits = precision - (value.adjusted() + 1 if value else 1)
    return f"{value.quantize(Decimal(1).scaleb(-max(digits, 0)), ROUND_HALF_UP):f}"


def _signed(negative: bool, digits: str, flags: str, width: str | None) -> str:
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    if negative and "(" in flags:
        return f"({digits})"
    if "0" in flags:
        digits = digits.rjust(int(width or 0) - len(sign), "0")
    return sign + digits


_MOMENTS = {
    "A": "%W", "a": "%a", "B": "%M", "b": "%b", "h": "%b", "Y": "%Y", "y": "%y", "m": "%m", "d": "%d", "e": "%e",
    "H": "%H", "I": "%h", "k": "%k", "l": "%l", "M": "%i", "S": "%s", "p": "%p", "j": "%j", "R": "%H:%i", "T": "%T",
    "r": "%r", "D": "%m/%d/%y", "F": "%Y-%m-%d",
}  # fmt: skip


def _moment(pattern: str, text: str, type_: str, letter: str) -> str:
    if letter not in _MOMENTS:
        raise _invalid(pattern, f"UnknownFormatConversionException: Conversion = 't{letter}'")
    if not type_.startswith(("date", "timestamp")):
        raise _invalid(pattern, f"IllegalFormatConversionException: {letter} != {type_}")
    moment = datetime.fromisoformat(" ".join(text.split(" ")[:2]))
    shown = date_fields.written(moment, "UTC", date_patterns.mysql(_MOMENTS[letter]))
    return shown.lower() if letter == "p" else shown


format_.accepts_null = True  # type: ignore[attr-defined]
FUNCTIONS = (("trino_format", format_, ["VARCHAR", "VARCHAR[]", "VARCHAR[]"], "VARCHAR"),)

"""The letters of date patterns, MySQL's and Joda's, as strftime writes them."""

from __future__ import annotations

# What each letter of a pattern is in strftime. A letter that is not here is refused.
MYSQL = {
    "%a": "%a", "%b": "%b", "%c": "%-m", "%d": "%d", "%e": "%-d", "%f": "%f", "%H": "%H", "%h": "%I", "%I": "%I",
    "%i": "%M", "%j": "%j", "%k": "%-H", "%l": "%-I", "%M": "%B", "%m": "%m", "%p": "%p", "%r": "%I:%M:%S %p",
    "%S": "%S", "%s": "%S", "%T": "%H:%M:%S", "%v": "%V", "%W": "%A", "%x": "%G", "%Y": "%Y", "%y": "%y", "%%": "%%",
}  # fmt: skip
JODA = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "xxxx": "%G", "ww": "%V", "MM": "%m", "M": "%-m", "MMM": "%b",
    "MMMM": "%B", "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j", "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A",
    "e": "%u", "a": "%p", "hh": "%I", "h": "%-I", "HH": "%H", "H": "%-H", "mm": "%M", "m": "%-M", "ss": "%S",
    "s": "%-S", "SSS": "%g", "SSSSSS": "%f",
}  # fmt: skip

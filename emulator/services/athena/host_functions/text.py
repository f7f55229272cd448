"""Text: letters, distances, phonetics, and text split into maps."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from emulator.services.athena.host_functions.failures import invalid_argument


def upper(text: str) -> str:
    """Each letter in upper case; one whose capital form is several letters stays as it is."""
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)


def normalize(text: str, form: str) -> str:
    """A Unicode normal form: NFC, NFD, NFKC or NFKD."""
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


def position(text: str, wanted: str, instance: int) -> int:
    """Where the n-th `wanted` starts, counted from one, from the end where n is negative; 0 where there is none."""
    if instance == 0:
        raise invalid_argument("'instance' must not be a positive or negative number.")
    if not wanted:
        return 1
    place = -1 if instance > 0 else len(text)
    for _ in range(abs(instance)):
        place = text.find(wanted, place + 1) if instance > 0 else text.rfind(wanted, 0, place + len(wanted) - 1)
        if place < 0:
            return 0
    return place + 1


def replace(text: str, wanted: str, other: str) -> str:
    """Every `wanted` replaced; an empty one stands between all letters."""
    return text.replace(wanted, other)


def decode_utf8(value: bytes, replacement: str) -> str:
    """Bytes as text, each invalid sequence replaced."""
    if len(replacement) > 1:
        raise invalid_argument("Replacement string must empty or a single character")
    pieces = value.decode(errors="surrogateescape")
    if not any("\ud800" <= letter <= "\udfff" for letter in pieces):
        return pieces
    return "".join(replacement if "\ud800" <= letter <= "\udfff" else letter for letter in pieces)


def decode_utf8_code(value: bytes, replacement: int) -> str:
    """As `decode_utf8`, the replacement given as a code point."""
    return decode_utf8(value, chr(replacement))


_SOUNDEX = {
    **dict.fromkeys("BFPV", "1"), **dict.fromkeys("CGJKQSXZ", "2"), **dict.fromkeys("DT", "3"), "L": "4",
    **dict.fromkeys("MN", "5"), "R": "6",
}  # fmt: skip


def soundex(text: str) -> str:
    """The American Soundex code: a letter and three digits."""
    letters = [letter for letter in text.upper() if letter.isalpha()]
    if not letters:
        return ""
    if any(letter not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for letter in letters):
        raise invalid_argument(f"The character is not mapped: {text}")
    code, last = letters[0], _SOUNDEX.get(letters[0], "")
    for letter in letters[1:]:
        digit = _SOUNDEX.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "HW":
            last = digit
    return (code + "000")[:4]


def luhn_check(digits: str) -> bool | None:
    """Whether the last digit is the one that Luhn's algorithm gives."""
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()):
        raise invalid_argument("Input contains invalid character")
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def hamming_distance(left: str, right: str) -> int:
    """At how many places two texts of the same length differ."""
    if len(left) != len(right):
        raise invalid_argument("The input strings to hamming_distance function must have the same length")
    return sum(a != b for a, b in zip(left, right, strict=True))


def _entries(text: str, between: str, inside: str) -> Iterator[tuple[str, str]]:
    if not between or not inside or between == inside:
        raise invalid_argument("entryDelimiter and keyValueDelimiter must not be the same")
    for entry in text.split(between) if text else ():
        key, found, value = entry.partition(inside)
        if not entry:
            continue
        if not found:
            raise invalid_argument(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        yield key, value


def split_to_map(text: str, between: str, inside: str) -> dict[str, str]:
    """``a=1;b=2`` as a map; a key that comes twice is an error."""
    found: dict[str, str] = {}
    for key, value in _entries(text, between, inside):
        if inside in value:
            raise invalid_argument(
                f"Key-value delimiter must appear exactly once in each entry. Bad input: '{key}{inside}{value}'"
            )
        if key in found:
            raise invalid_argument(f"Duplicate keys ({key}) are not allowed")
        found[key] = value
    return found


def split_to_multimap(text: str, between: str, inside: str) -> dict[str, list[str]]:
    """``a=1;a=2`` as a map from each key to its values in order."""
    found: dict[str, list[str]] = {}
    for key, value in _entries(text, between, inside):
        found.setdefault(key, []).append(value)
    return found


FUNCTIONS = (
    ("trino_upper", upper, ["VARCHAR"], "VARCHAR"),
    ("trino_normalize", normalize, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_position", position, ["VARCHAR", "VARCHAR", "BIGINT"], "BIGINT"),
    ("trino_replace", replace, ["VARCHAR", "VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_decode_utf8", decode_utf8, ["BLOB", "VARCHAR"], "VARCHAR"),
    ("trino_decode_utf8_code", decode_utf8_code, ["BLOB", "BIGINT"], "VARCHAR"),
    ("trino_soundex", soundex, ["VARCHAR"], "VARCHAR"),
    ("trino_luhn_check", luhn_check, ["VARCHAR"], "BOOLEAN"),
    ("trino_hamming_distance", hamming_distance, ["VARCHAR", "VARCHAR"], "BIGINT"),
    ("trino_split_to_map", split_to_map, ["VARCHAR", "VARCHAR", "VARCHAR"], "MAP(VARCHAR, VARCHAR)"),
    ("trino_split_to_multimap", split_to_multimap, ["VARCHAR", "VARCHAR", "VARCHAR"], "MAP(VARCHAR, VARCHAR[])"),
)

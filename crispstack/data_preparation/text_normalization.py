"""Texts that mean the same are made the same: Unicode forms, invisible characters, accents, case, white space."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from crispstack.preparation_plan import Cleaning, TextStep

_LETTERS = str.maketrans(
    {
        "\N{LATIN SMALL LETTER SHARP S}": "ss",
        "\N{LATIN CAPITAL LETTER SHARP S}": "SS",
        "\N{LATIN SMALL LETTER AE}": "ae",
        "\N{LATIN CAPITAL LETTER AE}": "AE",
        "\N{LATIN SMALL LIGATURE OE}": "oe",
        "\N{LATIN CAPITAL LIGATURE OE}": "OE",
        "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
        "\N{LATIN CAPITAL LETTER O WITH STROKE}": "O",
        "\N{LATIN SMALL LETTER L WITH STROKE}": "l",
        "\N{LATIN CAPITAL LETTER L WITH STROKE}": "L",
        "\N{LATIN SMALL LETTER D WITH STROKE}": "d",
        "\N{LATIN CAPITAL LETTER D WITH STROKE}": "D",
        "\N{LATIN SMALL LETTER THORN}": "th",
        "\N{LATIN CAPITAL LETTER THORN}": "Th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
"""Latin letters that Unicode does not decompose into a plain letter and a mark."""


def normalized(text: str, cleaning: Cleaning) -> str:
    """The text after the cleaning's steps, cut to its maximum length in code points, without spaces around it."""
    for step in cleaning.text:
        text = _STEPS[step](text)
    if cleaning.maximum_length is not None:
        text = text[: cleaning.maximum_length]
    return text.strip(" ")


def _strip_controls(text: str) -> str:
    """Without control and format characters, the zero-width ones and the byte order mark; line ends become spaces."""
    if text.isprintable():
        return text
    kept = (" " if c in "\t\n\v\f\r\x85\u2028\u2029" else c for c in text)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf"))


def _fold_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def _ascii(text: str) -> str:
    """Accents folded, compatibility forms replaced, and a question mark for what ASCII does not have."""
    if text.isascii():
        return text
    return _fold_accents(unicodedata.normalize("NFKC", text)).encode("ascii", "replace").decode("ascii")


_STEPS: Mapping[TextStep, Callable[[str], str]] = {
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfkc": lambda text: unicodedata.normalize("NFKC", text),
    "strip_controls": _strip_controls,
    "collapse_whitespace": lambda text: " ".join(text.split()),
    "fold_accents": _fold_accents,
    "lower": str.lower,
    "upper": str.upper,
    "casefold": str.casefold,
    "ascii": _ascii,
}

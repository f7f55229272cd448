"""What becomes of personal columns, row by row: the same in the preparation job and for a prediction.

Treating what was treated changes nothing, so a caller may send pseudonyms and bands instead of what they stand for.
"""

from __future__ import annotations

import datetime as dt
import hmac
import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from crispstack.charter import Charter, Column
from crispstack.data_preparation.categories import Array, Categories
from crispstack.data_preparation.categories import Column as Values
from crispstack.data_preparation.values import MISSING, UnparsableError, parse_text
from crispstack.errors import DataError
from crispstack.privacy_plan import PrivacyTreatment

PSEUDONYM = "hmac:"
"""What a pseudonym begins with, so that it is told from what it stands for."""
WITHHELD = "(withheld)"
_PSEUDONYM = re.compile(rf"{PSEUDONYM}[0-9a-f]+")
_LEAST_KEY_BYTES = 16


def treat(columns: Mapping[str, Values], treatments: Sequence[PrivacyTreatment], key: bytes = b"") -> dict[str, Values]:
    """The columns with every treatment applied; those dropped are left out, all others are passed on.

    Args:
        columns: typed columns of n rows: float32 with NaN, or categories with `MISSING`.
        treatments: of the source's columns; those of columns that are not there do nothing.
        key: the project's secret, from which pseudonyms are made.

    Raises:
        DataError: a column is to be hashed and there is no key, or one too short to keep a secret.
    """
    by_name = {treatment.column: treatment for treatment in treatments}
    return {
        name: _treated(values, by_name[name], key) if name in by_name else values
        for name, values in columns.items()
        if name not in by_name or by_name[name].treatment != "drop"
    }


def pseudonym(text: str, key: bytes, digits: int) -> str:
    """``hmac:`` and the first hexadecimal digits of the text's HMAC-SHA256 (RFC 2104) under the project's key.

    Raises:
        DataError: there is no key, or one too short to keep a secret.
    """
    if _PSEUDONYM.fullmatch(text):
        return text
    if len(key) < _LEAST_KEY_BYTES:
        remedy = "deploy the project's stack, which makes one"
        raise DataError(f"a column is to be hashed, which takes a key of {_LEAST_KEY_BYTES} bytes or more; {remedy}")
    # A request can hold half of a surrogate pair, which is no UTF-8.
    return PSEUDONYM + hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:digits]


def collision_probability(values: int, digits: int) -> float:
    """Probability that any two of so many distinct values get one pseudonym.

    The birthday bound 1 - exp(-n(n - 1) / 2N) for n values and N pseudonyms, an approximation for n far below N.
    """
    return -math.expm1(-values * (values - 1) / 2 / 16.0**digits)


def key_fingerprint(key: bytes) -> str:
    """16 hexadecimal digits that tell one key from another and nothing else of it; empty without a key."""
    return hmac.digest(key, b"fingerprint", "sha256").hex()[:16] if key else ""


def hashes(charter: Charter) -> bool:
    """Whether any column is hashed, so that the project needs a key."""
    return any(treatment.treatment == "hash" for treatment in charter.privacy)


def treated_raw(texts: Mapping[str, str | None], charter: Charter, key: bytes) -> dict[str, str | None]:
    """One raw row of the first source as people may see it: see `treated_texts`."""
    return treated_texts(texts, charter.source.columns, charter.treatments(charter.source.name), charter, key)


def treated_texts(
    texts: Mapping[str, str | None],
    columns: Sequence[Column],
    treatments: Sequence[PrivacyTreatment],
    charter: Charter,
    key: bytes,
) -> dict[str, str | None]:
    """The texts of a row as people may see them: dropped columns are left out, the others treated.

    A value that is not of its column's type cannot be generalized and is withheld.
    """
    by_name = {each.column: each for each in treatments}
    known = {column.name: column for column in columns}
    missing_values = frozenset(charter.preparation.missing_values)
    return {
        name: _treated_text(text, known[name], by_name[name], missing_values, key) if name in by_name else text
        for name, text in texts.items()
        if name not in by_name or by_name[name].treatment != "drop"
    }


def treated_line(line: str, charter: Charter) -> str:
    """A raw line that could not be told into columns: withheld where any column of it is treated."""
    treated = [each.column for each in charter.treatments(charter.source.name) if each.treatment != "keep"]
    if not treated:
        return line
    return f"{WITHHELD[:-1]}: {len(line)} characters that may hold {', '.join(treated)})"


def _treated(values: Values, treatment: PrivacyTreatment, key: bytes) -> Values:
    if treatment.treatment == "keep":
        return values
    if isinstance(values, Categories):
        return values.map(lambda text: text if text == MISSING else _treated_category(text, treatment, key))
    if treatment.to == "band":
        return _banded(values, treatment.size)
    return _period_start(values, "M" if treatment.to == "month" else "Y")


def _treated_category(text: str, treatment: PrivacyTreatment, key: bytes) -> str:
    if treatment.treatment == "hash":
        return pseudonym(text, key, treatment.digits)
    return text[: int(treatment.size)] if treatment.to == "prefix" else _domain(text)


def _domain(text: str) -> str:
    """``@`` and the part after the last @ in lower case; missing where there is none, rather than the whole text."""
    _, at, domain = text.rpartition("@")
    return f"@{domain.lower()}" if at and domain else MISSING


def _banded(values: Array, width: float) -> Array:
    """The lower bound of each value's band, float32 of shape (n,)."""
    exact = values.astype(np.float64)
    nearest = np.rint(exact / width)
    # A bound that was rounded to float32 may lie just below its band: it is its own bound all the same.
    is_bound = (nearest * width).astype(np.float32) == values
    return (np.where(is_bound, nearest, np.floor(exact / width)) * width).astype(np.float32)


def _period_start(days: Array, unit: Literal["M", "Y"]) -> Array:
    """The first day of each day's month or year, in days since 1970-01-01, float32 of shape (n,)."""
    known = ~np.isnan(days)
    dates = np.where(known, days, 0).astype(np.int64).astype("datetime64[D]")
    first = dates.astype(f"datetime64[{unit}]").astype("datetime64[D]").astype(np.int64)
    return np.where(known, first, np.nan).astype(np.float32)


def _treated_text(
    text: str | None, column: Column, treatment: PrivacyTreatment, missing_values: frozenset[str], key: bytes
) -> str | None:
    stripped = "" if text is None else text.strip(" ")
    if treatment.treatment == "keep" or not stripped or stripped in missing_values:
        return text
    try:
        value = parse_text(text, column, missing_values)
    except UnparsableError:
        return WITHHELD
    if isinstance(value, str):
        return _treated_category(value, treatment, key)
    (number,) = np.asarray(_treated(np.array([value], np.float32), treatment, key)).tolist()
    if column.type == "date":
        return (dt.date(1970, 1, 1) + dt.timedelta(days=number)).isoformat()
    return f"{number:g}"

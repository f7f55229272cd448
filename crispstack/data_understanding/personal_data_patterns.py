"""What the values of a column say: patterns, check digits and numbering plans, by the libraries made for them.

python-stdnum knows the check digits of account, card and national numbers, phonenumbers the numbering plans.
"""

from __future__ import annotations

import functools
import importlib
import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Evidence = Literal["declared", "name", "pattern", "content"]
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[^\W\d_]{2,24}")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_ADDRESS = re.compile(
    r"(?:\d{1,5}[a-z]?,? .{2,40}\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|way)\b\.?.*"
    r"|\d{1,5}(?: bis| ter)?,? (?:rue|avenue|boulevard|place|chemin|allee|allée|impasse)\b.+"
    r"|.*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse) \d{1,4} ?[a-z]?(?:,.*)?"
    r"|(?:calle|c/|avenida|avda\.?|plaza|paseo) ?.{2,40}\d{1,4}.*)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+|\(|\d)[\d ()./-]{5,22}\d")
_NOT_PHONE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d+\.\d+|\d{1,3}(?:\.\d{1,3}){3}")
_IBAN_WITHIN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_CARD_WITHIN = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")
_PHONE_WITHIN = re.compile(r"\+\d[\d ()/-]{6,20}\d")
_REGIONS = ("US", "GB", "DE", "AT", "CH", "FR", "ES", "IT", "NL")
_NATIONAL = {
    "at.vnr": "Austrian social security numbers",
    "be.nn": "Belgian national numbers",
    "br.cpf": "Brazilian CPF numbers",
    "ca.sin": "Canadian social insurance numbers",
    "ch.ssn": "Swiss social security numbers",
    "de.idnr": "German tax numbers",
    "dk.cpr": "Danish CPR numbers",
    "es.dni": "Spanish DNI numbers",
    "es.nie": "Spanish NIE numbers",
    "fi.hetu": "Finnish personal codes",
    "fr.nir": "French social security numbers",
    "gb.nhs": "British NHS numbers",
    "in_.aadhaar": "Indian Aadhaar numbers",
    "it.codicefiscale": "Italian tax codes",
    "nl.bsn": "Dutch citizen numbers",
    "pl.pesel": "Polish PESEL numbers",
    "se.personnummer": "Swedish personal numbers",
}
"""Modules of python-stdnum, and what they check."""


@dataclass(frozen=True)
class Content:
    """What values were found to be: their kind, by which evidence, which share of the values, and how sure that is."""

    kind: str
    evidence: Evidence
    share: float
    confidence: float
    reason: str


@dataclass(frozen=True)
class _Test:
    """A question to each value. It takes `values` distinct ones, of which the share must pass."""

    kind: str
    evidence: Evidence
    holds: Callable[[str], bool]
    confidence: float
    reason: str
    values: int = 5
    share: float = 0.8


def kind_by_content(values: Sequence[str], expected: str = "") -> Content | None:
    """What the values are, where enough of them are the same kind of personal data; the surest of several.

    Args:
        values: distinct values of a column, none of them missing.
        expected: the kind that the column's name promises: digits alone are taken for a telephone number only there.
    """
    found = [content for test in _tests(expected) if (content := _ask(test, values))]
    if not found:
        return _within(values)
    return max(found, key=lambda content: (content.confidence, content.share))


def _ask(test: _Test, values: Sequence[str]) -> Content | None:
    if len(values) < test.values:
        return None
    failed, allowed = 0, len(values) - math.ceil(test.share * len(values) - 1e-9)
    for value in values:
        failed += not test.holds(value)
        if failed > allowed:
            return None
    share = 1 - failed / len(values)
    return Content(test.kind, test.evidence, share, test.confidence, f"{share:.0%} of {len(values)} {test.reason}")


def _tests(expected: str) -> list[_Test]:
    phone = "telephone number"
    return [
        _Test("e-mail address", "content", _matches(_EMAIL), 0.99, "values are e-mail addresses", 3),
        _Test("bank account", "content", _is_iban, 0.99, "values are IBANs with correct check digits", 3),
        _Test("payment card", "content", _is_card, 0.95, "values are card numbers with correct check digits", 10, 0.9),
        *(
            _Test("national number", "content", _is_national(name), 0.95, f"values are {title}", 10, 0.9)
            for name, title in _NATIONAL.items()
        ),
        _Test("national number", "pattern", _matches(_SSN), 0.9, "values look like US social security numbers"),
        _Test("network or device address", "pattern", _is_ip, 0.9, "values are IP addresses"),
        _Test(phone, "content", functools.partial(_is_phone, "", False), 0.95, "values are valid telephone numbers"),
        *(
            _Test(phone, "content", functools.partial(_is_phone, region, expected == phone), 0.95,
                  f"values are valid telephone numbers in {region}")
            for region in _REGIONS
        ),
        _Test("postal address", "pattern", _matches(_ADDRESS), 0.7, "values look like addresses", 5, 0.6),
    ]  # fmt: skip


def _is_national(module: str) -> Callable[[str], bool]:
    return lambda text: _is_valid(module, text)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: bool(pattern.fullmatch(text))


def _within(values: Sequence[str]) -> Content | None:
    """Personal data that longer texts mention, in two values at least."""
    finders: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
        "e-mail address": (_EMAIL, bool),
        "bank account": (_IBAN_WITHIN, _is_iban),
        "payment card": (_CARD_WITHIN, _is_card),
        "telephone number": (_PHONE_WITHIN, functools.partial(_is_phone, "", False)),
    }
    long = [text for text in values if " " in text]
    for kind, (pattern, holds) in finders.items():
        hits = sum(any(map(holds, pattern.findall(text))) for text in long)
        if hits >= 2:
            reason = f"{hits} of {len(values)} texts mention one"
            return Content(kind, "content", hits / len(values), 0.9, reason)
    return None


def _is_iban(text: str) -> bool:
    return bool(re.match(r"[A-Za-z]{2}\d{2}", text)) and _is_valid("iban", text)


def _is_card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return bool(re.fullmatch(r"[2-6]\d{12,18}", digits)) and len(set(digits)) > 2 and _is_valid("luhn", digits)


def _is_valid(module: str, text: str) -> bool:
    """Whether python-stdnum's module of this name takes the text."""
    return bool(_standard(module).is_valid(text))


@functools.cache
def _standard(module: str) -> Any:
    return importlib.import_module(f"stdnum.{module}")


def _is_ip(text: str) -> bool:
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_phone(region: str, digits_alone: bool, text: str) -> bool:
    """Whether the text is a number of the region's numbering plan; of any, with its country code, without a region."""
    import phonenumbers  # noqa: PLC0415 (only where values are looked at)

    if not _PHONE.fullmatch(text) or _NOT_PHONE.fullmatch(text) or (text.isdigit() and not digits_alone):
        return False
    if bool(region) == text.startswith(("+", "00")):
        return False
    try:
        number = phonenumbers.parse(f"+{text[2:]}" if text.startswith("00") else text, region or None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)

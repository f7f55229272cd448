"""Numbers with a unit: ``format_number`` and ``parse_data_size``."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal

from emulator.services.athena.host_functions.failures import invalid_argument

_THOUSANDS = ("", "K", "M", "B", "T", "Q")
_SIZES = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}


def format_number(number: float) -> str:
    """``1.23M``: a number in thousands, with three digits."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "∞" if number > 0 else "-∞"
    value, unit = Decimal(repr(number)), 0
    while abs(value) >= 1000 and unit < len(_THOUSANDS) - 1:
        value, unit = value / 1000, unit + 1
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    text = f"{rounded:f}"
    return f"{text.rstrip('0').rstrip('.') if places else text}{_THOUSANDS[unit]}"


def parse_data_size(text: str) -> Decimal:
    """``2.3MB`` in bytes, cut to a whole number."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]+)", text)
    if found is None or found[2] not in _SIZES:
        raise invalid_argument(f"Invalid data size: '{text}'")
    return Decimal(int(Decimal(found[1]) * _SIZES[found[2]]))


FUNCTIONS = (
    ("trino_format_number", format_number, ["DOUBLE"], "VARCHAR"),
    ("trino_parse_data_size", parse_data_size, ["VARCHAR"], "DECIMAL(38,0)"),
)

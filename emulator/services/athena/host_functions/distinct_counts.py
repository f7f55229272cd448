"""How many distinct values a bitmap of their hashes was made of (Flajolet and Martin, 1985)."""

from __future__ import annotations

import numpy as np

REGISTERS = 4096
RANKS = 64
# One bit per register and rank. A hash chooses a register by its lowest bits, and a rank by the place of the highest
# bit set among the others: 51 for half of all values, 50 for a quarter, and so on.
_HIGHEST = 51
_LARGEST = 2.0**52
BITMAP = (
    "CAST(bitstring_agg(CASE WHEN {0} IS NULL THEN NULL ELSE "
    f"CAST((hash({{0}}) & {REGISTERS - 1}) * {RANKS} "
    f"+ CAST(floor(log2((hash({{0}}) >> 12) + 1)) AS INTEGER) AS INTEGER) END, 0, {REGISTERS * RANKS - 1}){{tail}} "
    "AS VARCHAR)"
)
"""DuckDB's expression of the bitmap, as a text of zeros and ones; null without any value."""


def estimate(bitmap: str | None) -> int:
    """The number of distinct values that most likely set these bits; its standard error is about 1 %.

    The number of hashes that fall on a bit is taken to be Poisson distributed: the likelihood has one maximum, which
    bisection finds.
    """
    if bitmap is None:
        return 0
    bits = np.frombuffer(bitmap.encode(), np.uint8).reshape(REGISTERS, RANKS)[:, : _HIGHEST + 1] == ord("1")
    chosen = bits.sum(axis=0).astype(float)
    rates = 2.0 ** (np.arange(_HIGHEST + 1) - _HIGHEST - 1) / REGISTERS
    low, high = 0.0, _LARGEST
    while high - low > max(1e-3, low * 1e-6):
        middle = (low + high) / 2
        expected = -np.expm1(-middle * rates)
        slope = np.sum(rates * (chosen / expected - REGISTERS))
        low, high = (middle, high) if slope > 0 else (low, middle)
    return round((low + high) / 2)


estimate.accepts_null = True  # type: ignore[attr-defined]
FUNCTIONS = (("trino_distinct_estimate", estimate, ["VARCHAR"], "BIGINT"),)

"""How many distinct values a bitmap of their hashes was made of (Flajolet and Martin, 1985)."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

PARTS = 4096
# One bit for every 4096th of a power of two: hashes, of 64 bits, whose binary logarithm is k / 4096 set bit k.
_LAST = 64 * PARTS
_NEIGHBORS = 64
BITMAP = (
    "CAST(bitstring_agg(CASE WHEN {0} IS NOT NULL THEN "
    f"CAST(log2(CAST(hash({{0}}) AS DOUBLE) + 1) * {PARTS} AS INTEGER) END, 0, {_LAST}){{tail}} AS VARCHAR)"
)
"""DuckDB's expression of the bitmap, as a text of zeros and ones; null without any value."""


def estimate(bitmap: str | None) -> int:
    """The number of distinct values that most likely set these bits; its standard error is about 1 %.

    The number of hashes that fall on a bit is taken to be Poisson distributed: the likelihood has one maximum, which
    bisection finds.
    """
    if bitmap is None:
        return 0
    is_set = np.frombuffer(bitmap.encode(), np.uint8) == ord("1")
    # The rates of 64 neighbors differ by 1 %: their mean does for all. Bit 0 is the hash of the number 0 alone.
    chosen, rates = is_set[1:].reshape(-1, _NEIGHBORS).sum(axis=1), _rates()
    total = float(rates.sum()) * _NEIGHBORS
    rest, rates, chosen = total - float(rates @ chosen), rates[chosen > 0], chosen[chosen > 0]
    low, high = 0.0, 2.0**64
    while high - low > max(1e-3, low * 1e-6):
        middle = (low + high) / 2
        # Beyond 700 a bit is as good as certain to be set, and the number would overflow.
        slope = np.sum(chosen * rates / np.expm1(np.minimum(middle * rates, 700.0))) - rest
        low, high = (middle, high) if slope > 0 else (low, middle)
    return round((low + high) / 2) + int(is_set[0])


@functools.cache
def _rates() -> Any:
    """The share of all hashes that sets a bit, of each group of neighbors."""
    edges = np.exp2((np.arange(_LAST + 1) + 0.5) / PARTS - 64)
    edges[-1] = 1.0
    return np.diff(edges).reshape(-1, _NEIGHBORS).mean(axis=1)


estimate.accepts_null = True  # type: ignore[attr-defined]
FUNCTIONS = (("trino_distinct_estimate", estimate, ["VARCHAR"], "BIGINT"),)

"""Quantiles of digests, which hold every value here."""

from __future__ import annotations

import math
from collections.abc import Sequence

from emulator.services.athena.host_functions.failures import invalid_argument


def _ordered(values: Sequence[float | None], quantile: float) -> list[float]:
    if not 0 <= quantile <= 1:
        raise invalid_argument("quantile must be in the range [0, 1]")
    return sorted(value for value in values if value is not None)


def qdigest_value(values: Sequence[float | None], quantile: float) -> float | None:
    """The least value that has at least a share of all values up to it."""
    ordered = _ordered(values, quantile)
    return ordered[max(math.ceil(quantile * len(ordered)), 1) - 1] if ordered else None


def tdigest_value(values: Sequence[float | None], quantile: float) -> float | None:
    """As a t-digest reads it where each value is a centroid of its own: the value nearest to the place."""
    ordered = _ordered(values, quantile)
    place = quantile * len(ordered)
    if not ordered or place < 1:
        return ordered[0] if ordered else None
    return ordered[min(math.floor(place), len(ordered) - 1)]


FUNCTIONS = (
    ("trino_qdigest_value", qdigest_value, ["DOUBLE[]", "DOUBLE"], "DOUBLE"),
    ("trino_tdigest_value", tdigest_value, ["DOUBLE[]", "DOUBLE"], "DOUBLE"),
)

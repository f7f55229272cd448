"""Places in arrays: all choices of them, and their random order; and moments of numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import combinations

from emulator.services.athena.host_functions.failures import invalid_argument


def chosen(length: int, count: int) -> list[list[int]]:
    """Every choice of `count` places of an array, counted from one."""
    if count < 1 or count > 5:
        raise invalid_argument("combination size must not be negative, and at most 5")
    return [list(places) for places in combinations(range(1, length + 1), count)]


def shuffled(length: int) -> list[int]:
    """The places of an array in random order."""
    return random.sample(range(1, length + 1), length)


def _moments(values: Sequence[float | None], powers: Sequence[int]) -> tuple[int, list[float]]:
    known = [value for value in values if value is not None]
    mean = math.fsum(known) / len(known) if known else math.nan
    return len(known), [math.fsum((value - mean) ** power for value in known) for power in powers]


def skewness(values: Sequence[float | None]) -> float | None:
    """The third standardized moment of a population; None for fewer than three values."""
    n, (m2, m3) = _moments(values, (2, 3))
    return None if n < 3 else math.sqrt(n) * m3 / m2**1.5 if m2 else math.nan


def kurtosis(values: Sequence[float | None]) -> float | None:
    """The excess kurtosis of a sample; None for fewer than four values."""
    n, (m2, m4) = _moments(values, (2, 4))
    if n < 4:
        return None
    if not m2:
        return math.nan
    variance = m2 / (n - 1)
    whole = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * m4 / variance**2
    return whole - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def entropy(counts: Sequence[int | None]) -> float:
    """The entropy in bits of a distribution given by counts."""
    known = [count for count in counts if count]
    if any(count < 0 for count in known):
        raise invalid_argument("Entropy count argument must be non-negative")
    total = sum(known)
    return math.fsum(-count / total * math.log2(count / total) for count in known) if total else 0.0


def weighted(values: Sequence[float | None], weights: Sequence[float | None], share: float) -> float | None:
    """The value at which the weights of the smaller ones first reach a share of the whole."""
    pairs = sorted((v, w) for v, w in zip(values, weights, strict=True) if v is not None and w is not None)
    if not 0 <= share <= 1:
        raise invalid_argument("percentile must be between 0 and 1")
    wanted, seen = share * math.fsum(w for _, w in pairs), 0.0
    for value, weight in pairs:
        seen += weight
        if seen >= wanted:
            return value
    return None


FUNCTIONS = (
    ("trino_weighted", weighted, ["DOUBLE[]", "DOUBLE[]", "DOUBLE"], "DOUBLE"),
    ("trino_combinations", chosen, ["BIGINT", "BIGINT"], "BIGINT[][]"),
    ("trino_shuffled", shuffled, ["BIGINT"], "BIGINT[]"),
    ("trino_skewness", skewness, ["DOUBLE[]"], "DOUBLE"),
    ("trino_kurtosis", kurtosis, ["DOUBLE[]"], "DOUBLE"),
    ("trino_entropy", entropy, ["BIGINT[]"], "DOUBLE"),
)

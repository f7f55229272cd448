"""Places in arrays: all choices of them, and their random order; entropies and weighted percentiles."""

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
    ("trino_entropy", entropy, ["BIGINT[]"], "DOUBLE"),
)

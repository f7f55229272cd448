"""Aggregates of whole columns that DuckDB collects in a list, computed over Arrow's arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from emulator.services.athena.host_functions.failures import invalid_argument

pc: Any = pyarrow.compute  # its functions are made when it is imported

_CACHED = 1 << 15
"""Numbers that fit the cache with what is computed from them."""


def _each(lists: Any) -> list[Any]:
    """The values of each list without nulls; None for no list."""
    chunks = lists.chunks if isinstance(lists, pa.ChunkedArray) else [lists]
    found = [item.values for chunk in chunks for item in chunk]
    return [values.drop_null() if values is not None and values.null_count else values for values in found]


def _moments(values: Any, power: int) -> tuple[float, float]:
    """The sums of the deviations from the mean to the second power and to this one, the third or the fourth."""
    numbers = values.to_numpy(zero_copy_only=False)
    mean, sums = numbers.mean(), []
    # In parts that stay in the processor's cache: memory for millions of numbers costs more than the arithmetic.
    for start in range(0, len(numbers), _CACHED):
        deviations = numbers[start : start + _CACHED] - mean
        squares = deviations * deviations
        # No BLAS: its threads would wait for more work, and use the processor meanwhile.
        sums.append((squares.sum(), (squares * (squares if power == 4 else deviations)).sum()))
    second, higher = np.sum(sums, axis=0)
    return float(second), float(higher)


def _skewness(values: Any) -> float | None:
    """The third standardized moment of a population; None for fewer than three values."""
    if values is None or len(values) < 3:
        return None
    m2, m3 = _moments(values, 3)
    return float(math.sqrt(len(values)) * m3 / m2**1.5) if m2 else math.nan


def _kurtosis(values: Any) -> float | None:
    """The excess kurtosis of a sample; None for fewer than four values."""
    if values is None or (n := len(values)) < 4:
        return None
    m2, m4 = _moments(values, 4)
    if not m2:
        return math.nan
    variance = m2 / (n - 1)
    whole = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * m4 / variance**2
    return float(whole - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))


def _of_numbers(function: Callable[[Any], float | None]) -> Callable[[Any], Any]:
    return lambda lists: pa.array([function(values) for values in _each(lists)], pa.float64())


def percentiles(lists: Any, shares: Any) -> Any:
    """The values of each list that these shares of it do not exceed: exact, so within any sketch's error."""
    found: list[Any] = []
    for values, wanted in zip(_each(lists), shares.to_pylist(), strict=True):
        if not values:
            found.append(None)
            continue
        if not all(0 <= share <= 1 for share in wanted):
            raise invalid_argument("Percentile must be between 0 and 1")
        ordered = np.sort(values.to_numpy(zero_copy_only=False))
        # 0.07 * 100 is a little more than 7.
        places = np.ceil((np.asarray(wanted) - 1e-12) * len(ordered)).astype(np.int64)
        found.append(ordered[np.maximum(places, 1) - 1])
    return pa.array(found, pa.list_(pa.float64()))


def most_frequent(lists: Any, buckets: Any, capacities: Any) -> Any:
    """The most frequent values of each list with their counts: exact, so within any capacity's error."""
    found = []
    for values, most, capacity in zip(_each(lists), buckets.to_pylist(), capacities.to_pylist(), strict=True):
        if most < 2 or capacity < most:
            raise invalid_argument("approx_most_frequent bucket count must be greater than one, and fit the capacity")
        counted = _numbers_counted if pa.types.is_integer(lists.type.value_type) else _texts_counted
        found.append(None if not values else counted(values, most))
    return pa.array(found, pa.list_(pa.struct([("key", lists.type.value_type), ("value", pa.int64())])))


def _texts_counted(values: Any, most: int) -> list[dict[str, Any]]:
    counted = pc.value_counts(values)
    table = pa.table({"key": counted.field(0), "value": counted.field(1)})
    first = pc.select_k_unstable(table.select(["value"]), min(most, len(table)), sort_keys=[("value", "descending")])
    rows: list[dict[str, Any]] = table.take(first).to_pylist()
    return rows


def _numbers_counted(values: Any, most: int) -> list[dict[str, Any]]:
    """The same of whole numbers: sorting them is cheaper than a table of hashes."""
    keys, counts = np.unique(values.to_numpy(), return_counts=True)
    first = np.argsort(-counts, kind="stable")[:most]
    return _entries(keys[first], counts[first])


def histogram(lists: Any) -> Any:
    """How often each list has each of its whole numbers, in ascending order; no entry for no value."""
    counted = [None if not values else np.unique(values.to_numpy(), return_counts=True) for values in _each(lists)]
    entries = [None if found is None else _entries(*found) for found in counted]
    return pa.array(entries, pa.list_(pa.struct([("key", pa.int64()), ("value", pa.int64())])))


def _entries(keys: Any, counts: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": count} for key, count in zip(keys.tolist(), counts.tolist(), strict=True)]


ARROW_FUNCTIONS = (
    ("trino_skewness", _of_numbers(_skewness), ["DOUBLE[]"], "DOUBLE"),
    ("trino_kurtosis", _of_numbers(_kurtosis), ["DOUBLE[]"], "DOUBLE"),
    ("trino_histogram", histogram, ["BIGINT[]"], "STRUCT(key BIGINT, value BIGINT)[]"),
    ("trino_percentiles", percentiles, ["DOUBLE[]", "DOUBLE[]"], "DOUBLE[]"),
    ("trino_frequent_texts", most_frequent, ["VARCHAR[]", "BIGINT", "BIGINT"], "STRUCT(key VARCHAR, value BIGINT)[]"),
    ("trino_frequent_numbers", most_frequent, ["BIGINT[]", "BIGINT", "BIGINT"], "STRUCT(key BIGINT, value BIGINT)[]"),
)

"""What encodings need to know of all rows, added up by Spark: numbers in one pass, categories in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.data_preparation.values import MISSING
from crispstack.modeling.target_means import FOLDS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FOLD, WEIGHT = "_fold", "_weight"
_LARGEST = float(np.finfo(np.float32).max)
_ACCURACY = 10_000
"""Medians are off by at most one in so many ranks."""


@dataclass(frozen=True)
class NumberStatistics:
    """Of a column's numbers in float32: how many there are and are not, and where they lie; zeros if there are none."""

    present: int
    missing: int
    mean: float
    deviation: float
    median: float
    mode: float
    varies: bool


@dataclass(frozen=True)
class CategoryStatistics:
    """Of one category: its rows, and by fold their weight and weighted sums of targets, shape (folds, m + 1)."""

    rows: int
    sums: NDArray[np.float64]


def with_fold(frame: DataFrame, columns: Sequence[str]) -> DataFrame:
    """The rows with a fold, 0 to FOLDS - 1, that follows from their values: it is the same whenever it is computed."""
    from pyspark.sql import functions  # noqa: PLC0415

    return frame.withColumn(FOLD, functions.pmod(functions.xxhash64(*columns), functions.lit(FOLDS)).cast("int"))


def numbers(frame: DataFrame, names: Sequence[str]) -> dict[str, NumberStatistics]:
    """Statistics of numeric columns, infinity cut to the largest float32."""
    if not names:
        return {}
    from pyspark.sql import functions as f  # noqa: PLC0415

    wanted = [f.count(f.lit(1)).alias("rows")]
    for position, name in enumerate(names):
        single = f.col(name).cast("float").cast("double")
        # least and greatest pass over nulls.
        known = f.when(
            single.isNotNull() & ~f.isnan(single), f.greatest(f.least(single, f.lit(_LARGEST)), f.lit(-_LARGEST))
        )
        wanted += [
            f.count(known).alias(f"count_{position}"),
            f.min(known).alias(f"min_{position}"),
            f.max(known).alias(f"max_{position}"),
            f.avg(known).alias(f"mean_{position}"),
            f.stddev_pop(known).alias(f"deviation_{position}"),
            f.percentile_approx(known, 0.5, _ACCURACY).alias(f"median_{position}"),
            f.mode(known).alias(f"mode_{position}"),
        ]
    found = frame.agg(*wanted).collect()[0].asDict()
    return {name: _number(found, position) for position, name in enumerate(names)}


def _number(found: Mapping[str, Any], position: int) -> NumberStatistics:
    present = found[f"count_{position}"]
    missing = found["rows"] - present
    mean, deviation, median, mode = (
        float(found[f"{what}_{position}"] or 0.0) for what in ("mean", "deviation", "median", "mode")
    )
    varies = bool(present and (missing or found[f"min_{position}"] != found[f"max_{position}"]))
    return NumberStatistics(present, missing, mean, deviation, median, mode, varies)


def categories(
    frame: DataFrame, names: Sequence[str], targets: Sequence[Any]
) -> tuple[dict[str, dict[str, CategoryStatistics]], NDArray[np.float64]]:
    """Statistics of every category of each column, by its text; and the sums of all rows, shape (folds, m + 1).

    Args:
        frame: with the columns, a fold and a weight.
        names: of the categorical columns.
        targets: expressions of what means are taken of, m of them.
    """
    from pyspark.sql import functions as f  # noqa: PLC0415

    sums = [f.sum(WEIGHT).alias("sum_0")]
    sums += [
        f.sum(f.col(WEIGHT) * f.col(f"_target_{number}")).alias(f"sum_{number + 1}") for number in range(len(targets))
    ]
    named = frame.select(
        FOLD, WEIGHT, *names, *(target.alias(f"_target_{number}") for number, target in enumerate(targets))
    )
    totals = np.zeros((FOLDS, len(sums)))
    for row in named.groupBy(FOLD).agg(*sums).collect():
        totals[row[FOLD]] = [row[f"sum_{number}"] for number in range(len(sums))]
    result: dict[str, dict[str, CategoryStatistics]] = {name: {} for name in names}
    if not names:
        return result, totals
    cells = f.array(
        *(
            f.struct(
                f.lit(position).alias("position"), f.coalesce(f.col(name).cast("string"), f.lit(MISSING)).alias("text")
            )
            for position, name in enumerate(names)
        )
    )
    long = named.withColumn("_cell", f.explode(cells)).groupBy("_cell.position", "_cell.text", FOLD)
    for row in long.agg(f.count(f.lit(1)).alias("rows"), *sums).collect():
        known = result[names[row["position"]]]
        before = known.get(row["text"], CategoryStatistics(0, np.zeros_like(totals)))
        before.sums[row[FOLD]] = [row[f"sum_{number}"] for number in range(len(sums))]
        known[row["text"]] = CategoryStatistics(before.rows + row["rows"], before.sums)
    return result, totals

"""How long the row-wise part of data preparation takes: nanoseconds of one core per value, without Spark.

    .venv/bin/python -m benchmarks.row_preparation [--rows 1000000] [--repeats 5]

20 columns of text as Spark hands them over: 5 integers, 5 numbers, 6 categories of 3 to 5000 values, 2 dates and 2
booleans, some of them missing, with two derivations.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
import pyarrow as pa

from crispstack.charter import Charter, Column, ColumnType, Money, Source, Target
from crispstack.data_preparation.rows import MALFORMED, prepare_batches
from crispstack.preparation_plan import Derivation, Preparation

BATCH = 20_000
"""Rows of a batch, as the job lets Spark make them."""
SEED = 1


def columns(rows: int) -> dict[str, tuple[ColumnType, Any]]:
    """Type and texts of every column but the target; 3 % of the numbers and categories are missing."""
    generator = np.random.default_rng(SEED)
    found: dict[str, tuple[ColumnType, Any]] = {}
    for number in range(5):
        found[f"integer_{number}"] = ("integer", generator.integers(0, 100_000, rows).astype(str).astype(object))
        decimals = np.round(generator.normal(0, 1000, rows), 3)
        found[f"number_{number}"] = ("number", decimals.astype(str).astype(object))
    for number, distinct in enumerate((3, 10, 50, 200, 1000, 5000)):
        words = np.array([f"value {index} of {number}" for index in range(distinct)], dtype=object)
        found[f"category_{number}"] = ("category", words[generator.integers(0, distinct, rows)])
    for _, texts in found.values():
        texts[generator.random(rows) < 0.03] = None
    for number in range(2):
        days = np.datetime64("2015-01-01") + generator.integers(0, 3650, rows)
        found[f"date_{number}"] = ("date", days.astype(str).astype(object))
        found[f"boolean_{number}"] = ("boolean", np.array(["yes", "no"], dtype=object)[generator.integers(0, 2, rows)])
    return found


def charter(found: dict[str, tuple[ColumnType, Any]]) -> Charter:
    """A charter of these columns."""
    declared = tuple(Column(name, kind) for name, (kind, _) in found.items())
    plan = Preparation(
        missing_values=("", "unknown", "-1"),
        derive=(
            Derivation("logarithm", "log1p", "number_0"),
            Derivation("indicator", "indicator", "category_1", value="value 3 of 1"),
        ),
    )
    source = Source("rows", "rows.csv", (*declared, Column("y", "category")))
    return Charter("benchmark", "?", "?", (source,), Target("y", "yes"), Money("EUR", 10, -1), preparation=plan)


def batches(found: dict[str, tuple[ColumnType, Any]], rows: int) -> list[pa.RecordBatch]:
    """The columns as Spark's batches."""
    texts = {name: pa.array(values, pa.string()) for name, (_, values) in found.items()}
    texts["y"] = pa.array(np.where(np.arange(rows) % 3, "no", "yes"), pa.string())
    texts[MALFORMED] = pa.nulls(rows, pa.string())
    return pa.table(texts).to_batches(max_chunksize=BATCH)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    found = columns(arguments.rows)
    plan, given = charter(found), batches(found, arguments.rows)
    nanoseconds = []
    for _ in range(arguments.repeats):
        began = time.process_time()
        prepared = sum(batch.num_rows for batch in prepare_batches(given, plan))
        nanoseconds.append((time.process_time() - began) * 1e9 / prepared / len(found))
    values, spread = f"{arguments.rows:,} rows x {len(found)} columns", ", ".join(f"{each:.0f}" for each in nanoseconds)
    print(f"{values}: median {statistics.median(nanoseconds):.0f} ns a value ({spread})")


if __name__ == "__main__":
    main()

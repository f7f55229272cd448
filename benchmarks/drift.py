"""How often drift is found where there is none, and where there is: ``python -m benchmarks.drift [windows]``.

Rows of eight columns of the shapes that data has (skewed, with ties, mostly one number, with missing values, many
categories) and predictions are drawn with a fixed seed. 5,000 of them are profiled as training; windows of others are
judged as `crispstack.deployment.drift` judges those that Athena counts.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from crispstack.artifacts import ColumnProfile, DataProfile, ModelPackage, Parity, ValueCount
from crispstack.artifacts.prepared_dataset import Feature
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.data_understanding.profile import QUANTILES, TOP_VALUES
from crispstack.deployment import drift
from crispstack.deployment.drift_reference import Reference, of_predictions, references
from crispstack.deployment.drift_sql import Counted, Window, WindowCounts

SEED = 20111
TRAINED = 5_000
Rows = Mapping[str, Any]
"""Column name -> values of shape (n,): numbers with NaN, or texts with an empty one, where missing."""
COLUMNS = (
    Column("height", "number"),
    Column("income", "number"),
    Column("calls", "integer"),
    Column("age", "integer"),
    Column("days_since", "integer"),
    Column("owns", "boolean"),
    Column("job", "category"),
    Column("town", "category"),
)
_NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_WINDOW = Window(_NOW, _NOW, "v1")


def draw(count: int, generator: np.random.Generator) -> Rows:
    """Rows without drift, predictions among them."""
    jobs, towns = _zipf(12), _zipf(60)
    income = generator.lognormal(10, 1, count)
    income[generator.random(count) < 0.08] = np.nan
    seen_before = generator.random(count) < 0.25
    return {
        "height": generator.normal(170, 10, count),
        "income": income,
        "calls": generator.poisson(1.5, count).astype(float),
        "age": np.clip(generator.normal(42, 13, count).round(), 18, 95),
        "days_since": np.where(seen_before, generator.integers(1, 800, count), -1).astype(float),
        "owns": (generator.random(count) < 0.56).astype(float),
        "job": np.array([f"job {k}" for k in range(12)], dtype=object)[generator.choice(12, count, p=jobs)],
        "town": np.array([f"town {k}" for k in range(60)], dtype=object)[generator.choice(60, count, p=towns)],
        "prediction": generator.beta(1.5, 8, count),
    }


def in_cents(rows: Rows) -> Rows:
    """A unit has changed: euros are sent as cents."""
    return {**rows, "income": rows["income"] * 100}


def in_meters(rows: Rows) -> Rows:
    """A unit has changed: centimeters are sent as meters."""
    return {**rows, "height": rows["height"] / 100}


def new_category(rows: Rows) -> Rows:
    """Every twentieth row has a job that training never saw."""
    jobs = rows["job"].copy()
    jobs[::20] = "job 99"
    return {**rows, "job": jobs}


def shifted(rows: Rows) -> Rows:
    """Predictions are higher by half a standard deviation."""
    return {**rows, "prediction": rows["prediction"] + 0.5 * math.sqrt(1.5 * 8 / (9.5**2 * 10.5))}


def missing(rows: Rows) -> Rows:
    """A tenth of the ages is not sent any more."""
    ages = rows["age"].copy()
    ages[::10] = np.nan
    return {**rows, "age": ages}


def training(generator: np.random.Generator) -> tuple[Charter, tuple[Reference, ...]]:
    """A charter, and what drawn rows of training were like."""
    rows = draw(TRAINED, generator)
    source = Source("people", "people.csv", (*COLUMNS, Column("bought", "boolean")))
    charter = Charter("simulated", "?", "-", (source,), Target("bought", "yes"), Money("EUR"))
    profile = DataProfile("people", TRAINED, 0, 0, tuple(_profile(column, rows[column.name]) for column in COLUMNS), 0)
    features = tuple(
        Feature(column.name, "categorical", tuple(sorted(set(rows[column.name])))) for column in COLUMNS[-2:]
    )
    package = ModelPackage("", "", "v1", "", features, 0.5, 0.8, "", Parity(0, 0.0, 0.0), ())
    return charter, (*references(charter, profile, package), of_predictions(rows["prediction"].tolist()))


def judged(charter: Charter, trained: tuple[Reference, ...], rows: Rows) -> bool:
    """Whether drift is found in a window of these rows."""
    columns = [*(rows[column.name] for column in COLUMNS), rows["prediction"]]
    counts = WindowCounts(tuple(_counted(each, values) for each, values in zip(trained, columns, strict=True)))
    return drift.report(charter, trained, counts, _WINDOW).drifted


def share_found(
    windows: int, rows: int, generator: np.random.Generator, change: Callable[[Rows], Rows] = lambda rows: rows
) -> float:
    """Share of windows in which drift is found; every tenth has training rows of its own."""
    found, trained = 0, training(generator)
    for number in range(windows):
        if number % 10 == 0:
            trained = training(generator)
        found += judged(*trained, change(draw(rows, generator)))
    return found / windows


def _zipf(count: int) -> Any:
    shares = 1 / np.arange(1, count + 1)
    return shares / shares.sum()


def _profile(column: Column, values: Any) -> ColumnProfile:
    if column.type == "category":
        return _profile_of_texts(column, values.tolist())
    present = np.sort(values[~np.isnan(values)])
    # As Athena does: the smallest value that at least this share of the values does not exceed.
    quantiles = {f"{share}": float(present[math.ceil(share * len(present)) - 1]) for share in QUANTILES}
    made = _profile_of_texts(column, [f"{value!r}" for value in present.tolist()])
    return dataclasses.replace(
        made,
        count=len(values),
        nulls=len(values) - len(present),
        mean=float(present.mean()),
        quantiles=quantiles,
    )


def _profile_of_texts(column: Column, texts: list[str]) -> ColumnProfile:
    counts = Counter(texts)
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP_VALUES]
    values = tuple(ValueCount(value, count, 0) for value, count in top)
    return ColumnProfile(column.name, column.type, len(texts), 0, len(counts), 0, top_values=values)


def _counted(reference: Reference, values: Any) -> Counted:
    """As the statement counts."""
    found = Counted([0] * len(reference.counts), rows=len(values))
    if reference.column.type == "category":
        for value, count in Counter(values.tolist()).items():
            found.unseen += count if reference.seen and value not in reference.seen else 0
            found.cells[reference.values.index(value) if value in reference.values else -1] += count
        return found
    present = values[~np.isnan(values)]
    found.missing, found.total = len(values) - len(present), float(present.sum())
    found.squares = float((present**2).sum())
    places = len(reference.atoms) + np.searchsorted(np.array(reference.edges), present)
    for place, atom in enumerate(reference.atoms):
        places[present == atom] = place
    found.cells = np.bincount(places, minlength=len(reference.counts)).tolist()
    return found


def main() -> None:
    """Print the shares as JSON."""
    windows = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    generator = np.random.default_rng(SEED)
    figures: dict[str, float] = {
        f"no drift, {rows} rows": share_found(windows, rows, generator) for rows in (200, 1_000, 10_000)
    }
    for change in (in_cents, in_meters, new_category, shifted, missing):
        figures[f"{change.__name__}, 1000 rows"] = share_found(windows, 1_000, generator, change)
    print(json.dumps({"windows": windows, "share in which drift is found": figures}, indent=2))


if __name__ == "__main__":
    main()

"""Windows on a real Spark session: what pandas computes row by row, and nothing that comes later."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from crispstack.charter import Charter, Column, Money, Preparation, Source, Split, Target
from crispstack.data_preparation.windows import with_windows
from crispstack.joined_sources import Window

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

FUNCTIONS = ("count", "sum", "mean", "min", "max", "std", "last")
COLUMNS = (Column("id", "integer"), Column("carrier", "category"), Column("at", "timestamp"), Column("late", "number"))
PRECEDING, DELAY = pd.Timedelta("3 hours"), pd.Timedelta("30 minutes")


def window(function: str, **changes: object) -> Window:
    plain = Window(f"late_{function}", function, "at", "3 hours", "request", ("carrier",), "late")  # type: ignore[arg-type]
    return dataclasses.replace(plain, delay="30 minutes", **changes)  # type: ignore[arg-type]


CHARTER = Charter(
    name="flights",
    question="Late?",
    owner="Ada",
    sources=(Source("flights", columns=COLUMNS),),
    target=Target("late", at_least=15),
    money=Money("EUR", 10, -1),
    preparation=Preparation(missing_values=("", "NA"), windows=tuple(map(window, FUNCTIONS))),
    split=Split(method="time", time="at", test_from="2013-01-03"),
)


def flights(rows: int, seed: int) -> pd.DataFrame:
    """Few moments, so that many rows share one; values and carriers that are missing or no number."""
    generator = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    texts = ["", "NA", "soon", *(f"{generator.gauss(1000, 3):.2f}" for _ in range(60))]
    moments = pd.date_range("2013-01-01", periods=40, freq="25min").strftime("%Y-%m-%d %H:%M:%S")
    return pd.DataFrame(
        {
            "id": [str(number) for number in range(rows)],
            "carrier": [generator.choice(["AA", "AA", "AA", "B6", ""]) for _ in range(rows)],
            "at": [generator.choice([*moments, ""]) for _ in range(rows)],
            "late": [generator.choice(texts) for _ in range(rows)],
        }
    )


def in_spark(spark: SparkSession, charter: Charter, raw: pd.DataFrame) -> pd.DataFrame:
    frame = spark.createDataFrame(raw.values.tolist(), ", ".join(f"`{name}` string" for name in raw.columns))
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    rows = [row.asDict() for row in with_windows(frame, charter).collect()]
    found = pd.DataFrame(rows).sort_values("id", key=lambda ids: ids.astype(int)).reset_index(drop=True)
    return found.drop(columns=["carrier", "at", "late"]).apply(pd.to_numeric)


def in_pandas(raw: pd.DataFrame) -> pd.DataFrame:
    """The definition, row by row."""
    at, late = pd.to_datetime(raw["at"], errors="coerce"), pd.to_numeric(raw["late"], errors="coerce")
    rows = []
    for carrier, now in zip(raw["carrier"], at, strict=True):
        if not carrier or pd.isna(now):
            rows.append(dict.fromkeys(FUNCTIONS, np.nan))
            continue
        seen = (raw["carrier"] == carrier) & (at >= now - PRECEDING) & (at < now - DELAY)
        values, times = late[seen].dropna(), at[seen & late.notna()]
        last = values[times == times.max()].max() if len(values) else np.nan
        counted = int((seen & ~raw["late"].isin(["", "NA"])).sum())
        figures = values.agg(["sum", "mean", "min", "max", "std"]).to_dict() if len(values) else {}
        rows.append({"count": counted, **figures, "last": last})
    return pd.DataFrame(rows).rename(columns=lambda name: f"late_{name}")


def test_windows_are_what_pandas_computes_row_by_row(spark: SparkSession) -> None:
    raw = flights(250, 1)
    found, expected = in_spark(spark, CHARTER, raw), in_pandas(raw)
    assert list(found["id"]) == list(range(250))
    assert 0 < expected["late_std"].notna().sum() < 250
    for name in expected.columns:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-7, atol=1e-9, err_msg=name)


def test_changing_the_future_changes_no_row_before_it(spark: SparkSession) -> None:
    raw = flights(200, 3)
    changed = raw.copy()
    moment = "2013-01-01 08:20:00"
    changed.loc[changed["at"] >= moment, "late"] = "1e9"
    before = (raw["at"] <= moment).to_numpy()
    first, second = in_spark(spark, CHARTER, raw)[before], in_spark(spark, CHARTER, changed)[before]
    np.testing.assert_allclose(first, second, rtol=1e-12)
    assert (first["late_count"] > 0).any()


def test_an_aggregate_of_too_few_rows_is_missing(spark: SparkSession) -> None:
    raw = pd.DataFrame(
        [
            ("1", "AA", "2013-01-01 08:00:00", "10"),
            ("2", "AA", "2013-01-01 09:00:00", "20"),
            ("3", "AA", "2013-01-01 10:00:00", "30"),
            ("4", "B6", "2013-01-01 12:00:00", "40"),
        ],
        columns=["id", "carrier", "at", "late"],
    )
    mean = window("mean", minimum_rows=2)
    preparation = dataclasses.replace(CHARTER.preparation, windows=(mean,))
    charter = dataclasses.replace(CHARTER, preparation=preparation)
    found = in_spark(spark, charter, raw)["late_mean"]
    np.testing.assert_array_equal(found, [np.nan, np.nan, 15.0, np.nan])

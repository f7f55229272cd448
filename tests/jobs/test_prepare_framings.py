"""The preparation job on targets that are one of several classes, or a number: figures against pandas."""

from __future__ import annotations

import dataclasses
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from crispstack.artifacts import PreparedDataset, sha256
from crispstack.charter import Charter, Column, Exclusion, Modeling, Money, Preparation, Source, Split, Target
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_understanding import holdout
from crispstack.errors import DataError
from crispstack.modeling.training_data import TrainingData
from tests.jobs import local_storage
from tests.jobs.local_storage import LocalStorage, json_rows, parquet_rows

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

# Executors cannot import this folder.
cloudpickle.register_pickle_by_value(local_storage)

SOURCE = Source(
    "wines",
    "wines.csv",
    (
        Column("maker", "category"),
        Column("bottled", "date"),
        Column("note", "text"),
        Column("acid", "number"),
        Column("grade", "category"),
        Column("price", "number"),
        Column("cases", "integer"),
    ),
)
GRADES = Charter(
    name="wine",
    question="How good?",
    owner="Ada",
    sources=(SOURCE,),
    target=Target("grade"),
    money=Money("EUR", right=1),
    preparation=Preparation(missing_values=("", "?"), exclude=(Exclusion("price", "set by the grade"),)),
    split=Split("grouped", test_share=0.3, group=("maker",)),
)
PRICES = dataclasses.replace(
    GRADES,
    target=Target("price"),
    money=Money("EUR", over_estimate=-1, under_estimate=-2),
    preparation=Preparation(missing_values=("", "?"), exclude=(Exclusion("grade", "follows from the price"),)),
    split=Split("time", time="bottled", test_from="2020-03-01"),
    modeling=Modeling(weight="cases"),
)


def wines() -> pd.DataFrame:
    """120 rows, among them five whose grade and six whose price cannot be learned."""
    generator = np.random.default_rng(1)
    acid = generator.normal(size=120).round(3)
    frame = pd.DataFrame(
        {
            "maker": generator.choice(list("abcdefghijkl"), 120),
            "bottled": (pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(120), "D")).strftime("%Y-%m-%d"),
            "note": [f"  Note {number} " for number in range(120)],
            "acid": acid.astype(str),
            "grade": np.where(acid < -0.5, "bad", np.where(acid > 0.5, "good", "fair")),
            "price": (20 + acid / 7).astype(str),
            "cases": generator.integers(1, 9, 120).astype(str),
        }
    )
    frame.loc[:4, "grade"] = ["?", "", "?", "", "?"]
    frame.loc[10:15, "price"] = ["nan", "inf", "-inf", "1e999", "dear", "?"]
    return frame


def run(spark: SparkSession, charter: Charter, frame: pd.DataFrame, folder: Path) -> PreparedDataset:
    path, content = folder / "raw.csv", frame.to_csv(index=False)
    path.write_text(content)
    raw = RawTable(SOURCE, str(folder), (RawPart((str(path),), sha256(content.encode()), len(content)),))
    return prepare(
        spark, charter, (raw,), len(frame), Destination(str(folder / "prepared"), uuid.uuid4().hex, LocalStorage())
    )


def test_classes_are_those_of_training_rows_and_groups_stay_together(spark: SparkSession, tmp_path: Path) -> None:
    frame = wines()
    is_test = np.array([holdout.is_test(list(row), GRADES) for row in frame.itertuples(index=False)])
    frame.loc[np.flatnonzero(is_test)[-1], "grade"] = "superb"  # no model can have learned it
    dataset = run(spark, GRADES, frame, tmp_path)
    assert (dataset.framing, dataset.classes) == ("multiclass", ("bad", "fair", "good"))
    known = frame["grade"].isin(dataset.classes)
    assert dataset.train_classes == frame[known & ~is_test]["grade"].value_counts().to_dict()
    assert dataset.test_classes == frame[known & is_test]["grade"].value_counts().to_dict()
    assert dataset.quarantine_reasons == {"grade is missing": 5, "grade is none of the classes": 1}

    rows = pd.DataFrame(parquet_rows(dataset.train_uri)).set_index("note")
    expected = frame[known & ~is_test].assign(note=lambda each: each["note"].str.strip()).set_index("note")
    grades = rows["grade"].map(dict(enumerate(dataset.classes)))
    assert grades.sort_index().tolist() == expected["grade"].sort_index().tolist()
    joined = expected.join(rows["_group"])
    assert joined.groupby("maker")["_group"].nunique().eq(1).all()
    assert joined["_group"].nunique() == joined["maker"].nunique()
    kinds = {feature.name: feature.kind for feature in dataset.features}
    assert (kinds["note"], kinds["bottled_weekday"], kinds["maker"]) == ("text", "numeric", "categorical")
    assert not {"grade", "price", "_group"} & set(kinds)


def test_a_number_is_prepared_with_time_and_weights_beside_it(spark: SparkSession, tmp_path: Path) -> None:
    frame = wines()
    dataset = run(spark, PRICES, frame, tmp_path)
    assert (dataset.framing, dataset.classes, dataset.train_positives) == ("regression", (), 0)
    assert dataset.quarantine_reasons == {"price is no number": 5, "price is missing": 1}
    # pandas' own parser rounds, the last digit included only by Python's.
    numbers = frame["price"].where(pd.to_numeric(frame["price"], errors="coerce").abs() < np.inf).astype(float)
    later = frame["bottled"] >= "2020-03-01"
    rows = pd.DataFrame(parquet_rows(dataset.train_uri))
    assert sorted(rows["price"]) == sorted(numbers[~later].dropna())
    assert sorted(row["price"] for row in json_rows(dataset.test_uri)) == sorted(numbers[later])
    at = rows.set_index("note")
    for name, row in frame[~later & numbers.notna()].assign(note=lambda each: each["note"].str.strip()).iterrows():
        found = at.loc[row["note"]]
        assert found["_time"] == pd.Timestamp(row["bottled"]).timestamp(), name
        assert found["_weight"] == float(row["cases"])
    assert "cases" not in rows

    data = TrainingData.from_table(pa.Table.from_pandas(rows, preserve_index=False), dataset)
    assert data.framing == "regression"
    assert data.weight is not None
    assert data.time is not None
    assert data.target.dtype == np.float64


@pytest.mark.parametrize(
    ("grades", "message"),
    [
        (["good"] * 40, "grade has only 'good' in training rows"),
        (["?"] * 40, "grade has no value in training rows"),
        ([f"grade {number}" for number in range(400)], "grade has more than 100 different values in training rows"),
    ],
)
def test_a_target_that_cannot_be_told_apart_is_refused(
    spark: SparkSession, tmp_path: Path, grades: list[str], message: str
) -> None:
    rows = {name: ["1"] * len(grades) for name in ("acid", "price", "cases")}
    frame = pd.DataFrame(
        {"maker": [str(number) for number in range(len(grades))], "bottled": "2020-01-01", "note": "x", **rows}
    ).assign(grade=grades)[[column.name for column in SOURCE.columns]]
    with pytest.raises(DataError, match=message):
        run(spark, GRADES, frame, tmp_path)

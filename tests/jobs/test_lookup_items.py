"""What predictions look up, written by Spark: what a row of training met, a row of a request finds."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from crispstack.charter import Charter, Column, Money, Preparation, Source, Split, Target
from crispstack.data_preparation.lookup_items import write_lookups
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_preparation.row_completion import completed
from crispstack.joined_sources import Join, JoinedColumn, JoinKey, Window
from crispstack.privacy_plan import PrivacyTreatment
from tests.jobs import local_items
from tests.jobs.local_items import LocalItems

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]
cloudpickle.register_pickle_by_value(local_items)

WEEK = Window("late_mean", "mean", "at", "3 hours", "lookup", ("carrier",), "late", 2, "30 minutes")
ALL = Window("flights", "count", "at", "2 hours", "lookup")
CHARTER = Charter(
    name="flights",
    question="Late?",
    owner="Ada",
    sources=(
        Source(
            "flights",
            columns=(
                Column("carrier", "category"),
                Column("tail", "category"),
                Column("at", "timestamp"),
                Column("late", "number"),
            ),
        ),
        Source(
            "planes",
            columns=(
                Column("tail", "category"),
                Column("seats", "integer"),
                Column("weight", "number", decimal=","),
                Column("pilot", "category"),
                Column("color", "category"),
            ),
        ),
    ),
    target=Target("late", at_least=15),
    money=Money("EUR", 10, -1),
    preparation=Preparation(
        missing_values=("", "NA"),
        joins=(
            Join(
                "planes",
                (JoinKey("tail", "tail"),),
                (JoinedColumn("seats"), JoinedColumn("weight"), JoinedColumn("pilot")),
                "lookup",
            ),
        ),
        windows=(WEEK, ALL),
    ),
    split=Split(method="time", time="at", test_from="2013-01-02"),
    privacy=(PrivacyTreatment("pilot", "drop", "a person", source="planes"),),
)
PLANES = (
    'tail,seats,weight,pilot,color\n N1 ,100,"1,5",Ada,red\nN2,NA,"2,25",Bo,red\nN3,many,,Cy,red\n'
    "NA,1,1,Di,red\nN4,1,1,Ed,red\nN4,2,2,Flo,red\n"
)


def flights() -> pd.DataFrame:
    generator = random.Random(5)  # noqa: S311 (reproducible, not secret)
    moments = pd.date_range("2013-01-01", periods=120, freq="25min").strftime("%Y-%m-%d %H:%M:%S")
    rows = [
        (generator.choice(["AA", "AA", " B6", ""]), "N1", moment, f"{generator.gauss(10, 5):.2f}")
        for moment in moments
        for _ in range(2)
    ]
    # Its last flight is longer ago than the window reaches.
    return pd.DataFrame([*rows, ("OLD", "N1", moments[3], "9")], columns=["carrier", "tail", "at", "late"])


def expected_mean(raw: pd.DataFrame, carrier: str) -> float:
    at, now = pd.to_datetime(raw["at"]), pd.to_datetime(raw["at"]).max()
    seen = (at >= now - pd.Timedelta("3 hours")) & (at < now - pd.Timedelta("30 minutes"))
    return float(raw.loc[seen & (raw["carrier"].str.strip() == carrier), "late"].astype(float).mean())


def test_a_request_finds_what_training_met_and_the_latest_aggregates(spark: SparkSession, tmp_path: Path) -> None:
    raw = flights()
    raw.to_csv(tmp_path / "flights.csv", index=False)
    (tmp_path / "planes.csv").write_text(PLANES)
    tables = tuple(
        RawTable(source, str(tmp_path), (RawPart((str(tmp_path / f"{source.name}.csv"),), "0" * 64, 100),))
        for source in CHARTER.sources
    )
    (tmp_path / "items").mkdir()
    items = LocalItems(tmp_path / "items")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    write_lookups(spark, CHARTER, tables, "v1", items)
    written = items.items("v1")

    planes = {key: values for (name, key), values in written.items() if name == "planes"}
    assert planes == {
        "N1": {"seats": 100, "weight": 1.5},
        "N2": {"seats": None, "weight": 2.25},
        "N3": {"seats": "many", "weight": None},
    }
    assert "Ada" not in repr(written)
    assert {key for name, key in written if name == "late_mean"} == {"AA", "B6"}

    given = {"carrier": "AA", "tail": "N1", "at": "2013-01-03T00:00:00Z"}
    (row,) = completed([given], CHARTER, items)
    at = pd.to_datetime(raw["at"])
    flown = int(((at >= at.max() - pd.Timedelta("2 hours")) & (at < at.max())).sum())
    assert row == {**given, "seats": 100, "weight": 1.5, "late_mean": row["late_mean"], "flights": flown}
    assert row["late_mean"] == pytest.approx(expected_mean(raw, "AA"), rel=1e-12)

    # The same version again writes nothing.
    write_lookups(spark, CHARTER, tables, "v1", items)
    assert items.items("v1") == written

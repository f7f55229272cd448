"""Joins on a real Spark session: a row stays one row, whatever it meets, and what it meets is counted."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pandas as pd
import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from crispstack.artifacts import JoinResult, PreparedDataset
from crispstack.charter import Charter, Column, Exclusion, Money, Preparation, Source, Split, Target
from crispstack.data_preparation import joins
from crispstack.data_preparation.lookups import join_key
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.errors import DataError
from crispstack.joined_sources import Join, JoinedColumn, JoinKey
from tests.jobs import local_storage
from tests.jobs.local_storage import LocalStorage, json_rows, parquet_rows

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]
cloudpickle.register_pickle_by_value(local_storage)

PLANES = Join("planes", (JoinKey("tailnum", "tailnum"),), (JoinedColumn("maker"), JoinedColumn("seats")), "lookup")
MAKERS = Join("makers", (JoinKey("maker", "name"),), (JoinedColumn("country"),), "request", "quarantine")
WEATHER = Join(
    "weather",
    (JoinKey("origin", "origin"), JoinKey("time", "time", "hour")),
    (JoinedColumn("wind", "wind_speed"),),
    "request",
)
FLIGHTS = Charter(
    name="flights",
    question="Late?",
    owner="Ada",
    sources=(
        Source(
            "flights",
            columns=(
                Column("id", "integer"),
                Column("tailnum", "category"),
                Column("origin", "category"),
                Column("time", "timestamp"),
                Column("late", "category"),
            ),
        ),
        Source(
            "planes", columns=(Column("tailnum", "category"), Column("maker", "category"), Column("seats", "integer"))
        ),
        Source("makers", columns=(Column("name", "category"), Column("country", "category"))),
        Source(
            "weather", columns=(Column("origin", "category"), Column("time", "timestamp"), Column("wind", "number"))
        ),
    ),
    target=Target("late", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(
        missing_values=("", "NA"),
        exclude=(Exclusion("tailnum", "too many"), Exclusion("time", "a time")),
        joins=(PLANES, MAKERS, WEATHER),
    ),
    split=Split(test_share=0.3, key="flights"),
)
TABLES = {
    "planes": "tailnum,maker,seats\nN1,Airbus,100\n N2 ,Boeing,200\nN3,Nobody,300\nNA,Airbus,1\n",
    "makers": "name,country\nAirbus,France\nBoeing,USA\n",
    "weather": "origin,time,wind\nJFK,2013-01-01T10:00:00Z,7.5\nLGA,2013-01-01 11:00,3\n",
}


def run(spark: SparkSession, charter: Charter, flights: pd.DataFrame, folder: Path, **tables: str) -> PreparedDataset:
    flights.to_csv(folder / "flights.csv", index=False)
    raw = []
    for source in charter.sources:
        path = folder / f"{source.name}.csv"
        if source.name != "flights":
            path.write_text({**TABLES, **tables}[source.name])
        raw.append(RawTable(source, str(folder), (RawPart((str(path),), "0" * 64, path.stat().st_size),)))
    destination = Destination(str(folder / "prepared"), "first", LocalStorage())
    return prepare(spark, charter, tuple(raw), len(flights), destination)


def flights(rows: int, tailnums: list[str]) -> pd.DataFrame:
    generator = random.Random(7)  # noqa: S311 (reproducible, not secret)
    return pd.DataFrame(
        {
            "id": range(rows),
            "tailnum": [generator.choice(tailnums) for _ in range(rows)],
            "origin": [generator.choice(["JFK", " LGA", ""]) for _ in range(rows)],
            "time": [f"2013-01-01 1{generator.randint(0, 1)}:{generator.randint(0, 59):02}:00" for _ in range(rows)],
            "late": [generator.choice(["yes", "no"]) for _ in range(rows)],
        }
    )


@pytest.fixture(scope="module")
def joined(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, PreparedDataset]:
    raw = flights(120, ["N1", "N2", "N3", "N9", "NA", ""])
    return raw, run(spark, FLIGHTS, raw, tmp_path_factory.mktemp("joined"))


def test_rows_gain_what_pandas_says_they_gain(joined: tuple[pd.DataFrame, PreparedDataset]) -> None:
    raw, dataset = joined
    planes = pd.DataFrame({"key": ["N1", "N2"], "seats": [100.0, 200.0], "country": ["France", "USA"]})
    expected = raw.assign(key=raw.tailnum.str.strip(), airport=raw.origin.str.strip()).merge(planes, on="key")
    expected["wind"] = [
        {("JFK", "10"): 7.5, ("LGA", "11"): 3.0}.get((airport, time[11:13]))
        for airport, time in zip(expected.airport, expected.time, strict=True)
    ]
    found = pd.DataFrame([*parquet_rows(dataset.train_uri), *json_rows(dataset.test_uri)]).sort_values("id")
    columns = {"seats": "seats", "country": "country", "wind": "wind_speed"}
    for theirs, ours in columns.items():
        wanted = expected.sort_values("id")[theirs]
        pd.testing.assert_series_equal(
            found[ours].reset_index(drop=True), wanted.reset_index(drop=True), check_names=False, check_dtype=False
        )
    assert 0 < found["wind_speed"].notna().sum() < len(found)


def test_rows_that_meet_nothing_are_counted_and_kept_or_quarantined(
    joined: tuple[pd.DataFrame, PreparedDataset],
) -> None:
    raw, dataset = joined
    no_plane = int(raw.tailnum.isin(["N9", "NA", ""]).sum())
    no_maker = int(raw.tailnum.isin(["N3", "N9", "NA", ""]).sum())
    assert dataset.joins[:2] == (
        JoinResult("planes", no_plane, "missing"),
        JoinResult("makers", no_maker, "quarantine"),
    )
    assert dataset.quarantine_reasons == {"no row of makers matches": no_maker}
    assert dataset.rows_in == 120 == dataset.train_rows + dataset.test_rows + no_maker
    assert '"tailnum": "N9"' in "".join(row["_raw"] for row in json_rows(dataset.quarantine_uri))


def test_rows_that_meet_several_stop_the_job_with_examples(spark: SparkSession, tmp_path: Path) -> None:
    planes = TABLES["planes"] + "N1,Boeing,1\n"
    with pytest.raises(DataError, match=r"[1-9][0-9]* rows meet several rows of planes, .* by N1: .*latest_by"):
        run(spark, FLIGHTS, flights(30, ["N1", "N2"]), tmp_path, planes=planes)
    assert not (tmp_path / "prepared" / "manifests").exists()


def test_the_latest_of_several_rows_counts_where_the_charter_says_so(spark: SparkSession, tmp_path: Path) -> None:
    planes = "tailnum,maker,seats\nN1,Airbus,150\nN1,Airbus,450\nN1,Airbus,300\nN2,Boeing,200\n"
    preparation = dataclasses.replace(
        FLIGHTS.preparation, joins=(dataclasses.replace(PLANES, latest_by="seats"), MAKERS, WEATHER)
    )
    dataset = run(
        spark,
        dataclasses.replace(FLIGHTS, preparation=preparation),
        flights(30, ["N1", "N2"]),
        tmp_path,
        planes=planes,
    )
    rows = [*parquet_rows(dataset.train_uri), *json_rows(dataset.test_uri)]
    assert {row["seats"] for row in rows} == {450.0, 200.0}


def test_a_key_that_most_rows_have_loses_and_adds_none(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joins, "_LARGEST_BROADCAST", 0)
    for name, value in {
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.adaptive.autoBroadcastJoinThreshold": "-1",
    }.items():
        spark.conf.set(name, value)
    try:
        raw = flights(3000, ["N1"] * 50 + ["N2", ""])
        dataset = run(spark, FLIGHTS, raw, tmp_path)
    finally:
        spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")
        spark.conf.unset("spark.sql.adaptive.autoBroadcastJoinThreshold")
    rows = [*parquet_rows(dataset.train_uri), *json_rows(dataset.test_uri)]
    assert sorted(row["id"] for row in rows) == sorted(raw[raw.tailnum != ""].id)
    assert dataset.quarantined_rows == int((raw.tailnum == "").sum())


def test_python_makes_the_keys_that_spark_makes(spark: SparkSession) -> None:
    texts = [
        "JFK",
        " JFK ",
        "",
        "NA",
        None,
        "2013-01-01T10:59:59Z",
        "2013-01-01 10",
        "2013-01-01T10:30:00.25",
        "2013",
        "é\t",
    ]
    frame = spark.createDataFrame([(a, b) for a in texts for b in texts], "origin string, time string")
    found = [row[0] for row in frame.select(joins._key(FLIGHTS, WEATHER, ["origin", "time"])).collect()]
    assert found == [join_key(FLIGHTS, WEATHER, [a, b]) for a in texts for b in texts]
    assert "JFK\x1f2013-01-01T10" in found

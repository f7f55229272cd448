"""Five tables through data understanding and data preparation, and a prediction that looks up what it is not told."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crispstack.artifacts import DataProfile, ModelPackage, PreparedDataset, QualityReport, Release
from crispstack.data_collection import DataCollection
from tests.end_to_end.conftest import FLIGHTS, FLIGHTS_DATA, Checkout

FIRST_TEST_DAY = "2013-10-01"
LOOKED_UP = {"airline", "dest_lat", "dest_lon", "plane_year", "seats", "origin_delay_of_day", "carrier_delay_of_week"}
TABLES = ("flights", "weather", "planes", "airlines", "airports")


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    return table("flights")


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FLIGHTS_DATA / f"{name}.csv", dtype=str, keep_default_na=False)


def numbers(texts: pd.Series[str]) -> pd.Series[float]:
    return pd.to_numeric(texts.replace("NA", None))


def artifact(checkout: Checkout, run: str, kind: Any) -> Any:
    bucket = checkout.outputs("storage")["ArtifactsBucketName"]
    uri = f"s3://{bucket}/{FLIGHTS}/runs/{run}/{kind.phase.prefix}/{kind.file_name()}"
    return kind.from_json(checkout.read(uri))


def test_the_run_names_the_version_of_each_table_by_what_is_in_it(checkout: Checkout, flights_run: str) -> None:
    collection = artifact(checkout, flights_run, DataCollection)
    assert [source.name for source in collection.sources] == list(TABLES)
    for source in collection.sources:
        (file,) = source.files
        content = (FLIGHTS_DATA / f"{source.name}.csv").read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert checkout.read(source.uri + file.name) == content
        assert (source.license, source.version in source.uri) == ("CC0 1.0", True)


def test_every_table_is_profiled_and_the_last_quarter_is_left_out(
    checkout: Checkout, flights_run: str, flights: pd.DataFrame
) -> None:
    profile = artifact(checkout, flights_run, DataProfile)
    by_source = {each.source: each for each in profile.joined}
    assert tuple(by_source) == TABLES[1:]
    known = flights[flights["time_hour"] < FIRST_TEST_DAY]
    assert (profile.rows, profile.test_rows) == (len(known), len(flights) - len(known))
    assert profile.positives == (numbers(known["arr_delay"]) >= 30).sum()
    delay = next(column for column in profile.columns if column.name == "arr_delay")
    expected = numbers(known["arr_delay"])
    assert (delay.nulls, delay.minimum, delay.maximum) == (expected.isna().sum(), expected.min(), expected.max())
    assert delay.mean == pytest.approx(expected.mean(), rel=1e-9)
    weather = table("weather")
    gusts = next(column for column in by_source["weather"].columns if column.name == "wind_gust")
    assert (by_source["weather"].rows, gusts.nulls) == (len(weather), (weather["wind_gust"] == "NA").sum())


def test_rules_look_across_tables(checkout: Checkout, flights_run: str, flights: pd.DataFrame) -> None:
    results = {result.rule: result for result in artifact(checkout, flights_run, QualityReport).results}
    known = set(table("planes")["tailnum"])
    register = results['ReferentialIntegrity "tailnum" "planes.tailnum" > 0.8']
    present = flights["tailnum"][flights["tailnum"] != "NA"]
    assert (
        register.failing == (~present.isin(known)).sum() or register.failing == (~flights["tailnum"].isin(known)).sum()
    )
    carriers = results['ReferentialIntegrity "carrier" "airlines.carrier" = 1.0']
    assert (carriers.passed, carriers.failing) == (True, 0)


def prepared(checkout: Checkout, uri: str) -> pd.DataFrame:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    listed = checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    keys = [entry["Key"] for entry in listed if entry["Key"].endswith(".parquet")]
    return pd.concat(pd.read_parquet(io.BytesIO(checkout.read(f"s3://{bucket}/{key}"))) for key in keys)


def test_no_flight_is_lost_and_those_without_an_arrival_are_counted(
    checkout: Checkout, flights_run: str, flights: pd.DataFrame
) -> None:
    dataset = artifact(checkout, flights_run, PreparedDataset)
    arrived = flights[flights["arr_delay"] != "NA"]
    later = arrived["time_hour"] >= FIRST_TEST_DAY
    assert dataset.rows_in == len(flights)
    assert (dataset.train_rows, dataset.test_rows) == ((~later).sum(), later.sum())
    assert dataset.quarantine_reasons == {"arr_delay is missing": len(flights) - len(arrived)}
    assert dataset.train_positives == (numbers(arrived["arr_delay"][~later]) >= 30).sum()


def test_joined_columns_and_earlier_delays_are_those_of_pandas(
    checkout: Checkout, flights_run: str, flights: pd.DataFrame
) -> None:
    rows = prepared(checkout, artifact(checkout, flights_run, PreparedDataset).train_uri)
    expected = expected_training_rows(flights)
    assert len(rows) == len(expected)
    for name in ("temp", "visib", "plane_year", "seats", "dest_lon", "origin_delay_of_day", "carrier_delay_of_week"):
        # The order of rows is Spark's; what is compared is every value, and how many are missing.
        found, wanted = (np.sort(each.astype(np.float32)) for each in (rows[name], expected[name]))
        assert np.isnan(found).sum() == np.isnan(wanted).sum(), name
        np.testing.assert_allclose(found, wanted, rtol=1e-5, err_msg=name)
        assert np.isnan(found).mean() < 0.9, name
    assert sorted(rows["airline"].unique()) == sorted(expected["airline"].unique())
    unmatched = {join.source: join.unmatched_rows for join in artifact(checkout, flights_run, PreparedDataset).joins}
    assert unmatched["planes"] == (~flights["tailnum"].isin(set(table("planes")["tailnum"]))).sum()


def expected_training_rows(flights: pd.DataFrame) -> pd.DataFrame:
    planes, airlines, airports = (table(name) for name in ("planes", "airlines", "airports"))
    joined = (
        flights.merge(
            table("weather")[["origin", "time_hour", "temp", "visib"]], how="left", on=["origin", "time_hour"]
        )
        .merge(planes[["tailnum", "year", "seats"]].rename(columns={"year": "plane_year"}), how="left", on="tailnum")
        .merge(airlines.rename(columns={"name": "airline"}), how="left", on="carrier")
        .merge(airports[["faa", "lon"]].rename(columns={"faa": "dest", "lon": "dest_lon"}), how="left", on="dest")
    )
    for name in ("temp", "visib", "plane_year", "seats", "dest_lon"):
        joined[name] = numbers(joined[name])
    when, delay = pd.to_datetime(joined["time_hour"]), numbers(joined["arr_delay"])
    for name, by, days in (("origin_delay_of_day", "origin", 1), ("carrier_delay_of_week", "carrier", 7)):
        joined[name] = [
            earlier_mean(delay[(joined[by] == group) & (when >= now - pd.Timedelta(days=days)) & (when < now - HOURS)])
            for now, group in zip(when, joined[by], strict=True)
        ]
    return joined[(joined["arr_delay"] != "NA") & (joined["time_hour"] < FIRST_TEST_DAY)]


HOURS = pd.Timedelta(hours=6)


def earlier_mean(delays: pd.Series[float]) -> float:
    known = delays.dropna()
    return float(known.mean()) if len(known) >= 10 else float("nan")


def test_a_prediction_looks_up_the_airplane_and_the_latest_delays(checkout: Checkout, flights_run: str) -> None:
    release = artifact(checkout, flights_run, Release)
    assert release.released, release.reason
    package = artifact(checkout, flights_run, ModelPackage)
    row = next(golden.row for golden in package.golden_rows if golden.row["seats"] is not None)
    told = {name: value for name, value in row.items() if name not in LOOKED_UP}
    assert set(row) - set(told) == LOOKED_UP
    plain, without_airplane = (
        checkout.json("predict", FLIGHTS, json.dumps(each))["predictions"][0]["probability"]
        for each in (told, told | {"tailnum": "N00000", "dest": "XXX", "carrier": "ZZ"})
    )
    assert 0 < plain < 1
    assert plain != without_airplane

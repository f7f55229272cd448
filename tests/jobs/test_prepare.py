"""The preparation job on a real Spark session: no row is lost, and a prediction would see the same values."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark import cloudpickle
from pyspark.errors import PythonException
from pyspark.sql import SparkSession

from crispstack.artifacts import Feature, PreparedDataset, sha256
from crispstack.business_understanding.charter_file import load
from crispstack.charter import (
    Charter,
    Column,
    Derivation,
    Exclusion,
    Money,
    Preparation,
    Source,
    Split,
    Target,
)
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_preparation.requests import feature_arrays, prepared_arrays, request_row
from crispstack.data_understanding import holdout
from crispstack.errors import DataError
from tests.jobs import local_storage
from tests.jobs.local_storage import LocalStorage, json_rows, parquet_rows

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

# Executors cannot import this folder.
cloudpickle.register_pickle_by_value(local_storage)

SMALL = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients",
            "c.csv",
            (
                Column("id", "integer"),
                Column("age", "integer"),
                Column("job", "category"),
                Column("since", "date"),
                Column("y", "category"),
            ),
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(
        missing_values=("", "unknown"),
        exclude=(Exclusion("id", "a row number"),),
        derive=(Derivation("adult", "indicator", "age", ">=", 18),),
    ),
    split=Split(test_share=0.4, key="loans"),
)


WHOLE = LocalStorage()


def run(
    spark: SparkSession, charter: Charter, content: str, folder: Path, storage: LocalStorage = WHOLE
) -> PreparedDataset:
    path = folder / "raw.csv"
    path.write_text(content)
    raw = RawTable(charter.source, str(folder), (RawPart((str(path),), sha256(content.encode()), len(content)),))
    destination = Destination(str(folder / "prepared"), uuid.uuid4().hex, storage)
    return prepare(spark, charter, (raw,), len(content.splitlines()) - 1, destination)


@pytest.fixture(scope="module")
def bank(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> PreparedDataset:
    folder = Path("projects/bank_marketing")
    charter = load(folder / "charter.yaml")
    return run(spark, charter, (folder / "clients.csv").read_text(), tmp_path_factory.mktemp("bank"))


def test_every_row_of_the_bank_data_is_accounted_for(bank: PreparedDataset) -> None:
    assert (bank.rows_in, bank.quarantined_rows, bank.quarantine_reasons) == (4521, 0, {})
    assert bank.train_rows + bank.test_rows == 4521
    assert bank.train_positives + bank.test_positives == 521
    assert (len(parquet_rows(bank.train_uri)), len(json_rows(bank.test_uri))) == (bank.train_rows, bank.test_rows)


def test_spark_sets_the_same_rows_aside_as_python(bank: PreparedDataset) -> None:
    charter = load(Path("projects/bank_marketing/charter.yaml"))
    texts = pd.read_csv("projects/bank_marketing/clients.csv", dtype=str, keep_default_na=False)
    chosen = [holdout.is_test(list(row), charter) for row in texts.itertuples(index=False)]
    expected = sorted(texts[chosen]["balance"].astype(float))
    assert sorted(row["balance"] for row in json_rows(bank.test_uri)) == expected


def test_features_are_the_models_inputs_with_categories_of_training_rows(bank: PreparedDataset) -> None:
    kinds = {feature.name: feature.kind for feature in bank.features}
    assert list(kinds)[-4:] == ["contacted_before", "balance_log", "overdrawn", "bought_before"]
    assert not {"duration", "id", "y"} & kinds.keys()
    contact = next(feature for feature in bank.features if feature.name == "contact")
    assert contact == Feature("contact", "categorical", ("__missing__", "cellular", "telephone"))
    assert list(parquet_rows(bank.train_uri)[0]) == [*kinds, "y"]
    assert {row["y"] for row in json_rows(bank.test_uri)} == {0, 1}


def test_a_prediction_sees_what_training_saw(bank: PreparedDataset) -> None:
    charter = load(Path("projects/bank_marketing/charter.yaml"))
    rows = [*parquet_rows(bank.train_uri)[:500], *json_rows(bank.test_uri)]
    trained = prepared_arrays(rows, bank.features)
    served = feature_arrays([request_row(row, charter) for row in rows], charter)
    for feature in bank.features:
        np.testing.assert_array_equal(trained[feature.name], served[feature.name], err_msg=feature.name)


GOOD = "".join(f"{number},{20 + number},cook,2025-01-02,{'yes' if number % 3 else 'no'}\n" for number in range(30))
HEADER = "id,age,job,since,y\n"
MALFORMED = ["94,30,cook", "95,30,cook,2025-01-02,yes,more", "95,30,cook,2025-01-02,yes,more"]
UNUSABLE = [
    "90,x,cook,2025-01-02,yes",
    "91,30,cook,2025-02-30,no",
    "92,30,cook,2025-01-02,",
    "93,30,cook,2025-01-02,unknown",
    *MALFORMED,
]
ODD = '50,," a ""b"", c ",,yes\n51, 17 ,unknown,1970-01-02,yes\n52,"44","",2025-01-02," yes "\n'

CONTENT = HEADER + GOOD * 2 + "\n".join(UNUSABLE) + "\n" + ODD


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def small(spark: SparkSession, small_folder: Path) -> PreparedDataset:
    return run(spark, SMALL, CONTENT, small_folder)


def test_what_cannot_be_used_goes_to_the_quarantine_with_its_reason(small: PreparedDataset) -> None:
    assert (small.rows_in, small.quarantined_rows) == (70, 7)
    assert small.train_rows + small.test_rows == 63
    assert small.quarantine_reasons == {
        "age is not of type integer": 1,
        "since is not of type date": 1,
        "wrong number of fields": 3,
        "y is missing": 2,
    }
    stored = json_rows(small.quarantine_uri)
    assert {row["_reason"] for row in stored} == set(small.quarantine_reasons)
    assert [row["_raw"] for row in stored if row["_reason"] == "wrong number of fields"] == MALFORMED
    raw = next(json.loads(row["_raw"]) for row in stored if row["_reason"].startswith("age"))
    assert raw == {"id": "90", "age": "x", "job": "cook", "since": "2025-01-02", "y": "yes"}


def test_quotes_missing_values_and_spaces_are_read_as_everywhere_else(small: PreparedDataset) -> None:
    rows = [row for row in [*parquet_rows(small.train_uri), *json_rows(small.test_uri)] if row["job"] != "cook"]
    found = sorted((row["job"], row["age"], row["since"], row["adult"], row["y"]) for row in rows)
    assert found == [
        ("__missing__", 17.0, 1.0, 0.0, 1),
        ("__missing__", 44.0, 20090.0, 1.0, 1),
        ('a "b", c', None, None, None, 1),
    ]


def test_equal_rows_are_all_kept_on_one_side(small: PreparedDataset) -> None:
    ages = [
        [row["age"] for row in rows if row["job"] == "cook"]
        for rows in (parquet_rows(small.train_uri), json_rows(small.test_uri))
    ]
    assert sorted(ages[0] + ages[1]) == sorted([20.0 + number for number in range(30)] * 2)
    assert not set(ages[0]) & set(ages[1])


def files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_version_is_not_written_again(spark: SparkSession, small: PreparedDataset, small_folder: Path) -> None:
    before = files(small_folder / "prepared")
    assert run(spark, SMALL, CONTENT, small_folder) == small
    assert files(small_folder / "prepared") == before


@pytest.mark.parametrize("uploads", [0, 1, 2])
def test_a_job_that_dies_leaves_no_version_and_the_next_one_makes_it_whole(
    spark: SparkSession, small: PreparedDataset, tmp_path: Path, uploads: int
) -> None:
    with pytest.raises(PythonException, match="the power failed"):
        run(spark, SMALL, CONTENT, tmp_path, LocalStorage(uploads))
    left = files(tmp_path / "prepared")
    assert len(left) == uploads
    assert not any("manifests" in path.parts for path in left)
    anew = run(spark, SMALL, CONTENT, tmp_path)
    assert (anew.version, anew.features, anew.quarantine_reasons) == (
        small.version,
        small.features,
        small.quarantine_reasons,
    )
    assert parquet_rows(anew.train_uri) == parquet_rows(small.train_uri)
    assert json_rows(anew.test_uri) == json_rows(small.test_uri)


def test_rows_that_were_not_read_stop_the_job_and_leave_no_version(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "raw.csv"
    path.write_text(HEADER + GOOD)
    raw = RawTable(SMALL.source, str(tmp_path), (RawPart((str(path),), "0" * 64, 1),))
    destination = Destination(str(tmp_path / "prepared"), "first", LocalStorage())
    with pytest.raises(DataError, match="31 rows came in, 30 were read, 30 went out"):
        prepare(spark, SMALL, (raw,), 31, destination)
    assert not (tmp_path / "prepared" / "manifests").exists()


def test_when_nothing_is_left_the_reasons_are_said(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"0 rows are left .* quarantined: age is not of type integer: 2"):
        run(spark, SMALL, HEADER + "1,x,cook,2025-01-02,yes\n2,y,cook,2025-01-02,no\n", tmp_path)

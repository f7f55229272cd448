"""The view and the queries that people ask, run by Athena over the raw file, as the stack declares them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest

from crispstack.aws import artifact_store, queries
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column
from crispstack.data_understanding import explorable_view, holdout, raw_table
from crispstack.data_understanding.named_queries import named_queries
from crispstack.privacy_plan import PrivacyTreatment
from tests.jobs.account import own_account

FOLDER = Path("tests/end_to_end/project")
BANK = load(FOLDER / "charter.yaml")
CHARTER = dataclasses.replace(BANK, privacy=(PrivacyTreatment("marital", "drop", "an example"), *BANK.privacy[3:]))
Rows = list[dict[str, str | None]]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Clients of an account whose catalog holds the raw table and the view."""
    with own_account(tmp_path_factory.mktemp("emulator")):
        clients = {"s3": artifact_store.s3(), "glue": boto3.client("glue"), "athena": queries.athena()}
        for bucket in ("raw", "results"):
            clients["s3"].create_bucket(Bucket=bucket)
        clients["s3"].upload_file(str(FOLDER / "clients.csv"), "raw", "clients/clients.csv")
        clients["glue"].create_database(DatabaseInput={"Name": "lake"})
        clients["glue"].create_table(DatabaseName="lake", TableInput=table(CHARTER))
        clients["glue"].create_table(DatabaseName="lake", TableInput=view(CHARTER))
        yield clients
        clients["glue"].close()


def table(charter: Charter) -> dict[str, Any]:
    return {
        "Name": raw_table.name(charter),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Columns": [{"Name": column.name, "Type": "string"} for column in charter.source.columns],
            "Location": "s3://raw/clients/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde", "Parameters": {}},
        },
    }


def view(charter: Charter) -> dict[str, Any]:
    made = explorable_view.view(charter, charter.source, "lake")
    return {
        "Name": made.name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true"},
        "ViewOriginalText": made.original_text("lake"),
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": [{"Name": name, "Type": kind} for name, kind in made.glue_columns()]},
    }


def asked(athena: Any, sql: str) -> Rows:
    output = {"OutputLocation": "s3://results/"}
    started = athena.start_query_execution(QueryString=sql, ResultConfiguration=output)["QueryExecutionId"]
    while athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"] in (
        "QUEUED",
        "RUNNING",
    ):
        time.sleep(0.05)
    return list(queries.result(started).rows)


@pytest.fixture(scope="module")
def answers(lake: dict[str, Any]) -> dict[str, Rows]:
    """What every named query found."""
    return {query.name: asked(lake["athena"], query.sql) for query in named_queries(CHARTER, "lake")}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The rows that are not set aside, missing values as such."""
    texts = pd.read_csv(FOLDER / "clients.csv", dtype=str, keep_default_na=False)
    kept = texts[[not holdout.is_test(list(row), CHARTER) for row in texts.itertuples(index=False)]]
    assert 0 < len(kept) < len(texts)
    return kept.replace({"": None, "unknown": None})


def test_the_first_rows_are_typed_and_without_personal_data_that_is_not_kept(answers: dict[str, Rows]) -> None:
    first = answers["first-rows"]
    assert len(first) == 20
    names = [column.name for column in CHARTER.source.columns if column.name != "marital"]
    assert list(first[0]) == names
    assert {row["housing"] for row in first} <= {"true", "false"}


def test_the_balance_of_the_target_leaves_the_test_set_out(answers: dict[str, Rows], rows: pd.DataFrame) -> None:
    counted = {row["positive"]: int(row["row_count"] or 0) for row in answers["target-balance"]}
    positive = int((rows["y"] == "yes").sum())
    assert counted == {"true": positive, "false": len(rows) - positive}
    assert sum(float(row["percent"] or 0) for row in answers["target-balance"]) == pytest.approx(100, abs=0.02)


def test_missing_values_are_counted_by_column(answers: dict[str, Rows], rows: pd.DataFrame) -> None:
    found = {row["column_name"]: int(row["missing"] or 0) for row in answers["missing-values"]}
    assert found == rows.drop(columns="marital").isna().sum().to_dict()
    assert max(found.values()) > 0


def test_ranges_are_those_of_pandas(answers: dict[str, Rows], rows: pd.DataFrame) -> None:
    found = {row["column_name"]: row for row in answers["ranges"]}
    assert set(found) == {column.name for column in CHARTER.source.columns if column.type == "integer"}
    for name, row in found.items():
        numbers = rows[name].dropna().astype(float)
        expected = [numbers.min(), numbers.max(), numbers.mean(), numbers.std()]
        told = [float(row[each] or "nan") for each in ("minimum", "maximum", "mean", "standard_deviation")]
        assert told == pytest.approx(expected, rel=1e-9)
        # Approximate by its name: within two percent of the rows, as Trino promises.
        low, high = np.quantile(numbers, [0.48, 0.52])
        assert low <= float(row["median"] or "nan") <= high


def test_top_values_and_target_rates_are_those_of_pandas(answers: dict[str, Rows], rows: pd.DataFrame) -> None:
    jobs = {row["value"]: int(row["row_count"] or 0) for row in answers["top-values"] if row["column_name"] == "job"}
    assert jobs == {
        value if isinstance(value, str) else None: count
        for value, count in rows["job"].value_counts(dropna=False).head(10).items()
    }
    rate = {
        row["value"]: float(row["percent"] or 0) for row in answers["target-rate"] if row["column_name"] == "contact"
    }
    expected = (rows["y"] == "yes").groupby(rows["contact"]).mean() * 100
    assert {value: rate[value] for value in expected.index} == pytest.approx(expected.to_dict(), abs=0.005)


def test_there_are_no_equal_rows_and_no_days_to_count(answers: dict[str, Rows], rows: pd.DataFrame) -> None:
    assert answers["duplicates"] == []
    assert not rows.drop(columns="marital").duplicated().any()
    assert "rows-per-day" not in answers


@pytest.mark.parametrize(
    ("text", "time_"),
    [
        ("2023-03-21T04:05:06Z", "2023-03-21 04:05:06.000"),
        ("2023-03-21T04:05:06.789123Z", "2023-03-21 04:05:06.789"),
        ("2023-03-21 04:05:06", "2023-03-21 04:05:06.000"),
        ("yesterday", None),
    ],
)
def test_times_are_read_as_files_and_requests_write_them(lake: dict[str, Any], text: str, time_: str | None) -> None:
    sql = explorable_view.typed(Column("at", "timestamp"), f"'{text}'", CHARTER)
    assert asked(lake["athena"], f"SELECT {sql} AS at") == [{"at": time_}]

"""The two statements of data understanding, run by Athena over the raw file in S3."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest
from botocore.config import Config

from crispstack.aws import queries
from crispstack.business_understanding.charter_file import load
from crispstack.data_understanding import holdout, profile, profile_result, quality, raw_table
from crispstack.data_understanding.raw_table import RawTables
from crispstack.errors import ArtifactError
from emulator.settings import Settings

FOLDER = Path("tests/end_to_end/project")
CHARTER = load(FOLDER / "charter.yaml")
PORT = 4673


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = Settings(port=PORT, state=tmp_path_factory.mktemp("emulator"))
    command = [sys.executable, "-m", "emulator", "--port", str(PORT), "--state", str(settings.state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        assert "ready" in process.stdout.readline()
        yield settings
        process.terminate()


@pytest.fixture(scope="module")
def athena(endpoint: Settings) -> Iterator[Any]:
    names = ("s3", "glue", "athena")
    s3, glue, athena = (
        boto3.client(
            name,
            region_name=endpoint.region,
            endpoint_url=endpoint.endpoint,
            aws_access_key_id=endpoint.access_key,
            aws_secret_access_key=endpoint.secret_key,
            config=Config(s3={"addressing_style": "path"}),
        )
        for name in names
    )
    for bucket in ("raw", "results"):
        s3.create_bucket(Bucket=bucket)
    uri = raw_table.uri(CHARTER, "raw")
    s3.upload_file(str(FOLDER / "clients.csv"), "raw", uri.removeprefix("s3://raw/"))
    glue.create_database(DatabaseInput={"Name": "lake"})
    glue.create_table(DatabaseName="lake", TableInput=table(uri))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "athena", lambda: athena)
        yield athena
    for client in (s3, glue, athena):
        client.close()


def table(uri: str) -> dict[str, Any]:
    return {
        "Name": raw_table.name(CHARTER),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Columns": [{"Name": column.name, "Type": "string"} for column in CHARTER.source.columns],
            "Location": uri.rpartition("/")[0] + "/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
            },
        },
    }


def execute(athena: Any, statement: str) -> str:
    started = athena.start_query_execution(
        QueryString=statement, ResultConfiguration={"OutputLocation": "s3://results/"}
    )
    query_id: str = started["QueryExecutionId"]
    while (
        athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"]
        not in ("SUCCEEDED", "FAILED")
    ):  # fmt: skip
        time.sleep(0.1)
    return query_id


def test_the_profile_in_athena_agrees_with_pandas(athena: Any) -> None:
    result = queries.result(execute(athena, profile.statement(CHARTER, RawTables("lake"))))
    found = profile_result.parse(result.rows, CHARTER, "lake", result.bytes_scanned, ())
    texts = pd.read_csv(FOLDER / "clients.csv", dtype=str, keep_default_na=False)
    kept = texts[[not holdout.is_test(list(row), CHARTER) for row in texts.itertuples(index=False)]]
    assert (found.rows, found.test_rows, found.positives) == (len(kept), 600 - len(kept), (kept["y"] == "yes").sum())
    assert found.bytes_scanned == (FOLDER / "clients.csv").stat().st_size
    for column in found.columns:
        present = kept[column.name][~kept[column.name].isin(["", "unknown"])]
        assert (column.nulls, column.distinct) == (len(kept) - len(present), present.nunique()), column.name
        if column.type == "integer":
            numbers = present.astype(float)
            assert column.mean == pytest.approx(numbers.mean(), rel=1e-12)
            assert column.standard_deviation == pytest.approx(numbers.std(), rel=1e-9)
            assert column.quantiles
            assert column.quantiles["0.5"] == np.quantile(numbers, 0.5, method="inverted_cdf")
            assert sum(item.count for item in column.histogram) == len(numbers)


def test_the_quality_rules_in_athena_count_what_fails(athena: Any) -> None:
    result = queries.result(execute(athena, quality.statement(CHARTER, RawTables("lake"))))
    found = {item.rule: item for item in quality.report(result.rows[0], CHARTER, ()).results}
    texts = pd.read_csv(FOLDER / "clients.csv", dtype=str, keep_default_na=False)
    contact = found['Completeness "contact" > 0.95']
    assert (contact.passed, contact.checked, contact.failing) == (False, 600, (texts["contact"] == "unknown").sum())
    assert [rule for rule, item in found.items() if not item.passed] == [contact.rule]


def test_a_query_that_failed_says_athenas_reason(athena: Any) -> None:
    query_id = execute(athena, "SELECT nothing FROM lake.nowhere")
    with pytest.raises(ArtifactError, match=rf"query {query_id} is FAILED: .*nowhere"):
        queries.result(query_id)

"""The statements of data understanding, run by Athena over a version of the raw data in S3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crispstack.aws import queries
from crispstack.aws.collection import collect
from crispstack.business_understanding.charter_file import load
from crispstack.data_understanding import holdout, profile, profile_result, quality
from crispstack.data_understanding.raw_table import RawTables
from crispstack.errors import ArtifactError
from tests.jobs.lake import execute, lake

FOLDER = Path("tests/end_to_end/project")
CHARTER = load(FOLDER / "charter.yaml")
NOW = datetime(2026, 1, 2)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawTables]:
    with lake(tmp_path_factory.mktemp("emulator"), [CHARTER]) as found:
        collected = collect(found, CHARTER, CHARTER.source, FOLDER, 600, NOW.replace(tzinfo=UTC))
        yield RawTables(found.database, {collected.source.name: collected.source.version})


def test_the_profile_in_athena_agrees_with_pandas(tables: RawTables) -> None:
    (columns,) = profile.chunks(CHARTER.source)
    result = queries.result(execute(profile.statement(CHARTER, CHARTER.source, columns, tables)))
    rows = {profile.statement_name(CHARTER.source, 0): result.rows}
    found = profile_result.parse(rows, CHARTER, "lake", result.bytes_scanned, ())
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


def test_the_quality_rules_in_athena_count_what_fails(tables: RawTables) -> None:
    statements = quality.statements(CHARTER, tables, NOW)
    rows = {name: queries.result(execute(render())).rows for name, render in statements.items()}
    found = {item.rule: item for item in quality.report(rows, CHARTER, ()).results}
    texts = pd.read_csv(FOLDER / "clients.csv", dtype=str, keep_default_na=False)
    contact = found['Completeness "contact" > 0.95']
    assert (contact.passed, contact.checked, contact.failing) == (False, 600, (texts["contact"] == "unknown").sum())
    assert [rule for rule, item in found.items() if not item.passed] == [contact.rule]


def test_a_query_that_failed_says_athenas_reason(tables: RawTables) -> None:
    query_id = execute("SELECT nothing FROM lake.nowhere")
    with pytest.raises(ArtifactError, match=rf"query {query_id} is FAILED: .*nowhere"):
        queries.result(query_id)

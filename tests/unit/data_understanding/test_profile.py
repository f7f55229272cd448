"""The profile's figures against the same figures by pandas."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sqlglot

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.data_understanding import holdout
from crispstack.data_understanding.profile import BINS, QUANTILES, statement
from crispstack.data_understanding.profile_result import parse
from crispstack.data_understanding.raw_table import RawTables
from crispstack.errors import DataError
from tests.unit.data_understanding.duckdb_table import run

FOLDER = Path("projects/bank_marketing")
BANK = load(FOLDER / "charter.yaml")
SMALL = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients",
            "c.csv",
            (
                Column("amount", "number"),
                Column("since", "date"),
                Column("active", "boolean"),
                Column("job", "category"),
                Column("y", "category"),
            ),
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
)


@pytest.fixture(scope="module")
def profile() -> DataProfile:
    return parse(run(statement(BANK, RawTables("lake")), BANK, FOLDER / "clients.csv"), BANK, "lake", 392518, ())


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    texts = pd.read_csv(FOLDER / "clients.csv", dtype=str, keep_default_na=False)
    return texts[[not holdout.is_test(list(row), BANK) for row in texts.itertuples(index=False)]]


def test_rows_and_test_rows_are_all_rows(profile: DataProfile, rows: pd.DataFrame) -> None:
    assert profile.rows == len(rows)
    assert profile.rows + profile.test_rows == 4521
    assert 0.17 < profile.test_rows / 4521 < 0.23
    assert profile.positives == (rows["y"] == "yes").sum()
    assert (profile.table, profile.bytes_scanned) == ("lake.bank_marketing_clients", 392518)


def test_counts_agree_with_pandas(profile: DataProfile, rows: pd.DataFrame) -> None:
    for column in profile.columns:
        texts = rows[column.name]
        present = texts[~texts.isin(["", "unknown"])]
        assert (column.count, column.nulls) == (len(texts), len(texts) - len(present)), column.name
        assert (column.distinct, column.unparsable) == (present.nunique(), 0), column.name


def test_top_values_agree_with_pandas(profile: DataProfile, rows: pd.DataFrame) -> None:
    for column in profile.columns:
        present = rows[~rows[column.name].isin(["", "unknown"])]
        counts = present.groupby(column.name)["y"].agg(["size", lambda y: (y == "yes").sum()]).reset_index()
        counts.columns = pd.Index(["value", "count", "positives"])
        expected = counts.sort_values(["count", "value"], ascending=[False, True]).head(10)
        assert [vars(value) for value in column.top_values] == expected.to_dict("records"), column.name


def test_figures_of_numbers_agree_with_pandas(profile: DataProfile, rows: pd.DataFrame) -> None:
    numeric = [column for column in profile.columns if column.type == "integer"]
    assert len(numeric) == 8
    for column in numeric:
        numbers, positive = rows[column.name].astype(float), (rows["y"] == "yes").astype(float)
        assert column.minimum == numbers.min()
        assert column.maximum == numbers.max()
        assert column.mean == pytest.approx(numbers.mean(), rel=1e-12)
        assert column.standard_deviation == pytest.approx(numbers.std(), rel=1e-9)
        assert column.target_correlation == pytest.approx(numbers.corr(positive), rel=1e-9)
        expected = {f"{share:g}": np.quantile(numbers, share, method="inverted_cdf") for share in QUANTILES}
        assert column.quantiles == expected, column.name
        assert_histogram(column, numbers, positive)


def assert_histogram(column: ColumnProfile, numbers: pd.Series[float], positive: pd.Series[float]) -> None:
    lowest, highest = numbers.min(), numbers.max()
    place = np.minimum(np.floor((numbers - lowest) / (highest - lowest) * BINS), BINS - 1).astype(int)
    assert [item.count for item in column.histogram] == np.bincount(place, minlength=BINS).tolist()
    assert [item.positives for item in column.histogram] == np.bincount(place, positive, BINS).tolist()
    assert (column.histogram[0].lower, column.histogram[-1].upper) == (lowest, highest)


def test_categories_have_a_correlation_ratio_and_no_numbers(profile: DataProfile, rows: pd.DataFrame) -> None:
    column = next(column for column in profile.columns if column.name == "month")
    positive = (rows["y"] == "yes").astype(float)
    groups = positive.groupby(rows["month"])
    between = sum(len(group) * (group.mean() - positive.mean()) ** 2 for _, group in groups)
    expected = math.sqrt(between / ((positive - positive.mean()) ** 2).sum())
    assert column.target_correlation == pytest.approx(expected, rel=1e-9)
    assert (column.mean, column.quantiles, column.histogram) == (None, None, ())


def test_odd_values_are_counted_and_left_out_of_the_figures() -> None:
    rows = [
        ("1.5", "2025-01-02", "yes", "cook", "yes"),
        (" 2.5 ", "2025-02-30", "no", "cook", "no"),
        ("1e400", "20250102", "perhaps", "", "no"),
        ("", None, "TRUE", None, "no"),
        ("x", "1970-01-03", "0", "it's", "no"),
    ]
    charter = SMALL
    kept = [row for row in rows if not holdout.is_test(row, charter)]
    assert len(kept) == 5, "another key is needed to keep every row"
    found = parse(run(statement(charter, RawTables("lake")), charter, rows), charter, "lake", 1, ())
    amount, since, active, job, target = found.columns
    assert (amount.nulls, amount.distinct, amount.unparsable) == (1, 4, 2)
    assert (amount.minimum, amount.maximum, amount.mean) == (1.5, 2.5, 2.0)
    assert (since.unparsable, since.nulls, since.minimum, since.maximum) == (2, 1, 2.0, 20090.0)
    assert (active.unparsable, active.mean) == (1, 0.5)
    assert [value.value for value in job.top_values] == ["cook", "it's"]
    assert (job.nulls, job.unparsable) == (2, 0)
    assert target.target_correlation == 1.0


def test_a_constant_column_has_one_bin_and_no_correlation() -> None:
    rows = [("7", "2025-01-02", "yes", "a", "yes" if index % 2 else "no") for index in range(20)]
    found = parse(run(statement(SMALL, RawTables("lake")), SMALL, rows), SMALL, "lake", 1, ())
    amount = found.columns[0]
    assert [(item.lower, item.upper, item.count) for item in amount.histogram] == [(7.0, 7.0, found.rows)]
    assert (amount.standard_deviation, amount.target_correlation) == (0.0, None)


def test_a_wide_table_stays_one_statement_that_athena_takes() -> None:
    columns = tuple(Column(f"a_rather_long_column_name_{index}", "number") for index in range(600))
    source = Source("wide", "c.csv", (*columns, Column("y", "category")))
    wide = Charter("loans", "Who?", "Ada", (source,), Target("y", "yes"), Money("EUR", 10, -1))
    text = statement(wide, RawTables("lake"))
    assert len(text.encode()) < 262_144
    arrays = list(sqlglot.parse_one(text, read="athena").find_all(sqlglot.exp.Array))
    assert max(len(array.expressions) for array in arrays) <= 254
    assert text.count('FROM "lake"."loans_wide"') == 1


def test_an_empty_table_and_a_single_class_are_refused() -> None:
    with pytest.raises(DataError, match=r"table lake\.loans_clients is empty: put c\.csv"):
        parse(run(statement(SMALL, RawTables("lake")), SMALL, []), SMALL, "lake", 0, ())
    rows = [(str(index), "2025-01-02", "yes", "a", "no") for index in range(9)]
    with pytest.raises(DataError, match="0 of .* rows have y = yes: correct the target"):
        parse(run(statement(SMALL, RawTables("lake")), SMALL, rows), SMALL, "lake", 0, ())

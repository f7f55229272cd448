"""The profile's figures against the same figures by pandas."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sqlglot

from crispstack.artifacts import ColumnProfile, DataProfile, TimeCoverage
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Money, Source, Split, Target
from crispstack.data_understanding import holdout
from crispstack.data_understanding.profile import BINS, QUANTILES, chunks, statement, statement_name
from crispstack.data_understanding.profile_result import parse
from crispstack.data_understanding.raw_table import RawTables
from crispstack.errors import DataError
from tests.unit.data_understanding.duckdb_table import Rows, run

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


def profiled(charter: Charter, data: Path | Rows, bytes_scanned: int = 1) -> DataProfile:
    tables = RawTables("lake")
    results = {
        statement_name(charter.source, chunk): run(statement(charter, charter.source, columns, tables), charter, data)
        for chunk, columns in enumerate(chunks(charter.source))
    }
    return parse(results, charter, "lake", bytes_scanned, ())


@pytest.fixture(scope="module")
def profile() -> DataProfile:
    return profiled(BANK, FOLDER / "clients.csv", 392518)


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
    found = profiled(charter, rows, 1)
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
    found = profiled(SMALL, rows, 1)
    amount = found.columns[0]
    assert [(item.lower, item.upper, item.count) for item in amount.histogram] == [(7.0, 7.0, found.rows)]
    assert (amount.standard_deviation, amount.target_correlation) == (0.0, None)


def test_a_wide_table_stays_one_statement_that_athena_takes() -> None:
    columns = tuple(Column(f"a_rather_long_column_name_{index}", "number") for index in range(600))
    source = Source("wide", "c.csv", (*columns, Column("y", "category")))
    wide = Charter("loans", "Who?", "Ada", (source,), Target("y", "yes"), Money("EUR", 10, -1))
    (columns,) = chunks(dataclasses.replace(source, columns=source.columns[:400]))
    assert [len(chunk) for chunk in chunks(source)] == [400, 201]
    text = statement(wide, source, columns, RawTables("lake"))
    assert len(text.encode()) < 262_144
    arrays = list(sqlglot.parse_one(text, read="athena").find_all(sqlglot.exp.Array))
    assert max(len(array.expressions) for array in arrays) <= 254
    assert text.count('FROM "lake"."loans_wide"') == 1


def test_an_empty_table_and_a_single_class_are_refused() -> None:
    with pytest.raises(DataError, match=r"table lake\.loans_clients is empty: c\.csv holds no rows"):
        profiled(SMALL, [], 0)
    rows = [(str(index), "2025-01-02", "yes", "a", "no") for index in range(9)]
    with pytest.raises(DataError, match=r"0 of .* rows have y = yes: correct the target"):
        profiled(SMALL, rows, 0)


def one_column(column: Column, texts: list[str]) -> ColumnProfile:
    """The profile of one column; every second row is positive, and none is set aside."""
    source = Source("things", "t.csv", (column, Column("y", "category")))
    split = Split(method="time", time="y", test_from="z")
    charter = dataclasses.replace(SMALL, sources=(source,), split=split)
    rows = [(text, "yes" if index % 2 else "no") for index, text in enumerate(texts)]
    return profiled(charter, rows).columns[0]


def test_skewness_and_outliers_are_those_of_scipy_and_numpy() -> None:
    numbers = np.round(np.random.default_rng(1).lognormal(2, 0.8, 400), 2)
    numbers[:5] = [0, 0, -3, 900, 1200]
    found = one_column(Column("amount", "number"), [str(number) for number in numbers])
    assert found.skewness == pytest.approx(scipy.stats.skew(numbers), rel=1e-9)
    assert (found.zeros, found.negatives) == (2, 1)
    low, median, high = (np.quantile(numbers, share, method="inverted_cdf") for share in (0.25, 0.5, 0.75))
    fence = 1.5 * (high - low)
    distance = np.abs(numbers - median)
    mad = np.quantile(distance, 0.5, method="inverted_cdf")
    assert found.outliers == {
        "iqr": ((numbers < low - fence) | (numbers > high + fence)).sum(),
        "z_score": (np.abs(numbers - numbers.mean()) > 3 * numbers.std(ddof=1)).sum(),
        "mad": (0.6745 * distance > 3.5 * mad).sum(),
    }
    assert 0 < found.outliers["z_score"] < found.outliers["iqr"]


@pytest.mark.parametrize(
    ("kind", "text", "looks_like"),
    [
        ("category", "{0}", "integer"),
        ("category", "{0}.5", "number"),
        ("text", "2025-01-{1:02}", "date"),
        ("category", "2025-01-{1:02} 10:00", "timestamp"),
        ("integer", "202501{1:02}", "date (YYYYMMDD)"),
        ("integer", "17{0:08}", "timestamp (seconds since 1970)"),
        ("category", "{0},5", "number (with a decimal comma)"),
        ("category", "b{0}", ""),
        ("integer", "{0}", ""),
        ("number", "{0}.5", ""),
        ("date", "2025-01-{1:02}", ""),
    ],
)
def test_a_column_that_looks_like_another_type_is_noticed(kind: Any, text: str, looks_like: str) -> None:
    texts = [text.format(index, index % 28 + 1) for index in range(30)]
    assert one_column(Column("c", kind), texts).looks_like == looks_like


def test_constants_identifiers_case_variants_scripts_and_lengths_are_told() -> None:
    assert one_column(Column("c", "category"), ["x"] * 30).constant
    identifier = one_column(Column("c", "category"), [f"a{index}" for index in range(30)])
    assert (identifier.identifier_like, identifier.constant) == (True, False)
    mixed = one_column(Column("c", "category"), ["Bonn", "BONN", "bonn", "Köln", "Москва", "東京", "", "Бонн x"] * 3)
    assert (mixed.case_variants, mixed.identifier_like, mixed.empties) == (2, False, 3)
    assert mixed.scripts == {"Latin": 15, "Cyrillic": 6, "Han": 3}
    assert (mixed.shortest, mixed.longest) == (2, 6)
    assert mixed.mean_length == pytest.approx((4 * 4 + 6 + 2 + 6) / 7)


def test_values_that_do_not_fit_are_shown_by_frequency_and_shortened() -> None:
    texts = ["1", "n/a", "n/a", "?", "x" * 90, *["2"] * 20]
    found = one_column(Column("c", "integer"), texts)
    assert (found.unparsable, found.examples) == (4, ("n/a", "?", "x" * 40))


def test_times_tell_their_coverage_and_the_longest_gap() -> None:
    days = pd.date_range("2024-12-20", periods=40).difference(pd.date_range("2025-01-05", "2025-01-09"))
    found = one_column(Column("c", "date"), [f"{day:%Y-%m-%d}" for day in days])
    assert found.coverage == TimeCoverage("2024-12-20", "2025-01-28", 35, 6.0, "2025-01-04")
    times = ["2025-01-01T00:00:00Z", "2025-01-01 12:30", "2025-01-02T01:00:00+02:00", "2025-01-04"]
    moment = one_column(Column("c", "timestamp"), times)
    assert (moment.unparsable, moment.minimum, moment.maximum) == (0, 1735689600.0, 1735948800.0)
    assert moment.quantiles
    assert moment.quantiles["0.5"] == 1735734600.0
    assert moment.coverage == TimeCoverage("2025-01-01", "2025-01-04", 2, pytest.approx(49 / 24), "2025-01-01")


def test_numbers_and_dates_are_read_as_the_charter_says_they_are_written() -> None:
    comma = one_column(Column("c", "number", decimal=",", thousands="."), ["1.234,5", "0,25", "1.5", "12"])
    assert (comma.unparsable, comma.maximum, comma.minimum) == (1, 1234.5, 0.25)
    german = one_column(Column("c", "date", formats=("%d.%m.%Y",)), ["31.01.2025", "01.02.2025", "2025-02-03"])
    assert (german.unparsable, german.coverage) == (1, TimeCoverage("2025-01-31", "2025-02-01", 2, 1.0, "2025-01-31"))


def test_sources_that_are_joined_are_profiled_whole_and_without_a_target() -> None:
    side = Source("branches", "b.csv", (Column("branch", "category"), Column("staff", "integer")))
    charter = dataclasses.replace(SMALL, sources=(SMALL.source, side))
    rows = [("7", "2025-01-02", "yes", "a", "yes" if index % 2 else "no") for index in range(20)]
    alone = dataclasses.replace(SMALL, sources=(side, SMALL.source))
    ((columns,), tables) = chunks(side), RawTables("lake")
    sql = statement(charter, side, columns, tables)
    found = {
        statement_name(SMALL.source, 0): run(
            statement(charter, SMALL.source, chunks(SMALL.source)[0], tables), SMALL, rows
        ),
        statement_name(side, 0): run(sql, alone, [("A", "3"), ("B", ""), ("B", "4")]),
    }
    (table,) = parse(found, charter, "lake", 1, ()).joined
    branch, staff = table.columns
    assert (table.source, table.table, table.rows) == ("branches", "lake.loans_branches", 3)
    assert (branch.distinct, staff.nulls, staff.mean, staff.target_correlation) == (2, 1, 3.5, None)

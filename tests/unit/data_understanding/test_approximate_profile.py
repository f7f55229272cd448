"""The approximate profile of a Parquet file, asked of the emulator's Athena, beside pandas and numpy."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.charter import Charter, Column, Money, Profiling, Source, Split, Target
from crispstack.data_understanding import approximate_profile, distribution_points, holdout, profile_result
from crispstack.data_understanding.raw_table import RawTables, column_type
from crispstack.data_understanding.statements import statements
from crispstack.preparation_plan import Preparation
from emulator.services.athena import engine, parser, results
from emulator.services.athena.query.compiler import Compiler
from emulator.services.athena.query.relation import StoredTable
from emulator.services.athena.types.reading import parse as parse_type

ROWS = 20_000
NAN = float("nan")
TYPES = {
    "id": "integer", "age": "integer", "price": "number", "member": "boolean", "born": "date", "seen": "timestamp",
    "city": "category", "code": "category", "note": "text", "y": "category",
}  # fmt: skip
Row = Mapping[str, str | None]


def _charter(source_format: Any = "parquet") -> Charter:
    columns = tuple(Column(name, kind) for name, kind in TYPES.items())  # type: ignore[arg-type]
    return Charter(
        name="shop",
        question="Who buys?",
        owner="Ada",
        sources=(Source("visits", columns=columns, format=source_format),),
        target=Target("y", "yes"),
        money=Money("EUR", 10, -1),
        split=Split(method="grouped", group=("id",), key="shop"),
        preparation=Preparation(missing_values=("-1", "unknown")),
    )


def _table() -> pd.DataFrame:
    """A table with test rows, missing values, ties, odd numbers and texts of several looks."""
    random = np.random.default_rng(7)
    age = random.integers(18, 90, ROWS).astype(object)
    age[::11], age[5::13] = None, -1
    price = random.lognormal(3, 1, ROWS)
    price[::7], price[3::1000], price[4::1000] = 0.0, np.inf, NAN
    days = np.datetime64("2020-01-01") + random.integers(0, 700, ROWS)
    days = np.where((days > np.datetime64("2020-06-01")) & (days < np.datetime64("2020-08-10")), days - 160, days)
    likes = np.array(["12", "-3.5", "2024-02-30", "2024-02-29", "true", "ünknown", "plain words", ""], dtype=object)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "age": age,
            "price": price,
            "member": random.random(ROWS) < 0.3,
            "born": [day.astype(object) for day in days],
            "seen": pd.Series(days).astype("datetime64[us]") + pd.to_timedelta(random.integers(0, 86400, ROWS), "s"),
            "city": random.choice(["Oslo ", "Rome", "Bern", "unknown"], ROWS, p=[0.5, 0.2, 0.2, 0.1]),
            "code": [f"c{number}" for number in random.integers(0, 3000, ROWS)],
            "note": random.choice(likes, ROWS),
            "y": np.where(random.random(ROWS) < 0.2 + 0.3 * (price > 40), "yes", "no"),
        }
    )


def _asked(path: Path, charter: Charter) -> dict[str, Row]:
    """The statement's rows by column, from the emulator's compiler and engine."""
    source = charter.source
    statement = approximate_profile.statement(
        charter, source, tuple(enumerate(source.columns, 1)), RawTables("lake", {"visits": "v1"})
    )
    stored = [(column.name, parse_type(column_type(source, column))) for column in source.columns]
    stored.append(("version", parse_type("string")))
    compiler = Compiler(lambda *_: StoredTable("lake", "shop_visits_versions", stored), "lake")
    sql, columns = compiler.query(parser.parse(statement))
    for use in compiler.uses:
        sql = sql.replace(use.marker, f"(SELECT *, 'v1' AS version FROM '{path}')")  # noqa: S608 (a file of this test)
    rendered = results.render(engine.cursor().execute(sql).fetchall(), columns)
    rows = [dict(zip((name for name, *_ in columns), row, strict=True)) for row in rendered]
    assert tuple(rows[0]) == approximate_profile.FIGURES
    return dict(zip((column.name for column in source.columns), rows, strict=True))


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Row], pd.DataFrame, int]:
    """The figures, the training rows and the number of test rows."""
    charter, table = _charter(), _table()
    arrow = pa.Table.from_pandas(table.assign(age=table.age.astype("Int64")), preserve_index=False)
    path = tmp_path_factory.mktemp("lake") / "visits.parquet"
    pq.write_table(arrow, path)
    padding = [None] * (len(TYPES) - 1)
    is_test = np.array([holdout.is_test([str(identity), *padding], charter) for identity in table.id])
    return _asked(path, charter), table[~is_test], int(is_test.sum())


def _number(row: Row, name: str) -> float:
    return float(row[name] or "nan")


def test_rows_are_counted_without_the_test_set(profiled: tuple[dict[str, Row], pd.DataFrame, int]) -> None:
    figures, training, tests = profiled
    assert 0 < tests < ROWS / 2
    for row in figures.values():
        counts = [_number(row, name) for name in ("row_count", "test_row_count", "positive_count")]
        assert counts == [len(training), tests, (training.y == "yes").sum()]


def _values(training: pd.DataFrame, name: str) -> pd.Series[Any]:
    """The numbers that a column's values stand for, without missing ones."""
    if name == "age":
        return training.age[training.age.notna() & (training.age != -1)].astype(float)
    if name == "born":
        return (pd.to_datetime(training.born) - pd.Timestamp(0)).dt.days.astype(float)
    if name == "seen":
        return (training.seen - pd.Timestamp(0)).dt.total_seconds()
    return training[name].replace(np.inf, NAN).dropna().astype(float)


@pytest.mark.parametrize("name", ["id", "age", "price", "member", "born", "seen"])
def test_numbers_have_the_moments_that_pandas_computes(
    name: str, profiled: tuple[dict[str, Row], pd.DataFrame, int]
) -> None:
    row, training = profiled[0][name], profiled[1]
    values = _values(training, name)
    positive = training.y[values.index] == "yes"
    deviations = values - values.mean()
    expected = {
        "number_count": len(values),
        "number_positives": positive.sum(),
        "lowest": values.min(),
        "highest": values.max(),
        "total": values.sum(),
        "squared_deviations": (deviations**2).sum(),
        "positive_deviations": deviations[positive].sum(),
        "zero_count": (values == 0).sum(),
        "negative_count": (values < 0).sum(),
    }
    assert {key: _number(row, key) for key in expected} == pytest.approx(expected, rel=1e-6, abs=1e-6)
    scale = (deviations.abs() ** 3).sum()
    assert _number(row, "cubed_deviations") == pytest.approx((deviations**3).sum(), abs=1e-6 * scale)


@pytest.mark.parametrize("name", ["id", "age", "price", "born", "seen"])
def test_quantiles_and_points_are_within_a_percent_of_the_rows(
    name: str, profiled: tuple[dict[str, Row], pd.DataFrame, int]
) -> None:
    row, training = profiled[0][name], profiled[1]
    values = _values(training, name)
    positive = values[training.y[values.index] == "yes"]
    for figure, numbers in {"points": values, "positive_points": positive}.items():
        for share, point in zip(distribution_points.SHARES, json.loads(row[figure] or ""), strict=True):
            assert (numbers < point).mean() - 0.01 <= share <= (numbers <= point).mean() + 0.01
    assert _number(row, "quantile_3") == json.loads(row["points"] or "")[distribution_points.SHARES.index(0.5)]


@pytest.mark.parametrize("name", list(TYPES))
def test_distinct_values_are_estimated_within_three_standard_errors(
    name: str, profiled: tuple[dict[str, Row], pd.DataFrame, int]
) -> None:
    row, training = profiled[0][name], profiled[1]
    values = training[name].dropna()
    values = values[~values.isin([-1, "unknown", ""])]
    if name == "price":
        values = training[name]
    assert _number(row, "distinct_count") == pytest.approx(values.nunique(dropna=False), rel=0.07)


def test_missing_and_unusable_values_are_counted(profiled: tuple[dict[str, Row], pd.DataFrame, int]) -> None:
    figures, training, _ = profiled
    assert _number(figures["age"], "null_count") == (training.age.isna() | (training.age == -1)).sum()
    assert _number(figures["city"], "null_count") == (training.city == "unknown").sum()
    unusable = training.price.isna() | (training.price == np.inf)
    assert _number(figures["price"], "null_count") + _number(figures["price"], "unparsable_count") == unusable.sum()
    assert _number(figures["note"], "empty_count") == (training.note == "").sum()


def test_frequent_values_are_counted_with_their_positive_rows(
    profiled: tuple[dict[str, Row], pd.DataFrame, int],
) -> None:
    figures, training, _ = profiled
    cities = training.city.str.strip()[training.city != "unknown"]
    for place, (city, count) in enumerate(cities.value_counts().items()):
        row = figures["city"]
        assert row[f"top_{place}"] == city
        assert _number(row, f"top_{place}_count") == pytest.approx(count, abs=len(training) / 1000)
        positives = (training.y[cities.index][cities == city] == "yes").sum()
        assert _number(row, f"top_{place}_positives") == pytest.approx(positives, abs=len(training) / 1000)
    assert figures["city"]["top_3"] is None
    by_city = (training.y[cities.index] == "yes").groupby(cities)
    assert _number(figures["city"], "squared_positives") == pytest.approx((by_city.sum() ** 2 / by_city.count()).sum())
    assert figures["code"]["squared_positives"] is None, "it has more values than are kept"
    assert figures["member"]["top_0"] == "false"


def test_texts_are_measured_and_looked_at(profiled: tuple[dict[str, Row], pd.DataFrame, int]) -> None:
    row, training = profiled[0]["note"], profiled[1]
    notes = training.note[training.note != ""]
    expected = {
        "shortest": notes.str.len().min(),
        "longest_text": notes.str.len().max(),
        "total_length": notes.str.len().sum(),
        "integer_like": (notes == "12").sum(),
        "number_like": notes.isin(["12", "-3.5"]).sum(),
        "date_like": (notes == "2024-02-29").sum(),
        "boolean_like": (notes == "true").sum(),
    }
    assert {name: _number(row, name) for name in expected} == expected


def test_days_and_the_longest_gap_between_them_are_found(profiled: tuple[dict[str, Row], pd.DataFrame, int]) -> None:
    figures, training, _ = profiled
    days = np.unique(_values(training, "born"))
    for name, unit in {"born": 1, "seen": 86400}.items():
        row = figures[name]
        found = [_number(row, figure) for figure in ("distinct_days", "longest_gap", "gap_starts")]
        assert found == [len(days), np.diff(days).max(), days[np.diff(days).argmax()] * unit]


def test_a_column_has_only_the_figures_of_its_type(profiled: tuple[dict[str, Row], pd.DataFrame, int]) -> None:
    figures = profiled[0]
    assert figures["city"]["points"] is None
    assert figures["city"]["lowest"] is None
    assert figures["price"]["shortest"] is None
    assert figures["price"]["top_0"] is None


def test_text_files_have_the_same_figures(tmp_path: Path) -> None:
    table = _table().head(2000).assign(age=lambda found: found.age.astype("Int64"))
    asked = []
    for source_format, stored in {"parquet": table, "csv": table.astype("string")}.items():
        path = tmp_path / f"{source_format}.parquet"
        pq.write_table(pa.Table.from_pandas(stored, preserve_index=False), path)
        asked.append(_asked(path, _charter(source_format)))
    same = ("row_count", "null_count", "number_count", "total", "distinct_days", "gap_starts", "points", "top_0")
    for name in ("age", "born", "seen", "city", "note"):
        typed, text = ({figure: rows[name][figure] for figure in same} for rows in asked)
        assert text == typed


def test_the_profile_is_made_of_it_as_of_an_exact_one(profiled: tuple[dict[str, Row], pd.DataFrame, int]) -> None:
    figures, training, tests = profiled
    charter = _charter()
    made = profile_result.parse({"profile/visits": list(figures.values())}, charter, "lake", 1, ())
    assert (made.exact, made.rows, made.test_rows) == (False, len(training), tests)
    columns = {column.name: column for column in made.columns}
    price, expected = columns["price"], _values(training, "price")
    assert price.mean == pytest.approx(expected.mean(), rel=1e-9)
    assert sum(item.count for item in price.histogram) == len(expected)
    counted, _ = np.histogram(expected, bins=len(price.histogram))
    assert [item.count for item in price.histogram] == pytest.approx(counted, abs=0.02 * len(expected))
    assert price.outliers
    low, high = np.quantile(expected, [0.25, 0.75])
    beyond = ((expected < low - 1.5 * (high - low)) | (expected > high + 1.5 * (high - low))).sum()
    assert price.outliers["iqr"] == pytest.approx(beyond, abs=0.02 * len(expected))
    assert (columns["id"].identifier_like, columns["city"].identifier_like) == (True, False)


@pytest.mark.parametrize(
    ("size", "exact", "estimated"), [(10, False, False), (2**27, False, True), (2**27, True, False)]
)
def test_large_sources_are_estimated_unless_the_charter_asks_for_every_value(
    size: int, exact: bool, estimated: bool
) -> None:
    charter = dataclasses.replace(_charter(), profile=Profiling(exact))
    tables = RawTables("lake", {"visits": "v1"}, {"visits": size})
    sql = statements(charter, tables, dt.datetime(2026, 1, 2))["profile/visits"]()
    assert ("approx_percentile" in sql) == estimated


@pytest.mark.parametrize("source_format", ["csv", "parquet"])
def test_statements_over_a_wide_table_are_short_enough_for_athena(source_format: Any) -> None:
    kinds = ("number", "date", "category", "timestamp")
    columns = (*(Column(f"column_{place:03}", kinds[place % 4]) for place in range(300)), Column("y", "category"))  # type: ignore[arg-type]
    sources = (Source("visits", columns=columns, format=source_format),)
    charter = dataclasses.replace(_charter(), sources=sources, split=Split(key="shop"))
    rendered = statements(charter, RawTables("lake", {"visits": "v1"}, {"visits": 2**30}), dt.datetime(2026, 1, 2))
    lengths = [len(render().encode()) for name, render in rendered.items() if name.startswith("profile/")]
    assert len(lengths) == 13
    assert max(lengths) < 262_144


def test_a_source_of_texts_alone_is_profiled(tmp_path: Path) -> None:
    columns = (Column("note", "text"), Column("y", "category"))
    charter = dataclasses.replace(
        _charter("csv"), sources=(Source("visits", columns=columns),), split=Split(key="shop")
    )
    path = tmp_path / "visits.parquet"
    notes = [f" {'x' * (place % 7)}{place} " if place % 4 else None for place in range(100)]
    pq.write_table(pa.table({"note": notes, "y": ["yes"] * 100}), path)
    training = [note for note in notes if not holdout.is_test([note, "yes"], charter)]
    lengths = [len(note.strip()) for note in training if note]
    asked = _asked(path, charter)["note"]
    found = [_number(asked, name) for name in ("row_count", "null_count", "shortest", "longest_text", "total_length")]
    assert found == [len(training), len(training) - len(lengths), min(lengths), max(lengths), sum(lengths)]

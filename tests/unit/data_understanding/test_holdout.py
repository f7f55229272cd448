"""The test set is chosen alike by Python and by SQL, and by what a row says alone."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Money, Source, Split, Target
from crispstack.data_understanding import holdout, raw_table
from crispstack.data_understanding.raw_table import RawTables
from tests.unit.data_understanding.duckdb_table import Rows, run

CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(Source("clients", "c.csv", (Column("a", "category"), Column("b", "number"), Column("y", "category"))),),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
)
TEXT = st.none() | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=6)


def by_sql(charter: Charter, rows: Rows) -> list[bool]:
    relation = RawTables("lake").relation(charter, charter.source)
    statement = f"SELECT {holdout.athena_sql(charter)} AS t FROM {relation}"  # noqa: S608
    return [row["t"] == "True" for row in run(statement, charter, rows)]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=20),
    st.floats(0.05, 0.5),
    st.text("ab'\\-é ", max_size=8),
)
@example([("it's ", None, " é\n"), (" ", "\x1f", "\\")], 0.5, "o'key\\")
def test_python_and_athena_choose_the_same_rows(rows: Rows, share: float, key: str) -> None:
    charter = dataclasses.replace(CHARTER, split=Split(share, key))
    assert by_sql(charter, rows) == [holdout.is_test(row, charter.split) for row in rows]


def test_the_rule_is_the_documented_one() -> None:
    split = Split(0.25, "key")
    for number in range(200):
        row = (str(number), None, "x")
        digits = hashlib.sha256(f"key\x1f{number}\x1f\x1fx".encode()).hexdigest()[:8]
        assert holdout.is_test(row, split) == (int(digits, 16) / 2**32 < 0.25)


def test_null_and_the_empty_text_are_the_same_row() -> None:
    split = Split(0.5, "key")
    assert all(holdout.is_test((str(n), None), split) == holdout.is_test((str(n), ""), split) for n in range(50))


def test_another_key_chooses_other_rows_and_a_larger_share_keeps_those_chosen() -> None:
    rows = [(str(number),) for number in range(2000)]
    chosen = {row for row in rows if holdout.is_test(row, Split(0.2, "one"))}
    assert 0.16 < len(chosen) / 2000 < 0.24
    assert chosen != {row for row in rows if holdout.is_test(row, Split(0.2, "two"))}
    assert chosen < {row for row in rows if holdout.is_test(row, Split(0.4, "one"))}


@pytest.mark.parametrize("folder", ["projects/bank_marketing", "tests/end_to_end/project"])
def test_the_test_set_of_a_project_is_about_a_fifth_and_sql_agrees(folder: str) -> None:
    charter = load(Path(folder) / "charter.yaml")
    relation = RawTables("lake").relation(charter, charter.source)
    columns = ", ".join(raw_table.identifier(column.name) for column in charter.source.columns)
    statement = f"SELECT {columns}, {holdout.athena_sql(charter)} AS t FROM {relation}"  # noqa: S608
    found = run(statement, charter, Path(folder) / charter.source.file)
    for row in found:
        *values, chosen = row.values()
        assert holdout.is_test(values, charter.split) == (chosen == "True")
    assert 0.17 < sum(row["t"] == "True" for row in found) / len(found) < 0.23

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
    charter = dataclasses.replace(CHARTER, split=Split(test_share=share, key=key))
    assert by_sql(charter, rows) == [holdout.is_test(row, charter) for row in rows]


def by(split: Split, *columns: Column) -> Charter:
    source = Source("clients", "c.csv", columns or (Column("a", "category"),))
    return dataclasses.replace(CHARTER, sources=(source,), split=split)


def test_the_rule_is_the_documented_one() -> None:
    charter = by(Split(test_share=0.25, key="key"), *CHARTER.source.columns)
    for number in range(200):
        digits = hashlib.sha256(f"key\x1f{number}\x1f\x1fx".encode()).hexdigest()[:8]
        assert holdout.is_test((str(number), None, "x"), charter) == (int(digits, 16) / 2**32 < 0.25)


def test_null_and_the_empty_text_are_the_same_row() -> None:
    charter = by(Split(test_share=0.5), Column("a", "category"), Column("b", "number"))
    assert all(holdout.is_test((str(n), None), charter) == holdout.is_test((str(n), ""), charter) for n in range(50))


def test_another_key_chooses_other_rows_and_a_larger_share_keeps_those_chosen() -> None:
    rows = [(str(number),) for number in range(2000)]

    def chosen(split: Split) -> set[tuple[str]]:
        return {row for row in rows if holdout.is_test(row, by(split))}

    fifth = chosen(Split(test_share=0.2, key="one"))
    assert 0.16 < len(fifth) / 2000 < 0.24
    assert fifth != chosen(Split(test_share=0.2, key="two"))
    assert fifth < chosen(Split(test_share=0.4, key="one"))


def test_rows_of_one_group_stay_together_whatever_else_they_say() -> None:
    columns = (Column("client", "integer"), Column("branch", "category"), Column("visit", "integer"))
    charter = by(Split(method="grouped", test_share=0.3, group=("client", "branch")), *columns)
    rows = [(str(client), "x", str(visit)) for client in range(200) for visit in range(5)]
    sides: dict[str, set[bool]] = {}
    for row, chosen in zip(rows, by_sql(charter, rows), strict=True):
        assert chosen == holdout.is_test(row, charter)
        sides.setdefault(row[0], set()).add(chosen)
    assert all(len(found) == 1 for found in sides.values())
    assert 0.2 < sum(found == {True} for found in sides.values()) / 200 < 0.4


def test_a_split_by_time_puts_the_first_test_day_and_later_ones_aside() -> None:
    charter = by(Split(method="time", time="at", test_from="2013-10-01"), Column("at", "date"), Column("y", "category"))
    times = ["2013-09-30", "2013-09-30T23:59:59Z", "2013-10-01", " 2013-10-01T00:00:00Z", "2014-01-01 05:00", "", None]
    rows: Rows = [(time, "x") for time in times]
    expected = [False, False, True, True, True, False, False]
    assert by_sql(charter, rows) == expected == [holdout.is_test(row, charter) for row in rows]


def test_the_split_is_explained_with_what_it_did() -> None:
    charter = by(Split(test_share=0.2))
    text = holdout.explanation(charter, train=(800, 80), test=(200, 26))
    assert text.startswith("80% of 1000 rows train and 20% test, divided at random, by a hash of the row. 10.0% of the")
    assert "13.0% of the test rows are positive. By chance alone these two differ by about 2.4%." in text
    several = dataclasses.replace(charter, target=Target("y", framing="multiclass"))
    assert holdout.explanation(several, train=(800, 0), test=(200, 0)) == text.split(" 10.0%")[0]
    later = by(Split(method="time", time="at", test_from="2013-10-01"), Column("at", "date"))
    assert "by time: at from 2013-10-01 on is the test set" in holdout.explanation(later, (75, 10), (25, 5))


@pytest.mark.parametrize("folder", ["projects/bank_marketing", "tests/end_to_end/project"])
def test_the_test_set_of_a_project_is_about_a_fifth_and_sql_agrees(folder: str) -> None:
    charter = load(Path(folder) / "charter.yaml")
    relation = RawTables("lake").relation(charter, charter.source)
    columns = ", ".join(raw_table.identifier(column.name) for column in charter.source.columns)
    statement = f"SELECT {columns}, {holdout.athena_sql(charter)} AS t FROM {relation}"  # noqa: S608
    found = run(statement, charter, Path(folder) / charter.source.file)
    for row in found:
        *values, chosen = row.values()
        assert holdout.is_test(values, charter) == (chosen == "True")
    assert 0.17 < sum(row["t"] == "True" for row in found) / len(found) < 0.23

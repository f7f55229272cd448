import csv
import dataclasses
import io
import tempfile
from pathlib import Path

import pytest

from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter, Column, Sampling, Source
from crispstack.data_understanding import holdout, sample
from crispstack.data_understanding.raw_table import RawTables
from crispstack.data_understanding.sample import Sample
from crispstack.errors import DataError
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.data_understanding.duckdb_table import Rows, run

FOLDER = Path("projects/bank_marketing")
BANK = load(FOLDER / "charter.yaml")
TABLES = RawTables("lake")
ROWS = [tuple(row) for row in csv.reader((FOLDER / "clients.csv").read_text().splitlines()[1:401])]
TEST = [row for row in ROWS if holdout.is_test(row, BANK)]
VALUES = [("1", "yes"), ("2", "no"), ("3", "no")]


def charter(rows: int = 100_000, **fields: object) -> Charter:
    return dataclasses.replace(BANK, sampling=Sampling(rows, 7), **fields)  # type: ignore[arg-type]


def small(**fields: object) -> Charter:
    source = Source("cases", "c.csv", (Column("value", "category"), Column("y", "category")))
    return charter(sources=(source,), **fields)


def athena_csv(rows: list[dict[str, str | None]], names: list[str]) -> str:
    """Text as Athena writes it: every value quoted, null as nothing."""
    lines = [names, *([row[name] for name in names] for row in rows)]
    quoted = [["" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in line] for line in lines]
    return "\n".join(",".join(line) for line in quoted) + "\n"


def drawn(asked: Charter, data: Rows) -> Sample:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        with path.open("w", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[c.name for c in asked.source.columns], *data])
        rows = [dict(row) for row in run(sample.statement(asked, TABLES), asked, path)]
    return sample.parse(athena_csv(rows, [column.name for column in sample.drawn_columns(asked)]), asked)


def test_a_sample_of_everything_is_every_row_but_the_test_set() -> None:
    found = drawn(charter(), ROWS)
    assert sorted(found.cells) == sorted(row for row in ROWS if row not in TEST)
    assert found.complete
    assert 0 < len(TEST) < len(ROWS)


def test_the_same_rows_are_drawn_in_whatever_order_they_lie() -> None:
    shuffled = sorted(ROWS, key=lambda row: row[::-1])
    found = drawn(charter(rows=50), ROWS)
    assert found == drawn(charter(rows=50), shuffled)
    assert (len(found.cells), found.complete) == (50, False)
    assert not set(found.cells) & set(TEST)
    assert found.cells == drawn(charter(rows=120), ROWS).cells[:50]


def test_another_seed_draws_other_rows_as_good_as_at_random() -> None:
    again = dataclasses.replace(BANK, sampling=Sampling(100, 8))
    one, two = (set(drawn(each, ROWS).cells) for each in (charter(rows=100), again))
    # Of 320 rows each takes 100, so about 31 are in both.
    assert 15 < len(one & two) < 50
    places = [index for index, row in enumerate(ROWS) if row in one]
    assert 150 < sum(places) / len(places) < 250


def test_equal_rows_are_drawn_together() -> None:
    asked = charter(rows=60)
    found = drawn(asked, [*ROWS, *ROWS]).cells
    assert all(found.count(row) == 2 for row in set(found))


def test_a_table_of_as_many_rows_as_asked_for_is_complete() -> None:
    kept = len(ROWS) - len(TEST)
    assert drawn(charter(rows=kept), ROWS).complete
    assert not drawn(charter(rows=kept - 1), ROWS).complete


def test_wide_tables_give_fewer_rows() -> None:
    columns = tuple(Column(f"c{index}", "number") for index in range(1000))
    wide = charter(sources=(Source("w", "w.csv", columns),))
    assert sample.size(wide) == 4000
    assert "LIMIT 4001" in sample.statement(wide, TABLES)


def test_columns_dropped_for_privacy_are_not_drawn_and_hashed_ones_are_hashed() -> None:
    plan = (PrivacyTreatment("value", "drop"),)
    assert sample.drawn_columns(small(privacy=plan)) == (Column("y", "category"),)
    assert 'AS "value"' not in sample.statement(small(privacy=plan), TABLES).split("FROM")[0]

    plan = (PrivacyTreatment("value", "hash"), PrivacyTreatment("y", "hash"))
    rows = [("anna", "yes"), ("anna", "no"), ("berta", "no"), ("unknown", "yes"), ("", "no")]
    found = drawn(small(privacy=plan), rows).cells
    values = [value for value, _ in found]
    assert {target for _, target in found} == {"yes", "no"}
    assert not {"anna", "berta"} & set(values)
    assert len(set(values) - {"", "unknown"}) <= 2
    assert all(len(value) == 16 for value in set(values) - {"", "unknown"})


def test_long_texts_are_cut_and_stay_different() -> None:
    long = ["x" * 5_000 + end for end in "ab"]
    found = drawn(small(), [(long[0], "yes"), (long[1], "no"), (long[0] + " ", "maybe"), ("x" * 200, "no")])
    by_target = {target: value for value, target in found.cells}
    assert all(len(value) <= 216 for value in by_target.values())
    assert len(set(by_target.values())) == len({"a" if t in ("yes", "maybe") else t for t in by_target})


@pytest.mark.parametrize("text", ['say "hi", twice', "two\nlines", "tab\tand\r\nreturn", "名前 ✓", "a\x00b", "'; DROP"])
def test_texts_come_back_as_they_are(text: str) -> None:
    names = ["value", "y"]
    found = sample.parse(athena_csv([{"value": text, "y": "no"}, {"value": None, "y": "yes"}], names), small())
    assert found.cells == ((text, "no"), ("", "yes"))


def test_what_is_not_this_statements_result_is_refused() -> None:
    for text in ("", '"value"\n"1"\n', '"value","y"\n"1"\n'):
        with pytest.raises(DataError, match="start the run again"):
            sample.parse(text, small())
    with pytest.raises(DataError, match="no row of cases is left beside the test set"):
        sample.parse('"value","y"\n', small())


def test_rows_are_reduced_to_the_columns_asked_for() -> None:
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("value", "y"), *VALUES])
    assert sample.rows_of(sample.parse(buffer.getvalue(), small()), ["y"]) == [("yes",), ("no",), ("no",)]

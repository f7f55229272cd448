"""A first look at files of every format finds types, missing words, times, personal data and what may be predicted."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import pytest

from crispstack.business_understanding import data_file, data_file_form
from crispstack.business_understanding.drafting import candidates
from crispstack.business_understanding.drafting.found import FoundColumn, FoundData
from crispstack.charter import Column, Source
from crispstack.data_understanding import file_sample, first_look
from crispstack.errors import DataError

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=number // 2) for number in range(100)]
TABLE = pd.DataFrame(
    {
        "id": range(100),
        "price": [number / 4 for number in range(100)],
        "grade": [("a", "b", "c", "?")[number % 4] for number in range(100)],
        "day": DAYS,
        "always": ["same"] * 100,
    }
)


def look(path: Path) -> FoundData:
    source = data_file_form.source(data_file_form.name_for(path), path.name, path.parent)
    rows = data_file.check_source(source, path.parent).rows
    return first_look.look(source, file_sample.first_rows(source, path.parent, first_look.ROWS), rows)


def write(path: Path) -> None:
    """The table in the format that the file's name says."""
    writers = {
        ".csv": lambda: TABLE.to_csv(path, index=False),
        ".tsv": lambda: TABLE.to_csv(path, index=False, sep="\t"),
        ".parquet": lambda: TABLE.to_parquet(path, index=False),
        ".xlsx": lambda: TABLE.to_excel(path, index=False),
        ".jsonl": lambda: path.write_text(
            "".join(json.dumps(row, default=str) + "\n" for row in TABLE.to_dict("records"))
        ),
    }
    writers[path.suffix]()


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".xlsx", ".jsonl"])
def test_every_format_shows_the_same(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"My rows 2{suffix}")
    found = look(tmp_path / f"My rows 2{suffix}")
    assert found.source.name == "my_rows_2"
    assert found.rows == 100
    assert {each.name: each.column.type for each in found.columns} == {
        "id": "integer", "price": "number", "grade": "category", "day": "date", "always": "category",
    }  # fmt: skip
    assert found.missing_values == ("?",)
    grade, day = found.column("grade"), found.column("day")
    assert grade
    assert (grade.present, grade.distinct, dict(grade.common)) == (75, 3, {"a": 25, "b": 25, "c": 25})
    assert day
    assert (day.first_day, day.last_day) == ("2024-01-01", "2024-02-19")
    assert sum(str(each) < day.four_fifths for each in DAYS) == 80
    assert [each.name for each in found.columns if each.is_identifier] == ["id"]
    assert [each.name for each in found.columns if each.is_constant] == ["always"]
    assert [each.name for each in candidates.times(found)] == ["day"]


def test_a_folder_of_partitions_is_one_source(tmp_path: Path) -> None:
    for year in (2023, 2024):
        (tmp_path / "data" / f"year={year}").mkdir(parents=True)
        TABLE.to_csv(tmp_path / "data" / f"year={year}" / "rows.csv", index=False)
    found = look(tmp_path / "data")
    assert found.source.partitions == ("year",)
    assert found.rows == 200
    assert {each.name: each.column.type for each in found.columns}["year"] == "integer"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "2020 sales,b\n1,2\n", "column 1 is called '2020_sales'; rename it in the file"),
        ("a.csv", "A b,a-B\n1,2\n", "two columns are called 'a_b', case and punctuation aside"),
        ("a.csv", "", "the file is empty"),
        ("a.csv", "a;b\n1;2", "the last line has no end"),
        ("a.csv", "a;b\n1;2;3\n", ":2: 3 fields where 2 are declared"),
        ("a.csv", "a\n1\n", "has one column, 'a', and nothing to predict it from"),
        ("a.xls", "x", "a file .xls is not read"),
        ("a.pkl", "x", "convert it with `crisp data convert`"),
        ("a.parquet", "x", "not a whole Parquet file"),
        ("a.jsonl", "[1]\n", "is no object"),
        ("a.jsonl", "{]\n", "not lines of JSON"),
        ("a.xlsx", "x", "cannot be read as Excel"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError) as caught:
        look(tmp_path / name)
    assert told in str(caught.value)


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match="holds no file"):
        look(tmp_path / "data")


def column(name: str, kind: str, distinct: int, rows: int = 1000, **more: object) -> FoundColumn:
    common = tuple((str(number), rows // distinct) for number in range(min(distinct, 100)))
    return FoundColumn(Column(name, kind), rows, rows, distinct, common, **more)  # type: ignore[arg-type]


def found(*columns: FoundColumn) -> FoundData:
    return FoundData(Source("rows"), 1000, columns, ())


def test_columns_whose_names_speak_of_an_outcome_are_offered_first() -> None:
    data = found(
        column("id", "integer", 1000),
        column("city", "category", 300),
        column("notes", "text", 900),
        column("has_loan", "boolean", 2),
        column("churned", "boolean", 2),
        column("day", "date", 50),
        column("spent", "number", 800),
    )
    offered = candidates.targets(data)
    assert [each.column.name for each in offered] == ["churned", "has_loan", "spent"]
    assert [each.framing for each in offered] == ["binary", "binary", "regression"]
    clear = candidates.clear(offered)
    assert clear
    assert clear.column.name == "churned"


def test_where_no_name_or_two_names_speak_of_an_outcome_nothing_is_clear() -> None:
    assert candidates.clear(candidates.targets(found(column("a", "boolean", 2), column("b", "boolean", 2)))) is None
    two = found(column("churned", "boolean", 2), column("bought", "boolean", 2), column("x", "integer", 5))
    assert candidates.clear(candidates.targets(two)) is None
    assert candidates.clear(candidates.targets(found())) is None


def test_whole_numbers_of_few_values_are_classes() -> None:
    assert candidates.framing_of(column("rating", "integer", 5)) == "multiclass"
    assert candidates.framing_of(column("sales", "integer", 500)) == "regression"
    assert candidates.framing_of(column("share", "number", 5)) == "regression"


def test_the_positive_value_says_yes_or_is_the_rarer() -> None:
    def of(*values: tuple[str, int]) -> str:
        return candidates.positive_value(FoundColumn(Column("y", "category"), 10, 10, len(values), values))

    assert of(("yes", 9), ("no", 1)) == "yes"
    assert of(("stays", 9), ("goes", 1)) == "goes"
    assert of(("0", 9), ("1", 1)) == "1"

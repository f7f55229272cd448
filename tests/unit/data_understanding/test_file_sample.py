"""Personal data is looked for in files of every format, before any upload."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.charter import Column, Source, SourceFormat
from crispstack.data_understanding.file_sample import first_rows

COLUMNS = (Column("email", "category"), Column("age", "integer"))
ROWS = [{"email": f"p{index}@mail.example", "age": index} for index in range(5)]


def write(folder: Path, kind: SourceFormat) -> str:
    if kind == "csv":
        lines = "".join(f"{row['email']};{row['age']}\n" for row in ROWS)
        (folder / "data.csv").write_text(f"email;age\n{lines}")
        return "data.csv"
    if kind == "jsonl":
        (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        return "data.jsonl"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), folder / "data.parquet")
        return "data.parquet"
    book = openpyxl.Workbook()
    sheet = book.create_sheet("people")
    sheet.append(["email", "age"])
    for row in ROWS:
        sheet.append(list(row.values()))
    book.save(folder / "data.xlsx")
    return "data.xlsx"


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "excel"])
def test_the_first_rows_of_a_file_are_read_as_text(tmp_path: Path, kind: SourceFormat) -> None:
    sheet = "people" if kind == "excel" else ""
    source = Source("people", write(tmp_path, kind), COLUMNS, format=kind, delimiter=";", sheet=sheet)
    assert first_rows(source, tmp_path, 3) == [{"email": row["email"], "age": str(row["age"])} for row in ROWS[:3]]
    assert len(first_rows(source, tmp_path, 99)) == 5

"""A data file that the engines would read differently is refused before anything is created."""

from __future__ import annotations

from pathlib import Path

import pytest

from crispstack.business_understanding.charter_file import check_data, load
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.errors import DataError

CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source("clients", "c.csv", (Column("age", "integer"), Column("job", "category"), Column("y", "category"))),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
)
GOOD = b'Age,job,y\n30,"cook, chef",yes\n40,"a ""b""",no\n'


def check(tmp_path: Path, content: bytes) -> ClassCounts:
    (tmp_path / "c.csv").write_bytes(content)
    return check_data(CHARTER, tmp_path)


def test_a_good_file_is_counted(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD) == ClassCounts(rows=2, positives=1)
    assert check(tmp_path, GOOD.replace(b"\n", b"\r\n")) == ClassCounts(rows=2, positives=1)


def test_the_bank_data_is_what_its_charter_says() -> None:
    folder = Path("projects/bank_marketing")
    assert check_data(load(folder / "charter.yaml"), folder) == ClassCounts(rows=4521, positives=521)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "c.csv: the file is empty; export"),
        (b"age,job,y\n", "c.csv: a header and no rows"),
        (GOOD[:-1], "c.csv:3: the last line has no end, so the file may have been cut off"),
        (GOOD[:-6], "c.csv:3: the last line has no end, so the file may have been cut off"),
        (b"age,job,z\n1,a,b\n", "c.csv:1: the target 'y' is not in the data; the file has age, job, z"),
        (b"age;job;y\n1;a;yes\n", """c.csv:1: no ',' in the header, but ';'; write `delimiter: ";"` under source"""),
        (b"age,jobs,y\n1,a,yes\n", "c.csv:1: column 2 is 'jobs' where 'job' is declared"),
        (b"id,age,job,y\n0,1,a,yes\n", "c.csv:1: 4 columns where 3 are declared (id)"),
        (GOOD + b"50,cook\n", "c.csv:4: 2 fields where 3 are declared"),
        (GOOD + b"50,cook,yes,no\n", "c.csv:4: 4 fields where 3 are declared"),
        (GOOD + b'50,"cook,yes\n', "c.csv:4: unexpected end of data"),
        (GOOD + b"50,caf\xe9,yes\n", "c.csv:4: not UTF-8 (byte 7); save the file as UTF-8"),
        (b"\xef\xbb\xbf" + GOOD, "c.csv:1: begins with a byte order mark"),
        (GOOD + b"50,a\\b,yes\n", "c.csv:4: holds a backslash"),
        (GOOD + b"\n", "c.csv:4: the line is empty; remove it"),
        (GOOD.replace(b"yes", b"ja"), "c.csv: no row has y = yes; correct the target"),
    ],
)
def test_each_defect_is_named_with_its_line_and_remedy(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        check(tmp_path, content)
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"c\.csv: cannot be read .*; correct sources\.file"):
        check_data(CHARTER, tmp_path)

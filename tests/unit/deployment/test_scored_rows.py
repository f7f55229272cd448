"""Files become scores: every row once, as a request with it is answered, or in the quarantine with its reason."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.charter import Column
from crispstack.deployment.score import Account, check_keys, table_columns
from crispstack.deployment.score_files import FileRow, RequestMaker, ScoreFile, batches
from crispstack.deployment.scored_rows import ScoredFile, predicted, score_file
from crispstack.deployment.serving import Champion
from crispstack.errors import CrispError, DataError
from crispstack.preparation_plan import Cleaning, Preparation
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.data_preparation.test_request_reader import PLAIN, SOUND
from tests.unit.deployment import every_type

FIELDS = [*SOUND]
ROWS: list[dict[str, Any]] = [
    SOUND,
    SOUND | {"whole": 5, "size": 0.5, "city": "Köln, am Rhein", "member": False, "note": 'says "no"'},
    SOUND | dict.fromkeys(FIELDS),
    SOUND | {"whole": -1, "code": 9.5},
]


@pytest.fixture(scope="module")
def champion() -> Champion:
    return every_type.champion()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["id", *FIELDS], lineterminator="\n")
    writer.writeheader()
    for number, row in enumerate(rows):
        written = {name: str(value).lower() if isinstance(value, bool) else value for name, value in row.items()}
        writer.writerow({"id": number} | written)
    return text.getvalue().encode()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps({"id": number} | row) + "\n" for number, row in enumerate(rows)).encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    typed = [
        {"id": number}
        | row
        | {
            "day": dt.date.fromisoformat(row["day"]) if row["day"] else None,
            "moment": dt.datetime.fromisoformat(row["moment"]) if row["moment"] else None,
            "code": None if row["code"] is None else float(row["code"]),
            "size": float("nan") if row["size"] is None else row["size"],
        }
        for number, row in enumerate(rows)
    ]
    found = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(typed), found)
    return found.getvalue()


WRITTEN = {"csv": as_csv, "jsonl": as_lines, "parquet": as_parquet}


def scored(champion: Champion, content: bytes, folder: Path, name: str = "rows.csv", **how: Any) -> ScoredFile:
    path = folder / Path(name).name
    path.write_bytes(content)
    kind = how.get("kind", "csv")
    (folder / "out").mkdir()
    return score_file(champion, ScoreFile(path, name, kind), how.get("keys", ()), folder / "out")


def records(found: ScoredFile) -> list[dict[str, Any]]:
    assert found.rows
    rows: list[dict[str, Any]] = pq.read_table(found.rows).to_pylist()
    return rows


def quarantine(found: ScoredFile) -> list[dict[str, Any]]:
    assert found.quarantine
    return [json.loads(line) for line in gzip.decompress(found.quarantine.read_bytes()).decode().splitlines()]


@pytest.mark.parametrize("kind", [*WRITTEN])
def test_a_files_rows_are_scored_as_requests_with_them_are_answered(
    champion: Champion, tmp_path: Path, kind: str
) -> None:
    found = scored(champion, WRITTEN[kind](ROWS), tmp_path, "rows", kind=kind, keys=("id", "city"))
    assert found.account == Account(len(ROWS), len(ROWS), 0)
    assert found.quarantine is None
    rows, answers = records(found), champion.predict(ROWS)
    assert [name for name, _ in table_columns("binary")] == list(rows[0])
    for number, (row, answer) in enumerate(zip(rows, answers, strict=True)):
        assert {name: row[name] for name in answer} == answer
        assert (row["source_file"], row["row_number"], row["model_version"]) == ("rows", number + 1, "v1")
        keys = dict(row["keys"])
        assert keys["id"] == str(number)
        assert (keys["city"] or None) == ROWS[number]["city"]


def test_rows_that_do_not_fit_are_quarantined_and_take_no_other_with_them(champion: Champion, tmp_path: Path) -> None:
    rows = [SOUND] * 9 + [SOUND | {"whole": "x"}] + [SOUND] * 5 + [SOUND | {"whole": "y", "day": "never"}]
    no_text = b"\xff" + b",1" * len(FIELDS)
    last = as_csv([SOUND]).splitlines()[1]
    content = as_csv(rows) + b"\n".join([b"too,few", b'0,"open', no_text, b"", last])
    found = scored(champion, content, tmp_path)
    assert found.account == Account(
        20,
        15,
        5,
        {"field 'whole': expected a whole number": 2, "wrong number of fields": 2, "not UTF-8": 1},
    )
    lines = quarantine(found)
    assert [line["row_number"] for line in lines] == [10, 16, 17, 18, 19]
    assert lines[0]["reason"] == "field 'whole': expected a whole number, found the text 'x'"
    assert json.loads(lines[0]["raw"])["whole"] == "x"
    assert lines[2]["raw"] == "too,few"
    assert [row["row_number"] for row in records(found)] == [*range(1, 10), *range(11, 16), 20]


def test_each_row_is_judged_by_itself(champion: Champion) -> None:
    bad = SOUND | {"whole": "x"}
    rows = [bad, SOUND, bad, bad, SOUND, bad, SOUND]
    found = predicted(champion, rows)
    assert [isinstance(each, str) for each in found] == [row is bad for row in rows]
    assert found[1] == champion.predict([SOUND])[0]
    assert predicted(champion, []) == []


def test_a_file_that_lacks_a_column_is_refused_as_a_whole(champion: Champion, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows\.csv: there is no column size, .*; the file has id, whole"):
        scored(champion, b"id,whole\n1,2\n", tmp_path)


@pytest.mark.parametrize(("content", "kind", "why"), [(b"PAR1", "parquet", "not Parquet"), (b"", "csv", "no column")])
def test_a_file_of_another_format_is_refused(
    champion: Champion, tmp_path: Path, content: bytes, kind: str, why: str
) -> None:
    with pytest.raises(DataError, match=why):
        scored(champion, content, tmp_path, "rows", kind=kind)


def test_lines_that_are_no_objects_are_quarantined_and_missing_fields_told(champion: Champion, tmp_path: Path) -> None:
    content = as_lines(ROWS[:1]) + b"[1]\n{broken\n" + b'{"whole": 1}\n'
    found = scored(champion, content, tmp_path, kind="jsonl")
    reasons = {"not a JSON object": 2, "field 'size' is missing; send null if its value is not known": 1}
    assert found.account == Account(4, 1, 3, reasons)


def test_files_may_be_compressed_and_name_values_in_their_folders(champion: Champion, tmp_path: Path) -> None:
    names = [name for name in FIELDS if name != "city"]
    values = ["true" if SOUND[name] is True else str(SOUND[name]) for name in names]
    rows = f"{','.join(names)}\n{','.join(values)}\n"
    found = scored(champion, gzip.compress(rows.encode()), tmp_path, "s3://b/city=Bonn/rows.csv.gz")
    assert {name: records(found)[0][name] for name in champion.predict([SOUND])[0]} == champion.predict([SOUND])[0]


def test_values_are_read_as_the_charter_writes_them() -> None:
    columns = (
        Column("price", "number", decimal=",", thousands="."),
        Column("day", "date", formats=("%d.%m.%Y",)),
        Column("at", "timestamp", formats=("%d.%m.%Y %H:%M",)),
        Column("code", "category"),
        Column("y", "category"),
    )
    source = dataclasses.replace(PLAIN.source, columns=columns)
    charter = dataclasses.replace(PLAIN, sources=(source,), preparation=Preparation(missing_values=("", "?")))
    made = RequestMaker(charter)
    text = {"price": "1.234,5", "day": "31.12.2025", "at": "31.12.2025 08:30", "code": "007", "more": "x"}
    written = {"price": 1234.5, "day": "2025-12-31", "at": "2025-12-31T08:30:00+00:00", "code": "007"}
    assert made.request(text) == written
    typed = {"price": 1234.5, "day": dt.datetime(2025, 12, 31), "at": dt.datetime(2025, 12, 31, 8, 30), "code": 7}
    assert made.request(typed) == written | {"at": "2025-12-31T08:30:00", "code": "7"}
    assert made.request({"price": "?", "day": "?", "code": "?"}) == {"price": None, "day": None, "code": "?"}
    # What is not of its type stays as it is, so that the refusal can show it.
    assert made.request({"price": "cheap", "day": "2025-12-31"}) == {"price": "cheap", "day": "2025-12-31"}
    lenient = dataclasses.replace(charter, preparation=Preparation(clean=(Cleaning("price", invalid="missing"),)))
    assert RequestMaker(lenient).request({"price": "cheap"}) == {"price": None}


def test_personal_values_are_withheld_from_the_quarantine_and_name_no_rows(tmp_path: Path) -> None:
    plain = every_type.champion()
    charter = dataclasses.replace(PLAIN, privacy=(PrivacyTreatment("city", "generalize", "law", to="prefix", size=1),))
    champion = Champion(charter, plain.package, every_type.graph())
    found = scored(champion, as_csv([SOUND | {"whole": "x"}]) + b"Bonn,too few\n", tmp_path)
    first, second = quarantine(found)
    assert json.loads(first["raw"])["city"] == "(withheld)"
    assert "Bonn" not in json.dumps([first, second])
    with pytest.raises(CrispError, match="--key city: the column is personal, and the charter says 'generalize'"):
        check_keys(["whole", "city"], charter)
    check_keys(["whole"], charter)


def test_an_account_that_lost_a_row_is_refused() -> None:
    Account(3, 2, 1, {"why": 1}).check("x")
    for wrong in (Account(4, 2, 1, {"why": 1}), Account(3, 2, 1, {})):
        with pytest.raises(DataError, match=r"x: . rows were read, 2 scored and 1 quarantined: a defect"):
            wrong.check("x")


def test_batches_are_as_large_as_asked_and_numbers_go_on(tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("a,b\n" + "1,2\n" * 7)
    found = list(batches(ScoreFile(path, "n.csv", "csv"), ["a"], ["c"], 3))
    assert [len(batch) for batch in found] == [3, 3, 1]
    assert found[2] == [FileRow(7, {"a": "1"})]

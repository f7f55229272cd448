"""Whole tables and files scored at once: every row exactly once, as the prediction API answers, through kills."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.end_to_end.backend_jobs import until
from tests.end_to_end.conftest import PROJECT, ROOT, SECONDS, Checkout
from tests.end_to_end.test_failures import refused
from tests.end_to_end.test_main_job import ROWS, raw_rows

CLIENTS = (ROOT / "tests" / "end_to_end" / "project" / "clients.csv").read_text()
FILES = 60
WRONG_AGE, SHORT = 17, 43
"""Rows that do not fit, counted from 0: one has no number for an age, the other too few fields."""
QUARANTINED = {"field 'age': expected a whole number": 1, "wrong number of fields": 1}


def spoiled() -> tuple[str, list[str]]:
    """The header, and the lines of the clients, two of which do not fit."""
    header, *lines = CLIENTS.splitlines()
    assert len(lines) == ROWS
    position = header.split(",").index("age")
    fields = lines[WRONG_AGE].split(",")
    lines[WRONG_AGE] = ",".join([*fields[:position], "forty", *fields[position + 1 :]])
    lines[SHORT] = lines[SHORT].rpartition(",")[0]
    return header, lines


@pytest.fixture(scope="module")
def folder(checkout: Checkout) -> str:
    """The clients in many files."""
    bucket = checkout.outputs("storage")["RawBucketName"]
    header, lines = spoiled()
    each = ROWS // FILES
    for number in range(FILES):
        text = "\n".join([header, *lines[number * each : (number + 1) * each]]) + "\n"
        checkout.client("s3").put_object(Bucket=bucket, Key=f"arrivals/{number:02d}.csv", Body=text.encode())
    return f"s3://{bucket}/arrivals/"


@contextmanager
def scoring(checkout: Checkout, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`crisp score`, as long as one looks."""
    process = subprocess.Popen(
        [str(ROOT / ".venv" / "bin" / "crisp"), "score", PROJECT, *arguments, "--env", checkout.environment.name],
        cwd=checkout.root,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (one system call)
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def versions(checkout: Checkout, kind: str) -> dict[str, list[str]]:
    """Every version that was ever written of a score's objects of a kind, by key."""
    bucket = checkout.outputs("storage")["ArtifactsBucketName"]
    found: dict[str, list[str]] = {}
    pages = checkout.client("s3").get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=bucket, Prefix=f"{PROJECT}/scores/"):
        for each in page.get("Versions", []):
            if f"/{kind}/" in each["Key"]:
                found.setdefault(each["Key"], []).append(each["VersionId"])
    return found


def rows_of(checkout: Checkout, scored: Any) -> list[dict[str, str]]:
    """A score's rows, as Athena gives them."""
    query = scored["sql"].replace(
        "*", "source_file, row_number, element_at(keys, 'id') AS id, probability, act, expected_value"
    )
    return list(csv.DictReader(io.StringIO(checkout.crisp("sql", query, "--csv", "-").stdout)))


def quarantined(checkout: Checkout, scored: Any) -> list[dict[str, Any]]:
    bucket, _, prefix = f"{scored['uri']}quarantine/".removeprefix("s3://").partition("/")
    listed = checkout.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    texts = (gzip.decompress(checkout.read(f"s3://{bucket}/{each['Key']}")).decode() for each in listed)
    return [json.loads(line) for text in texts for line in text.splitlines()]


@pytest.fixture(scope="module")
def resumed(checkout: Checkout, run: str, folder: str) -> Any:
    """What `crisp score` answers after its first job was cancelled in the midst of its work."""
    application = checkout.resource("modeling", "Application")
    with scoring(checkout, "--data", folder, "--key", "id") as process:
        until(lambda: len(versions(checkout, "parts")) >= 3 or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    before = versions(checkout, "rows")
    assert process.returncode == 1
    assert "cancelled" in errors
    assert f"{len(versions(checkout, 'parts'))} of {FILES} files are scored; the same command goes on" in errors
    assert "Traceback" not in errors
    client = checkout.client("emr-serverless")
    (cancelled,) = client.list_job_runs(applicationId=application, states=["CANCELLED"])["jobRuns"]
    assert cancelled["name"].startswith(f"{PROJECT} score ")
    done = {key.replace("/parts/", "/rows/").replace(".json", ".parquet") for key in versions(checkout, "parts")}
    assert 3 <= len(done) < FILES, "it was not killed in the midst of its work"

    scored = checkout.json("score", PROJECT, "--data", folder, "--key", "id")
    after = versions(checkout, "rows")
    assert len(after) == FILES
    assert {key: after[key] for key in done} == {key: before[key] for key in done}, "what was done was done again"
    return scored


def test_a_score_that_was_killed_goes_on_and_no_row_is_lost_or_scored_twice(checkout: Checkout, resumed: Any) -> None:
    assert (resumed["rows"], resumed["scored"], resumed["quarantined"]) == (ROWS, ROWS - 2, 2)
    assert resumed["reasons"] == QUARANTINED
    rows = rows_of(checkout, resumed)
    each = ROWS // FILES
    numbers = sorted((int(row["source_file"][-6:-4]) * each + int(row["row_number"]) - 1, row["id"]) for row in rows)
    ids = [line["id"] for line in csv.DictReader(io.StringIO(CLIENTS))]
    assert numbers == [(number, ids[number]) for number in range(ROWS) if number not in (WRONG_AGE, SHORT)]
    found = {(int(row["source_file"][-6:-4]), row["row_number"]): row for row in quarantined(checkout, resumed)}
    assert set(found) == {(number // each, number % each + 1) for number in (WRONG_AGE, SHORT)}
    assert json.loads(found[WRONG_AGE // each, WRONG_AGE % each + 1]["raw"])["age"] == "forty"
    assert found[SHORT // each, SHORT % each + 1]["raw"] == spoiled()[1][SHORT]


def test_scores_are_what_the_prediction_api_answers(checkout: Checkout, resumed: Any) -> None:
    rows = json.dumps({"rows": raw_rows(ROWS)})
    answered = json.loads(checkout.crisp("predict", PROJECT, "-", "--json", stdin=rows).stdout)
    assert answered["model_version"] == resumed["model_version"]
    ids = [line["id"] for line in csv.DictReader(io.StringIO(CLIENTS))]
    expected = dict(zip(ids, answered["predictions"], strict=True))
    for row in rows_of(checkout, resumed):
        prediction = expected[row["id"]]
        assert float(row["probability"]) == pytest.approx(prediction["probability"], abs=1e-6)
        assert float(row["expected_value"]) == pytest.approx(prediction["expected_value"], abs=1e-6)
        assert row["act"] == str(prediction["act"]).lower()


def test_a_table_is_scored_as_its_files_are(checkout: Checkout, resumed: Any) -> None:
    scored = checkout.json("score", PROJECT, "--table", f"{PROJECT}_clients", "--key", "id")
    assert (scored["rows"], scored["quarantined"]) == (ROWS, 0)
    known = {row["id"]: row["probability"] for row in rows_of(checkout, resumed)}
    rows = rows_of(checkout, scored)
    assert len({row["id"] for row in rows}) == len(rows) == ROWS
    assert {row["id"]: row["probability"] for row in rows if row["id"] in known} == known


def test_the_same_file_is_scored_once_unless_it_is_to_be_scored_anew(checkout: Checkout, run: str) -> None:
    path = checkout.root / "few.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in raw_rows(3)) + '{"age": 1}\n')
    first = checkout.json("score", PROJECT, "--file", str(path))
    assert (first["scored"], first["reasons"]) == (
        3,
        {"field 'job' is missing; send null if its value is not known": 1},
    )
    assert checkout.json("score", PROJECT, "--file", str(path)) == first
    assert first["score_id"] in refused(checkout, "score", PROJECT, "--file", str(path), "--on-existing", "fail")
    assert [row["row_number"] for row in rows_of(checkout, first)] == ["1", "2", "3"]


def test_what_cannot_be_scored_is_told_in_words(checkout: Checkout, run: str) -> None:
    path = checkout.root / "other.csv"
    path.write_text("id,age\n1,40\n")
    said = refused(checkout, "score", PROJECT, "--file", str(path))
    assert "other.csv: there is no column job, marital" in said
    assert "0 of 1 files are scored" in said
    assert "has no column" in refused(checkout, "score", PROJECT, "--table", f"{PROJECT}_scores", "--key", "id")

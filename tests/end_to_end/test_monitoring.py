"""What serves is watched: rows that were predicted can be asked for, and truth stands beside them."""

from __future__ import annotations

import csv
import datetime as dt
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crispstack.deployment.release import GOLDEN_REQUEST
from tests.end_to_end.conftest import PROJECT, Checkout
from tests.end_to_end.signed_requests import post
from tests.end_to_end.test_main_job import raw_rows

_SECONDS = 300
"""Firehose writes once in a minute."""


def asked(checkout: Checkout, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = checkout.json("sql", sql, PROJECT, "--limit", "10000")["rows"]
    return rows


def kept(checkout: Checkout, version: str, rows: int, since: str = "2000-01-01 00:00:00") -> list[dict[str, Any]]:
    """All kept predictions of a version, once there are as many since a time."""
    sql = f"SELECT * FROM {PROJECT}_predictions WHERE _model_version = '{version}' "  # noqa: S608 (ours)
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        found = asked(checkout, sql)
        if sum(each["_time"] >= since for each in found) >= rows:
            break
        time.sleep(3)
    return found


def now() -> str:
    """As Athena writes it."""
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


@dataclass(frozen=True)
class Predicted:
    """A request's rows and its answer; others were asked before it, nobody at the same time."""

    rows: list[dict[str, Any]]
    answer: dict[str, Any]
    since: str

    @property
    def version(self) -> str:
        return str(self.answer["model_version"])

    def kept(self, checkout: Checkout) -> list[dict[str, Any]]:
        """Its rows as they were kept, in their order, once all are there."""
        found = kept(checkout, self.version, len(self.rows), self.since)
        (request,) = {each["_request_id"] for each in found if each["_time"] >= self.since}
        return sorted((each for each in found if each["_request_id"] == request), key=lambda each: each["_row"])


@pytest.fixture(scope="module")
def predicted(checkout: Checkout, run: str) -> Predicted:
    """120 rows of one request, known to the moment that it was asked in: nothing else is asked until it is kept."""
    rows, since = raw_rows(120), now()
    status, answer = post(checkout, checkout.keys, json.dumps({"rows": rows}).encode())
    assert status == 200, answer
    found = Predicted(rows, answer, since)
    assert len(found.kept(checkout)) == len(rows)
    return found


def test_kept_rows_are_what_was_asked_and_answered(checkout: Checkout, predicted: Predicted) -> None:
    # Nobody asked the golden rows of the release.
    assert not [
        each for each in kept(checkout, predicted.version, 120) if each["_request_id"].startswith(GOLDEN_REQUEST)
    ]
    of_request = predicted.kept(checkout)
    assert [each["_row"] for each in of_request] == list(range(120))
    for row, prediction, each in zip(predicted.rows, predicted.answer["predictions"], of_request, strict=True):
        assert each["_prediction"] == prediction["probability"]
        assert each["_decision"] == str(prediction["act"]).lower()
        assert each["_expected_value"] == prediction["expected_value"]
        for name in ("age", "balance"):
            assert each[name] == row[name]
        assert each["job"] == (None if row["job"] in ("", "unknown") else row["job"])
        assert each["loan"] == (row["loan"] == "yes")


def test_truth_that_is_told_stands_beside_its_prediction(
    checkout: Checkout, predicted: Predicted, tmp_path: Path
) -> None:
    request = predicted.kept(checkout)[0]["_request_id"]
    file = tmp_path / "outcomes.csv"
    truths = {row: "yes" if row % 3 == 0 else "no" for row in range(120)}
    with file.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["request_id", "row", "y"])
        writer.writerows([request, row, truth] for row, truth in truths.items())
    assert checkout.json("feedback", PROJECT, str(file))["truths"] == 120
    sql = f"SELECT _row, _truth FROM {PROJECT}_predictions WHERE _request_id = '{request}'"  # noqa: S608 (ours)
    assert {each["_row"]: each["_truth"] for each in asked(checkout, sql)} == truths
    named = checkout.json("sql", "--name", "decisions-and-truth", PROJECT)["rows"]
    assert sum(each["kept_rows"] for each in named) == 120


def test_no_drift_is_found_in_rows_like_those_of_training_and_the_change_in_others(
    checkout: Checkout, predicted: Predicted
) -> None:
    version = predicted.version
    # All rows there are, so that the window is as the training was.
    rows, since = raw_rows(600), now()
    assert post(checkout, checkout.keys, json.dumps({"rows": rows[120:360]}).encode())[0] == 200
    assert post(checkout, checkout.keys, json.dumps({"rows": rows[360:]}).encode())[0] == 200
    before = len(kept(checkout, version, 480, since))
    report = checkout.json("drift", PROJECT)
    assert (report["judged"], report["drifted"]) == (True, False), report["summary"]
    assert 600 <= report["rows"] == before
    since = now()
    changed = [{**row, "balance": 100 * row["balance"], "job": "astronaut"} for row in rows[:400]]
    assert post(checkout, checkout.keys, json.dumps({"rows": changed}).encode())[0] == 200
    kept(checkout, version, 400, since)
    report = checkout.json("drift", PROJECT)
    assert (report["rows"], report["drifted"]) == (before + 400, True)
    found = {each["column"]: each for each in report["columns"]}
    assert {"balance", "job"} <= {name for name, each in found.items() if each["found"]}
    assert not any(found[name]["found"] for name in ("marital", "education", "housing", "month"))
    present = sum(each["job"] is not None for each in kept(checkout, version, 0))
    assert found["job"]["unseen"]["now"] == pytest.approx(400 / present)
    assert metric(checkout, "Drift") == 1


def metric(checkout: Checkout, name: str) -> float | None:
    """The largest value of a metric of the project in the last hour, once it is there."""
    until = dt.datetime.now(dt.UTC)
    points = checkout.client("cloudwatch").get_metric_statistics(
        Namespace="crispstack",
        MetricName=name,
        Dimensions=[{"Name": "Project", "Value": PROJECT}],
        StartTime=until - dt.timedelta(hours=1),
        EndTime=until + dt.timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return max((point["Maximum"] for point in points), default=None)

"""Flights of ten years later are not what the model was trained on: noticed, told, and answered with a run."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from crispstack.artifacts import BusinessCase, Decision, Release
from tests.end_to_end.backend_jobs import until
from tests.end_to_end.conftest import FLIGHTS, ROOT, Checkout
from tests.end_to_end.test_flight_delays import artifact

ROWS = 500
# Firehose writes once in a minute, alarms are looked at once in a minute, a run takes one.
SECONDS = 600


@dataclass(frozen=True)
class Retrained:
    """What `crisp drift` told, and the run that began by itself, once it ended or waits for a person."""

    told: Any
    run: str


@pytest.fixture(scope="module")
def retrained(checkout: Checkout, flights_run: str) -> Retrained:
    """The flights that the project's script sends, and what came of them."""
    assert flights_run
    script = [str(ROOT / ".venv" / "bin" / "python"), f"projects/{FLIGHTS}/ten_years_later.py"]
    request = subprocess.run(script, cwd=checkout.root, capture_output=True, text=True, check=True, timeout=60).stdout
    answer = json.loads(checkout.crisp("predict", FLIGHTS, "-", "--json", stdin=request).stdout)
    assert len(answer["predictions"]) == ROWS
    counted = f"SELECT count(*) AS kept FROM {FLIGHTS}_predictions WHERE time_hour >= TIMESTAMP '2023-01-01'"  # noqa: S608 (ours)
    until(lambda: checkout.json("sql", counted, FLIGHTS)["rows"][0]["kept"] == ROWS, SECONDS)
    before = runs(checkout)
    told = checkout.json("drift", FLIGHTS)
    (run,) = until(lambda: runs(checkout).keys() - before.keys(), SECONDS)
    until(lambda: runs(checkout)[run] != "running", SECONDS)
    return Retrained(told, run)


def runs(checkout: Checkout) -> dict[str, str]:
    return {each["run_id"]: each["status"] for each in checkout.json("runs", FLIGHTS)}


def test_the_drift_that_was_fed_is_told_and_alarms(checkout: Checkout, retrained: Retrained) -> None:
    assert retrained.told["drifted"] is True
    found = {each["column"]: each["found"] for each in retrained.told["columns"] if each["found"]}
    # Of eleven airlines six were there in 2013.
    assert "carrier" in found, retrained.told["summary"]
    name = f"{checkout.environment.prefix}-{FLIGHTS}"
    alarms = checkout.client("cloudwatch").describe_alarms(
        AlarmNames=[f"{name}-drift", f"{name}-attention"], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    states = [each["StateValue"] for kind in ("MetricAlarms", "CompositeAlarms") for each in alarms[kind]]
    assert states == ["ALARM", "ALARM"]


def test_the_run_that_drift_began_has_the_champion_as_its_bar(
    checkout: Checkout, flights_run: str, retrained: Retrained
) -> None:
    champion = artifact(checkout, flights_run, Release).model_version
    first, again = (artifact(checkout, run, BusinessCase).charter for run in (flights_run, retrained.run))
    assert first == again
    decision = artifact(checkout, retrained.run, Decision)
    (bar,) = [each for each in decision.criteria if each.name == "champion"]
    # On the same data it may come to the very model that serves.
    compared = "champion" in {policy.kind for policy in decision.policies}
    assert compared or bar.reason == "the model is the champion that serves now", bar
    release = artifact(checkout, retrained.run, Release) if runs(checkout)[retrained.run] == "succeeded" else None
    # Nobody approved it: whatever it found, the champion goes on serving.
    assert release is None or not release.released
    answer = checkout.json("predict", FLIGHTS, "--example")
    assert re.fullmatch(r"[0-9a-f]{12}", champion)
    assert answer["model_version"] == champion

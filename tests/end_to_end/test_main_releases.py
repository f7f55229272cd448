"""Releases in steps under load: what is bad is taken back, and no caller notices; going back by hand, too.

The second version of the model is the first with another threshold, so that which of them answered can be seen in every
answer; its planted fault is that it was expected to say something else than it does.
"""

from __future__ import annotations

import dataclasses
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crispstack.artifacts import ModelPackage, Release
from tests.end_to_end.backend_jobs import until
from tests.end_to_end.conftest import PROJECT, Checkout
from tests.end_to_end.copied_run import copied
from tests.end_to_end.signed_requests import post
from tests.end_to_end.test_main_job import artifact, raw_rows
from tests.end_to_end.test_monitoring import asked, now

CALLERS, PAUSE = 4, 0.05
AT_ONCE = 'steps = "all_at_once"\n'
STEPS = 'steps = "canary"\npercent = 50\nminutes = 3\n'
STACK = f"project-{PROJECT.replace('_', '-')}"


class Load:
    """Callers that ask one row after the other: every answer is kept."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout, self._rows = checkout, raw_rows(40)
        self._ended = threading.Event()
        self._callers = [threading.Thread(target=self._call, args=(number,)) for number in range(CALLERS)]
        self.answers: list[tuple[int, Any]] = []

    def __enter__(self) -> Load:
        for caller in self._callers:
            caller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for caller in self._callers:
            caller.join()

    def _call(self, number: int) -> None:
        bodies = [json.dumps(row).encode() for row in self._rows[number::CALLERS]]
        while not self._ended.is_set():
            for body in bodies:
                self.answers.append(post(self._checkout, self._checkout.keys, body))
                time.sleep(PAUSE)

    def check(self, thresholds: dict[str, float]) -> dict[str, int]:
        """That every request was answered, as the model that it names decides; how often each model answered."""
        assert {status for status, _ in self.answers} == {200}
        found = dict.fromkeys(thresholds, 0)
        for _, answer in self.answers:
            version, (prediction,) = answer["model_version"], answer["predictions"]
            assert answer["threshold"] == thresholds[version]
            assert prediction["act"] == (prediction["probability"] >= thresholds[version])
            found[version] += 1
        return found


@contextmanager
def steps(checkout: Checkout) -> Iterator[None]:
    """Releases in steps, for the moment."""
    path = checkout.root / "environments" / "local.toml"
    text = path.read_text()
    assert text.count(AT_ONCE) == 1
    path.write_text(text.replace(AT_ONCE, STEPS))
    try:
        checkout.crisp("deploy", PROJECT)
        yield
    finally:
        path.write_text(text)
        checkout.crisp("deploy", PROJECT)


@contextmanager
def second(checkout: Checkout, run: str, name: str, **changes: Any) -> Iterator[tuple[str, ModelPackage]]:
    """A copy of the run with another version of its model: its id and the package."""
    package = artifact(checkout, run, ModelPackage)
    changed = dataclasses.replace(package, model_version=name, threshold=package.threshold * 2, **changes)
    with copied(checkout, run, name) as copy:
        key = f"{PROJECT}/runs/{copy}/{ModelPackage.phase.prefix}/{ModelPackage.file_name()}"
        bucket = checkout.outputs("storage")["ArtifactsBucketName"]
        checkout.client("s3").put_object(Bucket=bucket, Key=key, Body=changed.to_json().encode())
        yield copy, changed


def serves(checkout: Checkout) -> tuple[str, dict[str, float], str]:
    """The version that the alias names, the weights of others, and the champion's URI."""
    outputs = checkout.outputs(STACK)
    found = checkout.client("lambda").get_alias(FunctionName=outputs["PredictionFunctionName"], Name="live")
    weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    parameter = checkout.client("ssm").get_parameter(Name=outputs["ChampionParameter"])["Parameter"]["Value"]
    return found["FunctionVersion"], weights, parameter


@pytest.fixture(scope="module", autouse=True)
def forgotten(checkout: Checkout, run: str) -> Iterator[None]:
    """The few rows that are asked here thousands of times are not kept, where drift would be found in them."""
    yield
    since = now()
    assert post(checkout, checkout.keys, json.dumps(raw_rows(1)[0]).encode())[0] == 200
    newer = f"SELECT _row FROM {PROJECT}_predictions WHERE _time >= TIMESTAMP '{since}'"  # noqa: S608 (ours)
    until(lambda: asked(checkout, newer), 180)
    client, bucket = checkout.client("s3"), checkout.resource("storage", "Predictions")
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{PROJECT}/captured/"):
        for entry in page.get("Versions", []):
            client.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


def is_quiet(checkout: Checkout) -> bool:
    """Whether no alarm would take a release back, as the last minute's may."""
    named = f"{checkout.environment.prefix}-{PROJECT}-release-"
    alarms = checkout.client("cloudwatch").describe_alarms(AlarmNamePrefix=named)["MetricAlarms"]
    assert len(alarms) == 3
    return all(each["StateValue"] != "ALARM" for each in alarms)


@pytest.fixture
def before(checkout: Checkout, run: str) -> Iterator[tuple[str, dict[str, float], str]]:
    """What serves before a test, and after it."""
    until(lambda: is_quiet(checkout), 180)
    release = artifact(checkout, run, Release)
    found = serves(checkout)
    _, weights, uri = found
    assert weights == {}
    assert uri.endswith(f"/{PROJECT}/models/{release.model_version}/model_package.json")
    yield found
    assert serves(checkout) == found


def test_a_bad_release_is_taken_back_by_its_alarm_and_no_request_fails(
    checkout: Checkout, run: str, before: tuple[str, dict[str, float], str]
) -> None:
    first = artifact(checkout, run, ModelPackage)
    elsewhere = first.expected.prediction_mean + 3 * first.expected.prediction_deviation
    expected = dataclasses.replace(first.expected, prediction_mean=elsewhere)
    fault = second(checkout, run, "faulty", expected=expected)
    with fault as (faulty, package), steps(checkout), Load(checkout) as load:
        done = checkout.crisp("release", PROJECT, faulty, "--reason", "a fault is planted", succeeds=False)
        begun = len(load.answers)
        time.sleep(5)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    alarm = f"{checkout.environment.prefix}-{PROJECT}-release-predictions"
    assert re.search(f"was rolled back; what served before serves: .*{alarm}", said.replace("\n", " ")), said
    answered = load.check({first.model_version: first.threshold, "faulty": package.threshold})
    assert answered["faulty"] > 50
    # The version that was taken back gets nothing any more.
    assert {answer["model_version"] for _, answer in load.answers[begun + 2 * CALLERS :]} == {first.model_version}
    assert serves(checkout) == before
    newest, *earlier = checkout.json("releases", PROJECT)
    assert (newest["status"], newest["model_version"], newest["kind"]) == ("rolled_back", "faulty", "release")
    assert (newest["why"], newest["run_id"], newest["golden_rows"]) == ("a fault is planted", faulty, 20)
    assert newest["by"] == checkout.client("sts").get_caller_identity()["Arn"]
    assert alarm in newest["ended_because"]
    assert [each["model_version"] for each in earlier if each["status"] == "succeeded"][-1] == first.model_version


def test_a_release_at_once_and_the_way_back_are_noticed_by_nobody(
    checkout: Checkout, run: str, before: tuple[str, dict[str, float], str]
) -> None:
    first = artifact(checkout, run, ModelPackage)
    with second(checkout, run, "second") as (other, package), Load(checkout) as load:
        released = checkout.json("release", PROJECT, other, "--reason", "for May")
        version, weights, uri = serves(checkout)
        assert (version, weights) == (released["version"], {})
        assert uri.endswith("/models/second/model_package.json")
        time.sleep(3)
        again = checkout.json("release", PROJECT, other, "--reason", "once more")
        assert (again["status"], again["version"], again["deployment_id"]) == ("serves", version, "")
        # A later deployment of the stacks keeps the model.
        checkout.crisp("deploy", PROJECT)
        assert serves(checkout) == (version, weights, uri)
        back = checkout.json("rollback", PROJECT, "--reason", "May is over")
        time.sleep(3)
    answered = load.check({first.model_version: first.threshold, "second": package.threshold})
    assert min(answered.values()) > 20
    assert (back["version"], back["model_version"]) == (before[0], first.model_version)
    assert serves(checkout) == before
    newest = checkout.json("releases", PROJECT)[0]
    assert (newest["kind"], newest["status"], newest["why"]) == ("rollback", "succeeded", "May is over")
    checkout.crisp("deploy", PROJECT)


def test_code_that_answers_otherwise_gets_no_traffic(
    checkout: Checkout, run: str, before: tuple[str, dict[str, float], str]
) -> None:
    golden = _wrong(artifact(checkout, run, ModelPackage))
    with second(checkout, run, "wrong", golden_rows=golden) as (wrong, _):
        done = checkout.crisp("release", PROJECT, wrong, "--reason", "nobody looked", succeeds=False)
    assert done.returncode == 1
    assert "the golden rows' answers differ by" in (done.stdout + done.stderr).replace("\n", " ")
    assert serves(checkout) == before
    assert checkout.json("releases", PROJECT)[0]["status"] == "refused"


def _wrong(package: ModelPackage) -> Any:
    return tuple(dataclasses.replace(row, scores=(row.scores[0] + 0.01,)) for row in package.golden_rows)


def test_a_deployment_of_other_code_keeps_the_model_and_is_proven_and_recorded(checkout: Checkout, run: str) -> None:
    first = artifact(checkout, run, ModelPackage)
    path = checkout.root / "lambdas" / "predict" / "handler.py"
    text, (version, _, uri) = path.read_text(), serves(checkout)
    path.write_text(text + "\n# A new line of code.\n")
    try:
        with Load(checkout) as load:
            checkout.crisp("deploy", PROJECT)
            newer, weights, kept = serves(checkout)
            time.sleep(2)
    finally:
        path.write_text(text)
        checkout.crisp("deploy", PROJECT)
    assert (int(newer) > int(version), weights, kept) == (True, {}, uri)
    assert load.check({first.model_version: first.threshold})[first.model_version] > 20
    undone, done, *_ = checkout.json("releases", PROJECT)
    found = (done["kind"], done["status"], done["version"], done["previous_version"])
    assert found == ("code", "succeeded", newer, version)
    assert (done["model_version"], done["golden_rows"]) == (first.model_version, 20)
    assert (undone["kind"], undone["previous_version"]) == ("code", newer)

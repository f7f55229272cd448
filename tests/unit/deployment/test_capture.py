"""What is kept of predictions: treated as the charter says, sampled, and never at the expense of an answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from crispstack.aws import capture as delivery
from crispstack.deployment.capture import MOST_ROWS, Capture, Predicted, sampled
from crispstack.deployment.http import Service
from crispstack.deployment.serving import Champion
from crispstack.monitoring_plan import Monitoring
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.deployment.test_http import ask, row, silent
from tests.unit.deployment.test_serving import package
from tests.unit.modeling import mocked_s3

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=dt.UTC)
KEY = b"0123456789abcdef"


class Taken:
    """Where records go; `fails` of each batch are not taken."""

    def __init__(self, fails: int = 0, raises: Exception | None = None) -> None:
        self.records: list[dict[str, Any]] = []
        self.lost: list[tuple[int, str]] = []
        self.fails, self.raises = fails, raises

    def send(self, records: Sequence[bytes]) -> int:
        if self.raises:
            raise self.raises
        self.records += map(json.loads, records)
        return self.fails

    def note(self, rows: int, why: str) -> None:
        self.lost.append((rows, why))


@pytest.fixture(scope="module")
def champion() -> Champion:
    charter, _, training = mocked_s3.trained()
    return Champion(dataclasses.replace(charter, monitoring=Monitoring(capture=1.0)), package(), training.graph)


def capture(champion: Champion, taken: Taken, **changed: Any) -> Capture:
    charter = dataclasses.replace(champion.charter, **changed)
    return Capture(charter, champion.package, KEY, taken.send, taken.note, lambda: NOW)


def test_every_answered_row_is_kept_once_with_what_was_asked_and_answered(champion: Champion) -> None:
    taken = Taken()
    service = Service(champion, silent, capture(champion, taken))
    rows = [row(0), row(1) | {"balance": None}]
    answer = json.loads(service.answer(ask({"rows": rows}, "one", idempotency_key="k")).body)
    service.answer(ask({"rows": rows}, "again", idempotency_key="k"))
    service.answer(ask(row(2) | {"age": "x"}, "refused"))
    service.answer(ask(row(2), "release-v1"))
    assert [(each["_request_id"], each["_row"]) for each in taken.records] == [("one", 0), ("one", 1)]
    for record, given, said in zip(taken.records, rows, answer["predictions"], strict=True):
        assert record["_prediction"] == said["probability"]
        assert record["_decision"] == str(said["act"]).lower()
        assert record["_expected_value"] == said["expected_value"]
        assert (record["_time"], record["_model_version"]) == ("2026-03-04 05:06:07.891", answer["model_version"])
        assert record["age"] == str(given["age"])
        assert record["job"] == given["job"]
        assert {name for name in record if not name.startswith("_")} == set(given)
    assert taken.records[1]["balance"] is None


def test_personal_data_is_kept_as_the_charter_says(champion: Champion) -> None:
    taken = Taken()
    treatments = (
        PrivacyTreatment("job", "hash"),
        PrivacyTreatment("age", "generalize", to="band", size=10.0),
        PrivacyTreatment("marital", "keep", "names nobody"),
    )
    source = dataclasses.replace(
        champion.charter.source,
        columns=tuple(
            dataclasses.replace(column, personal=column.name in ("job", "age", "marital", "education"))
            for column in champion.charter.source.columns
        ),
    )
    keep = capture(champion, taken, privacy=treatments, sources=(source, *champion.charter.sources[1:]))
    given = row(0) | {"age": 47, "job": "admin.", "marital": "single", "education": "primary"}
    keep([Predicted("r", [given], champion.predict([given]))])
    (record,) = taken.records
    assert record["job"].startswith("hmac:")
    assert (record["age"], record["marital"]) == ("40", "single")
    # Personal, and nobody said what becomes of it.
    assert "education" not in record
    assert "primary" not in json.dumps(record)
    assert "admin" not in json.dumps(record)


def test_a_row_is_kept_with_the_charters_probability_wherever_it_stands() -> None:
    assert sampled("r", 20, 0.0) == []
    assert sampled("r", 20, 1.0) == list(range(20))
    counts = [len(sampled(f"request-{number}", 10, 0.3)) for number in range(1000)]
    # The standard error of the share is 0.0046.
    assert sum(counts) / 10_000 == pytest.approx(0.3, abs=0.02)
    many = sampled("r", 10_000, 1.0)
    assert len(many) == MOST_ROWS
    assert sum(many) / MOST_ROWS == pytest.approx(5_000, abs=500)
    assert many == sampled("r", 10_000, 1.0)


def test_no_failure_of_keeping_reaches_the_answer_and_each_is_counted(champion: Champion) -> None:
    whole = Service(champion, silent).answer(ask(row())).body
    broken = Taken(raises=RuntimeError("secret"))
    assert Service(champion, silent, capture(champion, broken)).answer(ask(row())).body == whole
    assert broken.lost == [(1, "RuntimeError")]
    some = Taken(fails=1)
    assert Service(champion, silent, capture(champion, some)).answer(ask({"rows": [row(), row(1)]})).status == 200
    assert some.lost == [(1, "the delivery stream did not take them")]


def test_a_stream_that_does_not_answer_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    class Firehose:
        fails = True

        def put_record_batch(self, **given: Any) -> dict[str, int]:
            calls.append(len(given["Records"]))
            if self.fails:
                raise EndpointConnectionError(endpoint_url="firehose")
            return {"FailedPutCount": 1}

    firehose, now = Firehose(), 0.0
    monkeypatch.setattr(delivery.boto3, "client", lambda *_, **__: firehose)
    stream = delivery.Stream("s", lambda: now)
    assert [stream.send([b"1", b"2"]), stream.send([b"3"])] == [2, 1]
    assert calls == [2]
    now, firehose.fails = 31.0, False
    assert stream.send([b"4", b"5", b"6"]) == 1
    assert calls == [2, 3]

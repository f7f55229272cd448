"""Requests as messages: each answered, refused or tried again by itself, its answer kept under its id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from crispstack.aws import queued_predictions
from crispstack.deployment.http import Service
from crispstack.deployment.queued_requests import answer_messages, is_batch
from crispstack.deployment.serving import Champion
from crispstack.errors import CrispError
from tests.unit.data_preparation.test_request_reader import SOUND
from tests.unit.deployment import every_type
from tests.unit.modeling import mocked_s3

RESULTS = "s3://prepared/predictions/shop/"


def messages(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m-{number}", "body": body} for number, body in enumerate(bodies)]}


def silent(lines: Any) -> None:
    """Log nothing."""


def answered(event: dict[str, Any], champion: Champion | None) -> tuple[list[str], dict[str, Any]]:
    """Ids of the messages that failed, and the answers that were kept."""
    kept: dict[str, Any] = {}
    found = answer_messages(event, Service(champion, silent), lambda name, body: kept.update({name: json.loads(body)}))
    assert list(found) == ["batchItemFailures"]
    return [each["itemIdentifier"] for each in found["batchItemFailures"]], kept


def test_each_message_is_answered_by_itself_and_refusals_fail_alone() -> None:
    champion = every_type.champion()
    rows = json.dumps({"rows": [SOUND, SOUND]})
    event = messages(json.dumps(SOUND), "not JSON", rows, json.dumps(SOUND | {"whole": "x"}), "\ud800")
    failed, kept = answered(event, champion)
    assert failed == ["m-1", "m-3", "m-4"]
    assert kept["m-0"] == champion.answer(champion.predict([SOUND]))
    assert kept["m-2"]["predictions"] == kept["m-0"]["predictions"] * 2
    assert {kept[name]["error"] for name in failed} == {"InvalidRequest"}
    assert kept["m-3"]["message"] == "row 0, field 'whole': expected a whole number, found the text 'x'"
    assert is_batch(event)
    assert not is_batch({"routeKey": "POST /v1/predict"})


def test_what_failed_on_our_side_is_tried_again_and_nothing_is_kept_of_it() -> None:
    assert answered(messages(json.dumps(SOUND)), None) == (["m-0"], {})


@pytest.fixture
def bucket() -> Iterator[None]:
    with mocked_s3.mocked():
        yield


def test_an_answer_is_found_under_its_messages_id_and_the_first_one_stays(bucket: None) -> None:
    queued_predictions.keep(RESULTS, "m-0", b'{"predictions": [1]}')
    queued_predictions.keep(RESULTS, "m-0", b'{"predictions": [2]}')
    assert queued_predictions.result(RESULTS, "m-0") == {"predictions": [1]}
    queued_predictions.keep(RESULTS, "m-1", b'{"error": "InvalidRequest", "message": "row 0: no"}')
    for name, why in (
        ("m-1", "the request was refused: InvalidRequest: row 0: no"),
        ("m-2", "there is no answer to m-2 yet"),
        ("../m-0", "is no message's id"),
    ):
        with pytest.raises(CrispError, match=why):
            queued_predictions.result(RESULTS, name)


def test_a_request_that_is_too_large_for_a_message_is_not_sent() -> None:
    with pytest.raises(CrispError, match=r"larger than 262,144 bytes"):
        queued_predictions.ask("q", "ä" * 131_073)

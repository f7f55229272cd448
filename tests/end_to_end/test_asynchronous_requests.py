"""Predictions asked through the queue: answered as the API answers, or given up to the dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.backend_jobs import until
from tests.end_to_end.conftest import PROJECT, Checkout
from tests.end_to_end.test_failures import refused
from tests.end_to_end.test_main_job import raw_rows

STACK = f"project-{PROJECT.replace('_', '-')}"
SECONDS = 120


@pytest.fixture
def queue(checkout: Checkout, run: str) -> Iterator[str]:
    """The queue, whose messages are tried again after a second instead of minutes."""
    url, client = checkout.outputs(STACK)["RequestQueueUrl"], checkout.client("sqs")
    before = client.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    yield url
    client.set_queue_attributes(QueueUrl=url, Attributes=before)


def result(checkout: Checkout, message_id: str) -> Any:
    """The answer to a message, None where there is none yet."""
    bucket = checkout.outputs("storage")["QueryResultsBucketName"]
    try:
        return json.loads(checkout.read(f"s3://{bucket}/predictions/{PROJECT}/{message_id}.json"))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchKey"
        return None


def test_a_request_in_the_queue_gets_the_answer_of_the_api(checkout: Checkout, queue: str) -> None:
    body = json.dumps({"rows": raw_rows(3)})
    sent = checkout.json("predict", PROJECT, body, "--async")
    answer = until(lambda: result(checkout, sent["message_id"]), SECONDS)
    assert answer == checkout.json("predict", PROJECT, body)
    assert checkout.json("predict", PROJECT, "--result", sent["message_id"]) == answer
    assert json.loads(checkout.read(sent["result"])) == answer
    assert "no answer to no-such-id yet" in refused(checkout, "predict", PROJECT, "--result", "no-such-id")


def test_what_cannot_be_answered_ends_with_the_dead_letters_and_takes_no_other_along(
    checkout: Checkout, queue: str
) -> None:
    client, row = checkout.client("sqs"), raw_rows(1)[0]
    bodies = {"good": json.dumps(row), "bad": json.dumps(row | {"age": "old"}), "broken": "{", "fine": json.dumps(row)}
    entries = [{"Id": name, "MessageBody": body} for name, body in bodies.items()]
    sent = client.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]
    ids = {each["Id"]: each["MessageId"] for each in sent}
    answers = {name: until(lambda each=each: result(checkout, each), SECONDS) for name, each in ids.items()}
    assert answers["good"] == answers["fine"] == checkout.json("predict", PROJECT, json.dumps(row))
    assert answers["bad"] == {"error": "InvalidRequest", "message": "row 0, field 'age': expected a whole number"}
    assert answers["broken"]["error"] == "InvalidRequest"
    assert "was refused: InvalidRequest" in refused(checkout, "predict", PROJECT, "--result", ids["broken"])

    attributes = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["RedrivePolicy"])["Attributes"]
    name = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
    letters = client.get_queue_url(QueueName=name)["QueueUrl"]
    found: dict[str, str] = {}

    def both() -> bool:
        received = client.receive_message(QueueUrl=letters, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found.update({each["MessageId"]: each["Body"] for each in received.get("Messages", [])})
        return len(found) >= 2

    until(both, SECONDS)
    assert found == {ids[name]: bodies[name] for name in ("bad", "broken")}
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = client.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
    assert {int(left[each]) for each in counts} == {0}
    client.purge_queue(QueueUrl=letters)

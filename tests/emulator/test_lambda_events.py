"""Asynchronous events: retries, their age, the dead-letter queue and the destinations, with the function's own role."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.lambda_functions import ACCOUNT, REGION, allow, function, message, queue, role, until

FAILING = "def handle(event, context):\n    print('tried')\n    raise RuntimeError('not today')\n"
SEND = {"Action": ["sqs:SendMessage", "sns:Publish", "events:PutEvents", "lambda:InvokeFunction"], "Resource": "*"}


@pytest.fixture(scope="module")
def sender(emulator: Settings) -> str:
    return role("events-sender", SEND)


def invoke(name: str, event: Any) -> str:
    answer = clients.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202
    return str(answer["ResponseMetadata"]["RequestId"])


def tries(name: str) -> list[str]:
    try:
        events = clients.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except ClientError:
        return []
    return [event["message"] for event in events if event["message"].startswith("START")]


def configure(name: str, **config: Any) -> None:
    clients.client("lambda").put_function_event_invoke_config(FunctionName=name, **config)


def test_an_event_that_fails_is_tried_three_times_and_then_goes_to_the_dead_letter_queue(sender: str) -> None:
    url, arn = queue("events-dead-letters")
    function("events-dead", sender, FAILING, DeadLetterConfig={"TargetArn": arn})
    request = invoke("events-dead", {"order": 7})
    letter = message(url, hasten=True)
    assert json.loads(letter["Body"]) == {"order": 7}
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes == {"RequestID": request, "ErrorCode": "200", "ErrorMessage": "not today"}
    assert until(lambda: len(tries("events-dead")) == 3)
    assert {line.split()[2] for line in tries("events-dead")} == {request}
    kept = clients.client("lambda").get_function_configuration(FunctionName="events-dead")
    assert kept["DeadLetterConfig"] == {"TargetArn": arn}


def test_a_failure_is_told_to_its_destination_in_awss_record(sender: str) -> None:
    url, arn = queue("events-failures")
    function("events-fails", sender, FAILING)
    configure("events-fails", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})
    request = invoke("events-fails", {"order": 8})
    record = json.loads(message(url)["Body"])
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request,
        "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:events-fails:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["requestPayload"] == {"order": 8}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "not today"


def test_a_success_is_told_to_a_topic_of_an_alias_configuration_alone(sender: str) -> None:
    sender_of_topics = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": {**sender_of_topics, "Resource": "*"}}
    url, arn = queue("events-successes", Policy=json.dumps(policy))
    sns = clients.client("sns")
    topic = sns.create_topic(Name="events-topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    function("events-succeeds", sender, "def handle(event, context):\n    return {'twice': event * 2}\n")
    functions = clients.client("lambda")
    version = functions.publish_version(FunctionName="events-succeeds")["Version"]
    functions.create_alias(FunctionName="events-succeeds", Name="live", FunctionVersion=version)
    configure("events-succeeds", Qualifier="live", DestinationConfig={"OnSuccess": {"Destination": topic}})
    invoke("events-succeeds", 20)
    invoke("events-succeeds:live", 21)
    record = json.loads(message(url)["Body"])
    assert record["requestPayload"] == 21
    assert record["requestContext"]["functionArn"].endswith(":events-succeeds:live")
    assert record["requestContext"]["condition"] == "Success"
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": version}
    assert record["responsePayload"] == {"twice": 42}
    assert "Messages" not in clients.client("sqs").receive_message(QueueUrl=url)


def test_a_destination_may_be_another_function(sender: str) -> None:
    url, _ = queue("events-relayed")
    relay = (
        "import boto3, json, os\n"
        "def handle(record, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(record))\n"
    )
    arn = function("events-relay", sender, relay, Environment={"Variables": {"QUEUE": url}})
    function("events-first", sender, "def handle(event, context):\n    return 'done'\n")
    configure("events-first", DestinationConfig={"OnSuccess": {"Destination": arn}})
    invoke("events-first", [1])
    record = json.loads(message(url)["Body"])
    assert (record["requestPayload"], record["responsePayload"]) == ([1], "done")


def test_an_event_grows_too_old_between_its_retries(sender: str) -> None:
    url, arn = queue("events-too-old")
    function("events-old", sender, FAILING)
    configure("events-old", MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": arn}})
    invoke("events-old", {})
    context = json.loads(message(url)["Body"])["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


def test_events_for_a_function_without_concurrency_are_handed_on_untried(sender: str) -> None:
    url, arn = queue("events-untried")
    function("events-none", sender, FAILING)
    clients.client("lambda").put_function_concurrency(FunctionName="events-none", ReservedConcurrentExecutions=0)
    configure("events-none", DestinationConfig={"OnFailure": {"Destination": arn}})
    invoke("events-none", {"a": 1})
    record = json.loads(message(url)["Body"])
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert "responsePayload" not in record
    assert tries("events-none") == []


def test_a_throttled_event_waits_until_there_is_room(sender: str) -> None:
    url, arn = queue("events-throttled")
    slow = "import time\ndef handle(event, context):\n    time.sleep(event)\n    return event\n"
    function("events-busy", sender, slow)
    clients.client("lambda").put_function_concurrency(FunctionName="events-busy", ReservedConcurrentExecutions=1)
    configure("events-busy", MaximumRetryAttempts=0, DestinationConfig={"OnSuccess": {"Destination": arn}})
    for seconds in (1, 0, 0.001):
        invoke("events-busy", seconds)
    records = [json.loads(message(url, hasten=True)["Body"]) for _ in range(3)]
    assert sorted(record["requestPayload"] for record in records) == [0, 0.001, 1]


def test_each_qualifier_has_a_configuration_of_its_own(sender: str) -> None:
    functions = clients.client("lambda")
    function("events-configured", sender, FAILING)
    version = functions.publish_version(FunctionName="events-configured")["Version"]
    configure("events-configured", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=90)
    configure("events-configured", Qualifier=version, MaximumRetryAttempts=2)
    functions.update_function_event_invoke_config(FunctionName="events-configured", MaximumRetryAttempts=0)
    found = functions.get_function_event_invoke_config(FunctionName="events-configured")
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 90)
    assert found["FunctionArn"].endswith(":events-configured:$LATEST")
    listed = functions.list_function_event_invoke_configs(FunctionName="events-configured")
    assert len(listed["FunctionEventInvokeConfigs"]) == 2
    functions.delete_function_event_invoke_config(FunctionName="events-configured", Qualifier=version)
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        functions.get_function_event_invoke_config(FunctionName="events-configured", Qualifier=version)
    with pytest.raises(ClientError, match="not supported by this emulator"):
        configure("events-configured", DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::bucket"}})


def test_a_dead_letter_queue_that_the_role_may_not_use_is_refused(emulator: Settings) -> None:
    url, arn = queue("events-refused-letters")
    poor = role("events-poor")
    with pytest.raises(ClientError, match="does not have permissions to call SendMessage on SQS") as refused:
        function("events-poor", poor, FAILING, DeadLetterConfig={"TargetArn": arn})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    allow("events-poor", {"Action": ["sqs:SendMessage", "logs:*"], "Resource": "*"})
    function("events-poor", poor, FAILING, DeadLetterConfig={"TargetArn": arn})
    invoke("events-poor", "late")
    assert message(url, hasten=True)["Body"] == '"late"'

"""SNS, SQS and what S3 tells: filters, envelopes, policies, dead-letter queues, and time on the clock."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from emulator import clients, clock
from tests.emulator.event_wiring import ACCOUNT, allow, bodies, queue, received, role, until

pytestmark = pytest.mark.usefixtures("emulator")


def topic(name: str) -> str:
    return str(clients.client("sns").create_topic(Name=name)["TopicArn"])


def subscribe(arn: str, protocol: str, endpoint: str, **attributes: str) -> str:
    made = clients.client("sns").subscribe(
        TopicArn=arn, Protocol=protocol, Endpoint=endpoint, Attributes=attributes, ReturnSubscriptionArn=True
    )
    return str(made["SubscriptionArn"])


def test_a_queue_gets_the_envelope_or_the_text_with_its_attributes() -> None:
    arn = topic("sn-news")
    wrapped_url, wrapped = queue("sn-wrapped", "sns")
    raw_url, raw = queue("sn-raw", "sns")
    subscribe(arn, "sqs", wrapped)
    subscribe(arn, "sqs", raw, RawMessageDelivery="true")
    attributes = {
        "color": {"DataType": "String", "StringValue": "red"},
        "n": {"DataType": "Number", "StringValue": "5"},
    }
    identifier = clients.client("sns").publish(
        TopicArn=arn, Message="hello", Subject="greeting", MessageAttributes=attributes
    )["MessageId"]
    (envelope,) = bodies(wrapped_url)
    told = {name: envelope[name] for name in ("Type", "MessageId", "TopicArn", "Subject", "Message")}
    assert told == {
        "Type": "Notification",
        "MessageId": identifier,
        "TopicArn": arn,
        "Subject": "greeting",
        "Message": "hello",
    }
    assert envelope["MessageAttributes"]["color"] == {"Type": "String", "Value": "red"}
    (message,) = received(raw_url)
    assert message["Body"] == "hello"
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "color": "red",
        "n": "5",
    }


@pytest.mark.parametrize(
    ("policy", "scope", "wanted"),
    [
        ({"color": ["red"]}, "MessageAttributes", ["red"]),
        ({"color": [{"anything-but": "red"}]}, "MessageAttributes", ["blue"]),
        ({"size": [{"numeric": [">", 5]}]}, "MessageAttributes", ["blue"]),
        ({"tags": ["b"]}, "MessageAttributes", ["red"]),
        ({"color": [{"exists": False}]}, "MessageAttributes", ["none"]),
        ({"who": {"name": [{"prefix": "bl"}]}}, "MessageBody", ["blue"]),
        ({"$or": [{"who": {"name": ["red"]}}, {"who": {"name": ["none"]}}]}, "MessageBody", ["red", "none"]),
    ],
    ids=json.dumps,
)
def test_a_filter_lets_through_what_it_names(policy: dict[str, Any], scope: str, wanted: list[str]) -> None:
    name = "sn-filter-" + hashlib.sha256(json.dumps(policy).encode()).hexdigest()[:16]
    arn, (url, queue_arn) = topic(name), queue(name, "sns")
    subscribe(
        arn, "sqs", queue_arn, FilterPolicy=json.dumps(policy), FilterPolicyScope=scope, RawMessageDelivery="true"
    )
    given = {"red": ("3", '["a", "b"]'), "blue": ("7", '["c"]')}
    for color in ("red", "blue", "none"):
        attributes = {}
        if color in given:
            size, tags = given[color]
            attributes = {
                "color": {"DataType": "String", "StringValue": color},
                "size": {"DataType": "Number", "StringValue": size},
                "tags": {"DataType": "String.Array", "StringValue": tags},
            }
        body = json.dumps({"who": {"name": color}})
        clients.client("sns").publish(TopicArn=arn, Message=body, MessageAttributes=attributes)
    assert sorted(each["who"]["name"] for each in bodies(url, len(wanted))) == sorted(wanted)
    assert "Messages" not in clients.client("sqs").receive_message(QueueUrl=url)


def test_a_function_gets_the_message_and_what_is_refused_goes_to_the_dead_letter_queue() -> None:
    arn = topic("sn-functions")
    url, results = queue("sn-function-results")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        code = f"import boto3, json\ndef handler(event, _):\n    boto3.client('sqs').send_message(QueueUrl={url!r}, "
        package.writestr("index.py", code + "MessageBody=json.dumps(event['Records'][0]))\n")
    function = clients.client("lambda").create_function(
        FunctionName="sn-function",
        Runtime="python3.11",
        Handler="index.handler",
        Role=role("sn-function", "lambda", allow("sqs:SendMessage", results)),
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    letters_url, letters = queue("sn-letters", "sns")
    subscription = subscribe(arn, "lambda", function, RedrivePolicy=json.dumps({"deadLetterTargetArn": letters}))
    clients.client("sns").publish(TopicArn=arn, Message="refused")
    (lost,) = received(letters_url)
    assert json.loads(lost["Body"])["Message"] == "refused"
    assert lost["MessageAttributes"]["ERROR_CODE"]["StringValue"] in ("NO_PERMISSIONS", "ResourceNotFoundException")
    clients.client("lambda").add_permission(
        FunctionName="sn-function",
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=arn,
    )
    clients.client("sns").publish(TopicArn=arn, Message="taken", Subject="s")
    (record,) = bodies(url)
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", subscription)
    told = record["Sns"]
    assert (told["Message"], told["Subject"], told["TopicArn"]) == ("taken", "s", arn)


class _Receiver(BaseHTTPRequestHandler):
    requests: list[Any]
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).requests.append((self.path, self.headers["x-amz-sns-message-type"], body))
        self.send_response(type(self).answers.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    _Receiver.requests, _Receiver.answers = [], [500, 200]
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook?a=b"
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_an_address_is_posted_to_again_when_it_fails(address: str) -> None:
    arn = topic("sn-http")
    subscribe(arn, "http", address, RawMessageDelivery="true")
    clients.client("sns").publish(TopicArn=arn, Message="hello")
    until(lambda: clock.advance(20) or len(_Receiver.requests) == 2)
    assert _Receiver.requests == [("/hook?a=b", "Notification", "hello")] * 2


def test_messages_come_back_after_their_visibility_and_leave_for_the_dead_letter_queue() -> None:
    sqs = clients.client("sqs")
    letters_url, letters = queue("sq-letters")
    redrive = json.dumps({"deadLetterTargetArn": letters, "maxReceiveCount": "2"})
    url, _ = queue("sq-visible", VisibilityTimeout="600", RedrivePolicy=redrive)
    sqs.send_message(QueueUrl=url, MessageBody="work", DelaySeconds=300)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    clock.advance(301)
    for expected in ("1", "2"):
        (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
        assert message["Attributes"]["ApproximateReceiveCount"] == expected
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        clock.advance(601)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert [message["Body"] for message in received(letters_url)] == ["work"]


def test_a_fifo_queue_keeps_order_within_groups_and_forgets_ids_after_five_minutes() -> None:
    sqs = clients.client("sqs")
    url, _ = queue("sq-ordered.fifo", FifoQueue="true", VisibilityTimeout="600")
    sent = []
    for number in range(4):
        group = "ab"[number % 2]
        answer = sqs.send_message(
            QueueUrl=url, MessageBody=str(number), MessageGroupId=group, MessageDeduplicationId=f"id-{number}"
        )
        sent.append(int(answer["SequenceNumber"]))
    assert sent == sorted(sent)
    repeated = {"QueueUrl": url, "MessageBody": "again", "MessageGroupId": "a", "MessageDeduplicationId": "id-0"}
    assert int(sqs.send_message(**repeated)["SequenceNumber"]) == sent[0]
    first = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"][0]
    assert first["Body"] == "0"
    # The group of a message in flight is held back; the other is not.
    others = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [each["Body"] for each in others] == ["1", "3"]
    for each in (first, *others):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    sqs.send_message(**repeated)
    assert [message["Body"] for message in received(url)] == ["2"]
    clock.advance(301)
    sqs.send_message(**repeated)
    assert [message["Body"] for message in received(url)] == ["again"]


def test_several_consumers_get_each_message_once() -> None:
    sqs = clients.client("sqs")
    url, _ = queue("sq-many", VisibilityTimeout="600")
    for start in range(0, 40, 10):
        sqs.send_message_batch(
            QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
        )

    def consume(_: int) -> list[str]:
        found: list[str] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages"):
            for message in messages:
                found.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    with ThreadPoolExecutor(4) as consumers:
        found = [body for bodies_ in consumers.map(consume, range(4)) for body in bodies_]
    assert sorted(found, key=int) == [str(n) for n in range(40)]


def test_s3_tells_queues_topics_and_eventbridge_what_happened() -> None:
    s3, sns, events = clients.client("s3"), clients.client("sns"), clients.client("events")
    bucket = "sn-told"
    s3.create_bucket(Bucket=bucket)
    url, arn = queue("sn-told", "s3")
    topic_arn, (topic_url, topic_queue) = topic("sn-told"), queue("sn-told-topic", "sns")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic_arn, AttributeName="Policy", AttributeValue=policy)
    subscribe(topic_arn, "sqs", topic_queue, RawMessageDelivery="true")
    bridge_url, bridge = queue("sn-told-bridge")
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name="sn-told", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="sn-told", Targets=[{"Id": "1", "Arn": bridge}])
    suffix = {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".csv"}]}}
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"], "Filter": suffix}],
            "TopicConfigurations": [{"TopicArn": topic_arn, "Events": ["s3:ObjectRemoved:*"]}],
            "EventBridgeConfiguration": {},
        },
    )
    assert {each["Event"] for each in (*bodies(url), *bodies(topic_url))} == {"s3:TestEvent"}
    s3.put_object(Bucket=bucket, Key="in/a b.csv", Body=b"12345")
    s3.put_object(Bucket=bucket, Key="in/other.txt", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="in/other.txt")
    ((record,),) = (each["Records"] for each in bodies(url))
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "in/a+b.csv")
    assert (record["s3"]["object"]["size"], record["s3"]["bucket"]["name"]) == (5, bucket)
    ((removed,),) = (each["Records"] for each in bodies(topic_url))
    assert (removed["eventName"], removed["s3"]["object"]["key"]) == ("ObjectRemoved:Delete", "in/other.txt")
    told = sorted((each["detail-type"], each["detail"]["object"]["key"]) for each in bodies(bridge_url, 3))
    assert told == [
        ("Object Created", "in/a b.csv"),
        ("Object Created", "in/other.txt"),
        ("Object Deleted", "in/other.txt"),
    ]
    assert arn.endswith(f"{ACCOUNT}:sn-told")
    events.remove_targets(Rule="sn-told", Ids=["1"])
    events.delete_rule(Name="sn-told")

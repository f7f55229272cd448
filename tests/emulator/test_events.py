"""EventBridge: patterns, what each kind of target gets, schedules on the clock, failed deliveries, archives."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.services.events import patterns
from emulator.settings import Settings
from tests.emulator.event_wiring import ACCOUNT, allow, bodies, queue, received, role, until

pytestmark = pytest.mark.usefixtures("emulator")

EVENT = {
    "id": "1",
    "source": "shop.orders",
    "detail-type": "Order placed",
    "account": ACCOUNT,
    "time": "2026-11-22T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:a", "arn:b"],
    "detail": {
        "state": "NEW",
        "total": 42.5,
        "rush": True,
        "coupon": None,
        "address": {"ip": "10.0.3.7", "city": "Köln"},
        "items": [{"sku": "A-1", "n": 1}, {"sku": "B-2", "n": 20}],
        "file": "in/2026/data.CSV",
    },
}

MATCHING = [
    {"source": ["shop.orders"]},
    {"source": [{"prefix": "shop."}], "resources": ["arn:b"]},
    {"source": [{"prefix": {"equals-ignore-case": "SHOP"}}]},
    {"detail": {"file": [{"suffix": {"equals-ignore-case": ".csv"}}]}},
    {"detail": {"file": [{"wildcard": "in/*/data*"}]}},
    {"detail": {"state": [{"equals-ignore-case": "new"}]}},
    {"detail": {"state": [{"anything-but": ["OLD", "GONE"]}]}},
    {"detail": {"state": [{"anything-but": {"prefix": ["O", "G"]}}]}},
    {"detail": {"file": [{"anything-but": {"wildcard": "out/*"}}]}},
    {"detail": {"total": [{"numeric": [">", 40, "<=", 42.5]}]}},
    {"detail": {"total": [42.50]}},
    {"detail": {"rush": [True], "coupon": [None]}},
    {"detail": {"address": {"ip": [{"cidr": "10.0.0.0/16"}]}}},
    {"detail": {"missing": [{"exists": False}], "state": [{"exists": True}]}},
    {"detail": {"items": {"sku": ["B-2"]}}},
    {"detail": {"items": {"n": [{"numeric": [">", 10]}]}}},
    {"detail": {"$or": [{"state": ["OLD"]}, {"total": [{"numeric": ["=", 42.5]}]}]}},
    {"detail": {"address": {"zip": [{"exists": False}]}}},
]
NOT_MATCHING = [
    {"source": ["shop"]},
    {"source": [{"suffix": "shop"}]},
    {"detail": {"file": [{"suffix": ".csv"}]}},
    {"detail": {"file": [{"wildcard": "in/*.txt"}]}},
    {"detail": {"state": [{"anything-but": "NEW"}]}},
    {"detail": {"missing": [{"anything-but": "NEW"}]}},
    {"detail": {"state": [{"anything-but": {"suffix": "EW"}}]}},
    {"detail": {"total": [{"numeric": ["<", 42.5]}]}},
    {"detail": {"rush": [1]}},
    {"detail": {"state": [{"numeric": [">", 0]}]}},
    {"detail": {"address": {"ip": [{"cidr": "10.1.0.0/16"}]}}},
    {"detail": {"state": [{"exists": False}]}},
    {"detail": {"address": [{"exists": True}]}},
    {"detail": {"items": {"sku": ["C-3"]}}},
    {"detail": {"$or": [{"state": ["OLD"]}, {"total": [1]}]}},
    {"detail": {"coupon": ["null"]}},
]
INVALID = [
    ("[]", "Filter is not an object"),
    ("{", "not valid JSON"),
    ('{"source": "shop"}', "must be an object or an array"),
    ('{"source": []}', "Empty arrays"),
    ('{"source": [{"like": "x"}]}', "Unrecognized match type like"),
    ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
    ('{"detail": {"n": [{"numeric": [">", "1"]}]}}', "Value of > must be numeric"),
    ('{"detail": {"n": [{"numeric": ["!", 1]}]}}', "Unrecognized numeric range operator"),
    ('{"detail": {"n": [{"cidr": "10.0.0.0/99"}]}}', "Malformed CIDR"),
    ('{"detail": {"n": [{"exists": "yes"}]}}', "either true or false"),
    ('{"detail": {"n": [{"anything-but": {"numeric": [1]}}]}}', "Unsupported anything-but pattern"),
    ('{"$or": [{"source": ["a"]}]}', "at least 2 Objects"),
]


@pytest.mark.parametrize("pattern", MATCHING, ids=json.dumps)
def test_a_pattern_matches(pattern: dict[str, Any]) -> None:
    assert patterns.matches(patterns.parse(json.dumps(pattern)), EVENT)


@pytest.mark.parametrize("pattern", NOT_MATCHING, ids=json.dumps)
def test_a_pattern_does_not_match(pattern: dict[str, Any]) -> None:
    assert not patterns.matches(patterns.parse(json.dumps(pattern)), EVENT)


@pytest.mark.parametrize(("pattern", "reason"), INVALID)
def test_a_pattern_that_is_none_is_refused(pattern: str, reason: str) -> None:
    events = clients.client("events")
    with pytest.raises(ClientError, match=reason) as refused:
        events.test_event_pattern(EventPattern=pattern, Event=json.dumps(EVENT))
    assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"


@pytest.fixture
def bus(request: pytest.FixtureRequest) -> Iterator[str]:
    """A bus of its own, with its rules deleted in the end."""
    events, name = clients.client("events"), f"bus-{request.node.name[:40]}"
    events.create_event_bus(Name=name)
    yield name
    for rule in events.list_rules(EventBusName=name)["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=name)["Targets"]
        if targets:
            events.remove_targets(Rule=rule["Name"], EventBusName=name, Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule["Name"], EventBusName=name)
    events.delete_event_bus(Name=name)


def rule(bus: str, *targets: dict[str, Any], pattern: dict[str, Any] | None = None) -> str:
    events = clients.client("events")
    wanted = json.dumps(pattern or {"source": ["shop"]})
    arn = events.put_rule(Name="orders", EventBusName=bus, EventPattern=wanted)["RuleArn"]
    events.put_targets(Rule="orders", EventBusName=bus, Targets=list(targets))
    return str(arn)


def put(bus: str, detail: dict[str, Any], **entry: Any) -> str:
    given = {"Source": "shop", "DetailType": "Order", "Detail": json.dumps(detail), "EventBusName": bus, **entry}
    answer = clients.client("events").put_events(Entries=[given])
    assert answer["FailedEntryCount"] == 0
    return str(answer["Entries"][0]["EventId"])


def test_queues_get_the_event_a_part_a_constant_or_a_text(bus: str) -> None:
    urls = dict(queue(f"ev-{kind}") for kind in ("whole", "path", "constant", "text"))
    arns = list(urls.values())
    transformer = {
        "InputPathsMap": {"who": "$.detail.who", "n": "$.detail.items[1].n", "none": "$.detail.none"},
        "InputTemplate": '{"said": "<who> bought <n>", "n": <n>, "items": [<none>], "rule": "<aws.events.rule-name>"}',
    }
    arn = rule(
        bus,
        {"Id": "1", "Arn": arns[0]},
        {"Id": "2", "Arn": arns[1], "InputPath": "$.detail.items"},
        {"Id": "3", "Arn": arns[2], "Input": '{"a": 1}'},
        {"Id": "4", "Arn": arns[3], "InputTransformer": transformer},
    )
    items = [{"n": 1}, {"n": 2}]
    put(bus, {"who": "nobody"}, Source="other")
    identifier = put(
        bus,
        {"who": 'an "old" friend', "items": items},
        Resources=["arn:x"],
        Time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    whole, path, constant, text = (bodies(url)[0] for url in urls)
    assert whole == {
        "version": "0",
        "id": identifier,
        "detail-type": "Order",
        "source": "shop",
        "account": ACCOUNT,
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": ["arn:x"],
        "detail": {"who": 'an "old" friend', "items": items},
    }
    assert path == items
    assert constant == {"a": 1}
    assert text == {"said": 'an "old" friend bought 2', "n": 2, "items": [], "rule": "orders"}
    assert arn.endswith(f":rule/{bus}/orders")


def test_a_function_a_state_machine_a_topic_a_log_group_and_another_bus_get_the_event(bus: str) -> None:
    events, logs = clients.client("events"), clients.client("logs")
    url, queue_arn = queue("ev-downstream")
    topic_url, topic_queue = queue("ev-topic", "sns")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(
            "index.py",
            "import boto3, json\n"
            "def handler(event, _):\n"
            "    text = json.dumps({'function got': event['detail']['n']})\n"
            f"    boto3.client('sqs').send_message(QueueUrl={url!r}, MessageBody=text)\n",
        )
    function = clients.client("lambda").create_function(
        FunctionName="ev-function",
        Runtime="python3.11",
        Handler="index.handler",
        Role=role("ev-function", "lambda", allow("sqs:SendMessage", queue_arn)),
        Timeout=60,
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    clients.client("lambda").add_permission(
        FunctionName="ev-function",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{bus}/orders",
    )
    states = clients.client("stepfunctions")
    machine = states.create_state_machine(
        name="ev-machine",
        definition=json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}),
        roleArn=role("ev-machine", "states"),
    )["stateMachineArn"]
    sns = clients.client("sns")
    topic = sns.create_topic(Name="ev-topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=topic_queue, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName="/aws/events/orders")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/orders"
    logs.put_resource_policy(
        policyName="ev-logs",
        policyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "logs:*",
                    "Resource": f"{group}*",
                },
            }
        ),
    )
    second = events.create_event_bus(Name="ev-second")["EventBusArn"]
    second_url, second_queue = queue("ev-second")
    events.put_rule(Name="all", EventBusName="ev-second", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="all", EventBusName="ev-second", Targets=[{"Id": "1", "Arn": second_queue}])
    caller = role("ev-caller", "events", allow("states:StartExecution", machine), allow("events:PutEvents", second))
    rule(
        bus,
        {"Id": "function", "Arn": function},
        {"Id": "machine", "Arn": machine, "RoleArn": caller, "InputPath": "$.detail"},
        {"Id": "topic", "Arn": topic, "InputPath": "$.detail"},
        {"Id": "logs", "Arn": group},
        {"Id": "bus", "Arn": second, "RoleArn": caller},
    )
    identifier = put(bus, {"n": 7})
    assert bodies(url) == [{"function got": 7}]
    assert bodies(topic_url) == [{"n": 7}]
    assert bodies(second_url)[0]["detail"] == {"n": 7}
    done = until(lambda: states.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"])
    output = states.describe_execution(executionArn=done[0]["executionArn"])["output"]
    assert json.loads(output) == {"n": 7}
    kept = until(lambda: logs.filter_log_events(logGroupName="/aws/events/orders")["events"])
    assert json.loads(kept[0]["message"])["id"] == identifier


def test_a_fifo_queue_keeps_the_group_and_drops_what_it_has(bus: str) -> None:
    url, arn = queue("ev-ordered.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    target = {"Id": "1", "Arn": arn, "SqsParameters": {"MessageGroupId": "all"}, "InputPath": "$.detail"}
    rule(bus, target)
    put(bus, {"n": 1})
    assert received(url)[0]["Attributes"]["MessageGroupId"] == "all"
    put(bus, {"n": 1})
    put(bus, {"n": 2})
    assert bodies(url) == [{"n": 2}]


class _Receiver(BaseHTTPRequestHandler):
    requests: list[Any]
    answers: list[int]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).requests.append((self.path, self.headers.get("X-Key"), json.loads(body)))
        self.send_response(type(self).answers.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_an_api_destination_is_asked_again_on_the_clock_until_it_answers(bus: str) -> None:
    events = clients.client("events")
    _Receiver.requests, _Receiver.answers = [], [503, 429, 200]
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        connection = events.create_connection(
            Name="ev-api",
            AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}},
        )["ConnectionArn"]
        destination = events.create_api_destination(
            Name="ev-api",
            ConnectionArn=connection,
            InvocationEndpoint=f"http://127.0.0.1:{server.server_port}/orders/*",
            HttpMethod="PUT",
        )["ApiDestinationArn"]
        parameters = {"PathParameterValues": ["7"], "QueryStringParameters": {"a": "b c"}}
        caller = role("ev-api", "events", allow("events:InvokeApiDestination", destination))
        target = {"Id": "1", "Arn": destination, "RoleArn": caller, "HttpParameters": parameters}
        rule(bus, {**target, "InputPath": "$.detail"})
        put(bus, {"n": 1})
        # It waits one second, then two: of the clock, which is moved as often as it takes.
        until(lambda: clock.advance(2) or len(_Receiver.requests) == 3)
        assert _Receiver.requests == [("/orders/7?a=b+c", "secret", {"n": 1})] * 3
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_what_a_target_never_takes_goes_to_the_dead_letter_queue(bus: str) -> None:
    letters, letters_arn = queue("ev-letters")
    sqs = clients.client("sqs")
    closed = f"arn:aws:sqs:us-east-1:{ACCOUNT}:ev-closed"
    sqs.create_queue(QueueName="ev-closed")
    arn = rule(bus, {"Id": "1", "Arn": closed, "InputPath": "$.detail", "DeadLetterConfig": {"Arn": letters_arn}})
    put(bus, {"n": 1})
    (message,) = received(letters)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"n": 1}
    assert attributes == {
        "RULE_ARN": arn,
        "TARGET_ARN": closed,
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": f"the policy of {closed} does not allow events.amazonaws.com to sqs:SendMessage",
        "RETRY_ATTEMPTS": "0",
    }


def test_a_schedule_fires_on_the_clock_until_it_is_disabled() -> None:
    events = clients.client("events")
    url, arn = queue("ev-schedule")
    hourly = events.put_rule(Name="ev-hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    events.put_targets(Rule="ev-hourly", Targets=[{"Id": "1", "Arn": arn}])
    events.put_rule(Name="ev-noon", ScheduleExpression="cron(0 12 * * ? *)")
    events.put_targets(Rule="ev-noon", Targets=[{"Id": "1", "Arn": arn, "Input": '"noon"'}])
    try:
        clock.advance(86_400)
        found = bodies(url, 25)
        assert found.count("noon") == 1
        hours = [each for each in found if each != "noon"]
        assert len(hours) == 24
        assert {(each["source"], each["detail-type"], each["resources"][0]) for each in hours} == {
            ("aws.events", "Scheduled Event", hourly)
        }
        times = sorted(datetime.fromisoformat(each["time"]) for each in hours)
        assert {(later - sooner).total_seconds() for sooner, later in itertools.pairwise(times)} == {3600}
        events.disable_rule(Name="ev-hourly")
        events.disable_rule(Name="ev-noon")
        clock.advance(7200)
        assert "Messages" not in clients.client("sqs").receive_message(QueueUrl=url)
    finally:
        for name in ("ev-hourly", "ev-noon"):
            events.remove_targets(Rule=name, Ids=["1"])
            events.delete_rule(Name=name)


def test_an_archive_replays_what_it_kept_of_a_time_to_its_rules(bus: str) -> None:
    events = clients.client("events")
    url, arn = queue("ev-replayed")
    rule_arn = rule(bus, {"Id": "1", "Arn": arn})
    bus_arn = events.describe_event_bus(Name=bus)["Arn"]
    archive = events.create_archive(
        ArchiveName="ev-archive", EventSourceArn=bus_arn, EventPattern='{"detail": {"n": [{"numeric": [">", 1]}]}}'
    )["ArchiveArn"]
    for hour, number in ((1, 1), (2, 2), (3, 3)):
        put(bus, {"n": number}, Time=datetime(2026, 1, 1, hour, tzinfo=UTC))
    assert sorted(each["detail"]["n"] for each in bodies(url, 3)) == [1, 2, 3]
    events.start_replay(
        ReplayName="ev-replay",
        EventSourceArn=archive,
        EventStartTime=datetime(2026, 1, 1, tzinfo=UTC),
        EventEndTime=datetime(2026, 1, 1, 2, 30, tzinfo=UTC),
        Destination={"Arn": bus_arn, "FilterArns": [rule_arn]},
    )
    (again,) = bodies(url)
    assert (again["detail"], again["replay-name"]) == ({"n": 2}, "ev-replay")
    assert events.describe_replay(ReplayName="ev-replay")["State"] == "COMPLETED"
    assert events.describe_archive(ArchiveName="ev-archive")["EventCount"] == 2
    events.delete_archive(ArchiveName="ev-archive")


def test_deliveries_are_counted(bus: str, emulator: Settings) -> None:
    _, arn = queue("ev-counted")
    rule(bus, {"Id": "1", "Arn": arn})
    put(bus, {"n": 1})
    now = clock.seconds()
    assert until(
        lambda: clients.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Events",
            MetricName="Invocations",
            Dimensions=[{"Name": "RuleName", "Value": "orders"}],
            StartTime=now - 86_400,
            EndTime=now + 86_400,
            Period=86_400,
            Statistics=["Sum"],
        )["Datapoints"]
    )
    assert emulator.region == "us-east-1"


def test_services_tell_what_they_run() -> None:
    events, athena, states = (clients.client(name) for name in ("events", "athena", "stepfunctions"))
    url, arn = queue("ev-services")
    pattern = {
        "$or": [
            {"source": ["aws.athena"], "detail": {"workgroupName": ["ev-services"]}},
            {"source": ["aws.states"], "detail": {"name": ["ev-services"]}},
        ]
    }
    events.put_rule(Name="ev-services", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ev-services", Targets=[{"Id": "1", "Arn": arn, "InputPath": "$.detail"}])
    clients.client("s3").create_bucket(Bucket="ev-services")
    location = {"ResultConfiguration": {"OutputLocation": "s3://ev-services/"}}
    athena.create_work_group(Name="ev-services", Configuration=location)
    query = athena.start_query_execution(QueryString="SELECT 1", WorkGroup="ev-services")["QueryExecutionId"]
    definition = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Broken", "Cause": "why"}}}
    machine = states.create_state_machine(
        name="ev-services", definition=json.dumps(definition), roleArn=role("ev-services", "states")
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, name="ev-services", input='{"a": 1}')["executionArn"]
    told = bodies(url, 4)
    queries = [(each["previousState"], each["currentState"]) for each in told if "queryExecutionId" in each]
    assert sorted(queries) == [("QUEUED", "RUNNING"), ("RUNNING", "SUCCEEDED")]
    assert {each["queryExecutionId"] for each in told if "queryExecutionId" in each} == {query}
    runs = {each["status"]: each for each in told if "executionArn" in each}
    assert set(runs) == {"RUNNING", "FAILED"}
    failed = runs["FAILED"]
    assert (failed["executionArn"], failed["error"], failed["cause"]) == (execution, "Broken", "why")
    assert (failed["input"], failed["stopDate"] >= failed["startDate"]) == ('{"a": 1}', True)
    events.remove_targets(Rule="ev-services", Ids=["1"])
    events.delete_rule(Name="ev-services")

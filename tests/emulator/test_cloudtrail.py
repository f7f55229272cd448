"""CloudTrail: every call is recorded as AWS records it, can be looked up, and is delivered to trails that want it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from emulator import clients, clock
from emulator.services.cloudtrail import event_history
from emulator.settings import Settings

ACCOUNT, REGION = "123456789012", "us-east-1"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def bucket_for_trails(name: str) -> str:
    """A bucket into which CloudTrail may write."""
    s3, service = clients.client("s3"), {"Service": "cloudtrail.amazonaws.com"}
    s3.create_bucket(Bucket=name)
    allow = {"Effect": "Allow", "Principal": service}
    acl = {**allow, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}"}
    put = {**allow, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    put["Condition"] = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    s3.put_bucket_policy(Bucket=name, Policy=document(acl, put))
    return name


def files(bucket: str, part: str = "/CloudTrail/") -> list[str]:
    listed = clients.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [each["Key"] for each in listed if part in each["Key"]]


def delivered(bucket: str) -> list[dict[str, Any]]:
    s3 = clients.client("s3")
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in files(bucket)]
    return [record for body in bodies for record in json.loads(gzip.decompress(body))["Records"]]


def looked_up(name: str, value: str) -> list[dict[str, Any]]:
    attribute = {"AttributeKey": name, "AttributeValue": value}
    pages = clients.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=[attribute])
    return [event for page in pages for event in page["Events"]]


def record_of(event_name: str, having: Callable[[dict[str, Any]], bool] = lambda _record: True) -> dict[str, Any]:
    """The latest record of an event."""
    records = [json.loads(event["CloudTrailEvent"]) for event in looked_up("EventName", event_name)]
    return next(record for record in records if having(record))


@pytest.fixture(name="trail")
def _trail(request: pytest.FixtureRequest, emulator: Settings) -> Iterator[str]:
    """A trail that logs into a bucket of the same name, with log file validation."""
    assert emulator.port
    name = f"trail-{request.node.name.replace('_', '-')}"[:60].rstrip("-")
    cloudtrail = clients.client("cloudtrail")
    cloudtrail.create_trail(Name=name, S3BucketName=bucket_for_trails(name), EnableLogFileValidation=True)
    cloudtrail.start_logging(Name=name)
    yield name
    cloudtrail.delete_trail(Name=name)


def session_of(role: str, *statements: dict[str, Any]) -> boto3.session.Session:
    """A session of a new role that anybody in the account may assume."""
    iam = clients.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=document(*statements))
    held = clients.client("sts").assume_role(RoleArn=arn, RoleSessionName="anna")["Credentials"]
    return boto3.session.Session(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"], REGION)


@pytest.mark.usefixtures("emulator")
def test_a_call_is_recorded_without_what_is_secret() -> None:
    clients.client("ssm").put_parameter(Name="/trail/secret", Value="hush", Type="SecureString", Tier="Standard")
    record = record_of("PutParameter", lambda found: found["requestParameters"]["name"] == "/trail/secret")
    assert record["eventSource"] == "ssm.amazonaws.com"
    assert record["userIdentity"]["type"] == "Root"
    assert record["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert record["requestParameters"] == {
        "name": "/trail/secret",
        "value": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "type": "SecureString",
        "tier": "Standard",
    }
    assert record["responseElements"]["version"] == 1
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert "Botocore/" in record["userAgent"]
    assert (record["readOnly"], record["eventType"], record["managementEvent"]) == (False, "AwsApiCall", True)
    assert (record["recipientAccountId"], record["awsRegion"], record["eventCategory"]) == (
        ACCOUNT,
        REGION,
        "Management",
    )
    assert "hush" not in json.dumps(record)
    (event,) = looked_up("EventId", record["eventID"])
    assert event["Resources"] == [{"ResourceType": "AWS::SSM::Parameter", "ResourceName": "/trail/secret"}]
    assert (event["Username"], event["ReadOnly"]) == ("root", "false")


def test_who_was_denied_is_recorded_with_role_and_reason(emulator: Settings) -> None:
    session = session_of("trail-anna")
    with pytest.raises(ClientError, match="AccessDenied"):
        session.client("ssm", endpoint_url=emulator.endpoint).get_parameter(Name="/trail/forbidden")
    (event,) = [each for each in looked_up("Username", "anna") if each["EventName"] == "GetParameter"]
    record = json.loads(event["CloudTrailEvent"])
    assert record["errorCode"] == "AccessDenied"
    assert "is not authorized to perform: ssm:GetParameter on resource" in record["errorMessage"]
    identity = record["userIdentity"]
    assert (identity["type"], identity["arn"]) == (
        "AssumedRole",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/trail-anna/anna",
    )
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "trail-anna"
    assert identity["sessionContext"]["attributes"]["creationDate"].endswith("Z")
    assert (record["readOnly"], record["responseElements"]) == (True, None)
    assumed = record_of("AssumeRole", lambda found: "trail-anna" in found["requestParameters"]["roleArn"])
    assert assumed["resources"] == [
        {"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": f"arn:aws:iam::{ACCOUNT}:role/trail-anna"}
    ]
    assert assumed["responseElements"]["credentials"]["accessKeyId"] == identity["accessKeyId"]
    assert "secretAccessKey" not in assumed["responseElements"]["credentials"]


@pytest.mark.usefixtures("emulator")
def test_calls_of_all_protocols_are_recorded() -> None:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket="trail-protocols")
    s3.put_bucket_versioning(Bucket="trail-protocols", VersioningConfiguration={"Status": "Enabled"})
    record = record_of("PutBucketVersioning")
    assert record["requestParameters"]["bucketName"] == "trail-protocols"
    assert record["resources"][0]["ARN"] == "arn:aws:s3:::trail-protocols"
    clients.client("sns").create_topic(Name="trail-protocols")
    record = record_of("CreateTopic", lambda found: found["requestParameters"]["name"] == "trail-protocols")
    assert record["responseElements"] == {"topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:trail-protocols"}
    with pytest.raises(ClientError):
        clients.client("lambda").get_function(FunctionName="trail-absent")
    record = record_of("GetFunction20150331v2")
    assert record["errorCode"] == "ResourceNotFoundException"
    assert record["requestParameters"] == {"functionName": "trail-absent"}
    clients.client("cloudwatch").put_dashboard(DashboardName="trail", DashboardBody='{"widgets": []}')
    record = record_of("PutDashboard", lambda found: found["requestParameters"]["dashboardName"] == "trail")
    assert record["eventSource"] == "monitoring.amazonaws.com"
    assert looked_up("EventName", "PutObject") == []


@pytest.mark.usefixtures("emulator")
def test_look_ups_are_paged_latest_first_and_bounded_in_time() -> None:
    ssm, cloudtrail = clients.client("ssm"), clients.client("cloudtrail")
    names = [f"/trail/paged/{number}" for number in range(3)]
    for name in names:
        ssm.put_parameter(Name=name, Value="v", Type="String")
    attribute = [{"AttributeKey": "EventName", "AttributeValue": "PutParameter"}]
    found: list[str] = []
    token: dict[str, str] = {}
    for _ in names:
        page = cloudtrail.lookup_events(LookupAttributes=attribute, MaxResults=1, **token)
        token = {"NextToken": page["NextToken"]}
        found += [each["Resources"][0]["ResourceName"] for each in page["Events"]]
    assert found == names[::-1]
    start = clock.now() + timedelta(hours=1)
    later = cloudtrail.lookup_events(LookupAttributes=attribute, StartTime=start, EndTime=start + timedelta(hours=1))
    assert later["Events"] == []


def test_a_trail_gets_its_files_every_five_minutes_and_when_it_stops(trail: str) -> None:
    clients.client("ssm").put_parameter(Name="/trail/delivered", Value="v", Type="String")
    assert files(trail) == []
    clock.advance(301)
    (key,) = files(trail)
    day = clock.now().strftime("%Y/%m/%d")
    assert key.startswith(f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{day}/{ACCOUNT}_CloudTrail_{REGION}_")
    assert key.endswith("Z_" + key[-24:-8] + ".json.gz")
    named = [each["requestParameters"]["name"] for each in delivered(trail) if each["eventName"] == "PutParameter"]
    assert "/trail/delivered" in named
    status = clients.client("cloudtrail").get_trail_status(Name=trail)
    assert status["IsLogging"]
    assert status["LatestDeliveryTime"] <= clock.now()
    clients.client("ssm").put_parameter(Name="/trail/last", Value="v", Type="String")
    clients.client("cloudtrail").stop_logging(Name=trail)
    clients.client("ssm").put_parameter(Name="/trail/after", Value="v", Type="String")
    clock.advance(301)
    named = [each["requestParameters"]["name"] for each in delivered(trail) if each["eventName"] == "PutParameter"]
    assert ("/trail/last" in named, "/trail/after" in named) == (True, False)
    assert all(each["eventName"] != "PutObject" for each in delivered(trail))


def test_data_events_are_logged_where_selectors_want_them(trail: str) -> None:
    s3, cloudtrail = clients.client("s3"), clients.client("cloudtrail")
    s3.create_bucket(Bucket="trail-data")
    s3.put_object(Bucket="trail-data", Key="before", Body=b"x")
    cloudtrail.put_event_selectors(
        TrailName=trail,
        EventSelectors=[
            {
                "ReadWriteType": "WriteOnly",
                "IncludeManagementEvents": False,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::trail-data/in/"]}],
            }
        ],
    )
    s3.put_object(Bucket="trail-data", Key="in/one", Body=b"12345")
    s3.put_object(Bucket="trail-data", Key="out", Body=b"x")
    s3.get_object(Bucket="trail-data", Key="in/one")
    cloudtrail.stop_logging(Name=trail)
    (record,) = delivered(trail)
    assert (record["eventName"], record["eventCategory"], record["managementEvent"]) == ("PutObject", "Data", False)
    assert record["requestParameters"]["key"] == "in/one"
    assert record["resources"][0] == {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::trail-data/in/one"}
    assert record["additionalEventData"]["bytesTransferredIn"] >= 5
    selectors = cloudtrail.get_event_selectors(TrailName=trail)["EventSelectors"]
    assert selectors[0]["DataResources"][0]["Values"] == ["arn:aws:s3:::trail-data/in/"]


def test_advanced_selectors_choose_by_fields(trail: str) -> None:
    cloudtrail, sqs = clients.client("cloudtrail"), clients.client("sqs")
    fields = {"eventCategory": ["Data"], "resources.type": ["AWS::SQS::Queue"], "eventName": ["SendMessage"]}
    selector = {
        "Name": "messages",
        "FieldSelectors": [{"Field": name, "Equals": values} for name, values in fields.items()],
    }
    cloudtrail.put_event_selectors(TrailName=trail, AdvancedEventSelectors=[selector])
    assert cloudtrail.get_event_selectors(TrailName=trail)["AdvancedEventSelectors"] == [selector]
    queue = sqs.create_queue(QueueName="trail-messages")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="for your eyes only")
    sqs.receive_message(QueueUrl=queue)
    cloudtrail.stop_logging(Name=trail)
    (record,) = delivered(trail)
    assert record["eventName"] == "SendMessage"
    assert record["resources"][0]["ARN"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:trail-messages"
    assert "for your eyes only" not in json.dumps(record)


def test_listing_a_bucket_is_an_event_of_its_objects(trail: str) -> None:
    s3, cloudtrail = clients.client("s3"), clients.client("cloudtrail")
    for name in ("trail-listed", "trail-other"):
        s3.create_bucket(Bucket=name)
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::trail-listed/"]},
    ]
    cloudtrail.put_event_selectors(
        TrailName=trail, AdvancedEventSelectors=[{"Name": "listed", "FieldSelectors": fields}]
    )
    for name in ("trail-listed", "trail-other"):
        s3.list_objects_v2(Bucket=name)
    cloudtrail.stop_logging(Name=trail)
    (record,) = delivered(trail)
    assert (record["eventName"], record["requestParameters"]["bucketName"]) == ("ListObjects", "trail-listed")
    assert record["resources"][0] == {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::trail-listed/"}


def test_a_digest_proves_the_files_of_an_hour(trail: str) -> None:
    clients.client("ssm").put_parameter(Name="/trail/proved", Value="v", Type="String")
    clock.advance(301)
    clients.client("cloudtrail").stop_logging(Name=trail)
    clock.advance(3_601)
    (key,) = files(trail, "/CloudTrail-Digest/")
    s3 = clients.client("s3")
    answer = s3.get_object(Bucket=trail, Key=key)
    content = gzip.decompress(answer["Body"].read())
    digest = json.loads(content)
    for file in digest["logFiles"]:
        body = s3.get_object(Bucket=trail, Key=file["s3Object"])["Body"].read()
        assert file["hashValue"] == hashlib.sha256(gzip.decompress(body)).hexdigest()
    signed = f"{digest['digestEndTime']}\n{trail}/{key}\n{hashlib.sha256(content).hexdigest()}\nnull"
    (public,) = clients.client("cloudtrail").list_public_keys()["PublicKeyList"]
    assert public["Fingerprint"] == digest["digestPublicKeyFingerprint"]
    loaded = load_der_public_key(_subject_public_key_info(public["Value"]))
    assert isinstance(loaded, RSAPublicKey)
    loaded.verify(bytes.fromhex(answer["Metadata"]["signature"]), signed.encode(), PKCS1v15(), SHA256())


def test_a_rule_is_told_of_calls_that_change_something_while_a_trail_logs(trail: str) -> None:
    sqs, events = clients.client("sqs"), clients.client("events")
    queue = sqs.create_queue(QueueName="trail-calls")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:trail-calls"
    send = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document({**send, "Resource": arn})})
    pattern = {"detail-type": ["AWS API Call via CloudTrail"], "source": ["aws.ssm"]}
    events.put_rule(Name="trail-calls", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="trail-calls", Targets=[{"Id": "queue", "Arn": arn}])
    clients.client("ssm").describe_parameters()
    clients.client("ssm").put_parameter(Name="/trail/told", Value="v", Type="String")
    found: list[Any] = []
    deadline = time.monotonic() + 60
    while not found and time.monotonic() < deadline:
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    assert [json.loads(each["Body"])["detail"]["requestParameters"]["name"] for each in found] == ["/trail/told"]
    events.remove_targets(Rule="trail-calls", Ids=["queue"])
    events.delete_rule(Name="trail-calls")
    assert clients.client("cloudtrail").get_trail_status(Name=trail)["IsLogging"]


def _subject_public_key_info(pkcs1: bytes) -> bytes:
    """A PKCS#1 key in the envelope that says that it is of RSA (RFC 5280)."""
    bits = b"\x03\x82" + (len(pkcs1) + 1).to_bytes(2, "big") + b"\x00" + pkcs1
    inner = base64.b64decode("MA0GCSqGSIb3DQEBAQUA") + bits
    return b"\x30\x82" + len(inner).to_bytes(2, "big") + inner


@pytest.mark.usefixtures("emulator")
def test_records_reach_a_log_group_with_the_trail_s_role() -> None:
    logs, iam, cloudtrail = clients.client("logs"), clients.client("iam"), clients.client("cloudtrail")
    logs.create_log_group(logGroupName="trail-logs")
    trust = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "sts:AssumeRole"}
    write = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    role = iam.create_role(RoleName="trail-logs", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="trail-logs", PolicyName="write", PolicyDocument=document(write))
    cloudtrail.create_trail(
        Name="trail-logs",
        S3BucketName=bucket_for_trails("trail-logs"),
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail-logs:*",
        CloudWatchLogsRoleArn=role,
    )
    cloudtrail.start_logging(Name="trail-logs")
    clients.client("ssm").put_parameter(Name="/trail/logged", Value="v", Type="String")
    cloudtrail.stop_logging(Name="trail-logs")
    found = logs.filter_log_events(
        logGroupName="trail-logs", filterPattern='{ $.requestParameters.name = "/trail/logged" }'
    )["events"]
    assert [json.loads(each["message"])["eventName"] for each in found] == ["PutParameter"]
    assert found[0]["logStreamName"] == f"{ACCOUNT}_CloudTrail_{REGION}"
    cloudtrail.delete_trail(Name="trail-logs")


@pytest.mark.usefixtures("emulator")
def test_the_history_forgets_the_oldest_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_history, "_CALLS", 2)
    for number in range(3):
        clients.client("ssm").put_parameter(Name=f"/trail/bounded/{number}", Value="v", Type="String")
    found = [event["Resources"][0]["ResourceName"] for event in looked_up("EventName", "PutParameter")]
    assert found == ["/trail/bounded/2", "/trail/bounded/1"]

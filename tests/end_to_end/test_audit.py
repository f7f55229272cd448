"""Who did what is recorded, can be asked in SQL, cannot be changed; and what should not happen is told."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.end_to_end.backend_jobs import until
from tests.end_to_end.conftest import PROJECT, Checkout

SECONDS = 60


def delivered(checkout: Checkout) -> None:
    """Have the trail deliver now what it does every five minutes: a trail that stops delivers what it has.

    The second time it delivers the first.
    """
    client, name = checkout.client("cloudtrail"), f"{checkout.environment.prefix}-audit"
    for _ in range(2):
        client.stop_logging(Name=name)
        client.start_logging(Name=name)


def asked(checkout: Checkout, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = checkout.json("sql", "--name", name, "audit", "--limit", "10000")["rows"]
    return rows


@pytest.fixture(scope="module")
def recorded(checkout: Checkout, run: str) -> str:
    """What somebody tried who may do nothing: the role's session, once the trail has told it."""
    client, role = checkout.client("iam"), f"{checkout.environment.prefix}-curious"
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "'
        f'{checkout.environment.account}"}}}}]}}'
    )
    arn = client.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    try:
        held = checkout.client("sts").assume_role(RoleArn=arn, RoleSessionName="nosy")["Credentials"]
        keys = Credentials(held["AccessKeyId"], held["SecretAccessKey"], held["SessionToken"])
        bucket = checkout.outputs("storage")["RawBucketName"]
        with pytest.raises(ClientError, match="AccessDenied"):
            checkout.client_of("s3", keys).list_objects_v2(Bucket=bucket)
    finally:
        client.delete_role(RoleName=role)
    delivered(checkout)
    return f"{role}/nosy"


def test_the_named_queries_tell_who_read_invoked_changed_and_was_denied(checkout: Checkout, recorded: str) -> None:
    listed = {each["name"] for each in checkout.json("sql", "--list", "audit")}
    assert listed == {"who-read-raw-data", "who-invoked-what", "who-changed-what", "denied-calls"}

    readers = asked(checkout, "who-read-raw-data")
    prefix = checkout.environment.prefix
    (prepared,) = [each for each in readers if each["who"].startswith(f"{prefix}-data-preparation-Role")]
    assert (prepared["prefix"], prepared["calls"] >= 1) == (PROJECT, True)

    # A release asks the golden rows.
    asking = {
        each["who"] for each in asked(checkout, "who-invoked-what") if each["function"] == f"{prefix}-predict-{PROJECT}"
    }
    assert any(who.startswith(f"{prefix}-deployment-") for who in asking), asking

    changes = asked(checkout, "who-changed-what")
    assert {("root", "iam.amazonaws.com", "CreateRole"), ("root", "cloudtrail.amazonaws.com", "StartLogging")} <= {
        (each["who"], each["service"], each["action"]) for each in changes
    }

    (denied,) = [each for each in asked(checkout, "denied-calls") if each["who"] == recorded]
    assert (denied["service"], denied["calls"]) == ("s3.amazonaws.com", 1)
    assert "s3:ListBucket" in denied["message"]


def test_denied_calls_and_changes_of_the_trail_alarm(checkout: Checkout, recorded: str) -> None:
    names = {f"{checkout.environment.prefix}-{each}" for each in ("denied-calls", "trail-changes")}

    def fired() -> bool:
        history = checkout.client("cloudwatch").describe_alarm_history(
            HistoryItemType="StateUpdate", StartDate=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), MaxRecords=100
        )["AlarmHistoryItems"]
        return names <= {each["AlarmName"] for each in history if "to ALARM" in each["HistorySummary"]}

    assert recorded
    until(fired, SECONDS)


def test_files_of_the_trail_are_locked_against_those_who_run_the_platform(checkout: Checkout, recorded: str) -> None:
    client, bucket = checkout.client("s3"), checkout.resource("governance", "TrailBucket")
    assert recorded
    listed = client.list_object_versions(Bucket=bucket, Prefix="AWSLogs/")["Versions"]
    file = next(each for each in listed if each["Key"].endswith(".json.gz") and "/CloudTrail/" in each["Key"])
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key=file["Key"], VersionId=file["VersionId"])
    head = client.head_object(Bucket=bucket, Key=file["Key"], VersionId=file["VersionId"])
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ServerSideEncryption"] == "aws:kms"
    assert time.time() < head["ObjectLockRetainUntilDate"].timestamp()

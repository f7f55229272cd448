"""Look-ups in DynamoDB: what was written of a version is read of that version, while it is complete."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crispstack.aws import lookup_table
from crispstack.aws.lookup_table import RETENTION, LookupTable, VersionReader
from crispstack.errors import ArtifactError, DataError

NAME = "crispstack-test-lookups-flights"


# The one that each test has, whatever it puts in its place meanwhile.
_clear = lookup_table._client.cache_clear


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[LookupTable]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        _clear()
        boto3.client("dynamodb").create_table(
            TableName=NAME,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}, {"AttributeName": "lookup", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("key", "lookup")],
        )
        yield LookupTable(NAME, datetime.now(UTC))
    _clear()


def write(table: LookupTable, version: str, lookup: str, **values: object) -> None:
    table.write(version, lookup, ((key, json.dumps(value)) for key, value in values.items()))


def test_items_are_found_by_version_look_up_and_key(table: LookupTable) -> None:
    write(table, "v1", "planes", N1={"seats": 100, "maker": None}, N2={"seats": 0.1})
    write(table, "v1", "airlines", N1={"airline": "Übersee"})
    write(table, "v2", "planes", N1={"seats": 999})
    table.complete("v1")
    found = VersionReader.open(NAME, "v1").read({("planes", "N1"), ("planes", "N9"), ("airlines", "N1")})
    assert found == {("planes", "N1"): {"seats": 100, "maker": None}, ("airlines", "N1"): {"airline": "Übersee"}}


def test_hundreds_of_keys_are_written_and_read(table: LookupTable) -> None:
    write(table, "v1", "planes", **{f"N{number}": {"seats": number} for number in range(250)})
    table.complete("v1")
    found = VersionReader.open(NAME, "v1").read({("planes", f"N{number}") for number in range(300)})
    assert {key: values["seats"] for (_, key), values in found.items()} == {f"N{n}": n for n in range(250)}


def test_at_most_a_hundred_keys_are_read_at_once_and_those_left_unread_again(
    table: LookupTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(table, "v1", "planes", **{f"N{number}": {"seats": number} for number in range(150)})
    table.complete("v1")
    reader, client, sizes = VersionReader.open(NAME, "v1"), boto3.client("dynamodb"), []

    class Throttled:
        def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 (as boto3 calls it)
            keys = RequestItems[NAME]["Keys"]
            sizes.append(len(keys))
            answer: dict[str, Any] = client.batch_get_item(RequestItems={NAME: {"Keys": keys[:80]}})
            return {**answer, "UnprocessedKeys": {NAME: {"Keys": keys[80:]}} if keys[80:] else {}}

    monkeypatch.setattr(lookup_table, "_client", Throttled)
    monkeypatch.setattr(lookup_table.time, "sleep", lambda seconds: None)
    assert len(reader.read({("planes", f"N{number}") for number in range(150)})) == 150
    assert sizes == [100, 20, 50]


def test_a_version_that_is_not_complete_serves_nobody(table: LookupTable) -> None:
    write(table, "v1", "planes", N1={"seats": 100})
    assert not table.is_complete("v1")
    with pytest.raises(ArtifactError, match="version v1 are not complete, or have expired: run the project again"):
        VersionReader.open(NAME, "v1")


def test_what_has_expired_is_not_taken_for_missing(table: LookupTable) -> None:
    dataclasses.replace(table, now=table.now - RETENTION).complete("v1")
    with pytest.raises(ArtifactError, match="have expired"):
        VersionReader.open(NAME, "v1")
    with pytest.raises(ArtifactError, match="have expired"):
        VersionReader(NAME, "v1", int(time.time()) - 1).read({("planes", "N1")})
    table.complete("v1")
    assert VersionReader(NAME, "v1", int(time.time()) - 1).read({("planes", "N1")}) == {}


def test_items_are_written_again_before_they_expire(table: LookupTable) -> None:
    table.complete("v1")
    assert table.is_complete("v1")
    assert not dataclasses.replace(table, now=table.now + RETENTION * 0.6).is_complete("v1")


def test_keys_that_no_item_can_have_are_refused_and_find_nothing(table: LookupTable) -> None:
    with pytest.raises(DataError, match=r"a key of planes has more than 2048 bytes: .*at_prediction: request"):
        write(table, "v1", "planes", **{"N" * 2049: {}})
    table.complete("v1")
    assert VersionReader.open(NAME, "v1").read({("planes", "N" * 2049), ("planes", "\ud800")}) == {}

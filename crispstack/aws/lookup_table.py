"""A project's table of look-ups in DynamoDB: filled by the preparation job, read by the prediction function.

An item is what one key of one look-up of one prepared version finds: partition key ``key``, so that items spread
evenly, sort key ``lookup``, ``<version>/<name>``. An item of the version itself says that the others are complete.
All of them expire a year after they were last written.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3

from crispstack.data_preparation.row_completion import Row, Wanted
from crispstack.errors import ArtifactError, DataError

RETENTION = timedelta(days=365)
_COMPLETE = "complete"
_MOST_READ = 100
_ATTEMPTS = 8
_LONGEST_KEY = 2048
"""Bytes in UTF-8."""


@functools.cache
def _client() -> Any:
    return boto3.client("dynamodb")


@dataclass(frozen=True)
class LookupTable:
    """Writes a version's items. `now` is when the job began, with its zone."""

    name: str
    now: datetime

    def is_complete(self, version: str) -> bool:
        """Whether the version's items are all there, for more than half a year."""
        return expiry(self.name, version) > (self.now + RETENTION / 2).timestamp()

    def write(self, version: str, lookup: str, items: Iterable[tuple[str, str]]) -> None:
        """Keep each key's values, a JSON object; what was there under the key is replaced.

        Raises:
            DataError: a key is longer than DynamoDB takes.
        """
        with self._table().batch_writer() as batch:
            for key, values in items:
                if len(key.encode()) > _LONGEST_KEY:
                    remedy = "join by a shorter column, or let requests bring the values (at_prediction: request)"
                    raise DataError(f"a key of {lookup} has more than {_LONGEST_KEY} bytes: {remedy}")
                batch.put_item(Item=self._item(key, f"{version}/{lookup}", values))

    def complete(self, version: str) -> None:
        """Mark the version as whole."""
        self._table().put_item(Item=self._item(_COMPLETE, version, "{}"))

    def _item(self, key: str, lookup: str, values: str) -> dict[str, object]:
        return {"key": key, "lookup": lookup, "values": values, "expires": int((self.now + RETENTION).timestamp())}

    def _table(self) -> Any:
        # Made anew in each task: resources are not to be shared among threads.
        return boto3.resource("dynamodb").Table(self.name)


def expiry(table: str, version: str) -> int:
    """Seconds since 1970 at which the version's items expire; 0 where they are not complete."""
    key = {"key": {"S": _COMPLETE}, "lookup": {"S": version}}
    found = _client().get_item(TableName=table, Key=key, ConsistentRead=True)
    return int(found["Item"]["expires"]["N"]) if "Item" in found else 0


@dataclass(frozen=True)
class VersionReader:
    """Reads one version's items, until they expire (seconds since 1970)."""

    table: str
    version: str
    expires: int

    @classmethod
    def open(cls, table: str, version: str) -> VersionReader:
        """A reader of a version that is complete.

        Raises:
            ArtifactError: it is not, or has expired.
        """
        reader = cls(table, version, expiry(table, version))
        reader._check_valid()
        return reader

    def read(self, wanted: set[Wanted]) -> Mapping[Wanted, Row]:
        """The values under those keys that there are: column name -> value as in a request.

        Raises:
            ArtifactError: the version has expired, or DynamoDB left keys unread too often.
        """
        keys = sorted(each for each in wanted if _is_possible(each[1]))
        if keys:
            self._check_valid()
        return {
            (item["lookup"]["S"].partition("/")[2], item["key"]["S"]): json.loads(item["values"]["S"])
            for start in range(0, len(keys), _MOST_READ)
            for item in self._items(keys[start : start + _MOST_READ])
        }

    def _items(self, wanted: Iterable[Wanted]) -> Iterator[dict[str, Any]]:
        keys = [{"key": {"S": key}, "lookup": {"S": f"{self.version}/{name}"}} for name, key in wanted]
        for attempt in range(_ATTEMPTS):
            answer = _client().batch_get_item(RequestItems={self.table: {"Keys": keys}})
            yield from answer["Responses"].get(self.table, ())
            keys = answer.get("UnprocessedKeys", {}).get(self.table, {}).get("Keys", [])
            if not keys:
                return
            time.sleep(0.05 * 2**attempt)
        raise ArtifactError(f"{len(keys)} keys of {self.table} are still unread after {_ATTEMPTS} requests: ask again")

    def _check_valid(self) -> None:
        # A run may have written them again since this was opened.
        if self.expires <= time.time() and expiry(self.table, self.version) <= time.time():
            remedy = "run the project again, from data preparation on"
            raise ArtifactError(f"the look-ups of version {self.version} are not complete, or have expired: {remedy}")


def _is_possible(key: str) -> bool:
    """Whether an item can have the key: it is not too long, and is Unicode, which half of a surrogate pair is not."""
    try:
        return len(key.encode()) <= _LONGEST_KEY
    except UnicodeEncodeError:
        return False

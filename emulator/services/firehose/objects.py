"""What Firehose writes to S3: objects by partition, and what failed below the error prefix."""

from __future__ import annotations

import base64
import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from emulator import clock, settings
from emulator.services.firehose import configuration, conversion, prefixes
from emulator.services.firehose.item import CONVERSION_FAILED, Item, fail

Columns = Sequence[Mapping[str, str]]
_MOST_PARTITIONS = 500  # that a buffer may have at once
_EXTENSIONS = {"GZIP": ".gz", "ZIP": ".zip", "ParquetSerDe": ".parquet", "OrcSerDe": ".orc"}


def write(stream: Any, destination: Mapping[str, Any], s3: Any, items: Sequence[Item], columns: Columns) -> int:
    """Write records to S3, each partition in an object of its own, and those that failed below the error prefix.

    Args:
        stream: moto's delivery stream.
        destination: its S3 destination.
        s3: a client with the stream's role.
        items: processed, and converted to rows where the stream converts.
        columns: the conversion's; empty where there is none.

    Returns:
        Bytes written of records that did not fail.
    """
    written = 0
    groups = _partitions(items)
    for keys, group in groups.items():
        try:
            prefix = _prefix(destination, "Prefix", group[0].when, dict(keys))
        except KeyError as error:
            fail(group, "DynamicPartitioning.MissingKey", f"partition key {error} was not found")
            continue
        body = _body(destination, group, columns)
        _put(s3, destination, prefix + _name(stream, group[0].when) + _extension(destination), body)
        written += len(body)
    for kind, group in _failures(items).items():
        prefix = _error_prefix(destination, group[0].when, kind)
        lines = "".join(json.dumps(_failure(destination, item)) + "\n" for item in group)
        _put(s3, destination, prefix + _name(stream, group[0].when), lines.encode())
    return written


def _partitions(items: Sequence[Item]) -> dict[tuple[tuple[str, str], ...], list[Item]]:
    """The records by their keys; those of partitions beyond the stream's quota fail."""
    groups: dict[tuple[tuple[str, str], ...], list[Item]] = {}
    for item in items:
        if item.failed or item.dropped:
            continue
        keys = tuple(sorted(item.keys.items()))
        if keys in groups or len(groups) < _MOST_PARTITIONS:
            groups.setdefault(keys, []).append(item)
        else:
            fail([item], "DynamicPartitioning.ActivePartitionLimitExceeded", f"More than {_MOST_PARTITIONS} partitions")
    return groups


def _failures(items: Sequence[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        if item.failed:
            found.setdefault(item.failed[0], []).append(item)
    return found


def _prefix(destination: Mapping[str, Any], name: str, when: datetime, keys: Mapping[str, str]) -> str:
    zone = destination.get("CustomTimeZone") or "UTC"
    return prefixes.fill(destination.get(name) or "", when, keys, zone=zone)


def _error_prefix(destination: Mapping[str, Any], when: datetime, kind: str) -> str:
    given = destination.get("ErrorOutputPrefix") or ""
    prefix = given if "error-output-type" in given else f"{given}!{{firehose:error-output-type}}/"
    return prefixes.fill(prefix, when, zone=destination.get("CustomTimeZone") or "UTC", error=kind)


def _body(destination: Mapping[str, Any], group: Sequence[Item], columns: Columns) -> bytes:
    configured = configuration.conversion(destination)
    if configured:
        rows = [item.row for item in group if item.row is not None]
        return conversion.convert(rows, columns, *configuration.serializer(configured))
    content = b"".join(item.data for item in group)
    compression = destination.get("CompressionFormat", "UNCOMPRESSED")
    if compression == "GZIP":
        return gzip.compress(content)
    if compression == "ZIP":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("records", content)
        return packed.getvalue()
    return content


def _name(stream: Any, when: datetime) -> str:
    return f"{stream.delivery_stream_name}-{stream.version_id}-{when.strftime('%Y-%m-%d-%H-%M-%S')}-{uuid.uuid4()}"


def _extension(destination: Mapping[str, Any]) -> str:
    if destination.get("FileExtension"):
        return str(destination["FileExtension"])
    configured = configuration.conversion(destination)
    kind = (
        configuration.serializer(configured)[0] if configured else destination.get("CompressionFormat", "UNCOMPRESSED")
    )
    return _EXTENSIONS.get(kind, "")


def _put(s3: Any, destination: Mapping[str, Any], key: str, body: bytes) -> None:
    s3.put_object(Bucket=destination["BucketARN"].rsplit(":", 1)[1], Key=key, Body=body)


def _failure(destination: Mapping[str, Any], item: Item) -> dict[str, Any]:
    """One line of an error output; a conversion's names its table."""
    kind, code, message = item.failed or ("", "", "")
    converted = kind == CONVERSION_FAILED
    told = {
        "attemptsMade": 1,
        "arrivalTimestamp": int(item.when.timestamp() * 1000),
        "lastErrorCode" if converted else "errorCode": code,
        "lastErrorMessage" if converted else "errorMessage": message,
        "attemptEndingTimestamp": int(clock.seconds() * 1000),
        "rawData": base64.b64encode(item.raw).decode(),
    }
    return {**told, "dataCatalogTable": _table(destination)} if converted else told


def _table(destination: Mapping[str, Any]) -> dict[str, str]:
    place, here = (configuration.conversion(destination) or {})["SchemaConfiguration"], settings.current()
    return {
        "catalogId": place.get("CatalogId", here.account),
        "databaseName": place["DatabaseName"],
        "tableName": place["TableName"],
        "region": place.get("Region", here.region),
        "versionId": place.get("VersionId", "LATEST"),
    }

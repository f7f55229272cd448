"""A delivery of Firehose: records transformed, partitioned, converted, and written to S3 with the stream's role."""

from __future__ import annotations

import base64
import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import clock
from emulator.compute import log_stream
from emulator.compute.log_stream import LogStream
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.firehose import conversion as firehose_conversion
from emulator.services.firehose import prefixes
from emulator.services.firehose.conversion import ConversionError
from emulator.services.firehose.prefixes import ExtractionError

_SERVICE = "firehose.amazonaws.com"
_TRANSFORMED = 500  # records in one invocation, which AWS bounds by size
_EXTENSIONS = {"GZIP": ".gz", "ZIP": ".zip", "ParquetSerDe": ".parquet", "OrcSerDe": ".orc"}


@dataclass
class Item:
    """One record on its way: what came, what it became, its keys, and the error that ended its way."""

    when: datetime
    raw: bytes
    data: bytes
    keys: dict[str, str] = field(default_factory=dict)
    row: dict[str, Any] | None = None
    failed: tuple[str, str, str] | None = None  # kind of output, code, message
    dropped: bool = False


def processors(destination: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The stream's processors; none where processing is not enabled."""
    configured = destination.get("ProcessingConfiguration") or {}
    return list(configured.get("Processors") or []) if configured.get("Enabled") else []


def parameters(processor: Mapping[str, Any]) -> dict[str, str]:
    """A processor's parameters by name."""
    return {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters") or []}


def conversion(destination: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The stream's format conversion, where it is enabled."""
    configured: Mapping[str, Any] = destination.get("DataFormatConversionConfiguration") or {}
    return configured if configured and configured.get("Enabled", True) else None


def serializer(configured: Mapping[str, Any]) -> str:
    """Name of the conversion's serializer."""
    found = (configured.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    return next(iter(found), "")


def deliver(
    stream: Any, destination: Mapping[str, Any], records: Sequence[tuple[datetime, bytes]]
) -> list[tuple[datetime, bytes]]:
    """Deliver records.

    Args:
        stream: moto's delivery stream.
        destination: its S3 destination.
        records: with the times at which they came.

    Returns:
        The records that could not be delivered, because the role or the bucket forbids it, and may be later.
    """
    items = [Item(when, data, data) for when, data in records]
    try:
        role = credentials.for_role(
            destination["RoleARN"], stream.delivery_stream_name, _SERVICE, source_arn=stream.delivery_stream_arn
        )
    except RoleError:
        return list(records)
    try:
        for processor in processors(destination):
            _process(stream, processor, role, items)
        _convert(destination, items)
        _write_all(stream, destination, log_stream.client("s3", role), items)
    except (ClientError, BotoCoreError, RoleError) as error:
        _log(stream, destination, role, error)
        return list(records)
    return []


def _process(stream: Any, processor: Mapping[str, Any], role: Any, items: Sequence[Item]) -> None:
    given, going = parameters(processor), [item for item in items if not item.failed and not item.dropped]
    if processor["Type"] == "Lambda":
        client = log_stream.client("lambda", role)
        for start in range(0, len(going), _TRANSFORMED):
            _transform(stream, client, given["LambdaArn"], going[start : start + _TRANSFORMED])
    elif processor["Type"] == "AppendDelimiterToRecord":
        delimiter = (given.get("Delimiter") or "\\n").encode().decode("unicode_escape").encode()
        for item in going:
            item.data += delimiter
    else:
        extract = prefixes.query(given["MetadataExtractionQuery"])
        assert extract is not None  # noqa: S101 (checked when the stream was made)
        for item in going:
            try:
                item.keys |= extract(item.data)
            except ExtractionError as error:
                item.failed = ("processing-failed", "DynamicPartitioning.MetadataExtractionFailed", str(error))


def _transform(stream: Any, client: Any, function: str, items: Sequence[Item]) -> None:
    """Let a function transform records: it answers each with a result, and with new data."""
    event = {
        "invocationId": str(uuid.uuid4()),
        "deliveryStreamArn": stream.delivery_stream_arn,
        "region": function.split(":")[3],
        "records": [
            {
                "recordId": str(number),
                "approximateArrivalTimestamp": int(item.when.timestamp() * 1000),
                "data": base64.b64encode(item.data).decode(),
            }
            for number, item in enumerate(items)
        ],
    }
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    content = json.loads(answer["Payload"].read() or b"{}")
    if answer.get("FunctionError"):
        _fail(items, "Lambda.FunctionError", str(content.get("errorMessage", "")))
        return
    returned = {each.get("recordId"): each for each in (content or {}).get("records", [])}
    for number, item in enumerate(items):
        _apply(item, returned.get(str(number)))


def _apply(item: Item, returned: Mapping[str, Any] | None) -> None:
    result = (returned or {}).get("result")
    if returned is None or result not in ("Ok", "Dropped", "ProcessingFailed"):
        _fail([item], "Lambda.MissingRecordId", "The function did not return the record")
    elif result == "ProcessingFailed":
        _fail([item], "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
    elif result == "Dropped":
        item.dropped = True
    else:
        item.data = base64.b64decode(returned.get("data") or "")
        item.keys |= (returned.get("metadata") or {}).get("partitionKeys") or {}


def _fail(items: Sequence[Item], code: str, message: str) -> None:
    for item in items:
        item.failed = ("processing-failed", code, message)


def _convert(destination: Mapping[str, Any], items: Sequence[Item]) -> None:
    configured = conversion(destination)
    if configured is None:
        return
    columns = _columns(configured)
    for item in items:
        if not item.failed and not item.dropped:
            try:
                item.row = firehose_conversion.read(item.data, columns)
            except ConversionError as error:
                item.failed = ("format-conversion-failed", "DataFormatConversion.InvalidSchema", str(error))


def _columns(configured: Mapping[str, Any]) -> list[Mapping[str, str]]:
    place = configured["SchemaConfiguration"]
    role = credentials.for_role(place["RoleARN"], "format-conversion", _SERVICE)
    table = log_stream.client("glue", role).get_table(DatabaseName=place["DatabaseName"], Name=place["TableName"])
    found: list[Mapping[str, str]] = table["Table"]["StorageDescriptor"]["Columns"]
    return found


def _write_all(stream: Any, destination: Mapping[str, Any], s3: Any, items: Sequence[Item]) -> None:
    groups: dict[tuple[tuple[str, str], ...], list[Item]] = {}
    failures: dict[str, list[Item]] = {}
    for item in items:
        if item.failed:
            failures.setdefault(item.failed[0], []).append(item)
        elif not item.dropped:
            groups.setdefault(tuple(sorted(item.keys.items())), []).append(item)
    for keys, group in groups.items():
        try:
            prefix = _prefix(destination, "Prefix", group[0].when, dict(keys))
        except KeyError as error:
            _fail(group, "DynamicPartitioning.MissingKey", f"partition key {error} was not found")
            failures.setdefault("processing-failed", []).extend(group)
            continue
        key = prefix + _name(stream, group[0].when) + _extension(destination)
        _put(s3, destination, key, _body(destination, group))
    for kind, group in failures.items():
        prefix = _error_prefix(destination, group[0].when, kind)
        lines = "".join(json.dumps(_failure(item)) + "\n" for item in group)
        _put(s3, destination, prefix + _name(stream, group[0].when), lines.encode())


def _prefix(destination: Mapping[str, Any], name: str, when: datetime, keys: Mapping[str, str]) -> str:
    zone = destination.get("CustomTimeZone") or "UTC"
    return prefixes.fill(destination.get(name) or "", when, keys, zone=zone)


def _error_prefix(destination: Mapping[str, Any], when: datetime, kind: str) -> str:
    given = destination.get("ErrorOutputPrefix") or ""
    prefix = given if "error-output-type" in given else f"{given}!{{firehose:error-output-type}}/"
    return prefixes.fill(prefix, when, zone=destination.get("CustomTimeZone") or "UTC", error=kind)


def _body(destination: Mapping[str, Any], group: Sequence[Item]) -> bytes:
    configured = conversion(destination)
    if configured:
        rows = [item.row for item in group if item.row is not None]
        return firehose_conversion.convert(rows, _columns(configured), serializer(configured))
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
    configured = conversion(destination)
    kind = serializer(configured) if configured else destination.get("CompressionFormat", "UNCOMPRESSED")
    return _EXTENSIONS.get(kind, "")


def _put(s3: Any, destination: Mapping[str, Any], key: str, body: bytes) -> None:
    s3.put_object(Bucket=destination["BucketARN"].rsplit(":", 1)[1], Key=key, Body=body)


def _failure(item: Item) -> dict[str, Any]:
    """One line of an error output."""
    _, code, message = item.failed or ("", "", "")
    return {
        "attemptsMade": 1,
        "arrivalTimestamp": int(item.when.timestamp() * 1000),
        "errorCode": code,
        "errorMessage": message,
        "attemptEndingTimestamp": int(clock.seconds() * 1000),
        "rawData": base64.b64encode(item.raw).decode(),
    }


def _log(stream: Any, destination: Mapping[str, Any], role: Any, error: Exception) -> None:
    options = destination.get("CloudWatchLoggingOptions") or {}
    if options.get("Enabled"):
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        said = {"deliveryStreamARN": stream.delivery_stream_arn, "errorCode": f"S3.{code}", "message": str(error)}
        LogStream(options["LogGroupName"], options["LogStreamName"], role).write([json.dumps(said)])

"""A delivery of Firehose: records transformed, partitioned, converted, and written to S3 with the stream's role."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.compute import log_stream
from emulator.compute.log_stream import LogStream
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.firehose import configuration, conversion, objects, prefixes, stream_metrics
from emulator.services.firehose.deserializers import ConversionError
from emulator.services.firehose.item import CONVERSION_FAILED, PROCESSING_FAILED, Item, fail
from emulator.services.firehose.objects import Columns
from emulator.services.firehose.prefixes import ExtractionError

_SERVICE = "firehose.amazonaws.com"
_TRANSFORMED = 500  # records in one invocation, which AWS bounds by size


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
        for processor in configuration.processors(destination):
            _process(stream, processor, role, items)
        columns = _convert(destination, items)
        written = objects.write(stream, destination, log_stream.client("s3", role), items, columns)
    except (ClientError, BotoCoreError, RoleError) as error:
        _log(stream, destination, role, error)
        stream_metrics.delivered(stream, items, written=0, success=False)
        return list(records)
    stream_metrics.delivered(stream, items, written=written, success=True)
    return []


def _process(stream: Any, processor: Mapping[str, Any], role: Any, items: Sequence[Item]) -> None:
    given, going = configuration.parameters(processor), [item for item in items if not item.failed and not item.dropped]
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
                item.failed = (PROCESSING_FAILED, "DynamicPartitioning.MetadataExtractionFailed", str(error))


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
        fail(items, "Lambda.FunctionError", str(content.get("errorMessage", "")))
        return
    returned = {each.get("recordId"): each for each in (content or {}).get("records", [])}
    for number, item in enumerate(items):
        _apply(item, returned.get(str(number)))


def _apply(item: Item, returned: Mapping[str, Any] | None) -> None:
    result = (returned or {}).get("result")
    if returned is None or result not in ("Ok", "Dropped", "ProcessingFailed"):
        fail([item], "Lambda.MissingRecordId", "The function did not return the record")
    elif result == "ProcessingFailed":
        fail([item], "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
    elif result == "Dropped":
        item.dropped = True
    else:
        item.data = base64.b64decode(returned.get("data") or "")
        item.keys |= (returned.get("metadata") or {}).get("partitionKeys") or {}


def _convert(destination: Mapping[str, Any], items: Sequence[Item]) -> Columns:
    """Make rows of the records; the columns that they are for, none where the stream does not convert."""
    configured = configuration.conversion(destination)
    if configured is None:
        return ()
    columns = _columns(configured)
    for item in items:
        if not item.failed and not item.dropped:
            try:
                item.row = conversion.read(item.data, columns, configuration.deserializer(configured))
            except ConversionError as error:
                item.failed = (CONVERSION_FAILED, "DataFormatConversion.InvalidSchema", str(error))
    return columns


def _columns(configured: Mapping[str, Any]) -> list[Mapping[str, str]]:
    place = configured["SchemaConfiguration"]
    role = credentials.for_role(place["RoleARN"], "format-conversion", _SERVICE)
    glue, version = log_stream.client("glue", role), place.get("VersionId", "LATEST")
    if version == "LATEST":
        table = glue.get_table(DatabaseName=place["DatabaseName"], Name=place["TableName"])["Table"]
    else:
        asked = {"DatabaseName": place["DatabaseName"], "TableName": place["TableName"], "VersionId": version}
        table = glue.get_table_version(**asked)["TableVersion"]["Table"]
    found: list[Mapping[str, str]] = table["StorageDescriptor"]["Columns"]
    return found


def _log(stream: Any, destination: Mapping[str, Any], role: Any, error: Exception) -> None:
    options = destination.get("CloudWatchLoggingOptions") or {}
    if options.get("Enabled"):
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        said = {"deliveryStreamARN": stream.delivery_stream_arn, "errorCode": f"S3.{code}", "message": str(error)}
        LogStream(options["LogGroupName"], options["LogStreamName"], role).write([json.dumps(said)])

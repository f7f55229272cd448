"""Firehose: buffers on the clock, prefixes, partitions, formats and transformations, row for row."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pyarrow.orc
import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.services.firehose import objects as objects_of_streams
from emulator.services.firehose.item import Item
from emulator.settings import Settings
from tests.emulator.event_wiring import ACCOUNT, allow, role, until

BUCKET = "fired"


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> str:
    assert emulator.port
    clients.client("s3").create_bucket(Bucket=BUCKET)
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:fh-*"
    return role(
        "firehose",
        "firehose",
        allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"),
        allow("glue:GetTable", "*"),
        allow("lambda:InvokeFunction", function),
    )


def stream(name: str, prefix: str = "", **destination: Any) -> str:
    clients.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose",
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "Prefix": prefix or f"{name}/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
            **destination,
        },
    )
    return name


def put(name: str, *rows: Any) -> None:
    records = [{"Data": row if isinstance(row, bytes) else json.dumps(row).encode() + b"\n"} for row in rows]
    answer = clients.client("firehose").put_record_batch(DeliveryStreamName=name, Records=records)
    assert (answer["FailedPutCount"], len(answer["RequestResponses"])) == (0, len(rows))


def objects(prefix: str) -> dict[str, bytes]:
    s3 = clients.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def test_a_buffer_is_delivered_after_its_interval_and_when_it_is_full() -> None:
    name = stream("fh-plain", CompressionFormat="GZIP")
    put(name, {"n": 1}, {"n": 2})
    clients.client("firehose").put_record(DeliveryStreamName=name, Record={"Data": b'{"n": 3}\n'})
    assert objects("fh-plain/") == {}
    hour = clock.now().strftime("%Y/%m/%d/%H/")
    clock.advance(61)
    ((key, content),) = objects("fh-plain/").items()
    assert [json.loads(line)["n"] for line in gzip.decompress(content).splitlines()] == [1, 2, 3]
    assert key.startswith(f"fh-plain/{hour}fh-plain-1-")
    assert key.endswith(".gz")
    put(name, b"x" * 700_000, b"y" * 700_000)
    found = until(lambda: len(both := objects("fh-plain/")) == 2 and both)
    found.pop(key)
    assert gzip.decompress(next(iter(found.values()))) == b"x" * 700_000 + b"y" * 700_000


def test_records_are_partitioned_by_their_own_values_and_what_has_none_goes_to_the_error_prefix() -> None:
    query = '{team: .meta.team, year: .at| strftime("%Y")}'
    extraction = {
        "Type": "MetadataExtraction",
        "Parameters": [
            {"ParameterName": "MetadataExtractionQuery", "ParameterValue": query},
            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
        ],
    }
    name = stream(
        "fh-parts",
        "parts/!{partitionKeyFromQuery:team}/y=!{partitionKeyFromQuery:year}/m=!{timestamp:MM}/",
        ErrorOutputPrefix="parts-failed/!{firehose:error-output-type}/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [extraction, {"Type": "AppendDelimiterToRecord", "Parameters": []}],
        },
    )
    rows = [(team, at) for team in ("a", "b") for at in (0, 1_767_225_600)]
    put(name, *(json.dumps({"meta": {"team": team}, "at": at}).encode() for team, at in rows), b"no json", b'{"at": 0}')
    month = clock.now().strftime("%m")
    clock.advance(61)
    found = {key.rsplit("/", 1)[0]: json.loads(content) for key, content in objects("parts/").items()}
    assert found == {
        f"parts/{team}/y={'1970' if not at else '2026'}/m={month}": {"meta": {"team": team}, "at": at}
        for team, at in rows
    }
    ((key, content),) = objects("parts-failed/").items()
    failures = [json.loads(line) for line in content.splitlines()]
    assert key.startswith("parts-failed/processing-failed/")
    assert [base64.b64decode(each["rawData"]) for each in failures] == [b"no json", b'{"at": 0}']
    assert {each["errorCode"] for each in failures} == {"DynamicPartitioning.MetadataExtractionFailed"}


def test_json_becomes_parquet_and_orc_in_the_columns_of_a_table() -> None:
    glue = clients.client("glue")
    glue.create_database(DatabaseInput={"Name": "fired"})
    types = {
        "id": "bigint",
        "price": "double",
        "at": "timestamp",
        "day": "date",
        "tags": "array<string>",
        "inner": "struct<x:int,y:map<string,int>>",
        "exact": "decimal(5,2)",
    }
    columns = [{"Name": name, "Type": kind} for name, kind in types.items()]
    glue.create_table(DatabaseName="fired", TableInput={"Name": "rows", "StorageDescriptor": {"Columns": columns}})
    schema = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose", "DatabaseName": "fired", "TableName": "rows"}
    for serializer in ("Parquet", "Orc"):
        stream(
            f"fh-{serializer.lower()}",
            BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
            DataFormatConversionConfiguration={
                "Enabled": True,
                "SchemaConfiguration": schema,
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {f"{serializer}SerDe": {}}},
            },
        )
        put(
            f"fh-{serializer.lower()}",
            {
                "ID": 1,
                "price": 2,
                "at": "2026-01-02 03:04:05",
                "day": "2026-01-02",
                "tags": ["a"],
                "inner": {"X": 5, "y": {"k": 6}},
                "exact": 1.25,
                "unknown": "dropped",
            },
            {"id": None},
            {"id": "text"},
        )
    clock.advance(61)
    ((_, parquet),) = ((key, body) for key, body in objects("fh-parquet/").items() if key.endswith(".parquet"))
    ((_, orc),) = ((key, body) for key, body in objects("fh-orc/").items() if key.endswith(".orc"))
    rows = pyarrow.parquet.read_table(io.BytesIO(parquet)).to_pylist()
    assert [(row["id"], row["price"], row["tags"]) for row in rows] == [(1, 2.0, ["a"]), (None, None, None)]
    assert rows[0]["at"].isoformat() == "2026-01-02T03:04:05"
    assert (str(rows[0]["day"]), rows[0]["inner"]) == ("2026-01-02", {"x": 5, "y": [("k", 6)]})
    assert str(rows[0]["exact"]) == "1.25"
    assert pyarrow.orc.ORCFile(io.BytesIO(orc)).read().to_pylist()[0]["id"] == 1
    failed = objects("format-conversion-failed/")
    assert len(failed) == 2
    (line,) = next(iter(failed.values())).splitlines()
    failure = json.loads(line)
    assert failure["lastErrorMessage"].startswith("id is no bigint")
    assert failure["dataCatalogTable"] == {
        "catalogId": ACCOUNT,
        "databaseName": "fired",
        "tableName": "rows",
        "region": "us-east-1",
        "versionId": "LATEST",
    }


def test_a_function_transforms_drops_and_fails_records(account: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(
            "index.py",
            "import base64, json\n"
            "def handler(event, _):\n"
            "    return {'records': [one(record) for record in event['records']]}\n"
            "def one(record):\n"
            "    row = json.loads(base64.b64decode(record['data']))\n"
            "    result = {1: 'Ok', 2: 'Dropped', 3: 'ProcessingFailed'}[row['n']]\n"
            "    data = base64.b64encode(json.dumps({'doubled': 2 * row['n']}).encode()).decode()\n"
            "    return {'recordId': record['recordId'], 'result': result, 'data': data}\n",
        )
    arn = clients.client("lambda").create_function(
        FunctionName="fh-double",
        Runtime="python3.11",
        Handler="index.handler",
        Role=role("fh-double", "lambda"),
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    processor = {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": arn}]}
    name = stream("fh-lambda", ProcessingConfiguration={"Enabled": True, "Processors": [processor]})
    put(name, {"n": 1}, {"n": 2}, {"n": 3})
    clock.advance(61)
    assert [json.loads(content) for content in objects("fh-lambda/").values()] == [{"doubled": 2}]
    lines = [
        line for key, body in objects("processing-failed/").items() if "fh-lambda" in key for line in body.splitlines()
    ]
    (failure,) = (json.loads(line) for line in lines)
    assert json.loads(base64.b64decode(failure["rawData"])) == {"n": 3}
    assert failure["errorCode"] == "Lambda.ProcessingFailedStatus"
    assert account.endswith("role/firehose")


def test_what_s3_refuses_is_delivered_once_it_may_be() -> None:
    iam = clients.client("iam")
    arn = role("firehose-late", "firehose")
    name = stream("fh-late", RoleARN=arn)
    put(name, {"n": 1})
    clock.advance(61)
    assert objects("fh-late/") == {}
    policy = {"Version": "2012-10-17", "Statement": [allow("s3:PutObject", f"arn:aws:s3:::{BUCKET}/fh-late/*")]}
    iam.put_role_policy(RoleName="firehose-late", PolicyName="late", PolicyDocument=json.dumps(policy))
    put(name, {"n": 2})
    clock.advance(61)
    assert list(objects("fh-late/").values()) == [b'{"n": 1}\n{"n": 2}\n']


def conversion(table: str, serializer: dict[str, Any], deserializer: dict[str, Any]) -> dict[str, Any]:
    """A conversion to the columns of a table of the database `captured`."""
    schema = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/firehose", "DatabaseName": "captured", "TableName": table}
    return {
        "Enabled": True,
        "SchemaConfiguration": schema,
        "InputFormatConfiguration": {"Deserializer": deserializer},
        "OutputFormatConfiguration": {"Serializer": serializer},
    }


@pytest.fixture(scope="module")
def captured(account: str) -> None:
    """A database with a table of predictions."""
    assert account
    glue = clients.client("glue")
    glue.create_database(DatabaseInput={"Name": "captured"})
    types = {"id": "bigint", "model_version": "string", "score": "double", "at": "timestamp"}
    columns = [{"Name": name, "Type": kind} for name, kind in types.items()]
    glue.create_table(DatabaseName="captured", TableInput={"Name": "rows", "StorageDescriptor": {"Columns": columns}})


@pytest.mark.usefixtures("captured")
def test_records_are_captured_in_parquet_by_day_and_model() -> None:
    query = {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{model: .model_version}"}
    engine = {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"}
    name = stream(
        "fh-days",
        "days/model=!{partitionKeyFromQuery:model}/day=!{timestamp:yyyy-MM-dd}/",
        ErrorOutputPrefix="days-failed/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/",
        BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900},
        DynamicPartitioningConfiguration={"Enabled": True},
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [{"Type": "MetadataExtraction", "Parameters": [query, engine]}],
        },
        DataFormatConversionConfiguration=conversion("rows", {"ParquetSerDe": {}}, {"OpenXJsonSerDe": {}}),
    )
    days = []
    for number in range(2):
        clock.advance((36 - clock.now().hour) % 24 * 3600)  # far from midnight
        days.append(clock.now().strftime("%Y-%m-%d"))
        rows = [
            {"id": 10 * number + n, "model_version": f"v{n % 2}", "score": n / 4, "at": 1_767_225_600} for n in range(4)
        ]
        put(name, *rows, {"id": "none", "model_version": "v0"})
        clock.advance(901)
        clock.advance(43_200)
    found = {key: pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist() for key, body in objects("days/").items()}
    assert {key.rsplit("/", 1)[0]: [row["id"] for row in rows] for key, rows in found.items()} == {
        f"days/model=v{n}/day={day}": [10 * number + n, 10 * number + n + 2]
        for number, day in enumerate(days)
        for n in range(2)
    }
    assert {row["at"].isoformat() for rows in found.values() for row in rows} == {"2026-01-01T00:00:00"}
    assert sorted(key.rsplit("/", 1)[0] for key in objects("days-failed/")) == [
        f"days-failed/format-conversion-failed/day={day}" for day in days
    ]
    metrics = clients.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Firehose",
        MetricName="SucceedConversion.Records",
        Dimensions=[{"Name": "DeliveryStreamName", "Value": name}],
        StartTime=clock.now() - timedelta(days=4),
        EndTime=clock.now(),
        Period=86_400,
        Statistics=["Sum"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in metrics) == 8


@pytest.mark.usefixtures("captured")
def test_serializers_and_deserializers_do_what_their_options_say() -> None:
    openx = {"ColumnToJsonKeyMappings": {"id": "Row Id"}, "ConvertDotsInJsonKeysToUnderscores": True}
    record = {"row id": 1, "model.version": "v1", "AT": 1_767_225_600_500}
    hints = {"SizeInMBs": 64, "IntervalInSeconds": 60}
    gzipped = {"ParquetSerDe": {"Compression": "GZIP", "WriterVersion": "V2"}}
    folded = conversion("rows", gzipped, {"OpenXJsonSerDe": openx})
    put(stream("fh-openx", BufferingHints=hints, DataFormatConversionConfiguration=folded), record)
    exact = conversion(
        "rows", {"OrcSerDe": {"Compression": "ZLIB"}}, {"OpenXJsonSerDe": {**openx, "CaseInsensitive": False}}
    )
    put(stream("fh-exact", BufferingHints=hints, DataFormatConversionConfiguration=exact), record)
    written = conversion("rows", {"ParquetSerDe": {"Compression": "UNCOMPRESSED"}}, {"HiveJsonSerDe": {}})
    put(
        stream("fh-hive", BufferingHints=hints, DataFormatConversionConfiguration=written),
        {"id": 1, "at": "2026-01-02 03:04:05.25"},
        {"id": 2, "at": 1_767_225_600_500},
    )
    millis = conversion("rows", {"ParquetSerDe": {}}, {"HiveJsonSerDe": {"TimestampFormats": ["millis"]}})
    put(stream("fh-millis", BufferingHints=hints, DataFormatConversionConfiguration=millis), {"at": 1_767_225_600_500})
    clock.advance(61)

    def parquet(prefix: str) -> tuple[list[dict[str, Any]], str]:
        (body,) = objects(prefix).values()
        compression = pyarrow.parquet.ParquetFile(io.BytesIO(body)).metadata.row_group(0).column(0).compression
        return pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist(), compression

    half = "2026-01-01T00:00:00.500000"
    ((row,), compression) = parquet("fh-openx/")
    assert (row["id"], row["model_version"], row["at"].isoformat(), compression) == (1, "v1", half, "GZIP")
    (body,) = objects("fh-exact/").values()
    orc = pyarrow.orc.ORCFile(io.BytesIO(body))
    assert (orc.read().to_pylist()[0]["id"], orc.read().to_pylist()[0]["at"], orc.compression) == (None, None, "ZLIB")
    ((row,), compression) = parquet("fh-hive/")
    assert (row["id"], row["at"].isoformat(), compression) == (1, "2026-01-02T03:04:05.250000", "UNCOMPRESSED")
    ((row,), compression) = parquet("fh-millis/")
    assert (row["at"].isoformat(), compression) == (half, "SNAPPY")


def test_partitions_beyond_the_quota_fail() -> None:
    items = [Item(clock.now(), b"", b"", keys={"key": str(number)}) for number in (*range(500), 7, 500)]
    groups = objects_of_streams._partitions(items)
    assert (len(groups), len(groups[("key", "7"),])) == (500, 2)
    failures = [item.failed[1] for item in items if item.failed]
    assert failures == ["DynamicPartitioning.ActivePartitionLimitExceeded"]


PLAIN: dict[str, Any] = {"ParquetSerDe": {}}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 901}}, "from 0 to 900 seconds"),
        ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "at least 64 when dynamic partitioning"),
        ({"DataFormatConversionConfiguration": conversion("rows", PLAIN, {})}, "needs a Deserializer"),
        (
            {
                "DataFormatConversionConfiguration": conversion(
                    "rows", PLAIN, {"HiveJsonSerDe": {"TimestampFormats": ["yyyy"]}}
                )
            },
            "TimestampFormats yyyy is not supported",
        ),
        (
            {
                "DataFormatConversionConfiguration": {
                    **conversion("rows", PLAIN, {"OpenXJsonSerDe": {}}),
                    "SchemaConfiguration": {"DatabaseName": "captured"},
                }
            },
            "SchemaConfiguration needs RoleARN, TableName",
        ),
    ],
)
def test_destinations_that_firehose_refuses_are_refused(changed: dict[str, Any], refusal: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidArgumentException.*{refusal}"):
        stream("fh-refused", **changed)


def test_partitioning_is_for_the_life_of_a_stream() -> None:
    name = stream("fh-fixed")
    firehose = clients.client("firehose")
    found = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
    with pytest.raises(ClientError, match="cannot be enabled or disabled"):
        firehose.update_destination(
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=found["VersionId"],
            DestinationId=found["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate={"DynamicPartitioningConfiguration": {"Enabled": True}},
        )

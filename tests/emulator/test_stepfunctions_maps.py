"""Distributed Maps: readers, batches, tolerated failures, results in S3, and the children as executions."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.lambda_functions import until
from tests.emulator.state_machines import JSONATA, finished, history, machine, output, role, run, start

BUCKET = "map-items"
GET = "arn:aws:states:::s3:getObject"
LIST = "arn:aws:states:::s3:listObjectsV2"
PUT = "arn:aws:states:::s3:putObject"


@pytest.fixture(scope="module")
def reader(emulator: Settings) -> str:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    inventory = gzip.compress(b'"map-items","in/1.txt","5"\n"map-items","in/2.txt","6"\n')
    files = {
        "in/1.txt": b"first",
        "in/2.txt": b"second",
        "rows.csv": b"name,age\nAda,36\n\nAlan,41\n",
        "pipes.csv": b"Ada|36\nAlan|41\n",
        "twice.csv": b"name,name\nAda,36\n",
        "items.json": b'[{"n": 1}, {"n": 2}, {"n": 3}]',
        "object.json": b'{"n": 1}',
        "items.jsonl": b'{"n": 1}\n\n{"n": 2}\n',
        "inventory/data.csv.gz": inventory,
        "inventory/manifest.json": json.dumps(
            {
                "sourceBucket": "map-items",
                "destinationBucket": "arn:aws:s3:::map-items",
                "fileFormat": "CSV",
                "fileSchema": "Bucket, Key, Size",
                "files": [{"key": "inventory/data.csv.gz", "size": len(inventory)}],
            }
        ).encode(),
    }
    for key, body in files.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return role("map-reader", "s3:GetObject", "s3:ListBucket", "s3:PutObject")


def distributed(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A state machine's only state: a Map over children with these states."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    return {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}


SAME = {"Same": {"Type": "Pass", "End": True}}


def read(key: str, **config: Any) -> dict[str, Any]:
    return {"Resource": GET, "Parameters": {"Bucket": BUCKET, "Key": key}, "ReaderConfig": config}


@pytest.mark.parametrize(
    ("name", "reader_of_items", "expected"),
    [
        (
            "csv-first-row",
            read("rows.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"),
            [{"name": "Ada", "age": "36"}, {"name": "Alan", "age": "41"}],
        ),
        (
            "csv-given",
            read(
                "pipes.csv", InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["n", "a", "x"], CSVDelimiter="PIPE"
            ),
            [{"n": "Ada", "a": "36", "x": ""}, {"n": "Alan", "a": "41", "x": ""}],
        ),
        ("json", read("items.json", InputType="JSON", MaxItems=2), [{"n": 1}, {"n": 2}]),
        ("json-path", read("items.json", InputType="JSON", MaxItemsPath="$.limit"), [{"n": 1}]),
        ("jsonl", read("items.jsonl", InputType="JSONL"), [{"n": 1}, {"n": 2}]),
        (
            "manifest",
            read("inventory/manifest.json", InputType="MANIFEST"),
            [
                {"Bucket": "map-items", "Key": "in/1.txt", "Size": "5"},
                {"Bucket": "map-items", "Key": "in/2.txt", "Size": "6"},
            ],
        ),
    ],
)
def test_items_are_read_from_an_object(reader: str, name: str, reader_of_items: Any, expected: Any) -> None:
    states = distributed(SAME, ItemReader=reader_of_items)
    assert output(run(f"map-read-{name}", reader, states, {"limit": 1})) == expected


def test_the_objects_under_a_prefix_are_items(reader: str) -> None:
    listing = {"Resource": LIST, "Parameters": {"Bucket": BUCKET, "Prefix.$": "$.prefix"}}
    found = output(run("map-list", reader, distributed(SAME, ItemReader=listing), {"prefix": "in/"}))
    assert [(item["Key"], item["Size"], item["StorageClass"]) for item in found] == [
        ("in/1.txt", 5, "STANDARD"),
        ("in/2.txt", 6, "STANDARD"),
    ]
    assert found[0]["Etag"].strip('"') == "8b04d5e3775d298e78455efc5ca404d5"


def test_items_are_selected_and_put_into_batches_with_what_they_share(reader: str) -> None:
    states = distributed(
        SAME,
        ItemReader=read("items.json", InputType="JSON"),
        ItemSelector={"twice.$": "States.MathAdd($$.Map.Item.Value.n, $$.Map.Item.Value.n)", "of.$": "$.who"},
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"from.$": "$.who", "fixed": True}},
    )
    assert output(run("map-batches", reader, states, {"who": "me"})) == [
        {"BatchInput": {"fixed": True, "from": "me"}, "Items": [{"twice": 2, "of": "me"}, {"twice": 4, "of": "me"}]},
        {"BatchInput": {"fixed": True, "from": "me"}, "Items": [{"twice": 6, "of": "me"}]},
    ]


def test_batches_are_bounded_by_their_size_in_jsonata_too(reader: str) -> None:
    states = distributed(
        {"Count": {"Type": "Pass", "Output": "{% $count($states.input.Items) %}", "End": True}},
        Items="{% $states.input.items %}",
        ItemSelector={"text": "{% $states.context.Map.Item.Value & $states.input.end %}"},
        ItemBatcher={"MaxInputBytesPerBatch": "{% $states.input.size %}"},
    )
    given = {"items": ["a" * 20] * 5, "end": "!", "size": 90}
    assert output(run("map-bytes", reader, states, given, definition=JSONATA)) == [2, 2, 1]


FRAGILE = {
    "Check": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "Bad"}],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "TwoIsBad", "Cause": "it is two"},
    "Good": {"Type": "Pass", "Result": "good", "End": True},
}


def test_one_failure_fails_the_map_unless_failures_are_tolerated(reader: str) -> None:
    items = {"ItemReader": read("items.json", InputType="JSON"), "MaxConcurrency": 1}
    strict = run("map-strict", reader, distributed(FRAGILE, **items))
    assert (strict["status"], strict["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    counted = run("map-count", reader, distributed(FRAGILE, **items, ToleratedFailureCount=1))
    assert output(counted) == ["good", None, "good"]
    shared = run("map-share", reader, distributed(FRAGILE, **items, ToleratedFailurePercentage=34))
    assert output(shared) == ["good", None, "good"]
    little = run("map-little", reader, distributed(FRAGILE, **items, ToleratedFailurePercentage=33))
    assert little["error"] == "States.ExceedToleratedFailureThreshold"


def test_a_failed_map_can_be_caught_by_the_name_of_its_error(reader: str) -> None:
    catch = [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Caught"}]
    states = distributed(FRAGILE, ItemReader=read("items.json", InputType="JSON"), Catch=catch)
    states["Caught"] = {"Type": "Pass", "Parameters": {"error.$": "$.Error"}, "End": True}
    assert output(run("map-caught", reader, states)) == {"error": "States.ExceedToleratedFailureThreshold"}


def test_the_run_and_its_children_can_be_described(reader: str) -> None:
    states = distributed(
        FRAGILE, ItemReader=read("items.json", InputType="JSON"), ToleratedFailureCount=1, Label="Items"
    )
    done = run("map-described", reader, states)
    events = history(done["executionArn"])
    types = [event["type"] for event in events]
    assert types[2:6] == ["MapStateStarted", "MapRunStarted", "MapRunSucceeded", "MapStateSucceeded"]
    arn = next(event for event in events if event["type"] == "MapRunStarted")["mapRunStartedEventDetails"]["mapRunArn"]
    sfn = clients.client("stepfunctions")
    described = sfn.describe_map_run(mapRunArn=arn)
    assert (described["status"], described["toleratedFailureCount"]) == ("SUCCEEDED", 1)
    counts = {"pending": 0, "running": 0, "succeeded": 2, "failed": 1, "timedOut": 0, "aborted": 0, "total": 3}
    assert described["itemCounts"].items() >= counts.items()
    assert described["executionCounts"].items() >= counts.items()
    assert [item["mapRunArn"] for item in sfn.list_map_runs(executionArn=done["executionArn"])["mapRuns"]] == [arn]
    failed = sfn.list_executions(mapRunArn=arn, statusFilter="FAILED")["executions"]
    assert len(sfn.list_executions(mapRunArn=arn)["executions"]) == 3
    child = sfn.describe_execution(executionArn=failed[0]["executionArn"])
    assert ":execution:map-described/Items:" in child["executionArn"]
    assert (json.loads(child["input"]), child["error"], child["cause"]) == ({"n": 2}, "TwoIsBad", "it is two")
    assert [event["type"] for event in history(child["executionArn"])] == [
        "ExecutionStarted",
        "ChoiceStateEntered",
        "ChoiceStateExited",
        "FailStateEntered",
        "ExecutionFailed",
    ]


def test_results_are_written_as_aws_writes_them(reader: str) -> None:
    writer = {"Resource": PUT, "Parameters": {"Bucket": BUCKET, "Prefix": "results"}}
    items = {"ItemReader": read("items.json", InputType="JSON"), "ToleratedFailureCount": 1}
    result = output(run("map-written", reader, distributed(FRAGILE, **items, ResultWriter=writer)))
    details = result["ResultWriterDetails"]
    folder = f"results/{result['MapRunArn'].rsplit(':', 1)[1]}"
    assert details == {"Bucket": BUCKET, "Key": f"{folder}/manifest.json"}

    def body(key: str) -> Any:
        return json.loads(clients.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())

    manifest = body(details["Key"])
    assert (manifest["DestinationBucket"], manifest["MapRunArn"]) == (BUCKET, result["MapRunArn"])
    assert [entry["Key"] for entry in manifest["ResultFiles"]["SUCCEEDED"]] == [f"{folder}/SUCCEEDED_0.json"]
    assert manifest["ResultFiles"]["PENDING"] == []
    succeeded, failed = body(f"{folder}/SUCCEEDED_0.json"), body(f"{folder}/FAILED_0.json")
    assert sorted(row["Input"] for row in succeeded) == ['{"n": 1}', '{"n": 3}']
    assert {row["Output"] for row in succeeded} == {'"good"'}
    assert [(row["Status"], row["Error"], row["Cause"]) for row in failed] == [("FAILED", "TwoIsBad", "it is two")]
    assert {"ExecutionArn", "Name", "StartDate", "StopDate", "StateMachineArn"} <= succeeded[0].keys()


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [("COMPACT", [[1, 2], [1, 2]]), ("FLATTEN", [1, 2, 1, 2])],
)
def test_results_can_be_transformed_without_s3(reader: str, transformation: str, expected: Any) -> None:
    two = {"Two": {"Type": "Pass", "Result": [1, 2], "End": True}}
    writer = {"WriterConfig": {"Transformation": transformation, "OutputType": "JSON"}}
    states = distributed(two, ItemReader=read("items.jsonl", InputType="JSONL"), ResultWriter=writer)
    assert output(run(f"map-{transformation.lower()}", reader, states)) == expected


def test_what_cannot_be_read_or_written_fails_by_awss_names(reader: str) -> None:
    poor = role("map-poor", "s3:GetObject")
    twice = read("twice.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW")
    for name, role_arn, item_reader, cause in (
        ("map-no-list", poor, {"Resource": LIST, "Parameters": {"Bucket": BUCKET}}, "s3:ListBucket"),
        ("map-no-object", reader, read("nothing.json", InputType="JSON"), "NoSuchKey"),
        ("map-no-array", reader, read("object.json", InputType="JSON"), "non-iterable"),
        ("map-twice", reader, twice, "duplicates"),
        ("map-no-json", reader, read("rows.csv", InputType="JSON"), "Expecting value"),
    ):
        done = run(name, role_arn, distributed(SAME, ItemReader=item_reader))
        assert (done["status"], done["error"]) == ("FAILED", "States.ItemReaderFailed"), name
        assert cause in done["cause"]
    writer = {"Resource": PUT, "Parameters": {"Bucket": BUCKET, "Prefix": "denied"}}
    states = distributed(SAME, ItemReader=read("items.json", InputType="JSON"), ResultWriter=writer)
    done = run("map-no-put", poor, states)
    assert done["error"] == "States.ResultWriterFailed"
    assert "s3:PutObject" in done["cause"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ItemReader": read("x", InputType="PARQUET")}, "PARQUET is not supported"),
        ({"ItemReader": read("x", InputType="MANIFEST", ManifestType="ATHENA_DATA")}, "ATHENA_DATA is not supported"),
        ({"ItemReader": read("x", InputType="CSV")}, "CSVHeaderLocation"),
        ({"ItemBatcher": {"BatchInput": {}}}, "needs MaxItemsPerBatch"),
        ({"ItemBatcher": {"MaxItems": 3}}, "MaxItems is not supported"),
        ({"ResultWriter": {"Resource": "arn:aws:states:::s3:copyObject", "Parameters": {}}}, "copyObject"),
    ],
)
def test_a_map_that_cannot_run_is_refused_when_its_machine_is_made(reader: str, fields: Any, message: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidDefinition.*{message}"):
        machine("map-refused", reader, distributed(SAME, **fields))
    inline = {"Each": {"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "Same", "States": SAME}, **fields}}
    with pytest.raises(ClientError, match=r"InvalidDefinition.*needs the Mode DISTRIBUTED"):
        machine("map-inline", reader, inline)


def test_a_stopped_execution_stops_its_children(reader: str) -> None:
    wait = {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}
    arn = start(machine("map-stopped", reader, distributed(wait, ItemReader=read("items.json", InputType="JSON"))))
    sfn = clients.client("stepfunctions")
    runs = until(lambda: sfn.list_map_runs(executionArn=arn)["mapRuns"])

    def children(status: str) -> int:
        return len(sfn.list_executions(mapRunArn=runs[0]["mapRunArn"], statusFilter=status)["executions"])

    until(lambda: children("RUNNING") == 3)
    sfn.stop_execution(executionArn=arn)
    assert finished(arn)["status"] == "ABORTED"
    assert until(lambda: children("ABORTED") == 3)

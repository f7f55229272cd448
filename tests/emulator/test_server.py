"""The process: what it loads and when, and the register of what it replaces in moto."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator import clients, in_process, replacements
from emulator.replacements import MODULES, Replacement, fingerprint
from emulator.settings import Settings
from tests.emulator.cloudformation_stacks import body, create, delete, names, parameter, reasons, value

# Loads what a start loads, without serving, and says what that took.
STARTED = """
import json, os, sys
from pathlib import Path
from emulator import server
from emulator.compute.sandbox import resident_memory
from emulator.settings import Settings
server.start(Settings(port=0, state=Path(sys.argv[1]))).server_close()
print(json.dumps({"mib": resident_memory(os.getpid()) / 1024**2, "modules": sorted(sys.modules)}))
"""


def test_a_start_loads_no_engine_and_stays_small(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    found = json.loads(finished.stdout)
    heavy = {"duckdb", "pyarrow", "pandas", "pyspark", "moto.ec2", "moto.stepfunctions.parser.models", "moto.sagemaker"}
    assert heavy.isdisjoint(found["modules"])
    assert found["mib"] < 250


@pytest.mark.parametrize("name", MODULES)
def test_a_replacement_was_written_for_the_moto_that_is_installed(name: str) -> None:
    installed = {each.target: each for each in replacements.of(name)}
    assert installed
    for target, each in installed.items():
        package = target.partition(":")[0].split(".")[1]
        # What a service changes in moto's core, it may change with its own loading.
        assert package in {"core", *MODULES[name]}, f"{name} replaces {target}: name {package} in MODULES"
        found = each.original()
        assert found is each.function or fingerprint(found) == each.fingerprint, target
        assert each.reason


def test_another_source_of_moto_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = replacements.of("emulator.services.sns.properties")
    moved = replace(first, function=lambda: None, fingerprint="000000000000")

    def of(_module: str) -> list[Replacement]:
        return [moved]

    monkeypatch.setattr(replacements, "of", of)
    monkeypatch.setattr(replacements, "_installed", set())
    with pytest.raises(RuntimeError, match=r"get_topic_attributes: moto's source changed .* review the replacement"):
        replacements.install("sns")


def over_the_network(settings: Settings, service: str, secret: str | None = None) -> Any:
    return boto3.session.Session().client(
        service,
        region_name=settings.region,
        endpoint_url=settings.endpoint,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=secret or settings.secret_key,
    )


def test_eight_clients_at_once_find_what_each_of_them_put(emulator: Settings) -> None:
    clients.client("s3").create_bucket(Bucket="eight-clients")
    url = clients.client("sqs").create_queue(QueueName="eight-clients")["QueueUrl"]

    def work(client: int) -> list[bytes]:
        s3, sqs = over_the_network(emulator, "s3"), over_the_network(emulator, "sqs")
        for n in range(10):
            s3.put_object(Bucket="eight-clients", Key=f"{client}/{n}", Body=f"{client}-{n}".encode())
            sqs.send_message(QueueUrl=url, MessageBody=f"{client}-{n}")
        return [s3.get_object(Bucket="eight-clients", Key=f"{client}/{n}")["Body"].read() for n in range(10)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert found == [[f"{client}-{n}".encode() for n in range(10)] for client in range(8)]
    kept = clients.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert kept["ApproximateNumberOfMessages"] == "80"


def test_three_stacks_at_once_deploy_all_that_they_declare(emulator: Settings) -> None:
    assert emulator

    def template(name: str) -> str:
        made = {f"P{n}": parameter(f"/{name}/{n}", {"Ref": f"P{n - 1}"} if n else name) for n in range(10)}
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}
        return body({**made, "Queue": queue, "Where": parameter(f"/{name}/queue", {"Ref": "Queue"})})

    stacks = ["concurrent-one", "concurrent-two", "concurrent-three"]
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda name: create(name, template(name)), stacks))
        assert [stack["StackStatus"] for stack in made] == ["CREATE_COMPLETE"] * 3
        assert [value(f"/{name}/9") for name in stacks] == [f"/{name}/8" for name in stacks]
        assert [value(f"/{name}/queue").rsplit("/", 1)[-1] for name in stacks] == stacks
        deleted = list(pool.map(delete, stacks))
    failed = [reason for stack in deleted for reason in reasons(stack["StackId"], "DELETE_FAILED")]
    assert [stack["StackStatus"] for stack in deleted] == ["DELETE_COMPLETE"] * 3, failed
    assert names("/concurrent-one") == set()


def test_the_emulators_own_requests_are_those_that_a_socket_would_carry(emulator: Settings) -> None:
    """Bytes, names with spaces and signs, metadata, absent bodies: all arrive as they were sent, either way."""
    key, content = "a b/ü+%2F?.bin", bytes(range(256)) * 40
    clients.client("s3").create_bucket(Bucket="own-requests")
    for s3 in (clients.client("s3"), over_the_network(emulator, "s3")):
        s3.put_object(Bucket="own-requests", Key=key, Body=content, Metadata={"under_score": "1", "plain": "2"})
        found = s3.get_object(Bucket="own-requests", Key=key)
        assert found["Body"].read() == content
        assert found["Metadata"] == {"under_score": "1", "plain": "2"}
        assert s3.head_object(Bucket="own-requests", Key=key)["ContentLength"] == len(content)
        assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="own-requests")["Contents"]] == [key]
        s3.delete_object(Bucket="own-requests", Key=key)


def test_the_emulators_own_requests_pass_the_gate_too(emulator: Settings) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        in_process.connect(over_the_network(emulator, "s3", secret="wrong")).list_buckets()

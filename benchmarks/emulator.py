"""The emulator's speed: start, memory, requests beside plain moto, deployments.

    .venv/bin/python -m benchmarks.emulator [--rounds 7] [--stacks]

Both servers run at the same time and are asked in turn by the same code, so that what else the machine does burdens
both alike. The caller is an IAM user whose policy names the resources: the emulator verifies every signature and
evaluates the policy, plain moto does neither. `--stacks` also deploys the platform's own stacks, as `crisp` does it.
"""

from __future__ import annotations

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
from botocore.config import Config

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ACCOUNT = "us-east-1:123456789012"
ROOT_USER = ("AKIALOCALEMULATOR000", "local-emulator-only")
BATCH, CLIENTS, RESOURCES = 100, 8, 200
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::speed/*"},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{ACCOUNT}:speed"},
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": f"arn:aws:ssm:{ACCOUNT}:parameter/speed"},
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": f"arn:aws:dynamodb:{ACCOUNT}:table/speed"},
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Server:
    """A server that runs: its address, its process, and how many seconds it took until it answered."""

    endpoint: str
    pid: int
    started: float

    def mebibytes(self) -> float:
        """What it holds resident."""
        listed = subprocess.run(["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True, check=True)
        return int(listed.stdout) / 1024

    def client(self, service: str, key: tuple[str, str] = ROOT_USER) -> Any:
        """A boto3 client of it."""
        return boto3.session.Session().client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=key[0],
            aws_secret_access_key=key[1],
            config=Config(
                retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=CLIENTS
            ),
        )


@contextmanager
def running(command: Callable[[int], list[str]], health: str) -> Iterator[Server]:
    """A server as a process of its own, from its start to its end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    begun = time.perf_counter()
    with subprocess.Popen(command(port), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}{health}", process)
            yield Server(f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            urlopen(address, timeout=5).close()  # noqa: S310 (loopback)
        except HTTPError:
            return  # it answers
        except (URLError, OSError):
            time.sleep(0.01)
        else:
            return
    raise SystemExit(f"{address}: the server ended with {process.returncode}")


def emulator(state: Path) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, "-m", "emulator", "--port", str(port), "--state", str(state)]


def plain_moto(port: int) -> list[str]:
    return [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]


def requests(server: Server) -> dict[str, Callable[[int], Any]]:
    """What is asked, by name, of what is made here first."""
    iam = server.client("iam")
    iam.create_user(UserName="speed")
    iam.put_user_policy(UserName="speed", PolicyName="speed", PolicyDocument=json.dumps(POLICY))
    made = iam.create_access_key(UserName="speed")["AccessKey"]
    key = (made["AccessKeyId"], made["SecretAccessKey"])
    server.client("s3").create_bucket(Bucket="speed")
    server.client("ssm").put_parameter(Name="speed", Value="1", Type="String")
    server.client("dynamodb").create_table(
        TableName="speed",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    url = server.client("sqs").create_queue(QueueName="speed")["QueueUrl"]
    s3, sqs, ssm, dynamodb = (server.client(name, key) for name in ("s3", "sqs", "ssm", "dynamodb"))
    content = b"x" * 1024
    return {
        "s3 PutObject, 1 KiB": lambda n: s3.put_object(Bucket="speed", Key=str(n), Body=content),
        "s3 GetObject, 1 KiB": lambda n: s3.get_object(Bucket="speed", Key=str(n))["Body"].read(),
        "ssm GetParameter": lambda _: ssm.get_parameter(Name="speed"),
        "sqs SendMessage": lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n)),
        "dynamodb PutItem": lambda n: dynamodb.put_item(TableName="speed", Item={"id": {"S": str(n)}}),
    }


def per_second(ask: Callable[[int], Any], clients: int) -> float:
    """Requests answered per second, asked by so many clients at once."""
    with ThreadPoolExecutor(clients) as pool:
        begun = time.perf_counter()
        list(pool.map(ask, range(BATCH)))
        return BATCH / (time.perf_counter() - begun)


def compare(ours: Server, plain: Server, rounds: int) -> None:
    """Print requests per second of both, and the ratio, as medians of alternating rounds."""
    asked, ratios = (requests(ours), requests(plain)), []
    print(f"{'requests per second':34} {'emulator':>9} {'moto':>9} {'ratio':>6}")
    for clients in (1, CLIENTS):
        for name, ask in asked[0].items():
            other = asked[1][name]
            measured = [(per_second(ask, clients), per_second(other, clients)) for _ in range(rounds)]
            here, there = (statistics.median(each[side] for each in measured) for side in (0, 1))
            ratios.append(statistics.median(mine / theirs for mine, theirs in measured))
            print(f"{f'{name}, {clients} client(s)':34} {here:9.0f} {there:9.0f} {ratios[-1]:6.2f}")
    print(f"{'median of the ratios':34} {statistics.median(ratios):26.2f}")


def template(prefix: str) -> str:
    """Parameters, queues and log groups in turn."""

    def resource(n: int) -> dict[str, Any]:
        kinds = (
            {"Type": "AWS::SSM::Parameter", "Properties": {"Name": f"/{prefix}/{n}", "Type": "String", "Value": "v"}},
            {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{prefix}-{n}", "DelaySeconds": 1}},
            {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/{prefix}/{n}"}},
        )
        return kinds[n % len(kinds)]

    return json.dumps({"Resources": {f"Resource{n}": resource(n) for n in range(RESOURCES)}})


def deploy(server: Server, name: str) -> tuple[float, float]:
    """Seconds to create and to delete a stack of `RESOURCES` resources."""
    stacks = server.client("cloudformation")
    begun = time.perf_counter()
    stack_id = stacks.create_stack(StackName=name, TemplateBody=template(name))["StackId"]
    status = _settled(stacks, stack_id)
    created = time.perf_counter()
    if status != "CREATE_COMPLETE":
        raise SystemExit(f"{name}: {status}")
    stacks.delete_stack(StackName=name)
    _settled(stacks, stack_id)
    return created - begun, time.perf_counter() - created


def _settled(stacks: Any, stack_id: str) -> str:
    while True:
        status: str = stacks.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(0.05)


def deploy_platform() -> None:
    """Print how long the platform's own stacks take, in the local environment."""
    crisp = str(BIN / "crisp")
    for command in ("up", "deploy", "down"):
        begun = time.perf_counter()
        subprocess.run([crisp, command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        print(f"{f'crisp {command}':34} {time.perf_counter() - begun:8.1f} s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="alternating rounds per request (default: %(default)s)")
    parser.add_argument("--stacks", action="store_true", help="deploy the platform's stacks with crisp, too")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        starts = []
        for _ in range(arguments.rounds):
            with running(emulator(state), "/_emulator/health") as server:
                starts.append((server.started, server.mebibytes()))
        print(f"{'start':34} {statistics.median(start for start, _ in starts):8.2f} s")
        print(f"{'idle':34} {max(idle for _, idle in starts):8.0f} MiB")
        ours = stack.enter_context(running(emulator(state), "/_emulator/health"))
        plain = stack.enter_context(running(plain_moto, "/moto-api/data.json"))
        compare(ours, plain, arguments.rounds)
        seconds = [deploy(ours, f"speed{number}") for number in range(3)]
        for position, what in enumerate(("create", "delete")):
            taken = statistics.median(each[position] for each in seconds)
            print(f"{f'{what} {RESOURCES} resources':34} {taken:8.2f} s")
        print(f"{'after all of this':34} {ours.mebibytes():8.0f} MiB")
    if arguments.stacks:
        deploy_platform()


if __name__ == "__main__":
    main()

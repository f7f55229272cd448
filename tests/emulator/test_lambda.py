"""Functions run for real: AWS's runtime client, the function's own package, its own role, its own log."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients, clock
from emulator.settings import Settings

ROLE = "handler-role"
Deploy = Callable[..., Any]


@pytest.fixture(scope="module")
def state(emulator: Settings) -> Path:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = clients.client("iam")
    for name, statement in ((ROLE, trust), ("untrusting", {**trust, "Principal": {"Service": "glue.amazonaws.com"}})):
        document = {"Version": "2012-10-17", "Statement": [statement]}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    allowed = [
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::open", "arn:aws:s3:::open/*"]},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName=ROLE, PolicyName="allowed", PolicyDocument=policy)
    return emulator.state


@pytest.fixture
def deploy(state: Path, request: pytest.FixtureRequest) -> Iterator[Deploy]:
    functions = clients.client("lambda")
    made: list[str] = []

    def create(code: str, **properties: Any) -> str:
        name = f"f-{abs(hash(request.node.name)) % 10**8}-{len(made)}"
        given = {"Runtime": "python3.11", "Handler": "handler.handle", "MemorySize": 256, "Timeout": 10} | properties
        role = given.pop("Role", f"arn:aws:iam::123456789012:role/{ROLE}")
        package = zipped({"handler.py": code, "index.js": code})
        functions.create_function(FunctionName=name, Role=role, Code={"ZipFile": package}, **given)
        made.append(name)
        return name

    yield create
    for name in made:
        functions.delete_function(FunctionName=name)


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return content.getvalue()


def invoke(name: str, event: Any = None, **parameters: Any) -> tuple[Any, dict[str, Any]]:
    response = clients.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **parameters)
    body = response["Payload"].read()
    return json.loads(body) if body else None, response


def log_lines(group: str, count: int = 1) -> list[str]:
    deadline = time.monotonic() + 60
    lines: list[str] = []
    while time.monotonic() < deadline:
        try:
            events = clients.client("logs").filter_log_events(logGroupName=group)["events"]
        except ClientError:
            events = []
        lines = [event["message"] for event in events]
        if sum(line.startswith("REPORT") for line in lines) >= count:
            return lines
        time.sleep(0.05)
    raise AssertionError(f"{group} holds only {lines}")


def test_a_handler_gets_event_and_context_and_its_prints_reach_its_log_group(deploy: Deploy) -> None:
    name = deploy(
        "import os\n"
        "def handle(event, context):\n"
        "    print('saw', event['x'])\n"
        "    return {'double': event['x'] * 2, 'arn': context.invoked_function_arn, 'stage': os.environ['STAGE'],\n"
        "            'left': context.get_remaining_time_in_millis(), 'stream': context.log_stream_name}\n",
        Environment={"Variables": {"STAGE": "test"}},
        LoggingConfig={"LogGroup": "/mine/handlers"},
    )
    result, response = invoke(name, {"x": 21}, LogType="Tail")
    assert result["double"] == 42
    assert result["stage"] == "test"
    assert result["arn"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert 5_000 < result["left"] <= 10_000
    assert "saw 21" in base64.b64decode(response["LogResult"]).decode()
    lines = log_lines("/mine/handlers")
    assert lines[0].startswith("START RequestId: ")
    assert lines[1] == "saw 21"
    assert "Memory Size: 256 MB" in lines[3]
    assert "Init Duration" in lines[3]
    streams = clients.client("logs").describe_log_streams(logGroupName="/mine/handlers")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [result["stream"]]
    kept = clients.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"]
    assert kept == {"LogFormat": "Text", "LogGroup": "/mine/handlers"}


def test_a_process_is_warm_until_anything_of_the_function_changes(deploy: Deploy) -> None:
    name = deploy(
        "import os\ncalls = []\ndef handle(e, c):\n    calls.append(1)\n    return [os.getpid(), len(calls)]\n"
    )
    first, _ = invoke(name)
    second, _ = invoke(name)
    assert second == [first[0], 2]
    clients.client("lambda").update_function_configuration(FunctionName=name, Description="another")
    third, _ = invoke(name)
    assert third[0] != first[0]
    assert third[1] == 1
    clients.client("lambda").update_function_code(
        FunctionName=name, ZipFile=zipped({"handler.py": "def handle(e, c):\n    return 'new'\n"})
    )
    assert invoke(name)[0] == "new"


def test_a_handler_that_raises_answers_with_the_error_as_aws_words_it(deploy: Deploy) -> None:
    name = deploy("def handle(event, context):\n    raise ValueError('no such client')\n")
    result, response = invoke(name)
    assert response["FunctionError"] == "Unhandled"
    assert response["StatusCode"] == 200
    assert result["errorType"] == "ValueError"
    assert result["errorMessage"] == "no such client"
    assert "raise ValueError" in "".join(result["stackTrace"])
    assert any("[ERROR] ValueError: no such client" in line for line in log_lines(f"/aws/lambda/{name}"))


def test_a_package_of_this_environment_that_aws_does_not_have_cannot_be_imported(deploy: Deploy) -> None:
    name = deploy("import numpy\ndef handle(event, context):\n    return 1\n")
    result, response = invoke(name)
    assert response["FunctionError"] == "Unhandled"
    assert result["errorType"] == "Runtime.ImportModuleError"
    assert result["errorMessage"] == "Unable to import module 'handler': No module named 'numpy'"


def test_boto3_speaks_to_this_account_with_the_rights_of_the_role(deploy: Deploy) -> None:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket="open")
    s3.create_bucket(Bucket="closed")
    name = deploy(
        "import boto3\n"
        "def handle(event, context):\n"
        "    boto3.client('s3').put_object(Bucket=event, Key='k', Body=b'from the handler')\n"
        "    return boto3.client('sts').get_caller_identity()['Arn']\n"
    )
    assert invoke(name, "open")[0] == f"arn:aws:sts::123456789012:assumed-role/{ROLE}/{name}"
    assert s3.get_object(Bucket="open", Key="k")["Body"].read() == b"from the handler"
    result, response = invoke(name, "closed")
    assert response["FunctionError"] == "Unhandled"
    assert "AccessDenied" in result["errorMessage"]


def test_a_role_that_does_not_trust_lambda_is_refused(deploy: Deploy) -> None:
    name = deploy("def handle(e, c):\n    return 1\n", Role="arn:aws:iam::123456789012:role/untrusting")
    with pytest.raises(ClientError, match="cannot be assumed by Lambda") as refused:
        invoke(name)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_slow_handler_is_killed_at_its_timeout(deploy: Deploy) -> None:
    name = deploy("import time\ndef handle(e, c):\n    time.sleep(e)\n    return 'done'\n", Timeout=3)
    started = time.monotonic()
    result, response = invoke(name, 30)
    assert time.monotonic() - started < 25
    assert response["FunctionError"] == "Unhandled"
    assert result["errorType"] == "Sandbox.Timedout"
    assert result["errorMessage"].endswith("Task timed out after 3.00 seconds")
    assert any("Task timed out after 3.00 seconds" in line for line in log_lines(f"/aws/lambda/{name}"))
    assert invoke(name, 0)[0] == "done"


def test_a_handler_above_its_memory_is_killed(deploy: Deploy) -> None:
    name = deploy("import time\ndef handle(e, c):\n    x = bytearray(300_000_000)\n    time.sleep(5)\n", MemorySize=128)
    result, _ = invoke(name)
    assert result["errorType"] == "Runtime.OutOfMemory"
    assert result["errorMessage"].endswith("Runtime exited with error: signal: killed")


def test_a_handler_that_exits_is_reported_with_its_status(deploy: Deploy) -> None:
    name = deploy("import os\ndef handle(e, c):\n    os._exit(3)\n")
    result, _ = invoke(name)
    assert result["errorType"] == "Runtime.ExitError"
    assert result["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_events_too_large_or_not_json_are_refused(deploy: Deploy) -> None:
    name = deploy("def handle(e, c):\n    return 'x' * e\n")
    with pytest.raises(ClientError, match="Request must be smaller than 6291456 bytes"):
        invoke(name, "x" * 6_300_000)
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        clients.client("lambda").invoke(FunctionName=name, Payload=b"{")
    with pytest.raises(ClientError, match="Request must be smaller than 1048576 bytes") as refused:
        invoke(name, "x" * 1_048_576, InvocationType="Event")
    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert len(invoke(name, 6_200_000)[0]) == 6_200_000
    assert invoke(name, 6_300_000)[0]["errorType"] == "Function.ResponseSizeTooLarge"


def test_layers_are_importable_and_later_ones_win(deploy: Deploy) -> None:
    functions = clients.client("lambda")
    layers = [
        functions.publish_layer_version(
            LayerName=layer, Content={"ZipFile": zipped({"python/shared.py": f"NAME = '{layer}'\n"})}
        )
        for layer in ("first", "second")
    ]
    name = deploy(
        "import shared\ndef handle(e, c):\n    return shared.NAME\n",
        Layers=[layer["LayerVersionArn"] for layer in layers],
    )
    assert invoke(name)[0] == "second"


def test_layers_are_one_folder_in_which_parts_of_a_package_meet(deploy: Deploy) -> None:
    functions = clients.client("lambda")
    contents = [
        {"python/meeting/__init__.py": "", "python/meeting/one.py": "ONE = 1\n", "data/greeting.txt": "old"},
        {"python/meeting/two.py": "TWO = 2\n", "data/greeting.txt": "new", "bin/greet": "#!/bin/sh\necho hello\n"},
    ]
    layers = [
        functions.publish_layer_version(LayerName=f"meeting-{number}", Content={"ZipFile": zipped(content)})
        for number, content in enumerate(contents)
    ]
    name = deploy(
        "import os, pathlib, shutil\n"
        "from meeting.one import ONE\nfrom meeting.two import TWO\n"
        "def handle(e, c):\n"
        "    opt = pathlib.Path(os.environ['PATH'].split(':')[0]).parent\n"
        "    return [ONE, TWO, (opt / 'data' / 'greeting.txt').read_text(), (opt / 'bin' / 'greet').exists()]\n",
        Layers=[layer["LayerVersionArn"] for layer in layers],
    )
    assert invoke(name)[0] == [1, 2, "new", True]


def test_logs_in_json_are_records_of_the_levels_asked_for(deploy: Deploy) -> None:
    code = (
        "import logging\n"
        "def handle(event, context):\n"
        "    logging.getLogger().info('unheard')\n"
        "    logging.getLogger().warning('heard %s', event)\n"
    )
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/mine/records"}
    name = deploy(code, LoggingConfig=logging)
    _, response = invoke(name, 7, LogType="Tail")
    lines = [json.loads(line) for line in base64.b64decode(response["LogResult"]).decode().splitlines()]
    start, heard, report = lines
    request = response["ResponseMetadata"]["RequestId"]
    assert (start["type"], start["record"]) == ("platform.start", {"requestId": request, "version": "$LATEST"})
    assert (heard["level"], heard["message"], heard["requestId"]) == ("WARNING", "heard 7", request)
    assert (report["type"], report["record"]["status"]) == ("platform.report", "success")
    assert report["record"]["metrics"]["memorySizeMB"] == 256
    assert report["record"]["metrics"]["initDurationMs"] > 0
    kept = clients.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"]
    assert kept == {**logging, "SystemLogLevel": "INFO"}


def test_invocations_errors_and_throttles_are_counted(deploy: Deploy) -> None:
    name = deploy("def handle(e, c):\n    return 1 / e\n")
    functions = clients.client("lambda")
    for number in (1, 0, 2):
        invoke(name, number)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        invoke(name, 1)
    now = clock.now()

    def total(metric: str) -> float:
        points = clients.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": name}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=10),
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        return sum(float(point["Sum"]) for point in points)

    assert (total("Invocations"), total("Errors"), total("Throttles")) == (3, 1, 1)
    assert total("Duration") > 0


def test_provisioned_concurrency_is_kept_for_versions_alone(deploy: Deploy) -> None:
    functions = clients.client("lambda")
    name = deploy("def handle(e, c):\n    return 1\n")
    version = functions.publish_version(FunctionName=name)["Version"]
    asked = {"FunctionName": name, "Qualifier": version}
    functions.put_provisioned_concurrency_config(**asked, ProvisionedConcurrentExecutions=2)
    found = functions.get_provisioned_concurrency_config(**asked)
    assert (found["RequestedProvisionedConcurrentExecutions"], found["Status"]) == (2, "READY")
    listed = functions.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    assert [config["FunctionArn"].rsplit(":", 1)[1] for config in listed] == [version]
    functions.delete_provisioned_concurrency_config(**asked)
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFoundException"):
        functions.get_provisioned_concurrency_config(**asked)
    with pytest.raises(ClientError, match="unpublished function versions"):
        functions.put_provisioned_concurrency_config(
            FunctionName=name, Qualifier="$LATEST", ProvisionedConcurrentExecutions=1
        )


def test_a_dry_run_runs_nothing(deploy: Deploy) -> None:
    name = deploy("calls = []\ndef handle(e, c):\n    calls.append(1)\n    return len(calls)\n")
    assert invoke(name)[0] == 1
    assert invoke(name, InvocationType="DryRun")[1]["StatusCode"] == 204
    assert invoke(name)[0] == 2


def test_reserved_concurrency_of_zero_throttles(deploy: Deploy) -> None:
    name = deploy("def handle(e, c):\n    return 1\n")
    clients.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as refused:
        invoke(name)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refused.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_versions_keep_their_code_and_an_alias_with_weights_reaches_both(deploy: Deploy) -> None:
    functions = clients.client("lambda")
    name = deploy("def handle(e, c):\n    return ['old', c.function_version, c.invoked_function_arn]\n")
    old = functions.publish_version(FunctionName=name)["Version"]
    functions.update_function_code(
        FunctionName=name, ZipFile=zipped({"handler.py": "def handle(e, c):\n    return ['new', c.function_version]\n"})
    )
    new = functions.publish_version(FunctionName=name)["Version"]
    assert invoke(name, Qualifier=old)[0][:2] == ["old", old]
    assert invoke(name)[0] == ["new", "$LATEST"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=old)
    assert invoke(f"{name}:live")[0] == ["old", old, f"arn:aws:lambda:us-east-1:123456789012:function:{name}:live"]
    functions.update_alias(
        FunctionName=name, Name="live", FunctionVersion=old, RoutingConfig={"AdditionalVersionWeights": {new: 0.5}}
    )
    assert {invoke(name, Qualifier="live")[0][0] for _ in range(30)} == {"old", "new"}


def test_node_functions_run_and_other_runtimes_are_refused_by_name(deploy: Deploy) -> None:
    name = deploy(
        "exports.handle = async (event, context) => ({ sum: event.a + event.b, name: context.functionName });",
        Runtime="nodejs22.x",
        Handler="index.handle",
    )
    assert invoke(name, {"a": 1, "b": 2})[0] == {"sum": 3, "name": name}
    with pytest.raises(ClientError, match="Runtime java21 is not supported"):
        deploy("", Runtime="java21")


def test_no_real_credentials_or_proxies_reach_the_child(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    monkeypatch.setenv("AWS_PROFILE", "real")
    name = deploy("import os\ndef handle(e, c):\n    return dict(os.environ)\n")
    seen, _ = invoke(name)
    assert not {"HTTPS_PROXY", "AWS_PROFILE", "VIRTUAL_ENV"} & seen.keys()
    assert seen["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert seen["AWS_EC2_METADATA_DISABLED"] == "true"
    assert seen["AWS_SESSION_TOKEN"]

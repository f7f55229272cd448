"""Glue jobs run for real: Spark reads and writes S3 under the job's role, and what goes wrong is told as AWS does."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet
import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings

SCRIPT = """
import sys
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from doubling import double

arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
spark = SparkSession.builder.appName("double").getOrCreate()
rows = spark.read.csv("s3://raw/clients/", header=True)
batches = rows.mapInPandas(lambda frames: (double(frame) for frame in frames), "k string, v long")
batches.groupBy("k").agg(F.sum("v").alias("total")).write.mode("overwrite").parquet(arguments["--target"])
print("wrote", rows.count(), "rows for", arguments["--run_id"])
"""
LIBRARY = "def double(frame):\n    return frame.assign(v=frame['v'].astype(int) * 2)\n"


def library() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("doubling.py", LIBRARY)
    return content.getvalue()


@pytest.fixture(scope="module", autouse=True)
def account(emulator: Settings) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = [
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{b}{k}" for b in ("raw", "prepared") for k in ("", "/*")],
        },
    ]
    iam = clients.client("iam")
    iam.create_role(
        RoleName="job", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="job", PolicyName="allowed", PolicyDocument=policy)
    s3 = clients.client("s3")
    for bucket in ("raw", "prepared", "forbidden"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="raw", Key="clients/a.csv", Body=b"k,v\na,1\nb,2\na,3\n")
    s3.put_object(Bucket="raw", Key="code/double.py", Body=SCRIPT.encode())
    s3.put_object(Bucket="raw", Key="code/doubling.zip", Body=library())
    s3.put_object(Bucket="forbidden", Key="secret.py", Body=b"print(1)")


@pytest.fixture
def create(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    glue = clients.client("glue")
    made: list[str] = []

    def job(script: str, **properties: Any) -> str:
        name = f"job-{abs(hash(request.node.name)) % 10**8}-{len(made)}"
        location = script
        if not script.startswith("s3://"):
            clients.client("s3").put_object(Bucket="raw", Key=f"code/{name}.py", Body=script.encode())
            location = f"s3://raw/code/{name}.py"
        command = {"Name": "glueetl", "ScriptLocation": location, "PythonVersion": "3"}
        given = {"GlueVersion": "5.1", "Command": command, "WorkerType": "G.1X", "NumberOfWorkers": 2} | properties
        glue.create_job(Name=name, Role="arn:aws:iam::123456789012:role/job", **given)
        made.append(name)
        return name

    yield job
    for name in made:
        glue.delete_job(JobName=name)


def start(name: str, **parameters: Any) -> str:
    return str(clients.client("glue").start_job_run(JobName=name, **parameters)["JobRunId"])


def finished(name: str, run: str, seconds: float = 240) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found: dict[str, Any] = clients.client("glue").get_job_run(JobName=name, RunId=run)["JobRun"]
        if found["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"run {run} is still {found['JobRunState']}")


def retried(name: str, seconds: float = 60) -> dict[str, Any]:
    """The run that Glue made of itself after the first one failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        newest: dict[str, Any] = clients.client("glue").get_job_runs(JobName=name)["JobRuns"][0]
        if newest["Attempt"]:
            return newest
        time.sleep(0.05)
    raise AssertionError(f"{name} was not tried again")


def log(group: str, run: str) -> list[str]:
    for _ in range(50):
        try:
            events = clients.client("logs").get_log_events(logGroupName=group, logStreamName=run)["events"]
            return [event["message"] for event in events]
        except ClientError:
            time.sleep(0.1)
    return []


def test_a_job_reads_and_writes_s3_with_its_library_on_executors_and_logs_its_output(
    create: Callable[..., str],
) -> None:
    defaults = {"--extra-py-files": "s3://raw/code/doubling.zip", "--target": "s3://nowhere/", "--run_id": "none"}
    name = create("s3://raw/code/double.py", DefaultArguments=defaults)
    run = start(name, Arguments={"--target": "s3://prepared/totals/", "--run_id": "r1"})
    with pytest.raises(ClientError) as refused:
        start(name)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    found = finished(name, run)
    assert (found["JobRunState"], found.get("ErrorMessage")) == ("SUCCEEDED", None)
    assert found["ExecutionTime"] > 0
    assert found["CompletedOn"] > found["StartedOn"]
    assert found["Arguments"]["--target"] == "s3://prepared/totals/"
    s3 = clients.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="prepared")["Contents"]]
    assert "totals/_SUCCESS" in keys
    rows = [
        row
        for key in keys
        if key.endswith(".parquet")
        for row in pyarrow.parquet.read_table(
            io.BytesIO(s3.get_object(Bucket="prepared", Key=key)["Body"].read())
        ).to_pylist()
    ]
    assert sorted((row["k"], row["total"]) for row in rows) == [("a", 8), ("b", 4)]
    assert log("/aws-glue/jobs/output", run) == ["wrote 3 rows for r1"]


def test_a_job_without_its_library_fails_with_the_module_and_the_line(create: Callable[..., str]) -> None:
    name = create("s3://raw/code/double.py", MaxRetries=1)
    first = finished(name, start(name))
    assert first["JobRunState"] == "FAILED"
    assert first["ErrorMessage"] == (
        "Error Category: IMPORT_ERROR; Failed Line Number: 5; ModuleNotFoundError: No module named 'doubling'"
    )
    assert any("ModuleNotFoundError" in line for line in log("/aws-glue/jobs/error", first["Id"]))
    again = retried(name)
    assert (again["Attempt"], again["PreviousRunId"]) == (1, first["Id"])
    assert finished(name, again["Id"])["JobRunState"] == "FAILED"


def test_a_script_that_is_missing_or_forbidden_fails_the_run_with_its_key(create: Callable[..., str]) -> None:
    missing = create("s3://raw/code/none.py")
    found = finished(missing, start(missing))
    assert found["JobRunState"] == "FAILED"
    assert "s3://raw/code/none.py" in found["ErrorMessage"]
    assert "NoSuchKey" in found["ErrorMessage"]
    forbidden = create("s3://forbidden/secret.py")
    found = finished(forbidden, start(forbidden))
    assert found["JobRunState"] == "FAILED"
    assert "AccessDenied" in found["ErrorMessage"]
    assert "s3://forbidden/secret.py" in found["ErrorMessage"]


def test_data_that_the_role_may_not_read_fails_the_run(create: Callable[..., str]) -> None:
    name = create(
        "from pyspark.sql import SparkSession\n"
        "SparkSession.builder.getOrCreate().read.text('s3://forbidden/secret.py').show()\n"
    )
    found = finished(name, start(name))
    assert found["JobRunState"] == "FAILED"
    assert "Failed Line Number: 2" in found["ErrorMessage"]
    assert "AccessDenied" in found["ErrorMessage"]


def test_a_run_is_stopped_on_request(create: Callable[..., str]) -> None:
    name = create("import time\nprint('started', flush=True)\ntime.sleep(600)\n")
    run = start(name)
    for _ in range(300):
        if "started" in log("/aws-glue/jobs/output", run):
            break
        time.sleep(0.1)
    answer = clients.client("glue").batch_stop_job_run(JobName=name, JobRunIds=[run, "jr_none"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": name, "JobRunId": run}]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert finished(name, run)["JobRunState"] == "STOPPED"


def test_what_cannot_run_here_is_refused_by_name(create: Callable[..., str]) -> None:
    with pytest.raises(ClientError, match=r"GlueVersion 3.0 is not supported"):
        start(create("print(1)", GlueVersion="3.0"))
    command = {"Name": "pythonshell", "ScriptLocation": "s3://raw/code/double.py"}
    with pytest.raises(ClientError, match="Job command pythonshell is not supported"):
        start(create("print(1)", Command=command))
    name = create("print(1)", DefaultArguments={"--additional-python-modules": "polars"})
    assert "polars" in finished(name, start(name), 10)["ErrorMessage"]

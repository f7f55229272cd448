"""EMR Serverless job runs: packages only where they were sent, logs where they were asked for, failures told."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings

ROLE = "arn:aws:iam::123456789012:role/spark-training"
SCRIPT = """
import os
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
where = sys.argv[1]

def triple(value):
    import tripling
    return tripling.triple(value)

if where == "driver":
    import tripling
    numbers = [tripling.triple(1)]
else:
    numbers = spark.sparkContext.parallelize([1, 2, 3], 2).map(triple).collect()
print("numbers", numbers, os.environ.get("STAGE"))
spark.createDataFrame([(n,) for n in numbers], "n long").write.mode("overwrite").csv("s3a://results/" + where)
"""


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("tripling.py", "def triple(value):\n    return value * 3\n")
    return content.getvalue()


@pytest.fixture(scope="module")
def application(emulator: Settings) -> str:
    trust = {"Effect": "Allow", "Principal": {"Service": "emr-serverless.amazonaws.com"}, "Action": "sts:AssumeRole"}
    buckets = [f"arn:aws:s3:::{bucket}{keys}" for bucket in ("code", "results", "logs") for keys in ("", "/*")]
    allowed = [
        {"Effect": "Allow", "Action": "logs:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": buckets},
    ]
    iam = clients.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="spark-training", AssumeRolePolicyDocument=document)
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_role_policy(RoleName="spark-training", PolicyName="allowed", PolicyDocument=policy)
    s3 = clients.client("s3")
    for bucket in ("code", "results", "logs"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="code", Key="train.py", Body=SCRIPT.encode())
    s3.put_object(Bucket="code", Key="tripling.zip", Body=package())
    s3.put_object(Bucket="code", Key="sleep.py", Body=b"import time\nprint('asleep', flush=True)\ntime.sleep(600)\n")
    s3.put_object(Bucket="code", Key="exit.py", Body=b"import sys\nprint('bad luck', file=sys.stderr)\nsys.exit(7)\n")
    s3.put_object(Bucket="code", Key="needs_numpy.py", Body=b"import numpy\n")
    created = clients.client("emr-serverless").create_application(name="a", releaseLabel="emr-7.13.0", type="SPARK")
    return str(created["applicationId"])


@pytest.fixture
def submit(application: str) -> Callable[..., str]:
    def job(script: str, *arguments: str, parameters: str = "", **request: Any) -> str:
        driver = {"entryPoint": f"s3://code/{script}", "entryPointArguments": list(arguments)}
        driver |= {"sparkSubmitParameters": parameters} if parameters else {}
        answer = clients.client("emr-serverless").start_job_run(
            applicationId=application, executionRoleArn=ROLE, jobDriver={"sparkSubmit": driver}, **request
        )
        return str(answer["jobRunId"])

    return job


def described(application: str, run: str) -> dict[str, Any]:
    found: dict[str, Any] = clients.client("emr-serverless").get_job_run(applicationId=application, jobRunId=run)[
        "jobRun"
    ]
    return found


def finished(application: str, run: str, seconds: float = 240) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = described(application, run)
        if found["state"] in ("SUCCESS", "FAILED", "CANCELLED"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"run {run} is still {found['state']}")


def stored(bucket: str, prefix: str) -> str:
    s3 = clients.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys if not key.endswith("_SUCCESS")]
    return b"".join(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in bodies).decode()


def test_a_job_sees_its_archive_on_driver_and_executors_and_stores_its_logs(
    application: str, submit: Callable[..., str]
) -> None:
    service = clients.client("emr-serverless")
    assert service.get_application(applicationId=application)["application"]["state"] == "CREATED"
    run = submit(
        "train.py",
        "executors",
        parameters=(
            "--archives s3://code/tripling.zip#dependencies --conf spark.executor.memory=4g"
            " --conf spark.emr-serverless.driverEnv.PYTHONPATH=./dependencies"
            " --conf spark.emr-serverless.driverEnv.STAGE=test --conf spark.executorEnv.PYTHONPATH=./dependencies"
            " --conf spark.emr-serverless.driver.disk=20g"
            " --conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON=python3.11"
        ),
        configurationOverrides={
            "monitoringConfiguration": {
                "s3MonitoringConfiguration": {"logUri": "s3://logs/spark/"},
                "cloudWatchLoggingConfiguration": {"enabled": True, "logGroupName": "/jobs/training"},
            }
        },
    )
    assert service.get_application(applicationId=application)["application"]["state"] == "STARTED"
    found = finished(application, run)
    assert (found["state"], found["stateDetails"]) == ("SUCCESS", "")
    assert sorted(stored("results", "executors/").split()) == ["3", "6", "9"]
    folder = f"applications/{application}/jobs/{run}/SPARK_DRIVER"
    assert stored("logs", f"spark/{folder}/stdout") == "numbers [3, 6, 9] test\n"
    stream = f"{folder}/stdout"
    events = clients.client("logs").get_log_events(logGroupName="/jobs/training", logStreamName=stream)["events"]
    assert [event["message"] for event in events] == ["numbers [3, 6, 9] test"]


def test_what_only_the_driver_has_is_missing_on_executors(application: str, submit: Callable[..., str]) -> None:
    archive = "--archives s3://code/tripling.zip#dependencies"
    driver_only = f"{archive} --conf spark.emr-serverless.driverEnv.PYTHONPATH=./dependencies"
    found = finished(application, submit("train.py", "executors", parameters=driver_only))
    assert found["state"] == "FAILED"
    assert found["stateDetails"] == (
        "Job failed, please check complete logs in configured logging destination. ExitCode: 1. "
        "Last few exceptions: ModuleNotFoundError: No module named 'tripling'"
    )


def test_a_status_other_than_zero_fails_the_run_and_numpy_is_not_preinstalled(
    application: str, submit: Callable[..., str]
) -> None:
    found = finished(application, submit("exit.py"))
    assert found["state"] == "FAILED"
    assert "ExitCode: 7. Last few exceptions: bad luck" in found["stateDetails"]
    found = finished(application, submit("needs_numpy.py"))
    assert "ModuleNotFoundError: No module named 'numpy'" in found["stateDetails"]


def test_a_run_is_cancelled_on_request(application: str, submit: Callable[..., str]) -> None:
    service = clients.client("emr-serverless")
    run = submit("sleep.py")
    while described(application, run)["state"] != "RUNNING":
        time.sleep(0.05)
    service.cancel_job_run(applicationId=application, jobRunId=run)
    found = finished(application, run)
    assert (found["state"], found["stateDetails"]) == ("CANCELLED", "The job run was cancelled by the user.")
    with pytest.raises(ClientError, match="cannot be cancelled"):
        service.cancel_job_run(applicationId=application, jobRunId=run)


def test_a_script_that_cannot_be_fetched_fails_the_run_with_its_uri(
    application: str, submit: Callable[..., str]
) -> None:
    found = finished(application, submit("none.py"))
    assert found["state"] == "FAILED"
    assert "s3://code/none.py" in found["stateDetails"]
    assert "NoSuchKey" in found["stateDetails"]


def test_what_cannot_run_here_is_refused_by_name(submit: Callable[..., str]) -> None:
    service = clients.client("emr-serverless")
    with pytest.raises(ClientError, match=r"emr-6\.9\.0 is not supported"):
        service.create_application(name="old", releaseLabel="emr-6.9.0", type="SPARK")
    with pytest.raises(ClientError, match="--packages in sparkSubmitParameters is not supported"):
        submit("train.py", parameters="--packages org.apache:x:1")
    with pytest.raises(ClientError, match=r"PYSPARK_PYTHON=\./environment/bin/python is not supported"):
        submit("train.py", parameters="--conf spark.executorEnv.PYSPARK_PYTHON=./environment/bin/python")

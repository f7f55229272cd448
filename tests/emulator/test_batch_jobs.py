"""Jobs of AWS Batch: run as processes with their role, their log, their limits and their retries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.services.batch import retries
from emulator.services.batch.retries import Outcome
from emulator.settings import Settings
from tests.emulator.batch_jobs import DEEP_LEARNING, Batch, control, logged
from tests.emulator.event_wiring import allow, bodies, queue, role, until

# Waits for the notice of its end, as a job that writes checkpoints does, and says what it saw.
WATCH = """
import json, os, time, urllib.error, urllib.request
root = os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"]

def ask(path, method="GET", **headers):
    request = urllib.request.Request(root + path, headers=headers, method=method)
    return urllib.request.urlopen(request).read().decode()

attempt = os.environ["AWS_BATCH_JOB_ATTEMPT"]
try:
    ask("latest/meta-data/spot/instance-action")
except urllib.error.HTTPError as refused:
    print("without a token", refused.code, flush=True)
token = {"X-aws-ec2-metadata-token": ask("latest/api/token", "PUT", **{"X-aws-ec2-metadata-token-ttl-seconds": "60"})}
print(attempt, ask("latest/meta-data/instance-life-cycle", **token), flush=True)
while attempt == "1":
    try:
        print("notice", json.loads(ask("latest/meta-data/spot/instance-action", **token))["action"], flush=True)
        time.sleep(600)
    except urllib.error.HTTPError as absent:
        assert absent.code == 404
        time.sleep(0.02)
"""
FETCH = """
import subprocess
import boto3
from botocore.exceptions import ClientError

subprocess.run(["aws", "--version"], check=True)
for key in ("bundle/none.py", "secret.py"):
    try:
        boto3.client("s3").get_object(Bucket="batch-jobs", Key=key)
    except ClientError as refused:
        print(key, refused.response["Error"]["Code"], flush=True)
boto3.client("s3").download_file("batch-jobs", "bundle/job.py", "job.py")
exec(open("job.py").read())
"""
ON_INTERRUPTION = {
    "attempts": 2,
    "evaluateOnExit": [
        {"onStatusReason": "Host EC2*", "action": "RETRY"},
        {"onReason": "*", "action": "EXIT"},
    ],
}


@pytest.fixture(scope="module")
def batch(emulator: Settings) -> Batch:
    return Batch("jobs")


@pytest.fixture(scope="module")
def demand(batch: Batch) -> str:
    return batch.environment("demand")


@pytest.fixture(scope="module")
def jobs(batch: Batch, demand: str) -> str:
    """A queue on demand."""
    return batch.queue("queue", demand)


@pytest.fixture(scope="module")
def spot(batch: Batch, demand: str) -> str:
    """A queue of Spot instances first."""
    first = batch.environment("spot", type="SPOT", allocationStrategy="SPOT_PRICE_CAPACITY_OPTIMIZED")
    return batch.queue("spot", first, demand)


def output(job: dict[str, Any]) -> list[str]:
    return logged("/aws/batch/job", job["container"]["logStreamName"])


def test_a_job_runs_its_command_with_its_parameters_and_environment_and_logs_it(batch: Batch, jobs: str) -> None:
    script = "import os, sys; print(sys.argv[1], os.environ['STAGE'], os.environ['AWS_BATCH_JOB_ATTEMPT'])"
    definition = batch.define(
        "prints",
        *("python3", "-c", script, "Ref::word"),
        parameters={"word": "nothing"},
        container={"environment": [{"name": "STAGE", "value": "one"}]},
    )
    overrides = {"environment": [{"name": "STAGE", "value": "two"}]}
    found = batch.ended(batch.submit(jobs, definition, parameters={"word": "hello"}, containerOverrides=overrides))
    assert found["status"] == "SUCCEEDED", found
    assert (found["statusReason"], found["container"]["exitCode"]) == ("Essential container in task exited", 0)
    assert found["createdAt"] <= found["startedAt"] <= found["stoppedAt"]
    assert output(found) == ["hello two 1"]


def test_a_job_has_the_rights_of_its_role_alone_and_the_tools_of_its_image(batch: Batch, jobs: str) -> None:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket="batch-jobs")
    s3.put_object(Bucket="batch-jobs", Key="bundle/job.py", Body=b"print('from the bundle')\n")
    granted = role(
        "jobs-job",
        "ecs-tasks",
        allow("s3:GetObject", "arn:aws:s3:::batch-jobs/bundle/*"),
        allow("s3:ListBucket", "arn:aws:s3:::batch-jobs"),
    )
    definition = batch.define("bundle", "python", "-c", FETCH, image=DEEP_LEARNING, container={"jobRoleArn": granted})
    found = batch.ended(batch.submit(jobs, definition))
    assert found["status"] == "SUCCEEDED"
    assert found["container"]["jobRoleArn"] == granted
    version, *fetched = output(found)
    assert version.startswith("aws-cli/")
    assert fetched == ["bundle/none.py NoSuchKey", "secret.py AccessDenied", "from the bundle"]


def test_a_failure_is_told_with_its_status_and_repeated_as_often_as_was_asked(batch: Batch, jobs: str) -> None:
    definition = batch.define("fails", "python3", "-c", "raise SystemExit(3)", retryStrategy={"attempts": 2})
    found = batch.ended(batch.submit(jobs, definition))
    assert (found["status"], found["statusReason"]) == ("FAILED", "Essential container in task exited")
    assert [each["container"]["exitCode"] for each in found["attempts"]] == [3, 3]
    once = {"attempts": 5, "evaluateOnExit": [{"onExitCode": "3", "action": "exit"}]}
    assert len(batch.ended(batch.submit(jobs, definition, retryStrategy=once))["attempts"]) == 1


@pytest.mark.parametrize(
    ("attempts", "outcome", "again"),
    [
        (1, Outcome(None, "Host EC2 (instance i-1) terminated."), True),
        (2, Outcome(None, "Host EC2 (instance i-1) terminated."), False),
        (1, Outcome(1, "Essential container in task exited"), False),
        (1, Outcome(0, "Essential container in task exited"), False),
        (1, Outcome(None, "Task failed to start", "CannotPullContainerError: none"), False),
        (1, Outcome(143, "Job attempt duration exceeded timeout", final=True), False),
    ],
)
def test_the_first_condition_that_an_attempt_meets_decides_about_the_next(
    attempts: int, outcome: Outcome, again: bool
) -> None:
    assert retries.again(ON_INTERRUPTION, attempts, outcome) is again
    assert retries.again({"attempts": 2}, attempts, outcome) is (
        attempts == 1 and outcome.exit_code != 0 and not outcome.final
    )


def test_what_cannot_start_fails_with_its_reason(batch: Batch, jobs: str) -> None:
    definition = batch.define("none", "python3", image="docker.io/nobody/model:1")
    found = batch.ended(batch.submit(jobs, definition))
    assert (found["status"], found["statusReason"]) == ("FAILED", "Task failed to start")
    assert found["container"]["reason"].startswith("CannotPullContainerError: this emulator does not know the image ")
    found = batch.ended(batch.submit(jobs, batch.define("no-command", "no-such-command")))
    assert "CannotStartContainerError" in found["container"]["reason"]
    assert '"no-such-command": No such file or directory' in found["container"]["reason"]
    found = batch.ended(
        batch.submit(
            jobs, batch.define("no-role", "true", container={"jobRoleArn": "arn:aws:iam::123456789012:role/x"})
        )
    )
    assert "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/x'" in found["statusReason"]
    options = {"awslogs-group": "/jobs/none"}
    logging = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
    found = batch.ended(batch.submit(jobs, batch.define("no-group", "true", container=logging)))
    assert "failed to initialize logging driver" in found["container"]["reason"]


def test_an_instance_that_may_not_pull_a_private_image_does_not(batch: Batch, jobs: str) -> None:
    iam = clients.client("iam")
    kept = iam.get_role_policy(RoleName="jobs-instance", PolicyName="granted")["PolicyDocument"]
    logs_only = {**kept, "Statement": kept["Statement"][:1]}
    iam.put_role_policy(RoleName="jobs-instance", PolicyName="granted", PolicyDocument=json.dumps(logs_only))
    found = batch.ended(batch.submit(jobs, batch.define("private", "true", image=DEEP_LEARNING)))
    iam.put_role_policy(RoleName="jobs-instance", PolicyName="granted", PolicyDocument=json.dumps(kept))
    assert "CannotPullContainerError: AccessDeniedException" in found["container"]["reason"]
    assert "ecr:GetAuthorizationToken" in found["container"]["reason"]


def test_a_job_that_takes_too_long_is_killed_and_not_repeated(batch: Batch, jobs: str, emulator: Settings) -> None:
    script = "print('asleep', flush=True); import time; time.sleep(600)"
    definition = batch.define(
        "sleeps",
        *("python3", "-c", script),
        timeout={"attemptDurationSeconds": 60},
        retryStrategy={"attempts": 3},
    )
    job = batch.submit(jobs, definition)
    batch.when(job, "RUNNING")
    control(emulator, "clock", {"advance_seconds": 61})
    found = batch.ended(job)
    assert (found["status"], found["statusReason"]) == ("FAILED", "Job attempt duration exceeded timeout")
    assert (len(found["attempts"]), found["container"]["exitCode"]) == (1, 143)


def test_a_job_is_terminated_or_canceled_with_a_reason(batch: Batch, jobs: str) -> None:
    definition = batch.define("terminated", "python3", "-c", "import time; time.sleep(600)")
    first = batch.submit(jobs, definition)
    second = batch.submit(jobs, definition, dependsOn=[{"jobId": first}])
    third = batch.submit(jobs, definition, dependsOn=[{"jobId": first}])
    batch.when(first, "RUNNING")
    assert batch.job(second)["status"] == "PENDING"
    batch.client.cancel_job(jobId=second, reason="not needed")
    batch.client.cancel_job(jobId=first, reason="it runs already")
    assert (batch.job(second)["status"], batch.job(second)["statusReason"]) == ("FAILED", "not needed")
    batch.client.terminate_job(jobId=first, reason="enough")
    found = batch.ended(first)
    assert (found["status"], found["statusReason"], found["isTerminated"]) == ("FAILED", "enough", True)
    assert batch.ended(third)["statusReason"] == "Dependent Job failed"


def test_a_job_that_takes_more_memory_than_it_asked_for_is_killed(batch: Batch, jobs: str) -> None:
    script = "block = bytearray(700 << 20); import time; time.sleep(600)"
    found = batch.ended(batch.submit(jobs, batch.define("memory", "python3", "-c", script)))
    assert (found["status"], found["container"]["exitCode"]) == ("FAILED", 137)
    assert found["container"]["reason"].startswith("OutOfMemoryError")


def test_a_job_that_no_environment_holds_waits_and_is_canceled_where_its_queue_says_so(
    batch: Batch, demand: str, jobs: str, emulator: Settings
) -> None:
    definition = batch.define("gpu", "true", gpus=1)
    waits = batch.submit(jobs, definition)
    found = batch.job(waits)
    assert found["status"] == "RUNNABLE"
    assert found["statusReason"].startswith("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
    limit = {
        "reason": "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
        "state": "RUNNABLE",
        "maxTimeSeconds": 600,
        "action": "CANCEL",
    }
    limited = batch.submit(batch.queue("limited", demand, jobStateTimeLimitActions=[limit]), definition)
    control(emulator, "clock", {"advance_seconds": 601})
    assert batch.ended(limited)["statusReason"].endswith("MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT")
    assert batch.job(waits)["status"] == "RUNNABLE"
    gpus = batch.environment("gpus", instanceTypes=["m5.large", "g5.xlarge"])
    found = batch.ended(batch.submit(batch.queue("gpus", gpus), definition))
    assert found["status"] == "SUCCEEDED"
    batch.client.terminate_job(jobId=waits, reason="done")


def test_jobs_wait_until_their_environment_has_room(batch: Batch) -> None:
    small = batch.queue("small", batch.environment("small", maxvCpus=2))
    sleeps = batch.define("occupies", "python3", "-c", "import time; time.sleep(600)")
    first, second = batch.submit(small, sleeps), batch.submit(small, batch.define("follows", "true"))
    batch.when(first, "RUNNING")
    assert batch.job(second)["status"] == "RUNNABLE"
    listed = batch.client.list_jobs(jobQueue=small)["jobSummaryList"]
    assert [each["jobId"] for each in listed] == [first]
    batch.client.terminate_job(jobId=first, reason="make room")
    assert batch.ended(second)["status"] == "SUCCEEDED"
    named = batch.client.list_jobs(jobQueue=small, filters=[{"name": "JOB_NAME", "values": ["a-*"]}])["jobSummaryList"]
    assert [each["jobId"] for each in named] == [second, first]


def test_an_interrupted_spot_instance_gives_notice_and_its_job_is_repeated(
    batch: Batch, spot: str, emulator: Settings
) -> None:
    address, arn = queue("batch-jobs")
    events = clients.client("events")
    pattern = {"source": ["aws.batch", "aws.ec2"], "detail": {"status": [{"exists": False}, "RUNNABLE", "SUCCEEDED"]}}
    events.put_rule(Name="batch-jobs", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="batch-jobs", Targets=[{"Id": "1", "Arn": arn}])

    job = batch.submit(spot, batch.define("watches", "python3", "-c", WATCH), retryStrategy=ON_INTERRUPTION)
    stream = batch.when(job, "RUNNING")["container"]["logStreamName"]
    until(lambda: len(logged("/aws/batch/job", stream)) == 2)
    (instance,) = control(emulator, "spot")["instances"]
    assert instance["runs"] == job
    control(emulator, "spot", {"interrupt": job})
    control(emulator, "clock", {"advance_seconds": 119})
    assert batch.job(job)["status"] == "RUNNING"
    control(emulator, "clock", {"advance_seconds": 2})
    found = batch.ended(job)
    assert found["status"] == "SUCCEEDED", found
    first, second = found["attempts"]
    assert first["statusReason"] == f"Host EC2 (instance {instance['instance_id']}) terminated."
    assert "exitCode" not in first["container"]
    told = logged("/aws/batch/job", first["container"]["logStreamName"])
    assert told[:2] == ["without a token 401", "1 spot"]
    assert output(found) == ["without a token 401", "2 spot"]
    assert second["container"]["exitCode"] == 0

    said = [(each["detail-type"], each["detail"].get("status", "")) for each in bodies(address, 4)]
    assert sorted(said) == [
        ("Batch Job State Change", "RUNNABLE"),
        ("Batch Job State Change", "RUNNABLE"),
        ("Batch Job State Change", "SUCCEEDED"),
        ("EC2 Spot Instance Interruption Warning", ""),
    ]
    assert control(emulator, "spot")["instances"] == []
    assert "runs on no Spot instance" in control(emulator, "spot", {"interrupt": job})["message"]


def test_a_notice_is_seen_before_the_end(batch: Batch, spot: str, emulator: Settings) -> None:
    group = {"awslogs-group": "/jobs/notice", "awslogs-stream-prefix": "notice"}
    clients.client("logs").create_log_group(logGroupName="/jobs/notice")
    logging = {"logConfiguration": {"logDriver": "awslogs", "options": group}}
    script = WATCH.replace("time.sleep(600)", "raise SystemExit(5)")
    definition = batch.define("notice", "python3", "-c", script, container=logging)
    job = batch.submit(spot, definition)
    batch.when(job, "RUNNING")
    control(emulator, "spot", {"interrupt": job, "notice_seconds": 3600})
    found = batch.ended(job)
    assert (found["statusReason"], found["container"]["exitCode"]) == ("Essential container in task exited", 5)
    assert logged("/jobs/notice", found["container"]["logStreamName"])[-1] == "notice terminate"


def test_jobs_fall_back_to_instances_on_demand_where_spot_has_none(batch: Batch, spot: str, emulator: Settings) -> None:
    definition = batch.define("falls-back", "python3", "-c", WATCH.replace('"1"', '"none"'))
    control(emulator, "spot", {"capacity": False})
    found = batch.ended(batch.submit(spot, definition))
    control(emulator, "spot", {"capacity": True})
    assert output(found)[-1] == "1 on-demand"


def test_what_does_not_run_here_is_refused_by_name(batch: Batch, jobs: str) -> None:
    definition = batch.define("refused", "true")
    with pytest.raises(ClientError, match="arrayProperties is not supported"):
        batch.submit(jobs, definition, arrayProperties={"size": 2})
    with pytest.raises(ClientError, match="FARGATE is not supported"):
        batch.define("fargate", "true", platformCapabilities=["FARGATE"])
    with pytest.raises(ClientError, match=r"containerProperties\.mountPoints is not supported"):
        batch.define("mounts", "true", container={"mountPoints": [{"sourceVolume": "a", "containerPath": "/a"}]})
    with pytest.raises(ClientError, match="Job queue none does not exist"):
        batch.submit("none", definition)
    batch.client.deregister_job_definition(jobDefinition=definition)
    with pytest.raises(ClientError, match="does not exist, or is not ACTIVE"):
        batch.submit(jobs, definition)
    with pytest.raises(ClientError, match=r"NotImplemented.*batch:GetJobQueueSnapshot"):
        batch.client.get_job_queue_snapshot(jobQueue=jobs)
    with pytest.raises(ClientError, match="found existing JobQueue relationship"):
        batch.client.delete_compute_environment(computeEnvironment="jobs-demand")


def test_secrets_are_read_with_the_execution_role(batch: Batch, jobs: str) -> None:
    clients.client("ssm").put_parameter(Name="/jobs/word", Value="open", Type="SecureString")
    secret = clients.client("secretsmanager").create_secret(Name="jobs", SecretString='{"key": "sesame"}')["ARN"]
    granted = role(
        "jobs-execution",
        "ecs-tasks",
        allow("ssm:GetParameter*", "*"),
        allow("kms:Decrypt", "*"),
        allow("secretsmanager:GetSecretValue", secret),
    )
    secrets = [{"name": "WORD", "valueFrom": "/jobs/word"}, {"name": "KEY", "valueFrom": f"{secret}:key::"}]
    command = ("python3", "-c", "import os; print(os.environ['WORD'], os.environ['KEY'])")
    definition = batch.define("secrets", *command, container={"secrets": secrets, "executionRoleArn": granted})
    assert output(batch.ended(batch.submit(jobs, definition))) == ["open sesame"]
    definition = batch.define("secrets", *command, container={"secrets": secrets})
    assert "unable to pull secrets" in batch.ended(batch.submit(jobs, definition))["container"]["reason"]

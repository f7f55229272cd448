"""Training jobs of SageMaker: run as processes, with /opt/ml, their channels, artifacts, checkpoints and limits."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.compute import mounted
from emulator.compute.spot import Market
from emulator.services.events import services
from emulator.services.sagemaker import training_run
from emulator.services.sagemaker.training_job import TrainingJob
from emulator.settings import Settings
from tests.emulator.batch_jobs import control, logged
from tests.emulator.event_wiring import allow, bodies, queue, role, until

IMAGE = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training"
    "@sha256:01d8dfbde8f6e47a20e5b1e4033e105976663f2641084921b8769ee6998ef807"
)
PULL = (
    allow("ecr:GetAuthorizationToken", "*"),
    allow(
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "arn:aws:ecr:us-east-1:763104351884:repository/pytorch-training",
    ),
    allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*"),
)
TRAIN = """
import json, os, pathlib
import boto3
assert "assumed-role/training/SageMaker" in boto3.client("sts").get_caller_identity()["Arn"]
rows = pathlib.Path("/opt/ml/input/data/train/part/rows.csv").read_text().split()
depth = json.load(open("/opt/ml/input/config/hyperparameters.json"))["depth"]
pathlib.Path("/opt/ml/model/model.txt").write_text(f"{len(rows)} rows, depth {depth}")
pathlib.Path("/opt/ml/output/data/report.txt").write_text(os.environ["STAGE"])
print("loss=0.5")
print("loss=0.25", os.environ["TRAINING_JOB_NAME"])
"""
# Counts its checkpoints: the first run is interrupted after one, the second finds it.
RESUME = """
import pathlib, time
checkpoint = pathlib.Path("/opt/ml/checkpoints/steps")
steps = int(checkpoint.read_text()) if checkpoint.exists() else 0
checkpoint.write_text(str(steps + 1))
while steps == 0:
    time.sleep(0.1)
pathlib.Path("/opt/ml/model/steps").write_text(str(steps))
"""


class Training:
    """Jobs with one role and one bucket, both of this name."""

    def __init__(self, name: str) -> None:
        self.client = clients.client("sagemaker")
        self.s3 = clients.client("s3")
        self.bucket = name
        self.s3.create_bucket(Bucket=name)
        self.s3.put_object(Bucket=name, Key="data/part/rows.csv", Body=b"1\n2\n3\n")
        keys = [f"arn:aws:s3:::{name}/{folder}/*" for folder in ("data", "models", "checkpoints")]
        bucket = allow("s3:ListBucket", f"arn:aws:s3:::{name}")
        self.role = role(name, "sagemaker", *PULL, allow(["s3:GetObject", "s3:PutObject"], keys), bucket)

    def request(self, name: str, script: str, **more: Any) -> dict[str, Any]:
        return {
            "TrainingJobName": name,
            "RoleArn": self.role,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["python3", "-c"],
                "ContainerArguments": [script],
                "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=([0-9.]+)"}],
            },
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/models"},
            "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            **more,
        }

    def start(self, name: str, script: str, **more: Any) -> None:
        self.client.create_training_job(**self.request(name, script, **more))

    def job(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = self.client.describe_training_job(TrainingJobName=name)
        return described

    def when(self, name: str, *states: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            found = self.job(name)
            return found if found["SecondaryStatus"] in states else None

        found: dict[str, Any] = until(reached, 60)
        return found

    def run(self, name: str, script: str, **more: Any) -> dict[str, Any]:
        self.start(name, script, **more)
        return self.ended(name)

    def ended(self, name: str) -> dict[str, Any]:
        return self.when(name, "Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")

    def archive(self, key: str) -> dict[str, str]:
        content = io.BytesIO(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        with tarfile.open(fileobj=content) as tar:
            return {each.name: tar.extractfile(each).read().decode() for each in tar.getmembers() if each.isfile()}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def training(emulator: Settings) -> Training:
    return Training("training")


def channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def test_a_job_reads_its_channels_and_stores_its_model_its_output_its_log_and_its_metrics(training: Training) -> None:
    address, arn = queue("training")
    events = clients.client("events")
    pattern = {"source": ["aws.sagemaker"], "detail": {"TrainingJobName": ["trains"]}}
    events.put_rule(Name="training", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="training", Targets=[{"Id": "1", "Arn": arn}])
    found = training.run(
        "trains",
        TRAIN,
        InputDataConfig=[channel("train", "s3://training/data")],
        HyperParameters={"depth": "3"},
        Environment={"STAGE": "test"},
    )
    assert (found["TrainingJobStatus"], found.get("FailureReason")) == ("Completed", None)
    model = "models/trains/output/model.tar.gz"
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://training/{model}"
    assert training.archive(model) == {"model.txt": "3 rows, depth 3"}
    assert training.archive("models/trains/output/output.tar.gz") == {"report.txt": "test"}
    assert [(each["MetricName"], each["Value"]) for each in found["FinalMetricDataList"]] == [("loss", 0.25)]
    states = ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert [each["Status"] for each in found["SecondaryStatusTransitions"]] == states
    assert found["TrainingStartTime"] <= found["TrainingEndTime"]
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = clients.client("logs").describe_log_streams(logGroupName=group, logStreamNamePrefix="trains/")[
        "logStreams"
    ]
    assert logged(group, stream["logStreamName"]) == ["loss=0.5", "loss=0.25 trains"]
    told = [(each["detail-type"], each["detail"]["SecondaryStatus"]) for each in bodies(address, len(states))]
    assert sorted(told) == sorted(("SageMaker Training Job State Change", state) for state in states)
    assert not Path("/opt/ml/model/model.txt").exists()


def test_a_container_without_a_network_has_no_credentials(training: Training) -> None:
    script = "import os; raise SystemExit('AWS_ACCESS_KEY_ID' in os.environ)"
    assert training.run("isolated", script, EnableNetworkIsolation=True)["TrainingJobStatus"] == "Completed"


def test_a_failure_is_told_with_what_the_container_wrote_of_it(training: Training) -> None:
    script = "open('/opt/ml/output/failure', 'w').write('no target'); raise SystemExit(3)"
    found = training.run("fails", script)
    assert (found["TrainingJobStatus"], found["FailureReason"]) == ("Failed", "AlgorithmError: no target, exit code: 3")
    found = training.run("no-data", "pass", InputDataConfig=[channel("train", "s3://training/none")])
    assert "at least one object under the s3 prefix s3://training/none" in found["FailureReason"]
    found = training.run("denied", "pass", OutputDataConfig={"S3OutputPath": "s3://training/elsewhere"})
    assert found["FailureReason"].startswith("ClientError: Artifact upload failed:AccessDenied (403)")
    script = "open('/opt/ml/checkpoints/a', 'w').write('a'); import time; time.sleep(600)"
    found = training.run("no-checkpoints", script, CheckpointConfig={"S3Uri": "s3://training/elsewhere"})
    assert found["FailureReason"].startswith("ClientError: Checkpoint upload failed:AccessDenied (403)")


def test_a_job_is_stopped_on_request_and_at_the_end_of_its_time_and_keeps_its_model(
    training: Training, emulator: Settings
) -> None:
    script = "open('/opt/ml/model/half', 'w').write('half'); print('asleep', flush=True); import time; time.sleep(600)"

    def asleep(name: str) -> None:
        training.start(name, script)
        streams = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamNamePrefix": f"{name}/"}
        until(lambda: clients.client("logs").describe_log_streams(**streams)["logStreams"])

    asleep("stopped")
    training.client.stop_training_job(TrainingJobName="stopped")
    assert training.ended("stopped")["TrainingJobStatus"] == "Stopped"
    assert training.archive("models/stopped/output/model.tar.gz") == {"half": "half"}
    with pytest.raises(ClientError, match="is in status Stopped"):
        training.client.stop_training_job(TrainingJobName="stopped")
    asleep("too-long")
    control(emulator, "clock", {"advance_seconds": 3601})
    found = training.ended("too-long")
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    listed = training.client.list_training_jobs(StatusEquals="Stopped", SortBy="Name")["TrainingJobSummaries"]
    names = [each["TrainingJobName"] for each in listed]
    assert [name for name in names if name in ("stopped", "too-long", "trains")] == ["stopped", "too-long"]


def test_an_interrupted_spot_job_goes_on_from_its_checkpoint(training: Training, emulator: Settings) -> None:
    training.start(
        "resumes",
        RESUME,
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": "s3://training/checkpoints/resumes"},
        StoppingCondition={"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
    )
    key = {"Bucket": "training", "Prefix": "checkpoints/resumes/steps"}
    until(lambda: training.s3.list_objects_v2(**key)["KeyCount"], 60)
    control(emulator, "spot", {"interrupt": "resumes", "notice_seconds": 0})
    found = training.ended("resumes")
    assert found["TrainingJobStatus"] == "Completed"
    assert training.archive("models/resumes/output/model.tar.gz") == {"steps": "1"}
    states = [each["Status"] for each in found["SecondaryStatusTransitions"]]
    assert states == ["Starting", "Training", "Interrupted", "Training", "Uploading", "Completed"]
    body = training.s3.get_object(Bucket="training", Key="checkpoints/resumes/steps")["Body"].read()
    assert body == b"2"


def test_a_job_that_waits_for_spot_capacity_is_stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market()
    market.set_capacity(False)
    monkeypatch.setattr(training_run, "MARKET", market)
    monkeypatch.setattr(services, "training_job_changed", lambda job: None)
    limits = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    job = TrainingJob({"TrainingJobName": "waits", "EnableManagedSpotTraining": True, "StoppingCondition": limits})
    nothing: Any = None
    waiting = training_run.TrainingRun(job, nothing, nothing)
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(waiting._has_instance()), daemon=True)
    thread.start()
    until(lambda: job.secondary == "Pending")
    # Capacity changes, but there is none still.
    market.set_capacity(False)
    until(lambda: not job.changed.is_set())
    assert job.secondary == "Pending"
    job.stop()
    thread.join(10)
    assert (found, job.status, job.secondary) == ([False], "Stopped", "Stopped")


def test_what_cannot_be_trained_is_refused_when_it_is_asked_for(training: Training) -> None:
    def refusal(**more: Any) -> str:
        with pytest.raises(ClientError) as refused:
            training.start("refused", "pass", **more)
        return str(refused.value)

    algorithm = training.request("refused", "pass")["AlgorithmSpecification"]
    elsewhere = {**algorithm, "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"}
    assert "this emulator does not know the image" in refusal(AlgorithmSpecification=elsewhere)
    built_in = {"TrainingInputMode": "File", "TrainingImage": IMAGE}
    assert "it runs neither algorithms of SageMaker's own" in refusal(AlgorithmSpecification=built_in)
    stranger = role("training-stranger", "lambda", *PULL)
    assert "allows principal 'sagemaker.amazonaws.com' to assume the role" in refusal(RoleArn=stranger)
    unable = role("training-unable", "sagemaker", *PULL[1:])
    assert "not authorized to perform: ecr:GetAuthorizationToken" in refusal(RoleArn=unable)
    two = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    assert "InstanceCount must be 1" in refusal(ResourceConfig=two)
    assert "ExperimentConfig is not supported" in refusal(ExperimentConfig={"ExperimentName": "a"})
    nowhere = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert "VpcConfig: The subnet ID 'subnet-1' does not exist" in refusal(VpcConfig=nowhere)
    assert "Invalid MaxWaitTimeInSeconds" in refusal(EnableManagedSpotTraining=True)


@pytest.mark.parametrize("way", [mounted.in_namespace, mounted.replaced])
def test_a_folder_is_found_at_another_path(way: Any, tmp_path: Path) -> None:
    if way is mounted.in_namespace and not mounted.possible():
        pytest.skip("this machine allows no namespaces")
    folder = tmp_path / "ml"
    folder.mkdir()
    script = "import os, sys; open(sys.argv[1], 'w').write(os.environ['WHERE'])"
    placed = way(folder, "/opt/ml", [sys.executable, "-c", script, "/opt/ml/found"], {"WHERE": "/opt/ml"})
    subprocess.run(placed.command, env={"PATH": "/usr/bin:/bin", **placed.variables}, check=True)
    assert (folder / "found").read_text() in ("/opt/ml", str(folder))
    assert not Path("/opt/ml/found").exists()

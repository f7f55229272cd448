"""A training job: what was asked for, the states it went through, and its description."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator import clock, settings
from emulator.compute.container import Container
from emulator.services.events import services

ENDED = ("Completed", "Failed", "Stopped")
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Pending": "Waiting for capacity",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Interrupted": "The Spot instance was interrupted",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job waited longer than MaxWaitTimeInSeconds provided",
}
_NOT_DESCRIBED = ("Tags",)


@dataclass(eq=False)
class TrainingJob:
    """A job. `request` is CreateTrainingJob's; times are in UTC on the emulator's clock. Safe for several threads."""

    request: Mapping[str, Any]
    creation_time: datetime = field(default_factory=clock.now)
    status: str = "InProgress"
    secondary: str = ""
    failure: str = ""
    training_start: datetime | None = None
    training_end: datetime | None = None
    transitions: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    container: Container | None = None
    stopping: bool = False

    def __post_init__(self) -> None:
        """Begin as a job that starts."""
        self.tags: list[dict[str, str]] = list(self.request.get("Tags") or [])
        self.last_modified_time = self.creation_time
        self.lock = threading.RLock()
        self.changed = threading.Event()  # something that a job waits for may have come
        self.move("Starting")

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.request["TrainingJobName"])

    @property
    def arn(self) -> str:
        """The job's ARN."""
        here = settings.current()
        return f"arn:aws:sagemaker:{here.region}:{here.account}:training-job/{self.name}"

    @property
    def model_uri(self) -> str:
        """Where the model is stored."""
        asked = self.request["OutputDataConfig"]
        folder = f"{asked['S3OutputPath'].rstrip('/')}/{self.name}/output"
        return f"{folder}/model/" if asked.get("CompressionType") == "NONE" else f"{folder}/model.tar.gz"

    def move(self, secondary: str) -> None:
        """Go into another secondary state; those that are an end are the job's own state, too."""
        with self.lock:
            now = clock.now()
            if self.transitions:
                self.transitions[-1]["EndTime"] = now
            self.transitions.append(
                {"Status": secondary, "StartTime": now, "StatusMessage": _MESSAGES.get(secondary, secondary)}
            )
            self.secondary, self.last_modified_time = secondary, now
            if secondary in (*ENDED, "Stopping"):
                self.status = secondary
            elif secondary.endswith("Exceeded"):
                self.status = "Stopped"
            if self.status in ENDED:
                self.transitions[-1]["EndTime"] = now
            services.training_job_changed(self)

    def stop(self) -> None:
        """Ask the job to end; what it has stored until then is kept."""
        with self.lock:
            self.stopping = True
            self.move("Stopping")
            self.changed.set()
            if self.container:
                self.container.stop("stopped", grace=120)

    def summary(self) -> dict[str, Any]:
        """As ListTrainingJobs has it."""
        summary = {
            "TrainingJobName": self.name,
            "TrainingJobArn": self.arn,
            "CreationTime": self.creation_time,
            "TrainingEndTime": self.training_end,
            "LastModifiedTime": self.last_modified_time,
            "TrainingJobStatus": self.status,
            "SecondaryStatus": self.secondary,
        }
        return {name: value for name, value in summary.items() if value is not None}

    def describe(self) -> dict[str, Any]:
        """As DescribeTrainingJob has it."""
        asked = {name: value for name, value in self.request.items() if name not in _NOT_DESCRIBED}
        description = {
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": False,
            **copy.deepcopy(asked),
            **self.summary(),
            "SecondaryStatusTransitions": copy.deepcopy(self.transitions),
            "ModelArtifacts": {"S3ModelArtifacts": self.model_uri},
        }
        if self.failure:
            description["FailureReason"] = self.failure
        if self.training_start:
            seconds = int(((self.training_end or clock.now()) - self.training_start).total_seconds())
            description |= {"TrainingStartTime": self.training_start, "TrainingTimeInSeconds": seconds}
            if self.training_end:
                description["BillableTimeInSeconds"] = max(seconds, 1)
        if self.metrics:
            description["FinalMetricDataList"] = self.metrics
        return description

    # What moto's Search and tags read of a job.
    @property
    def training_job_name(self) -> str:
        """The job's name."""
        return self.name

    @property
    def training_job_status(self) -> str:
        """The job's status."""
        return self.status

    def gen_response_object(self) -> dict[str, Any]:
        """As Search has it."""
        return {**self.describe(), "Tags": self.tags}

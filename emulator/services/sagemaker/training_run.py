"""The execution of a training job: data in, the container, artifacts out, and every way in which that may fail."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path
from typing import Any

from emulator import clock, settings
from emulator.compute import images, mounted
from emulator.compute.container import MEMORY, TIMEOUT, CommandError, Container
from emulator.compute.images import Image, ImageError
from emulator.compute.instance_types import InstanceType
from emulator.compute.log_stream import LogStream, client
from emulator.compute.sandbox import Ending
from emulator.compute.spot import MARKET, SpotInstance
from emulator.identity import credentials
from emulator.identity.credentials import Credentials, RoleError
from emulator.services.sagemaker import storage
from emulator.services.sagemaker.storage import Checkpoints, TransferError
from emulator.services.sagemaker.training_job import TrainingJob

_PLACE = "/opt/ml"
_GROUP = "/aws/sagemaker/TrainingJobs"
_INTERRUPTED = "interrupted"
_LIFE_SECONDS = 43_200
_GRACE_SECONDS = 120
_SHUTDOWN_SECONDS = 10
_CHECKPOINT_SECONDS = 1.0
_REASON_LENGTH = 1024


class TrainingRun:
    """One job's run, on an instance of a type; `run` is what its thread does."""

    def __init__(self, job: TrainingJob, image: Image, instance_type: InstanceType) -> None:
        self._job = job
        self._image = image
        self._instance_type = instance_type
        self._request = job.request
        self._spot = bool(job.request.get("EnableManagedSpotTraining"))

    def run(self) -> None:
        """Run to the end; whatever happens is the job's status."""
        job = self._job
        try:
            self._run()
        except (TransferError, RoleError, ImageError) as error:
            self._fail(str(error))
        except CommandError as error:
            self._fail(f"AlgorithmError: the container cannot be started: {error}")
        except Exception as error:  # noqa: BLE001 (a thread that dies would leave the job in InProgress for ever)
            self._fail(f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            MARKET.remove(job.arn)

    def _run(self) -> None:
        while self._has_instance():
            role = credentials.for_role(
                self._request["RoleArn"],
                "SageMaker",
                "sagemaker.amazonaws.com",
                source_arn=self._job.arn,
                duration=_LIFE_SECONDS,
            )
            container = Container("training")
            try:
                ended = self._attempt(container, role)
            finally:
                container.close()
            if ended:
                return
            self._job.move("Interrupted")

    def _has_instance(self) -> bool:
        """Wait for Spot capacity where Spot was asked for; False when the job's time for that is over, or it stops."""
        job = self._job
        if not self._lacks_capacity():
            return True
        job.move("Pending")
        MARKET.when_capacity_changes(job.changed.set)
        waited = (clock.now() - job.creation_time).total_seconds()
        limit = float(self._request["StoppingCondition"]["MaxWaitTimeInSeconds"]) - waited
        over = threading.Event()

        def end() -> None:
            over.set()
            job.changed.set()

        appointment = clock.after(limit, end, "a training job's wait for capacity")
        while self._lacks_capacity() and not over.is_set():
            job.changed.wait()
            job.changed.clear()
        appointment.cancel()
        if self._lacks_capacity():
            job.move("MaxWaitTimeExceeded")
            return False
        if job.stopping:
            job.move("Stopped")
            return False
        return True

    def _lacks_capacity(self) -> bool:
        return self._spot and not MARKET.capacity and not self._job.stopping

    def _attempt(self, container: Container, role: Credentials) -> bool:
        """Run the container once; False when its instance was interrupted."""
        job, folder = self._job, container.home / "ml"
        s3 = client("s3", role)
        self._lay_out(folder, s3)
        checkpoints = self._checkpoints(folder, s3)
        with job.lock:
            if job.stopping:
                job.move("Stopped")
                return True
            job.container = container
            job.training_start = job.training_start or clock.now()
            job.move("Training")
        if self._spot:
            MARKET.add(
                SpotInstance(job.arn, job.name, lambda _: None, lambda: container.stop(_INTERRUPTED, _SHUTDOWN_SECONDS))
            )
        ending = self._execute(container, folder, role, checkpoints)
        MARKET.remove(job.arn)
        if checkpoints and ending.killed_for != _INTERRUPTED:
            checkpoints.store()
        if ending.killed_for == _INTERRUPTED:
            return False
        self._read_metrics(container.output)
        self._conclude(ending, folder, s3)
        return True

    def _lay_out(self, folder: Path, s3: Any) -> None:
        """The folders that every training container has, its configuration, and its channels."""
        for name in ("input/config", "input/data", "model", "output/data", "checkpoints"):
            (folder / name).mkdir(parents=True)
        channels = self._request.get("InputDataConfig") or []
        resources = {
            "current_host": "algo-1",
            "current_instance_type": self._instance_type.name,
            "current_group_name": "homogeneousCluster",
            "hosts": ["algo-1"],
            "network_interface_name": "lo",
        }
        described = {
            each["ChannelName"]: {"TrainingInputMode": "File", "RecordWrapperType": "None", "S3DistributionType": ""}
            for each in channels
        }
        for name, document in (
            ("hyperparameters", self._request.get("HyperParameters") or {}),
            ("resourceconfig", resources),
            ("inputdataconfig", described),
        ):
            (folder / "input/config" / f"{name}.json").write_text(json.dumps(document))
        if channels:
            self._job.move("Downloading")
        for each in channels:
            source = each["DataSource"]["S3DataSource"]["S3Uri"]
            storage.download_channel(s3, source, folder / "input/data" / each["ChannelName"])

    def _checkpoints(self, folder: Path, s3: Any) -> Checkpoints | None:
        asked = self._request.get("CheckpointConfig")
        if not asked:
            return None
        place = Path(asked.get("LocalPath") or f"{_PLACE}/checkpoints").relative_to(_PLACE)
        checkpoints = Checkpoints(s3, folder / place, asked["S3Uri"])
        checkpoints.restore()
        return checkpoints

    def _execute(
        self, container: Container, folder: Path, role: Credentials, checkpoints: Checkpoints | None
    ) -> Ending:
        algorithm = self._request["AlgorithmSpecification"]
        command = [*algorithm["ContainerEntrypoint"], *(algorithm.get("ContainerArguments") or [])]
        placed = mounted.mounted(folder, _PLACE, command, self._variables(role))
        log = LogStream(_GROUP, f"{self._job.name}/algo-1-{int(clock.seconds())}", role)
        due = 0.0

        def watch() -> None:
            nonlocal due
            if checkpoints and time.monotonic() >= due:
                checkpoints.store()
                due = time.monotonic() + _CHECKPOINT_SECONDS

        longest = float(self._request["StoppingCondition"]["MaxRuntimeInSeconds"])
        container.start(placed.command, placed.variables, timeout=longest, grace=_GRACE_SECONDS)
        return container.wait(log, self._instance_type.memory, watch)

    def _variables(self, role: Credentials) -> dict[str, str]:
        # An isolated container has no way to AWS, and so no credentials.
        own = {} if self._request.get("EnableNetworkIsolation") else role.environment()
        return {
            "PATH": images.search_path(self._image),
            **({} if self._instance_type.gpus else {"CUDA_VISIBLE_DEVICES": ""}),
            **(self._request.get("Environment") or {}),
            **own,
            "TRAINING_JOB_NAME": self._job.name,
            "TRAINING_JOB_ARN": self._job.arn,
            "AWS_REGION": settings.current().region,
        }

    def _conclude(self, ending: Ending, folder: Path, s3: Any) -> None:
        """Store what the container left, and end the job as its end says."""
        job = self._job
        with job.lock:
            job.container = None
            job.training_end = clock.now()
        ended_itself = not ending.killed_for
        if not (ended_itself and ending.status) and ending.killed_for != MEMORY:
            if not job.stopping:
                job.move("Uploading")
            self._upload(folder / "model", job.model_uri, s3)
        if storage.files(folder / "output/data"):
            self._upload(folder / "output/data", f"{job.model_uri.rpartition('/model')[0]}/output.tar.gz", s3)
        if ending.killed_for == MEMORY:
            self._fail("AlgorithmError: the container was killed: it used more memory than its instance has")
        elif ending.killed_for == TIMEOUT:
            job.move("MaxRuntimeExceeded")
        elif ending.killed_for or job.stopping:
            job.move("Stopped")
        elif ending.status:
            told = folder / "output/failure"
            reason = told.read_text(errors="replace")[:_REASON_LENGTH] if told.is_file() else ""
            self._fail(f"AlgorithmError: {reason}, exit code: {ending.status}")
        else:
            job.move("Completed")

    def _upload(self, folder: Path, uri: str, s3: Any) -> None:
        storage.upload_artifacts(s3, folder, uri, self._request["OutputDataConfig"].get("KmsKeyId", ""))

    def _read_metrics(self, output: Path) -> None:
        """The last value of every metric that the request defines by a pattern of the log."""
        text = output.read_text(errors="replace") if output.exists() else ""
        for each in self._request["AlgorithmSpecification"].get("MetricDefinitions") or ():
            if values := re.findall(each["Regex"], text):
                last = values[-1] if isinstance(values[-1], str) else values[-1][0]
                self._job.metrics.append({"MetricName": each["Name"], "Value": float(last), "Timestamp": clock.now()})

    def _fail(self, reason: str) -> None:
        job = self._job
        with job.lock:
            job.container = None
            job.failure = reason
            job.training_end = job.training_end or (clock.now() if job.training_start else None)
            job.move("Failed")

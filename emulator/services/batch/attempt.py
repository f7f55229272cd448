"""One attempt of a job: an instance for it, its image, its log, its role, its command, and how it ended."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.iam.models import iam_backends

from emulator import clients, settings
from emulator.compute import images
from emulator.compute.container import MEMORY, TIMEOUT, CommandError, Container
from emulator.compute.images import Image, ImageError
from emulator.compute.instance_metadata import Instance, InstanceMetadata
from emulator.compute.instance_types import InstanceType
from emulator.compute.log_stream import LogStream, client
from emulator.compute.sandbox import Ending
from emulator.compute.spot import MARKET, SpotInstance
from emulator.identity import credentials
from emulator.identity.credentials import Credentials, RoleError
from emulator.services.batch import container_secrets
from emulator.services.batch.container_secrets import SecretError
from emulator.services.batch.job import Attempt, Job, milliseconds
from emulator.services.batch.retries import Outcome
from emulator.services.events import services

_GROUP = "/aws/batch/job"
_LIFE_SECONDS = 43_200
_NOT_STARTED = "Task failed to start"
_EXITED = "Essential container in task exited"
# An instance that shuts down asks what runs on it to end, as its operating system does.
_SHUTDOWN_SECONDS = 10
_HOST_GONE = "Host EC2 (instance {instance}) terminated."


class StartError(Exception):
    """A container could not be started; the message is its reason."""


class Execution:
    """An attempt that was placed. `environment` is moto's compute environment."""

    def __init__(self, job: Job, environment: Any, instance_type: InstanceType) -> None:
        self.job = job
        self.environment = environment
        self.instance_type = instance_type
        self.instance_id = f"i-{secrets.token_hex(9)[:17]}"
        self.attempt = Attempt()
        self._container = Container("batch")
        self._metadata: InstanceMetadata | None = None

    @property
    def spot(self) -> bool:
        """Whether its instance is a Spot instance."""
        return "SPOT" in str(self.environment.compute_resources["type"])

    def run(self, started: Any) -> Outcome:
        """Run to the end. `started` is called when the container runs."""
        try:
            return self._run(started)
        except ImageError as error:
            return self._failed(f"CannotPullContainerError: {error}")
        except CommandError as error:
            return self._failed(f"CannotStartContainerError: Error response from daemon: {error}: unknown")
        except (StartError, SecretError) as error:
            return self._failed(str(error))
        except RoleError as error:
            return Outcome(None, error.message)
        finally:
            MARKET.remove(self.instance_id)
            self.attempt.stopped = milliseconds()
            self._container.close()
            if self._metadata:
                self._metadata.close()

    def stop(self, reason: str, grace: float = 30) -> None:
        """End the attempt, now or at its start."""
        self._container.stop(reason, grace)

    def _announce(self, when: datetime) -> None:
        if self._metadata:
            self._metadata.announce_interruption(when)
        services.spot_interruption_announced(self.instance_id)

    def _reclaim(self) -> None:
        self.stop(_HOST_GONE.format(instance=self.instance_id), _SHUTDOWN_SECONDS)

    def _failed(self, reason: str) -> Outcome:
        self.attempt.container["reason"] = reason
        return Outcome(None, _NOT_STARTED, reason)

    def _run(self, started: Any) -> Outcome:
        job, here = self.job, settings.current()
        cluster = self.environment.ecs_name
        prefix = f"arn:aws:ecs:{here.region}:{here.account}"
        task = uuid.uuid4().hex
        self.attempt.container |= {
            "containerInstanceArn": f"{prefix}:container-instance/{cluster}/{uuid.uuid4().hex}",
            "taskArn": f"{prefix}:task/{cluster}/{task}",
        }
        profile = _instance_role(self.environment.compute_resources["instanceRole"])
        host = self._role(profile, "ec2.amazonaws.com")
        image = images.pull(job.container["image"], host)
        log = self._log(task, host)
        variables = self._variables(image, profile)
        self._container.start(_command(job), variables, timeout=job.timeout)
        self.attempt.started = milliseconds()
        if self.spot:
            MARKET.add(SpotInstance(self.instance_id, job.id, self._announce, self._reclaim))
        started()
        ending = self._container.wait(log, job.demand.memory)
        return self._outcome(ending)

    def _outcome(self, ending: Ending) -> Outcome:
        told = self.attempt.container
        if ending.killed_for == _HOST_GONE.format(instance=self.instance_id):
            return Outcome(None, ending.killed_for)
        told["exitCode"] = ending.status
        if ending.killed_for == MEMORY:
            told["reason"] = "OutOfMemoryError: Container killed due to memory usage"
            return Outcome(ending.status, _EXITED, told["reason"])
        if ending.killed_for == TIMEOUT:
            return Outcome(ending.status, "Job attempt duration exceeded timeout", final=True)
        if ending.killed_for:
            return Outcome(ending.status, ending.killed_for, final=True)
        return Outcome(ending.status, _EXITED)

    def _variables(self, image: Image, profile: str) -> dict[str, str]:
        """The container's environment: the definition's, Batch's own, and the way to its role."""
        job, here = self.job, settings.current()
        instance = Instance(
            self.instance_id,
            self.instance_type.name,
            self.spot,
            here.region,
            here.account,
            profile.rpartition("/")[2],
            lambda: self._role(profile, "ec2.amazonaws.com"),
        )
        self._metadata = InstanceMetadata(instance)
        role = job.container.get("jobRoleArn")
        own = self._role(role, "ecs-tasks.amazonaws.com").environment() if role else {}
        return {
            "PATH": images.search_path(image),
            **({} if job.demand.gpus else {"CUDA_VISIBLE_DEVICES": ""}),
            **self._metadata.environment(),
            **{each["name"]: each.get("value", "") for each in job.container["environment"]},
            **container_secrets.resolved(job.container),
            **own,
            "AWS_BATCH_JOB_ID": job.id,
            "AWS_BATCH_JOB_ATTEMPT": str(len(job.attempts)),
            "AWS_BATCH_CE_NAME": self.environment.name,
            "AWS_BATCH_JQ_NAME": job.queue.name,
        }

    def _role(self, role: str, service: str) -> Credentials:
        session = self.instance_id if service.startswith("ec2") else self.job.id
        try:
            return credentials.for_role(role, session, service, source_arn=self.job.arn, duration=_LIFE_SECONDS)
        except RoleError as error:
            raise RoleError(
                error.code,
                f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the "
                f"role being passed has the proper trust relationship and permissions. ({error.message})",
            ) from error

    def _log(self, task: str, instance_role: Credentials) -> LogStream:
        """The container's log stream, made with the rights of the instance; the default group is Batch's own."""
        asked = (self.job.container.get("logConfiguration") or {}).get("options") or {}
        group = asked.get("awslogs-group", _GROUP)
        prefix = asked.get("awslogs-stream-prefix", self.job.definition.name)
        name = f"{prefix}/default/{task}"
        if group == _GROUP:
            _make_default_group()
        logs = client("logs", instance_role)
        try:
            if asked.get("awslogs-create-group") == "true":
                _make_group(logs, group)
            logs.create_log_stream(logGroupName=group, logStreamName=name)
        except ClientError as error:
            raise StartError(
                "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to "
                f"create Cloudwatch log stream: {error}"
            ) from error
        self.attempt.container["logStreamName"] = name
        return LogStream(group, name, instance_role)


def _make_default_group() -> None:
    _make_group(clients.client("logs"), _GROUP)


def _make_group(logs: Any, group: str) -> None:
    try:
        logs.create_log_group(logGroupName=group)
    except logs.exceptions.ResourceAlreadyExistsException:
        return


def _instance_role(profile: str) -> str:
    """The ARN of the role in an instance profile, given by its name or ARN."""
    for each in iam_backends[settings.current().account]["aws"].get_instance_profiles():
        if profile in (each.arn, each.name) and each.roles:
            return str(each.roles[0].arn)
    raise StartError(f"the instance profile {profile} has no role")


def _command(job: Job) -> list[str]:
    """The command with its parameters in place of ``Ref::name``."""
    placed = {f"Ref::{name}": value for name, value in job.parameters.items()}
    return [placed.get(part, part) for part in job.container["command"]]

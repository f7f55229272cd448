"""What the tests of Batch need: roles, environments, queues, definitions, and a job awaited to its end."""

from __future__ import annotations

import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from emulator import clients
from emulator.settings import Settings
from tests.emulator.event_wiring import allow, role, until
from tests.emulator.http_client import send

IMAGE = "public.ecr.aws/docker/library/python:3.11-slim"
DEEP_LEARNING = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.5.1-gpu-py311-cu124-ubuntu22.04-ec2"
INSTANCE_RIGHTS = (
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], "*"),
    allow("ecr:GetAuthorizationToken", "*"),
    allow(
        ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "arn:aws:ecr:us-east-1:763104351884:repository/pytorch-training",
    ),
)


class Batch:
    """Environments, queues and definitions under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.client = clients.client("batch")
        ec2, iam = clients.client("ec2"), clients.client("iam")
        self.subnet = ec2.describe_subnets()["Subnets"][0]
        groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.subnet["VpcId"]]}])
        self.group = groups["SecurityGroups"][0]["GroupId"]
        role(f"{prefix}-instance", "ec2", *INSTANCE_RIGHTS)
        self.profile: str = iam.create_instance_profile(InstanceProfileName=prefix)["InstanceProfile"]["Arn"]
        iam.add_role_to_instance_profile(InstanceProfileName=prefix, RoleName=f"{prefix}-instance")

    def environment(self, name: str, **resources: Any) -> str:
        """The ARN of a new environment; on demand and without GPUs unless said otherwise."""
        whole = {
            "type": "EC2",
            "allocationStrategy": "BEST_FIT_PROGRESSIVE",
            "minvCpus": 0,
            "maxvCpus": 16,
            "instanceTypes": ["m5.large"],
            "instanceRole": self.profile,
            "subnets": [self.subnet["SubnetId"]],
            "securityGroupIds": [self.group],
            **resources,
        }
        made = self.client.create_compute_environment(
            computeEnvironmentName=f"{self.prefix}-{name}", type="MANAGED", computeResources=whole
        )
        return str(made["computeEnvironmentArn"])

    def queue(self, name: str, *environments: str, **more: Any) -> str:
        """The ARN of a new queue of environments, in their order."""
        order = [{"order": number, "computeEnvironment": arn} for number, arn in enumerate(environments, 1)]
        made = self.client.create_job_queue(
            jobQueueName=f"{self.prefix}-{name}", priority=1, computeEnvironmentOrder=order, **more
        )
        return str(made["jobQueueArn"])

    def define(self, name: str, *command: str, image: str = IMAGE, gpus: int = 0, **more: Any) -> str:
        """The ARN of a new definition of one virtual CPU and 512 MiB; `container` among more are further properties."""
        requirements = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "512"}]
        requirements += [{"type": "GPU", "value": str(gpus)}] if gpus else []
        container = {
            "image": image,
            "command": list(command),
            "resourceRequirements": requirements,
            **more.pop("container", {}),
        }
        made = self.client.register_job_definition(
            jobDefinitionName=f"{self.prefix}-{name}", type="container", containerProperties=container, **more
        )
        return str(made["jobDefinitionArn"])

    def submit(self, queue: str, definition: str, **more: Any) -> str:
        """The id of a new job."""
        made = self.client.submit_job(jobName="a-job", jobQueue=queue, jobDefinition=definition, **more)
        return str(made["jobId"])

    def job(self, identifier: str) -> dict[str, Any]:
        """A job as it is now."""
        found: dict[str, Any] = self.client.describe_jobs(jobs=[identifier])["jobs"][0]
        return found

    def when(self, identifier: str, *states: str) -> dict[str, Any]:
        """A job once it is in one of the states."""

        def reached() -> dict[str, Any] | None:
            found = self.job(identifier)
            return found if found["status"] in states else None

        found: dict[str, Any] = until(reached, 60)
        return found

    def ended(self, identifier: str) -> dict[str, Any]:
        """A job once it succeeded or failed."""
        return self.when(identifier, "SUCCEEDED", "FAILED")


def logged(group: str, stream: str) -> list[str]:
    """The lines of a log stream."""
    events = clients.client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    return [each["message"] for each in events["events"]]


def control(emulator: Settings, path: str, document: Any = None) -> Any:
    """What one of the emulator's own controls answers to the root user."""
    data = None if document is None else json.dumps(document).encode()
    request = AWSRequest(method="POST" if data else "GET", url=f"{emulator.endpoint}/_emulator/{path}", data=data)
    SigV4Auth(Credentials(emulator.access_key, emulator.secret_key), "emulator", emulator.region).add_auth(request)
    return send(request.url, request.method, data, dict(request.headers)).json

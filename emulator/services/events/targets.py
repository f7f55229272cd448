"""One delivery to one target: the call that EventBridge, or Scheduler, makes in the name of a role or by itself."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import JsonRESTError

from emulator import clients, operations
from emulator.compute import log_stream
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.events import api_destinations, permissions
from emulator.services.events.input import select

_THROTTLED = ("TooManyRequestsException", "ThrottlingException", "Throttling", "ProvisionedThroughputExceededException")


class DeliveryError(Exception):
    """A target did not take an event: AWS's error code, and whether EventBridge would try again."""

    def __init__(self, code: str, message: str, *, retriable: bool = False) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retriable = retriable


@dataclass(frozen=True)
class Delivery:
    """What goes to a target.

    `target` is as in PutTargets or CreateSchedule, `service` the principal that delivers on behalf of `source_arn`,
    `event` what the payload was made of.
    """

    target: Mapping[str, Any]
    payload: str
    event: Mapping[str, Any]
    source_arn: str
    service: str

    @property
    def arn(self) -> str:
        """The target."""
        return str(self.target["Arn"])

    @property
    def on_behalf_of(self) -> str:
        """What the trust of a target's role may be tied to (``aws:SourceArn``): of a schedule, its group."""
        return re.sub(r":schedule/([^/]+)/.*", r":schedule-group/\1", self.source_arn)

    def client(self, service: str, action: str) -> Any:
        """A client with the rights of the target's role; without a role the target's own policy must allow `action`."""
        role = self.target.get("RoleArn")
        if role:
            session = f"{self.service.split('.')[0]}-{uuid.uuid4().hex[:16]}"
            return log_stream.client(
                service, credentials.for_role(role, session, self.service, source_arn=self.on_behalf_of)
            )
        if not permissions.allows(self.service, action, self.arn, self.source_arn):
            raise DeliveryError("NO_PERMISSIONS", f"the policy of {self.arn} does not allow {self.service} to {action}")
        return clients.client(service)

    def demand(self, action: str) -> None:
        """Check that the target's role may do what no API asks for.

        Raises:
            DeliveryError: it may not.
        """
        role = self.target["RoleArn"]
        if not permissions.role_allows(role, self.service, action, self.arn, self.on_behalf_of):
            raise DeliveryError("NO_PERMISSIONS", f"{role} may not {action} on {self.arn}")


@dataclass(frozen=True)
class Kind:
    """A kind of target: what its ARNs contain, how it is called, and whether it needs a role.

    `operation` is the call, as (botocore's service, operation): the target is supported where that is executed.
    """

    pattern: str
    call: Callable[[Delivery], object]
    operation: tuple[str, str]
    needs_role: bool = True


def kind_of(arn: str) -> Kind | None:
    """The kind of a target; None for what AWS, or this emulator, does not deliver to."""
    found = next((kind for kind in KINDS if kind.pattern in arn), None)
    executed = found and operations.answer(*found.operation) is operations.Answer.EXECUTED
    return found if executed else None


def deliver(delivery: Delivery) -> None:
    """Deliver once.

    Raises:
        DeliveryError: the target refused, is not there, or nothing allows the delivery.
    """
    kind = kind_of(delivery.arn)
    if kind is None:
        raise DeliveryError("InvalidTarget", f"{delivery.arn} is no target of this emulator")
    try:
        kind.call(delivery)
    except ClientError as error:
        details = error.response["Error"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        retriable = (status >= 500 and status != 501) or details["Code"] in _THROTTLED
        raise DeliveryError(details["Code"], details.get("Message", ""), retriable=retriable) from error
    except RoleError as error:
        raise DeliveryError("NO_PERMISSIONS", error.message) from error
    except JsonRESTError as error:  # of what is no API here
        raise DeliveryError(error.error_type, error.message) from error
    except api_destinations.RequestError as error:
        raise DeliveryError("SDK_CLIENT_ERROR", str(error), retriable=error.retriable) from error
    except BotoCoreError as error:
        raise DeliveryError("INVALID_PARAMETER", str(error)) from error


def _to_function(delivery: Delivery) -> None:
    client = delivery.client("lambda", "lambda:InvokeFunction")
    client.invoke(FunctionName=delivery.arn, InvocationType="Event", Payload=delivery.payload.encode())


def _to_state_machine(delivery: Delivery) -> None:
    client = delivery.client("stepfunctions", "states:StartExecution")
    client.start_execution(stateMachineArn=delivery.arn, input=delivery.payload)


def _to_queue(delivery: Delivery) -> None:
    client = delivery.client("sqs", "sqs:SendMessage")
    client.send_message(
        QueueUrl=permissions.queue_url(delivery.arn),
        MessageBody=delivery.payload,
        **(delivery.target.get("SqsParameters") or {}),
    )


def _to_topic(delivery: Delivery) -> None:
    delivery.client("sns", "sns:Publish").publish(TopicArn=delivery.arn, Message=delivery.payload)


def _to_log_group(delivery: Delivery) -> None:
    client = delivery.client("logs", "logs:PutLogEvents")
    group, stream = delivery.arn.split(":log-group:")[1].removesuffix(":*"), str(uuid.uuid4())
    client.create_log_stream(logGroupName=group, logStreamName=stream)
    entry = {"timestamp": int(time.time() * 1000), "message": delivery.payload}
    client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[entry])


def _to_bus(delivery: Delivery) -> None:
    parameters = delivery.target.get("EventBridgeParameters")
    event = delivery.event
    entry = (
        {**parameters, "Detail": delivery.payload}  # Scheduler says what event it makes
        if parameters
        else {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "Resources": event["resources"],
        }
    )
    client = delivery.client("events", "events:PutEvents")
    answer = client.put_events(Entries=[{**entry, "EventBusName": delivery.arn}])["Entries"][0]
    if "ErrorCode" in answer:
        raise DeliveryError(answer["ErrorCode"], answer["ErrorMessage"])


def _to_firehose(delivery: Delivery) -> None:
    client = delivery.client("firehose", "firehose:PutRecord")
    name = delivery.arn.rsplit("/", 1)[1]
    client.put_record(DeliveryStreamName=name, Record={"Data": delivery.payload.encode()})


def _to_stream(delivery: Delivery) -> None:
    parameters = delivery.target.get("KinesisParameters") or {}
    path = parameters.get("PartitionKeyPath")
    key = parameters.get("PartitionKey") or (select(path, delivery.event) if path else None)
    client = delivery.client("kinesis", "kinesis:PutRecord")
    client.put_record(
        StreamARN=delivery.arn, Data=delivery.payload.encode(), PartitionKey=str(key or delivery.event.get("id"))
    )


def _to_job_queue(delivery: Delivery) -> None:
    parameters = delivery.target["BatchParameters"]
    asked = {name[:1].lower() + name[1:]: value for name, value in parameters.items()}
    given = json.loads(delivery.payload)
    chosen = given.get("Parameters") or given.get("parameters") if isinstance(given, Mapping) else None
    if "arrayProperties" in asked:
        asked["arrayProperties"] = {"size": asked["arrayProperties"]["Size"]}
    if "retryStrategy" in asked:
        asked["retryStrategy"] = {"attempts": asked["retryStrategy"]["Attempts"]}
    client = delivery.client("batch", "batch:SubmitJob")
    client.submit_job(jobQueue=delivery.arn, **asked, **({"parameters": chosen} if chosen else {}))


def _to_cluster(delivery: Delivery) -> None:
    parameters = dict(delivery.target["EcsParameters"])
    asked: dict[str, Any] = {
        "cluster": delivery.arn,
        "taskDefinition": parameters["TaskDefinitionArn"],
        "count": parameters.get("TaskCount", 1),
        "overrides": _overrides(delivery),
    }
    for name in ("LaunchType", "Group", "PlatformVersion", "PropagateTags", "ReferenceId"):
        if name in parameters:
            asked[name[:1].lower() + name[1:]] = parameters[name]
    network = (parameters.get("NetworkConfiguration") or {}).get("awsvpcConfiguration")
    if network:
        spelled = {name[:1].lower() + name[1:]: value for name, value in network.items()}
        asked["networkConfiguration"] = {"awsvpcConfiguration": spelled}
    answer = delivery.client("ecs", "ecs:RunTask").run_task(**asked)
    for failure in answer.get("failures", []):
        raise DeliveryError(failure.get("reason", "RunTask"), failure.get("detail", str(failure)))


def _overrides(delivery: Delivery) -> dict[str, Any]:
    """What an ECS target's input says of the containers; an event as it is says nothing."""
    given = json.loads(delivery.payload)
    names = ("containerOverrides", "taskRoleArn", "executionRoleArn", "cpu", "memory", "ephemeralStorage")
    return {name: given[name] for name in names if name in given} if isinstance(given, Mapping) else {}


def _to_workflow(delivery: Delivery) -> None:
    from emulator.services.glue import workflows  # noqa: PLC0415 (moto's Glue is loaded when it is used)

    workflows.notify(delivery)


def _to_any_operation(delivery: Delivery) -> None:
    from emulator.services.scheduler import universal  # noqa: PLC0415 (which builds upon this module)

    universal.call(delivery)


def _to_api_destination(delivery: Delivery) -> None:
    delivery.demand("events:InvokeApiDestination")
    api_destinations.send(delivery.arn, delivery.target.get("HttpParameters") or {}, delivery.payload)


KINDS: tuple[Kind, ...] = (
    Kind("arn:aws:scheduler:::aws-sdk:", _to_any_operation, ("scheduler", "CreateSchedule")),
    Kind(":lambda:", _to_function, ("lambda", "Invoke"), needs_role=False),
    Kind(":states:", _to_state_machine, ("stepfunctions", "StartExecution")),
    Kind(":sqs:", _to_queue, ("sqs", "SendMessage"), needs_role=False),
    Kind(":sns:", _to_topic, ("sns", "Publish"), needs_role=False),
    Kind(":log-group:", _to_log_group, ("logs", "PutLogEvents"), needs_role=False),
    Kind(":event-bus/", _to_bus, ("events", "PutEvents")),
    Kind(":api-destination/", _to_api_destination, ("events", "PutEvents")),
    Kind(":firehose:", _to_firehose, ("firehose", "PutRecord")),
    Kind(":kinesis:", _to_stream, ("kinesis", "PutRecord")),
    Kind(":workflow/", _to_workflow, ("glue", "StartWorkflowRun")),
    Kind(":job-queue/", _to_job_queue, ("batch", "SubmitJob")),
    Kind(":cluster/", _to_cluster, ("ecs", "RunTask")),
)

"""The calls that an execution makes: with its role's credentials, in Step Functions' casing, with its error names."""

from __future__ import annotations

import functools
import json
import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.response import StreamingBody
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from emulator import settings
from emulator.identity import credentials

_sessions = threading.local()
_DURATION = 43200  # a job may be waited for longer than an hour


@dataclass(frozen=True)
class Principal:
    """In whose name an execution calls: its role, and the state machine that roles may demand in their trust policy."""

    role_arn: str
    state_machine_arn: str | None = None


def principal_of(env: Any) -> Principal:
    """The principal of an execution, from its environment in the interpreter."""
    machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
    return Principal(env.aws_execution_details.role_arn, machine)


def client_of_role(region: str, service: str, state_credentials: Any = None) -> Any:
    """A client with temporary credentials of the role that `state_credentials` names.

    Raises:
        RoleError: the role does not exist or does not trust Step Functions.
    """
    role = state_credentials.role_arn
    temporary = credentials.for_role(
        role,
        uuid.uuid4().hex,
        "states.amazonaws.com",
        source_arn=getattr(state_credentials, "state_machine_arn", None) or _machine_of(role),
        duration=_DURATION,
    )
    if not hasattr(_sessions, "session"):
        _sessions.session = boto3.session.Session()
    return _sessions.session.client(
        service,
        region_name=region,
        endpoint_url=settings.current().endpoint,
        aws_access_key_id=temporary.access_key_id,
        aws_secret_access_key=temporary.secret_access_key,
        aws_session_token=temporary.session_token,
        config=Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            proxies={},
            inject_host_prefix=False,
            read_timeout=3600,
        ),
    )


def _machine_of(role_arn: str) -> str | None:
    """ARN of a state machine that runs with this role: trust policies are conditioned on it."""
    backend = stepfunctions_parser_backends[role_arn.split(":")[4]][settings.current().region]
    return next((machine.arn for machine in backend.state_machines if machine.roleArn == role_arn), None)


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def operation_model(service: str, action: str) -> OperationModel | None:
    """The operation behind an integration's action (``startQueryExecution``), or None."""
    name = action[:1].upper() + action[1:]
    model = service_model(service)
    return model.operation_model(name) if name in model.operation_names else None


def call(client: Any, operation: OperationModel, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call with parameters in Step Functions' casing and return boto's response without its metadata."""
    response: dict[str, Any] = getattr(client, xform_name(operation.name))(
        **to_request(parameters, operation.input_shape)
    )
    response.pop("ResponseMetadata", None)
    return response


def pascal(name: str) -> str:
    """The name with its first letter in upper case, as Step Functions spells members."""
    return name[:1].upper() + name[1:]


def to_request(value: Any, shape: Shape | None) -> Any:
    """Parameters as botocore wants them: members in the service's casing, objects where text is wanted as JSON."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        if getattr(shape, "is_document_type", False):
            return value
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        # A member that is null is one that was not given: the CDK writes such.
        given = (key for key, item in value.items() if item is not None)
        named = ((key, *members.get(key.lower(), (key, None))) for key in given)
        return {name: to_request(value[key], member) for key, name, member in named}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_request(item, shape.member) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: to_request(item, shape.value) for key, item in value.items()}
    return _to_scalar(value, "" if shape is None else shape.type_name)


def _to_scalar(value: Any, kind: str) -> Any:
    if kind not in ("string", "blob") or value is None or isinstance(value, bytes):
        return value
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode() if kind == "blob" else text


def from_response(value: Any, shape: Shape | None, *, iso_times: bool) -> Any:
    """A response as Step Functions shows it: members in Pascal case, plain JSON values.

    Times are ISO 8601 text for the AWS SDK integrations, and milliseconds for the optimized ones.
    """
    if isinstance(value, dict):
        if isinstance(shape, StructureShape):
            return {
                pascal(key): from_response(item, shape.members.get(key), iso_times=iso_times)
                for key, item in value.items()
            }
        inner = shape.value if isinstance(shape, MapShape) else None
        return {key: from_response(item, inner, iso_times=iso_times) for key, item in value.items()}
    if isinstance(value, list):
        inner = shape.member if isinstance(shape, ListShape) else None
        return [from_response(item, inner, iso_times=iso_times) for item in value]
    return _plain(value, iso_times=iso_times)


def _plain(value: Any, *, iso_times: bool) -> Any:
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return (
            utc.isoformat(timespec="milliseconds").replace("+00:00", "Z") if iso_times else int(utc.timestamp() * 1000)
        )
    if isinstance(value, StreamingBody):
        return value.read().decode("utf-8", "replace")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def modeled_error(error: ClientError, service: str) -> str | None:
    """Name of the service's exception of this code, ending in ``Exception``; None where the service models none."""
    shape = service_model(service).shape_for_error_code(error.response["Error"]["Code"])
    if shape is None:
        return None
    name = str(shape.name)
    return name if name.endswith("Exception") else f"{name}Exception"


def message_of(error: ClientError) -> str:
    """The service's message, or the exception's text where it sent none."""
    return str(error.response["Error"].get("Message") or error)

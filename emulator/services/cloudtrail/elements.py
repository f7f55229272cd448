"""The elements requestParameters and responseElements: what was sent and answered, without what is secret."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import botocore.parsers
from botocore.model import OperationModel, Shape
from moto.core.utils import get_service_model

from emulator.services.cloudtrail.call import LARGEST, Call
from emulator.services.cloudtrail.operation import CalledOperation

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
# Signing name -> botocore's name of the service, where it is another.
_SERVICES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
}
# Members that CloudTrail leaves out altogether, or empties, by the operation.
_OMITTED = frozenset({"plaintext", "secretString", "secretBinary", "ciphertextBlob", "secretAccessKey", "zipFile"})
_OMITTED_OF = {("dynamodb", "item"), ("sqs", "messageBody"), ("sns", "message"), ("lambda", "variables")}


def request_parameters(call: Call, operation: CalledOperation) -> dict[str, Any] | None:
    """What was asked for, its members' names beginning in lower case."""
    if operation.service == "s3":
        return operation.parameters
    if call.content is None:
        return {"omitted": True, "originalSize": call.bytes_in, "reason": "ELEMENT_TOO_LARGE"}
    model = _model(operation)
    shape = model.input_shape if model is not None else None
    parameters = {name: value for name, value in operation.parameters.items() if name not in ("Action", "Version")}
    return _told(parameters, shape, operation.service) or None


def response_elements(call: Call, operation: CalledOperation) -> dict[str, Any] | None:
    """What was answered to a call that changed something; None for those that only read, and those that failed."""
    if operation.reading and operation.name != "AssumeRole":
        return None
    model = _model(operation)
    if model is None or model.output_shape is None or call.status >= 300:
        return None
    if call.body is None:
        return {"omitted": True, "originalSize": call.bytes_out, "reason": "ELEMENT_TOO_LARGE"}
    parsed = _parsed(call, operation, model)
    parsed.pop("ResponseMetadata", None)
    return _told(parsed, model.output_shape, operation.service) or None


def error(call: Call, operation: CalledOperation) -> dict[str, str]:
    """Code and message of a call that failed."""
    if call.status < 300:
        return {}
    model = _model(operation)
    found = _parsed(call, operation, model).get("Error", {}) if model is not None and call.body else {}
    code = str(found.get("Code") or (call.header("x-amzn-errortype") or "").partition(":")[0] or call.status)
    known = {"errorCode": code.rpartition("#")[2].removesuffix("Exception") if "AccessDenied" in code else code}
    message = found.get("Message")
    return {**known, "errorMessage": str(message)} if message else known


def _parsed(call: Call, operation: CalledOperation, model: OperationModel) -> dict[str, Any]:
    content_type = call.header("content-type") or ""
    protocol = "smithy-rpc-v2-cbor" if "cbor" in content_type else _protocol(operation.service, content_type)
    headers = {name.lower(): value for name, value in call.headers}
    answer = {"status_code": call.status, "headers": headers, "body": call.body or b""}
    try:
        parsed: dict[str, Any] = botocore.parsers.create_parser(protocol).parse(answer, model.output_shape)
    except (botocore.parsers.ResponseParserError, ValueError, LookupError, TypeError):
        return {}
    return parsed


def _protocol(service: str, content_type: str) -> str:
    metadata = get_service_model(_SERVICES.get(service, service)).metadata
    protocols: list[str] = metadata.get("protocols") or [metadata["protocol"]]
    if "xml" in content_type:
        return next((each for each in protocols if each in ("query", "ec2", "rest-xml")), protocols[0])
    return next((each for each in protocols if each in ("json", "rest-json")), protocols[0])


@functools.lru_cache(maxsize=512)
def _operation_model(service: str, name: str) -> OperationModel | None:
    try:
        return get_service_model(_SERVICES.get(service, service)).operation_model(name)
    except Exception:  # noqa: BLE001 (a service or operation that botocore does not have, in several ways)
        return None


def _model(operation: CalledOperation) -> OperationModel | None:
    return _operation_model(operation.service, operation.name)


def _told(value: Any, shape: Shape | None, service: str) -> Any:
    if isinstance(value, Mapping):
        members = _members(shape)
        inner = getattr(shape, "value", None) if shape is not None and shape.type_name == "map" else None
        told = {}
        for name, each in value.items():
            spelled = name if shape is not None and shape.type_name == "map" else f"{name[:1].lower()}{name[1:]}"
            if spelled in _OMITTED or (service, spelled) in _OMITTED_OF:
                continue
            told[spelled] = _told(each, inner or members.get(name.lower()), service)
        return told
    if isinstance(value, list):
        return [_told(each, getattr(shape, "member", None), service) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    if shape is not None and shape.metadata.get("sensitive"):
        return HIDDEN
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%b %-d, %Y %-I:%M:%S %p")
    if isinstance(value, bytes | bytearray) or not isinstance(value, str):
        return HIDDEN if isinstance(value, bytes | bytearray) else str(value)
    return value if len(value) <= LARGEST else value[:LARGEST]


def _members(shape: Shape | None) -> dict[str, Shape]:
    """The members of a structure by their names, and by those that the protocol gives them, in lower case."""
    if shape is None or shape.type_name != "structure":
        return {}
    members: Mapping[str, Shape] = getattr(shape, "members", {})
    named = {name.lower(): member for name, member in members.items()}
    return {**{str(each.serialization.get("name", name)).lower(): each for name, each in members.items()}, **named}

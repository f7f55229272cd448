"""AWS's query protocol, driven by botocore's model of CloudFormation: form fields in, XML out."""

from __future__ import annotations

import functools
import uuid
from typing import Any
from xml.sax.saxutils import escape

from botocore.loaders import Loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.wrappers import Request, Response

from emulator.cloudformation.errors import ApiError, validation_error


@functools.cache
def _service() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("cloudformation", "service-2"), "cloudformation")


def operation(request: Request) -> str:
    """The operation that a request names.

    Raises:
        ApiError: CloudFormation has no such operation.
    """
    name: str = request.values.get("Action", "")
    if name not in _service().operation_names:
        raise ApiError("InvalidAction", f"Could not find operation {name} for version 2010-05-15")
    return name


def arguments(request: Request, name: str) -> dict[str, Any]:
    """The operation's arguments as boto3 would spell them.

    Raises:
        ApiError: a required argument is missing.
    """
    model = _model(name)
    fields: Any = {"values": request.values}
    parsed: dict[str, Any] = QueryParser(model).parse(fields)
    required = model.input_shape.required_members if model.input_shape else []
    missing = [member for member in required if member not in parsed]
    if missing:
        raise validation_error(
            f"{len(missing)} validation error detected: Value null at '{missing[0][0].lower()}{missing[0][1:]}' "
            "failed to satisfy constraint: Member must not be null"
        )
    return parsed


def answer(name: str, result: dict[str, Any]) -> Response:
    """The XML of a result."""
    context = SerializationContext(request_id=str(uuid.uuid4()))
    serialized = QuerySerializer(operation_model=_model(name), context=context).serialize(result)
    return Response(serialized["body"], status=serialized["status_code"], content_type="text/xml")


def refusal(error: ApiError) -> Response:
    """The XML of an error."""
    side = "Sender" if error.status < 500 else "Receiver"
    body = (
        '<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error>'
        f"<Type>{side}</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return Response(body, status=error.status, content_type="text/xml")


def _model(name: str) -> OperationModel:
    model: OperationModel = _service().operation_model(name)
    return model

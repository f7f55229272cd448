"""Refuses, by name and in the service's own protocol, what moto would only pretend to do, and what it does not have."""

from __future__ import annotations

import re
from typing import Any

from moto.core.errors import ErrorShape
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, get_service_model

from emulator.operations import Answer, answer
from emulator.replacements import Replacement

CODE = "NotImplemented"
_SHAPE = ErrorShape(
    CODE, {"type": "structure", "exception": True, "members": {}, "error": {"code": CODE, "httpStatusCode": 501}}
)
_VERSIONED = re.compile(r"\d{4}_\d{2}_\d{2}$")


def message(service: str, operation: str) -> str:
    """What a client is told."""
    return f"this emulator does not support {service}:{operation}"


def _dispatch(self: Any, request: Any, full_url: str | None = None, headers: Any = None) -> Any:
    self.setup_class(request, full_url, headers)
    operation = _operation(self)
    if operation is None or _is_there(self, operation):
        return self.call_action()
    return self.serialized(refusal(message(_service(self), operation)))


def refusal(text: str) -> ActionResult:
    """The answer to a request that is not supported: HTTP 501, code ``NotImplemented``."""
    return _Refusal(ServiceException(CODE, text))


class _Refusal(ActionResult):
    """An error that no service's model has."""

    def execute_result(self, context: Any) -> Any:
        serializer = context.serializer_class(operation_model=context.operation_model)
        document: dict[str, Any] = {}
        serializer._serialize_error_metadata(document, self.result, _SHAPE)
        answered = serializer._create_default_response()
        answered = serializer._serialized_error_to_response(answered, self.result, _SHAPE, document)
        return answered["status_code"], answered["headers"], answered["body"]


def _service(response: Any) -> str:
    return str(response.boto3_service_name)


def _operation(response: Any) -> str | None:
    """The operation's name as the service's model has it; some of moto's services call theirs by the path."""
    called = response._get_action()
    known = get_service_model(_service(response)).operation_names
    if called and called not in known:
        called = response._get_action_from_method_and_request_uri(response.normalized_request) or called
    return called and _VERSIONED.sub("", called)


def _is_there(response: Any, operation: str) -> bool:
    if answer(_service(response), operation) is Answer.REFUSED:
        return False
    names = (response._get_action(), operation)
    return any(hasattr(response, camelcase_to_underscores(name)) for name in names)


REPLACEMENTS = [
    Replacement(
        "moto.core.responses:BaseResponse._dispatch",
        _dispatch,
        "moto reports success for what it does not do",
        "446e22484251",
    ),
]

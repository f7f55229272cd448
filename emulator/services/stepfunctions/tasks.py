"""Which task state serves a resource, and that of Lambda, whose functions fail under their own errors' names."""

from __future__ import annotations

import json
import logging
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from emulator.replacements import Replacement
from emulator.services.stepfunctions import calls
from emulator.services.stepfunctions.integrations import Integration

_LOG = logging.getLogger(__name__)


class LambdaInvocation(Integration):
    """lambda:invoke: the payload is JSON both ways, and an error of the function fails the state under its own name."""

    def _call(self, client: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        payload = lambda_eval_utils.to_payload_type(parameters.get("Payload"))
        answer = super()._call(client, action, {**parameters, "Payload": payload or b"{}"})
        if function_error := answer.get("FunctionError"):
            raise lambda_eval_utils.LambdaFunctionErrorException(function_error, answer["Payload"])
        try:
            answer["Payload"] = json.loads(answer["Payload"])
        except ValueError:
            _LOG.debug("a function answered text that is not JSON")
        return answer

    def _from_error(self, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, lambda_eval_utils.LambdaFunctionErrorException):
            return self._failure(env, *error_of_function(ex))
        return super()._from_error(env, ex)


def error_of_function(error: lambda_eval_utils.LambdaFunctionErrorException) -> tuple[str, str]:
    """Name and cause of an error that a function reported: its exception's name, or Lambda.Unknown without one."""
    try:
        name = json.loads(error.payload)["errorType"]
    except (ValueError, KeyError, TypeError):
        name = "Lambda.Unknown"
    return str(name), error.payload


def integration_for(service_name: str) -> Integration:
    """The task state for a resource's service; whether it is supported is said when the definition is read."""
    return LambdaInvocation() if service_name == "lambda" else Integration()


_TASK = "moto.stepfunctions.parser.asl.component.state.exec"
_CLIENT_USERS = (
    f"{_TASK}.state_task.lambda_eval_utils",
    f"{_TASK}.state_map.item_reader.eval.resource_eval_s3",
    f"{_TASK}.state_map.result_writer.resource_eval.resource_eval_s3",
)

REPLACEMENTS = (
    Replacement(
        target=f"{_TASK}.state_task.state_task_factory:state_task_service_for",
        function=integration_for,
        reason=(
            "moto's integrations do not translate casing, crash or stay silent on .sync for most services, spell error "
            "names otherwise than AWS, and never stop a job"
        ),
        fingerprint="a21a16afc5f6",
    ),
    *(
        Replacement(
            target=f"{module}:boto_client_for",
            function=calls.client_of_role,
            reason="moto calls with made-up keys; an execution has its role's permissions and no others",
            fingerprint="1f44dc2ac8aa",
        )
        for module in _CLIENT_USERS
    ),
)

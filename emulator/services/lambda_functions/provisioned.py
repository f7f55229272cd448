"""Provisioned concurrency: kept for a version or alias. Processes start when they are needed, and stay warm."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from moto.awslambda import responses, urls
from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError

from emulator.replacements import Replacement
from emulator.services.lambda_functions import invocation


class _NotProvisionedError(LambdaClientError):
    code = 404

    def __init__(self) -> None:
        super().__init__(
            "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function"
        )


def _target(self: Any) -> tuple[Any, str]:
    name, qualifier = unquote(self.path.split("/functions/")[1].split("/")[0]), self._get_param("Qualifier")
    function = invocation.latest(self.backend.get_function(name, qualifier))
    if not qualifier or qualifier == invocation.LATEST:
        raise InvalidParameterValueException(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    return function, qualifier


def _existing(self: Any) -> tuple[Any, str]:
    function, qualifier = _target(self)
    if qualifier not in function.provisioned:
        raise _NotProvisionedError
    return function, qualifier


def _put(self: Any) -> tuple[int, dict[str, Any], str]:
    function, qualifier = _target(self)
    count = json.loads(self.body)["ProvisionedConcurrentExecutions"]
    reserved = function.reserved_concurrency
    if reserved is not None and count > int(reserved):
        raise InvalidParameterValueException(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    function.provisioned[qualifier] = {
        "RequestedProvisionedConcurrentExecutions": count,
        "AvailableProvisionedConcurrentExecutions": count,
        "AllocatedProvisionedConcurrentExecutions": count,
        "Status": "READY",
        "LastModified": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    return 202, {"status": 202}, json.dumps(function.provisioned[qualifier])


def _get(self: Any) -> str:
    function, qualifier = _existing(self)
    return json.dumps(function.provisioned[qualifier])


def _delete(self: Any) -> tuple[int, dict[str, Any], str]:
    function, qualifier = _existing(self)
    del function.provisioned[qualifier]
    return 204, {"status": 204}, ""


def _list(self: Any) -> str:
    name = unquote(self.path.split("/functions/")[1].split("/")[0])
    function = invocation.latest(self.backend.get_function(name))
    kept = [
        {**config, "FunctionArn": f"{function.function_arn}:{name}"} for name, config in function.provisioned.items()
    ]
    return json.dumps({"ProvisionedConcurrencyConfigs": kept})


# moto reads its table of paths when the first request of the service arrives.
urls.url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency$"] = (
    responses.LambdaResponse.dispatch
)
_RESPONSE = "moto.awslambda.responses:LambdaResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.put_provisioned_concurrency_config", _put, "moto has none"),
    Replacement(f"{_RESPONSE}.get_provisioned_concurrency_config", _get, "moto has none"),
    Replacement(f"{_RESPONSE}.delete_provisioned_concurrency_config", _delete, "moto has none"),
    Replacement(f"{_RESPONSE}.list_provisioned_concurrency_configs", _list, "moto has none"),
]

"""How asynchronous events of a function are handled: retries, age and destinations, for each of its qualifiers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import EventInvokeConfig
from moto.core.responses import ActionResult

from emulator.replacements import Replacement
from emulator.services.lambda_functions import invocation
from emulator.services.lambda_functions.invocation import LATEST

_DESTINATIONS = ("sqs", "sns", "lambda", "events")


class _ConfigurationNotFoundError(LambdaClientError):
    code = 404

    def __init__(self, arn: str) -> None:
        super().__init__("ResourceNotFoundException", f"The function {arn} doesn't have an EventInvokeConfig")


def of(function: Any, qualifier: str) -> Mapping[str, Any]:
    """The configuration for events that came in under a qualifier (empty: none); empty where there is none."""
    found = invocation.latest(function).event_configs.get(qualifier or LATEST)
    return found.config if found else {}


def _target(self: Any) -> tuple[Any, str]:
    """The function of the request's path, and the qualifier; both must exist."""
    name = unquote(self.path.split("/functions/")[1].split("/")[0])
    if ":" in name.rsplit(":function:", 1)[-1]:
        name, _, qualifier = name.rpartition(":")
    else:
        qualifier = self._get_param("Qualifier") or LATEST
    return invocation.latest(self.backend.get_function(name, qualifier)), qualifier


def _existing(self: Any) -> tuple[Any, str]:
    function, qualifier = _target(self)
    if qualifier not in function.event_configs:
        raise _ConfigurationNotFoundError(f"{function.function_arn}:{qualifier}")
    return function, qualifier


def _keep(function: Any, qualifier: str, config: dict[str, Any]) -> ActionResult:
    for outcome, destination in config.get("DestinationConfig", {}).items():
        arn = destination.get("Destination", "")
        if arn and (len(arn.split(":")) < 6 or arn.split(":")[2] not in _DESTINATIONS):
            raise InvalidParameterValueException(
                f"The provided destination {arn} for {outcome} is not supported by this emulator: it delivers to "
                "queues, topics, functions and event buses."
            )
    kept = EventInvokeConfig(f"{function.function_arn}:{qualifier}", "", config)
    kept.last_modified = datetime.now(UTC)  # type: ignore[assignment]
    function.event_configs[qualifier] = kept
    return _shown(kept)


def _shown(config: EventInvokeConfig) -> ActionResult:
    return ActionResult(_described(config))


def _described(config: EventInvokeConfig) -> dict[str, Any]:
    destinations = {"OnSuccess": {}, "OnFailure": {}, **config.config.get("DestinationConfig", {})}
    return {**config.response(), "DestinationConfig": destinations}


def _put(self: Any) -> ActionResult:
    return _keep(*_target(self), json.loads(self.body))


def _update(self: Any) -> ActionResult:
    function, qualifier = _existing(self)
    return _keep(function, qualifier, {**function.event_configs[qualifier].config, **json.loads(self.body)})


def _get(self: Any) -> ActionResult:
    function, qualifier = _existing(self)
    return _shown(function.event_configs[qualifier])


def _delete(self: Any) -> tuple[int, dict[str, Any], str]:
    function, qualifier = _existing(self)
    del function.event_configs[qualifier]
    return 204, {"status": 204}, ""


def _list(self: Any) -> ActionResult:
    function, _ = _target(self)
    return ActionResult({"FunctionEventInvokeConfigs": [_described(kept) for kept in function.event_configs.values()]})


_RESPONSE = "moto.awslambda.responses:LambdaResponse"
_REASON = "moto keeps one configuration per function, the first one that was put"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.put_function_event_invoke_config", _put, _REASON, "7dc4a081a306"),
    Replacement(f"{_RESPONSE}.update_function_event_invoke_config", _update, _REASON, "aef5fcaa5b2c"),
    Replacement(f"{_RESPONSE}.get_function_event_invoke_config", _get, _REASON, "5d65619ca139"),
    Replacement(f"{_RESPONSE}.delete_function_event_invoke_config", _delete, _REASON, "9d5a670745fc"),
    Replacement(f"{_RESPONSE}.list_function_event_invoke_configs", _list, _REASON, "4b846547311c"),
]

"""Event source mappings: queues that Lambda polls for a function. Streams are refused by name."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.sqs.models import sqs_backends

from emulator.replacements import Replacement
from emulator.services.lambda_functions import filters, invocation, permissions
from emulator.services.lambda_functions.poller import Poller

_KEPT = frozenset(
    (
        "EventSourceArn",
        "FunctionName",
        "Enabled",
        "BatchSize",
        "MaximumBatchingWindowInSeconds",
        "FilterCriteria",
        "FunctionResponseTypes",
        "ScalingConfig",
        "Tags",
    )
)
_Mapping: Any = models.EventSourceMapping
_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_BATCH_WITHOUT_WINDOW = 10
_BATCH_OF_FIFO = 10


def _create(self: Any, spec: dict[str, Any]) -> Any:
    queue, function = _checked(self, spec, str(spec.get("EventSourceArn", "")))
    arn = _function_arn(self, spec["FunctionName"])
    for existing in self._event_source_mappings.values():
        if (existing.event_source_arn, existing.function_arn) == (queue.queue_arn, arn):
            raise _conflict(existing.uuid)
    given = {**spec, "FunctionArn": arn, "RegionName": self.region_name, "AccountId": self.account_id}
    mapping: Any = _Mapping({**given, "FunctionName": function.function_name})
    mapping.last_result = "No records processed"
    self._event_source_mappings[mapping.uuid] = mapping
    Poller(self, mapping).start()
    return mapping


def _update(self: Any, uuid: str, spec: dict[str, Any]) -> Any:
    mapping = self.get_event_source_mapping(uuid)
    if mapping is None:
        return None
    given = {"FunctionName": mapping.function_arn, "BatchSize": mapping.batch_size, **spec}
    given.setdefault("MaximumBatchingWindowInSeconds", mapping.max_batch_window)
    _checked(self, given, mapping.event_source_arn)
    mapping.function_arn = _function_arn(self, given["FunctionName"])
    mapping.batch_size = given["BatchSize"]
    mapping.max_batch_window = given["MaximumBatchingWindowInSeconds"]
    mapping.enabled = spec.get("Enabled", mapping.enabled)
    mapping.function_response_types = spec.get("FunctionResponseTypes", mapping.function_response_types)
    mapping.filter_criteria = spec.get("FilterCriteria", mapping.filter_criteria)
    mapping.scaling_config = spec.get("ScalingConfig", mapping.scaling_config)
    mapping.last_modified = time.time()
    return mapping


def _checked(backend: Any, spec: Mapping[str, Any], source: str) -> tuple[Any, Any]:
    """The queue and the function of a mapping, once all that Lambda would refuse has been.

    Raises:
        InvalidParameterValueException: naming what is wrong.
    """
    service = source.split(":")[2] if source.count(":") >= 5 else ""
    if service != "sqs":
        raise InvalidParameterValueException(
            f"Event source {source or 'none'} is not supported by this emulator: it polls queues of SQS only."
        )
    if unknown := sorted(spec.keys() - _KEPT - {"UUID"}):
        raise InvalidParameterValueException(f"This emulator does not support {', '.join(unknown)} of a mapping.")
    queues: Mapping[str, Any] = sqs_backends[backend.account_id][backend.region_name].queues
    queue = next((queue for queue in queues.values() if queue.queue_arn == source), None)
    function = backend.get_function(spec["FunctionName"])
    if queue is None:
        raise InvalidParameterValueException(
            f"Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            f"SQS Error Message: The specified queue {source} does not exist."
        )
    filters.check(spec.get("FilterCriteria"))
    _check_batch(spec, fifo=source.endswith(".fifo"))
    permissions.check(function.role, "SQS", _ACTIONS, source)
    if int(queue.visibility_timeout) < int(function.timeout):
        raise InvalidParameterValueException(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
            f"Function timeout: {function.timeout} seconds"
        )
    return queue, function


def _check_batch(spec: Mapping[str, Any], *, fifo: bool) -> None:
    size, window = spec.get("BatchSize") or 10, spec.get("MaximumBatchingWindowInSeconds") or 0
    if fifo and (window or size > _BATCH_OF_FIFO):
        raise InvalidParameterValueException("A FIFO queue allows batches of 10 at most, and no batching window.")
    if size > _BATCH_WITHOUT_WINDOW and not window:
        raise InvalidParameterValueException(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )


def _function_arn(backend: Any, name: str) -> str:
    """ARN of the function, with the qualifier that it was named with."""
    function = backend.get_function(name)
    qualifier = name.rsplit(":", 1)[-1] if ":" in name.rsplit(":function:", 1)[-1] else ""
    arn: str = invocation.latest(function).function_arn
    return f"{arn}:{qualifier}" if qualifier else arn


def _conflict(uuid: str) -> LambdaClientError:
    return invocation.InvokeError(
        "ResourceConflictException",
        409,
        "The event source arn and function provided mapping already exists. Please update or delete the existing "
        f"mapping with UUID {uuid}",
    )


def _configuration(self: Any) -> dict[str, Any]:
    found = {
        "UUID": self.uuid,
        "BatchSize": self.batch_size,
        "MaximumBatchingWindowInSeconds": self.max_batch_window or 0,
        "EventSourceArn": self.event_source_arn,
        "EventSourceMappingArn": self.arn,
        "FunctionArn": self.function_arn,
        "FunctionResponseTypes": self.function_response_types or [],
        "LastModified": self.last_modified,
        "LastProcessingResult": self.last_result,
        "State": "Enabled" if self.enabled else "Disabled",
        "StateTransitionReason": "USER_INITIATED",
    }
    optional = {"ScalingConfig": self.scaling_config, "FilterCriteria": self.filter_criteria}
    return {**found, **{name: value for name, value in optional.items() if value}}


_BACKEND = "moto.awslambda.models:LambdaBackend"
REPLACEMENTS = [
    Replacement(
        f"{_BACKEND}.create_event_source_mapping",
        _create,
        "moto hands messages over when they are sent, one by one, and ignores permissions",
        "19f8125cabf7",
    ),
    Replacement(f"{_BACKEND}.update_event_source_mapping", _update, "moto checks nothing", "7ec08b40f6d0"),
    Replacement(
        "moto.awslambda.models:EventSourceMapping.get_configuration",
        _configuration,
        "moto tells no result of the last poll",
        "b41577cbcbd7",
    ),
]

"""What Lambda refuses of a function's configuration, and what this emulator refuses because it cannot run it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException

from emulator.services.lambda_functions import permissions

_RUNTIME = re.compile(r"python3\.\d+|nodejs\d+\.x")
# Lambda sets these itself; a function cannot.
_RESERVED = frozenset(
    (
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    )
)
_VARIABLES_BYTES = 4096
_LAYERS = 5
_RANGES = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}


def check(spec: Mapping[str, Any], role: str) -> None:
    """Refuse what Lambda would refuse, and what cannot run here.

    Raises:
        InvalidParameterValueException: naming what is wrong.
    """
    if "Runtime" in spec and not _RUNTIME.fullmatch(str(spec["Runtime"])):
        raise InvalidParameterValueException(
            f"Runtime {spec['Runtime']} is not supported by this emulator: it runs python3.* and nodejs*.x."
        )
    for name, (least, most) in _RANGES.items():
        if not least <= int(spec.get(name, least)) <= most:
            raise InvalidParameterValueException(
                f"'{name}' value failed to satisfy constraint: Member must be between {least} and {most}"
            )
    if len(spec.get("Layers", ())) > _LAYERS:
        raise InvalidParameterValueException("Cannot reference more than 5 layers.")
    _check_variables(spec.get("Environment", {}).get("Variables", {}))
    _check_dead_letters(spec.get("DeadLetterConfig", {}).get("TargetArn", ""), role)


def _check_variables(variables: Mapping[str, str]) -> None:
    unable = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided"
    )
    if reserved := sorted(_RESERVED & variables.keys()):
        raise InvalidParameterValueException(
            f"{unable}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if sum(len(f"{name}{value}".encode()) for name, value in variables.items()) > _VARIABLES_BYTES:
        raise InvalidParameterValueException(f"{unable}provided exceeded the 4KB limit.")


def _check_dead_letters(target: str, role: str) -> None:
    if not target:
        return
    service = target.split(":")[2] if target.count(":") >= 5 else ""
    actions = {"sqs": ("SQS", "SendMessage"), "sns": ("SNS", "Publish")}
    if service not in actions:
        raise InvalidParameterValueException(f"{target} is neither the ARN of a queue nor that of a topic.")
    name, action = actions[service]
    permissions.check(role, name, [action], target)

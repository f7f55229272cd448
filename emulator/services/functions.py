"""AWS Lambda's functions: what moto forgets of their configuration, and the refusal of what cannot run here."""

from __future__ import annotations

import re
import uuid
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException

from emulator.replacements import Replacement
from emulator.services import invocation

_RUNTIME = re.compile(r"python3\.\d+|nodejs\d+\.x")
_KEPT_BY_MOTO = frozenset(
    ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "VpcConfig", "Environment", "Layers")
)
_KEPT_HERE = {
    "EphemeralStorage": "ephemeral_storage",
    "KMSKeyArn": "kms_key_arn",
    "LoggingConfig": "logging_config",
    "TracingConfig": "tracing_config",
}
_NOT_PROPERTIES = frozenset(("FunctionName", "RevisionId"))

_moto_init = models.LambdaFunction.__init__
_moto_get_configuration = models.LambdaFunction.get_configuration
_moto_update_configuration = models.LambdaFunction.update_configuration
_moto_update_code = models.LambdaFunction.update_function_code
_moto_delete = models.LambdaBackend.delete_function


def _init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    if spec.get("PackageType", "Zip") != "Zip":
        raise InvalidParameterValueException(
            "PackageType Image is not supported by this emulator: it runs no container."
        )
    _check_runtime(str(spec.get("Runtime")))
    _moto_init(self, account_id, spec, region, version)
    self.logging_config = _logging(self.function_name, spec.get("LoggingConfig"))
    self.revision_id = str(uuid.uuid4())


def _get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
    return {
        **_moto_get_configuration(self, on_create),
        "LoggingConfig": self.logging_config,
        "RevisionId": self.revision_id,
    }


def _update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
    unknown = [name for name in config_updates if name not in _KEPT_BY_MOTO | _KEPT_HERE.keys() | _NOT_PROPERTIES]
    if unknown:
        raise InvalidParameterValueException(
            f"This emulator does not update {', '.join(sorted(unknown))} of a function."
        )
    _check_runtime(config_updates.get("Runtime", self.run_time))
    updates = dict(config_updates)
    if "Environment" in updates:
        updates["Environment"] = {"Variables": updates["Environment"].get("Variables", {})}
    if "LoggingConfig" in updates:
        updates["LoggingConfig"] = _logging(self.function_name, updates["LoggingConfig"])
    if "EphemeralStorage" in updates:
        updates["EphemeralStorage"] = updates["EphemeralStorage"]["Size"]
    for name, attribute in _KEPT_HERE.items():
        if name in updates:
            setattr(self, attribute, updates[name])
    self.revision_id = str(uuid.uuid4())
    _moto_update_configuration(self, updates)
    configuration: dict[str, Any] = self.get_configuration()
    return configuration


def _update_code(self: Any, updated_spec: dict[str, Any]) -> dict[str, Any]:
    self.revision_id = str(uuid.uuid4())
    configuration: dict[str, Any] = _moto_update_code(self, updated_spec)
    return configuration


def _delete(self: Any, function_name: str, qualifier: str | None = None) -> None:
    name = self.get_function(function_name, qualifier).function_name
    _moto_delete(self, function_name, qualifier)
    invocation.discard(name)


def _check_runtime(runtime: str) -> None:
    if not _RUNTIME.fullmatch(runtime):
        raise InvalidParameterValueException(
            f"Runtime {runtime} is not supported by this emulator: it runs python3.* and nodejs*.x."
        )


def _logging(function_name: str, given: dict[str, Any] | None) -> dict[str, Any]:
    return {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function_name}", **(given or {})}


_FUNCTION = "moto.awslambda.models:LambdaFunction"
REPLACEMENTS = [
    Replacement(
        f"{_FUNCTION}.__init__",
        _init,
        "moto forgets LoggingConfig, and accepts runtimes that cannot run",
        "70a285222b4a",
    ),
    Replacement(
        f"{_FUNCTION}.get_configuration", _get_configuration, "moto has no LoggingConfig and RevisionId", "803fb04bffde"
    ),
    Replacement(
        f"{_FUNCTION}.update_configuration",
        _update_configuration,
        "moto ignores updates of six properties silently",
        "eca1cdec066f",
    ),
    Replacement(f"{_FUNCTION}.update_function_code", _update_code, "new code is a new revision", "64e3dbbbd694"),
    Replacement(
        "moto.awslambda.models:LambdaBackend.delete_function",
        _delete,
        "warm processes end with their function",
        "828280c86a66",
    ),
]

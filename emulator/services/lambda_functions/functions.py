"""AWS Lambda's functions: what moto forgets of their configuration, and the refusal of what cannot run here."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any
from urllib.parse import unquote

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException, PreconditionFailedException

from emulator.replacements import Replacement
from emulator.services.lambda_functions import aliases, checks, invocation

_KEPT_BY_MOTO = frozenset(
    ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "VpcConfig", "Environment", "Layers")
)
_KEPT_HERE = {
    "DeadLetterConfig": "dead_letter_config",
    "EphemeralStorage": "ephemeral_storage",
    "KMSKeyArn": "kms_key_arn",
    "LoggingConfig": "logging_config",
    "TracingConfig": "tracing_config",
}
_AT_CREATION = frozenset(("Code", "Publish", "PackageType", "Tags", "Architectures", "SnapStart"))
_NOT_PROPERTIES = frozenset(("FunctionName", "RevisionId"))
_moto_init = models.LambdaFunction.__init__
_moto_get_configuration = models.LambdaFunction.get_configuration
_moto_update_configuration = models.LambdaFunction.update_configuration
_moto_delete = models.LambdaBackend.delete_function


def _init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
    if spec.get("PackageType", "Zip") != "Zip" or "ImageUri" in spec["Code"]:
        raise InvalidParameterValueException(
            "PackageType Image is not supported by this emulator: it runs no container."
        )
    unknown = spec.keys() - _KEPT_BY_MOTO - _KEPT_HERE.keys() - _AT_CREATION - _NOT_PROPERTIES
    if spec.get("SnapStart", {}).get("ApplyOn", "None") != "None":
        unknown |= {"SnapStart"}
    if unknown:
        raise InvalidParameterValueException(f"This emulator does not support {', '.join(sorted(unknown))}.")
    checks.check({"Runtime": None, **spec}, spec["Role"])
    _moto_init(self, account_id, spec, region, version)
    self.logging_config = _logging(self.function_name, spec.get("LoggingConfig"))
    self.dead_letter_config = spec.get("DeadLetterConfig")
    self.revision_id = str(uuid.uuid4())
    # What belongs to the function as a whole, by qualifier; its versions are copies that share these.
    self.event_configs = {}
    self.urls = {}
    self.provisioned = {}
    self.published = 0


def _get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
    found = {
        **_moto_get_configuration(self, on_create),
        "LoggingConfig": self.logging_config,
        "RevisionId": self.revision_id,
    }
    return {**found, "DeadLetterConfig": self.dead_letter_config} if self.dead_letter_config else found


def _update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
    unknown = [name for name in config_updates if name not in _KEPT_BY_MOTO | _KEPT_HERE.keys() | _NOT_PROPERTIES]
    if unknown:
        raise InvalidParameterValueException(
            f"This emulator does not update {', '.join(sorted(unknown))} of a function."
        )
    checks.check(config_updates, config_updates.get("Role", self.role))
    updates = dict(config_updates)
    if "Environment" in updates:
        updates["Environment"] = {"Variables": updates["Environment"].get("Variables", {})}
    if "LoggingConfig" in updates:
        updates["LoggingConfig"] = _logging(self.function_name, updates["LoggingConfig"])
    if "EphemeralStorage" in updates:
        updates["EphemeralStorage"] = updates["EphemeralStorage"]["Size"]
    if not updates.get("DeadLetterConfig", {"TargetArn": ""}).get("TargetArn", ""):
        updates = {**updates, "DeadLetterConfig": None} if "DeadLetterConfig" in updates else updates
    for name, attribute in _KEPT_HERE.items():
        if name in updates:
            setattr(self, attribute, updates[name])
    self.revision_id = str(uuid.uuid4())
    _moto_update_configuration(self, updates)
    configuration: dict[str, Any] = self.get_configuration()
    return configuration


def _update_code(self: Any, function_name: str, qualifier: str | None, body: dict[str, Any]) -> dict[str, Any]:
    function = _unpublished(self, function_name, qualifier)
    if "ImageUri" in body:
        raise InvalidParameterValueException("ImageUri is not supported by this emulator: it runs no container.")
    _check_unchanged(function, body)
    if not body.get("DryRun"):
        function.update_function_code(body)
        function.architectures = body.get("Architectures", function.architectures)
        function.revision_id = str(uuid.uuid4())
    shown = self.publish_version(function_name) if body.get("Publish") and not body.get("DryRun") else function
    configuration: dict[str, Any] = shown.get_configuration()
    return configuration


def _update(self: Any, function_name: str, qualifier: str | None, body: dict[str, Any]) -> dict[str, Any]:
    function = _unpublished(self, function_name, qualifier)
    _check_unchanged(function, body)
    configuration: dict[str, Any] = function.update_configuration(body)
    return configuration


def _check_unchanged(function: Any, asked: dict[str, Any]) -> None:
    """Refuse what is asked of a function that somebody else has changed meanwhile.

    Raises:
        PreconditionFailedException: its revision is not the one named.
    """
    if asked.get("RevisionId") not in (None, function.revision_id):
        raise PreconditionFailedException(
            "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
            "retrieve the latest RevisionId"
        )


def _publish_as_asked(self: Any) -> tuple[int, dict[str, Any], str]:
    name, asked = unquote(self.path.split("/")[-2]), json.loads(self.body or "{}")
    function = self.backend.get_function(name)
    _check_unchanged(function, asked)
    if asked.get("CodeSha256") not in (None, function.code_sha_256):
        raise InvalidParameterValueException(
            f"CodeSHA256 ({asked['CodeSha256']}) is different from current CodeSHA256 in $LATEST "
            f"({function.code_sha_256}). Please try again with the CodeSHA256 in $LATEST."
        )
    version = self.backend.publish_version(name, asked.get("Description") or "")
    return 201, {"status": 201}, json.dumps(version.get_configuration())


def _unpublished(backend: Any, function_name: str, qualifier: str | None) -> Any:
    """The function to change: never one of its versions, which stay as they were published."""
    function = backend.get_function(function_name, qualifier)
    if function.version != invocation.LATEST:
        raise InvalidParameterValueException("This operation is permitted only on the version $LATEST.")
    return function


def _publish(self: Any, name_or_arn: str, description: str = "") -> Any:
    function = self.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
    versions = self._functions[function.function_name]["versions"]
    if versions and not function.code_or_config_updated:
        return versions[-1]
    function.code_or_config_updated = False
    function.published += 1
    version = copy.copy(function)
    version.set_version(function.published)
    version.description = description or function.description
    versions.append(version)
    self._arns[version.function_arn] = version
    return version


def _delete(self: Any, function_name: str, qualifier: str | None = None) -> None:
    function = self.get_function(function_name, qualifier)
    for alias in self.list_aliases(function.function_name) if function.version != invocation.LATEST else ():
        if str(function.version) in (alias.function_version, *aliases.weights_of(alias)):
            raise invocation.InvokeError(
                "ResourceConflictException",
                409,
                f"Version {function.version} cannot be deleted because it is referenced by alias {alias.name}",
            )
    _moto_delete(self, function_name, qualifier)
    invocation.discard(function.function_name)


def _logging(function_name: str, given: dict[str, Any] | None) -> dict[str, Any]:
    found = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function_name}", **(given or {})}
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    return {**levels, **found} if found["LogFormat"] == "JSON" else found


_RESPONSE = "moto.awslambda.responses:LambdaResponse"
_FUNCTION = "moto.awslambda.models:LambdaFunction"
_BACKEND = "moto.awslambda.models:LambdaBackend"
REPLACEMENTS = [
    Replacement(
        f"{_FUNCTION}.__init__",
        _init,
        "moto forgets LoggingConfig and DeadLetterConfig, and accepts what cannot run",
        "70a285222b4a",
    ),
    Replacement(
        f"{_FUNCTION}.get_configuration",
        _get_configuration,
        "moto has no LoggingConfig, DeadLetterConfig and RevisionId",
        "803fb04bffde",
    ),
    Replacement(
        f"{_FUNCTION}.update_configuration",
        _update_configuration,
        "moto ignores updates of seven properties silently",
        "eca1cdec066f",
    ),
    Replacement(
        f"{_BACKEND}.update_function_code",
        _update_code,
        "moto changes published versions, ignores architectures, and takes a dry run for a change",
        "da42535db0cf",
    ),
    Replacement(
        f"{_BACKEND}.update_function_configuration", _update, "moto changes published versions", "b11ed261c9ac"
    ),
    Replacement(
        f"{_RESPONSE}.publish_version",
        _publish_as_asked,
        "moto publishes a version of what somebody else has changed meanwhile",
        "c2a60dd2c346",
    ),
    Replacement(
        "moto.awslambda.models:LambdaStorage.publish_version",
        _publish,
        "moto gives the number of a deleted version again",
        "b62a3d20bd8f",
    ),
    Replacement(
        f"{_BACKEND}.delete_function",
        _delete,
        "moto deletes versions that aliases name; warm processes end with their function",
        "828280c86a66",
    ),
]

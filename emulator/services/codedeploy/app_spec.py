"""The AppSpec of a Lambda deployment: which alias goes from which version to which, and who validates it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from botocore.exceptions import ClientError

from emulator.services.codedeploy.errors import DeploymentFailedError

BEFORE, ALLOW, AFTER = "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"
_PROPERTIES = ("Name", "Alias", "CurrentVersion", "TargetVersion")
_INVALID = (
    "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration is missing "
    "or has an invalid configuration. "
)


@dataclass(frozen=True)
class AppSpec:
    """What a deployment is to do. `hooks` are the functions that validate it, by lifecycle event."""

    function: str
    alias: str
    current: str
    target: str
    hooks: Mapping[str, str]

    def revision(self) -> dict[str, Any]:
        """A revision that says the same."""
        properties = dict(zip(_PROPERTIES, (self.function, self.alias, self.current, self.target), strict=True))
        content = {
            "version": "0.0",
            "Resources": [{self.function: {"Type": "AWS::Lambda::Function", "Properties": properties}}],
            "Hooks": [{event: function} for event, function in self.hooks.items()],
        }
        text = json.dumps({key: value for key, value in content.items() if value})
        digest = hashlib.sha256(text.encode()).hexdigest()
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": text, "sha256": digest}}

    def back(self) -> AppSpec:
        """The way back, on which nobody validates."""
        return AppSpec(self.function, self.alias, self.target, self.current, {})


def invalid(detail: str) -> DeploymentFailedError:
    """The failure of a deployment whose AppSpec does not fit."""
    return DeploymentFailedError("INVALID_LAMBDA_CONFIGURATION", _INVALID + detail)


def read(revision: Mapping[str, Any], s3: Any) -> AppSpec:
    """The AppSpec of a revision.

    Args:
        revision: as CreateDeployment takes it; one in S3 is fetched.
        s3: a client with the deployment group's role.

    Raises:
        DeploymentFailedError: it cannot be fetched, or is no AppSpec of a Lambda function.
    """
    text = _text(revision, s3)
    try:
        document = yaml.safe_load(text)
        version, resources = str(document["version"]), document["Resources"]
        ((declared,),) = (list(each.values()) for each in resources)
        hooks = {event: str(function) for each in document.get("Hooks") or () for event, function in each.items()}
        function, alias, current, target = (str(declared["Properties"][name]) for name in _PROPERTIES)
    except (yaml.YAMLError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise invalid(f"It must have one resource with {', '.join(_PROPERTIES)} ({error}).") from error
    if version != "0.0" or declared.get("Type") != "AWS::Lambda::Function":
        raise invalid("Its version must be 0.0, and its resource of type AWS::Lambda::Function.")
    if unknown := hooks.keys() - {BEFORE, AFTER}:
        raise invalid(f"Hooks are {BEFORE} and {AFTER}, not {', '.join(sorted(unknown))}.")
    if current == target:
        raise invalid("The current version and the target version must not be the same.")
    return AppSpec(function, alias, current, target, hooks)


def _text(revision: Mapping[str, Any], s3: Any) -> str:
    if place := revision.get("s3Location"):
        text = _fetched(place, s3)
        given: Mapping[str, Any] = {}
    else:
        given = revision.get("appSpecContent") or revision.get("string") or {}
        text = given.get("content", "")
    digest = given.get("sha256")
    if digest and digest != hashlib.sha256(text.encode()).hexdigest():
        raise DeploymentFailedError("INVALID_REVISION", "The SHA-256 of the revision's content is not the one given.")
    return text


def _fetched(place: Mapping[str, Any], s3: Any) -> str:
    asked = {"Bucket": place["bucket"], "Key": place["key"]}
    if version := place.get("version"):
        asked["VersionId"] = version
    try:
        text: str = s3.get_object(**asked)["Body"].read().decode()
    except (ClientError, ValueError) as error:
        if isinstance(error, ClientError) and not error.response["Error"]["Code"].startswith("NoSuch"):
            raise
        where = f"s3://{place['bucket']}/{place['key']}"
        raise DeploymentFailedError("REVISION_MISSING", f"The revision {where} cannot be read: {error}") from error
    return text

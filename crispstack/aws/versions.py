"""Versions of a prediction function: each pins code and model, and the alias ``live`` says which of them serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from crispstack.aws.champion import client
from crispstack.errors import ReleaseError, ReleaseUnderWayError
from crispstack.settings import LIVE, NO_MODEL

MODEL_URI = "MODEL_URI"
"""The variable of a version that names its model."""


@dataclass(frozen=True)
class Version:
    """A published version: its number, the URI of its model's package (None without a model), its code's hash."""

    number: str
    model_uri: str | None
    code_sha256: str


def serving(function: str) -> Version:
    """The version that the alias names; while traffic is shifted, the one that is left."""
    alias = client("lambda").get_alias(FunctionName=function, Name=LIVE)
    return version(function, alias["FunctionVersion"])


def live_arn(function: str) -> str:
    """ARN of the alias."""
    arn: str = client("lambda").get_alias(FunctionName=function, Name=LIVE)["AliasArn"]
    return arn


def version(function: str, number: str) -> Version:
    """A version of the function.

    Raises:
        ReleaseError: there is no such version.
    """
    try:
        found = client("lambda").get_function_configuration(FunctionName=function, Qualifier=number)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise ReleaseError(f"{function} has no version {number}; `crisp releases` lists them") from error
    return _version(found)


def unpublished_code(function: str) -> str:
    """The hash of the code that the next version will have."""
    sha256: str = client("lambda").get_function_configuration(FunctionName=function)["CodeSha256"]
    return sha256


def publish(function: str, model_uri: str, champion_uri: str | None, description: str) -> Version:
    """A new version of the function's code that serves a model.

    A version is a copy of $LATEST, which is told of the model for a moment, and afterwards of the champion again: what
    CloudFormation publishes from it must not serve a model that was not released. Two at once refuse one another.

    Raises:
        ReleaseUnderWayError: somebody else changed the function meanwhile.
    """
    functions = client("lambda")
    before = functions.get_function_configuration(FunctionName=function)
    variables = before["Environment"]["Variables"]
    try:
        told = _tell(function, {**variables, MODEL_URI: model_uri}, RevisionId=before["RevisionId"])
        published = functions.publish_version(
            FunctionName=function,
            CodeSha256=told["CodeSha256"],
            RevisionId=told["RevisionId"],
            Description=description,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("PreconditionFailedException", "ResourceConflictException"):
            raise
        raise ReleaseUnderWayError(f"{function} was changed by another release or deployment meanwhile") from error
    finally:
        _tell(function, {**variables, MODEL_URI: champion_uri or NO_MODEL})
    return _version(published)


def _tell(function: str, variables: Mapping[str, str], **precondition: str) -> dict[str, Any]:
    """Set the variables of $LATEST; its configuration once they are."""
    functions = client("lambda")
    updated = functions.get_waiter("function_updated")
    # While one change is under way, Lambda takes no other.
    updated.wait(FunctionName=function, WaiterConfig={"Delay": 1})
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": dict(variables)}, **precondition
    )
    updated.wait(FunctionName=function, WaiterConfig={"Delay": 1})
    configuration: dict[str, Any] = functions.get_function_configuration(FunctionName=function)
    return configuration


def _version(found: Mapping[str, Any]) -> Version:
    uri = found["Environment"]["Variables"][MODEL_URI]
    return Version(found["Version"], None if uri == NO_MODEL else uri, found["CodeSha256"])

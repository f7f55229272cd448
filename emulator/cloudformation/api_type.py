"""Resource types over a service's API: its errors become the engine's, and nothing is deleted that is not there."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from emulator.cloudformation.resource_type import (
    Context,
    Properties,
    ResourceError,
    ResourceNotFoundError,
    ResourceType,
)

P = ParamSpec("P")
T = TypeVar("T")

Read = Callable[[Context, str, Properties], Mapping[str, Any]]
Change = Callable[[Context, str, Properties, Properties], Any]
_ABSENT_WORDS = {
    "InvalidRequestException": ("not found",),
    "ValidationException": ("Could not find", "does not exist", "not found"),
}
_ABSENT = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")


def is_absent(error: ClientError) -> bool:
    """Whether the service says that what was asked for is not there; Athena and SageMaker do so in words only."""
    details = error.response["Error"]
    words = _ABSENT_WORDS.get(details["Code"], ())
    return any(word in details.get("Message", "") for word in words) or any(word in details["Code"] for word in _ABSENT)


def unless(code: str, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """What the call returns, or None where the service answers with this error code."""
    try:
        return call(*args, **kwargs)
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return None


def _message(error: ClientError) -> str:
    """The error as CloudFormation words it in a status reason."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    details = error.response["Error"]
    return f"{details.get('Message')} (Operation: {error.operation_name}, Status Code: {status}, {details['Code']})"


def _translated(function: Callable[P, T], *, absence: bool) -> Callable[P, T]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except ClientError as error:
            failure = ResourceNotFoundError if absence and is_absent(error) else ResourceError
            raise failure(_message(error)) from error
        except (BotoCoreError, ValueError) as error:
            raise ResourceError(str(error)) from error

    return call


def api_type(
    name: str,
    *,
    create: Callable[[Context, Properties], str],
    read: Read,
    delete: Callable[[Context, str, Properties], Any],
    update: Change | None = None,
    configure: Change | None = None,
    **declared: Any,
) -> ResourceType:
    """A ResourceType of functions that call boto3.

    `configure` makes the requests that follow `create`'s (its old properties are empty then); when one is refused, what
    was created is deleted again. What `read` finds absent (None) is left out. `delete` is only called for what can be
    read. A ClientError becomes a ResourceNotFoundError in `read`, `delete` and `attributes` when the service says so,
    else a ResourceError.
    """
    reading = _translated(read, absence=True)

    def create_whole(context: Context, properties: Properties) -> str:
        physical_id = create(context, properties)
        if configure is not None:
            try:
                configure(context, physical_id, {}, properties)
            except (BotoCoreError, ClientError, ValueError):
                with contextlib.suppress(BotoCoreError, ClientError):
                    delete(context, physical_id, properties)
                raise
        return physical_id

    def read_kept(context: Context, physical_id: str, properties: Properties) -> Properties:
        found = reading(context, physical_id, properties)
        return {key: value for key, value in found.items() if value is not None}

    def delete_found(context: Context, physical_id: str, properties: Properties) -> None:
        reading(context, physical_id, properties)
        delete(context, physical_id, properties)

    if "attributes" in declared:
        declared["attributes"] = _translated(declared["attributes"], absence=True)
    return ResourceType(
        name=name,
        create=_translated(create_whole, absence=False),
        read=read_kept,
        delete=_translated(delete_found, absence=True),
        update=None if update is None else _translated(update, absence=False),
        **declared,
    )

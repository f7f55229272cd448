"""Custom resources by their real protocol: invoke the function, wait for its PUT on the response URL."""

from __future__ import annotations

import json
import secrets
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from emulator import settings
from emulator.cloudformation.intrinsics import text
from emulator.cloudformation.resource_type import Context, Properties, ResourceError, ResourceType

RESPONSE_PATH = "/_cloudformation/responses/"
_TIMEOUT_SECONDS = 3600.0


@dataclass
class _Answer:
    arrived: threading.Event = field(default_factory=threading.Event)
    content: dict[str, Any] = field(default_factory=dict)


class CustomResources:
    """Sends the requests of custom resources and receives the answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._awaited: dict[str, _Answer] = {}
        self._data: dict[tuple[str, str, str], dict[str, Any]] = {}

    def type(self, name: str) -> ResourceType:
        """A custom type by its name."""

        def create(context: Context, properties: Properties) -> str:
            return self._apply(context, name, "Create", properties)

        def update(context: Context, physical_id: str, before: Properties, after: Properties) -> str | None:
            old = {"PhysicalResourceId": physical_id, "OldResourceProperties": stringified(before)}
            changed = self._apply(context, name, "Update", after, old)
            return changed if changed != physical_id else None

        def delete(context: Context, physical_id: str, properties: Properties) -> None:
            self._request(context, name, "Delete", properties, {"PhysicalResourceId": physical_id})

        return ResourceType(
            name=name,
            create=create,
            read=lambda _context, _physical_id, properties: properties,
            delete=delete,
            update=update,
            attributes=lambda context, physical_id, _properties: self._data[_key(context, physical_id)],
        )

    def receive(self, token: str, body: bytes) -> bool:
        """Take a function's answer; False when nobody waits for it or it is not JSON."""
        with self._lock:
            answer = self._awaited.pop(token, None)
        if answer is None:
            return False
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        well_formed = isinstance(content, dict)
        answer.content = (
            content if well_formed else {"Status": "FAILED", "Reason": "Invalid response: not a JSON object"}
        )
        answer.arrived.set()
        return well_formed

    def _apply(
        self, context: Context, name: str, kind: str, properties: Properties, more: dict[str, Any] | None = None
    ) -> str:
        content = self._request(context, name, kind, properties, more or {})
        physical_id = content.get("PhysicalResourceId") or (more or {}).get("PhysicalResourceId")
        if not isinstance(physical_id, str) or not physical_id:
            raise ResourceError("Invalid PhysicalResourceId")
        self._data[_key(context, physical_id)] = content.get("Data") or {}
        return physical_id

    def _request(
        self, context: Context, name: str, kind: str, properties: Properties, more: dict[str, Any]
    ) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Raises:
            ResourceError: the function cannot be invoked, answered FAILED, or did not answer in time.
        """
        function = properties["ServiceToken"]
        if ":lambda:" not in function:
            raise ResourceError(f"ServiceToken {function}: only Lambda functions are supported by this emulator")
        token, answer = secrets.token_urlsafe(32), _Answer()
        with self._lock:
            self._awaited[token] = answer
        request = {
            "RequestType": kind,
            "ServiceToken": function,
            "ResponseURL": f"{settings.current().endpoint}{RESPONSE_PATH}{token}",
            "StackId": context.stack_id,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": context.logical_id,
            "ResourceType": name,
            "ResourceProperties": stringified(properties),
            **more,
        }
        context.client("lambda").invoke(
            FunctionName=function, InvocationType="Event", Payload=json.dumps(request).encode()
        )
        if not answer.arrived.wait(float(properties.get("ServiceTimeout", _TIMEOUT_SECONDS))):
            with self._lock:
                self._awaited.pop(token, None)
            raise ResourceError(
                "CloudFormation did not receive a response from your Custom Resource. Please check your logs for "
                f"requestId [{request['RequestId']}]. If you are using the Python cfn-response module, you may need "
                "to update your Lambda function code so that CloudFormation can attach the updated version."
            )
        if answer.content.get("Status") != "SUCCESS":
            raise ResourceError(
                f"Received response status [FAILED] from custom resource. Message returned: "
                f"{answer.content.get('Reason') or 'no reason given'} (RequestId: {request['RequestId']})",
                physical_id=answer.content.get("PhysicalResourceId"),
            )
        return answer.content


def stringified(value: Any) -> Any:
    """Every scalar as text: CloudFormation hands properties to functions no other way."""
    if isinstance(value, dict):
        return {key: stringified(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [stringified(entry) for entry in value]
    return text(value)


def _key(context: Context, physical_id: str) -> tuple[str, str, str]:
    return context.stack_id, context.logical_id, physical_id

"""Wait conditions: a deployment that waits until somebody puts signals on an address."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from emulator import settings
from emulator.cloudformation.custom_resources import RESPONSE_PATH
from emulator.cloudformation.resource_type import (
    Context,
    Properties,
    ResourceError,
    ResourceNotFoundError,
    ResourceType,
)

WAIT_CONDITION = "AWS::CloudFormation::WaitCondition"
HANDLE = "AWS::CloudFormation::WaitConditionHandle"
_UNIQUE_ID = "UniqueId"


@dataclass
class _Handle:
    """The signals that arrived at one address, by their unique ids."""

    signals: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def failure(self) -> Mapping[str, Any] | None:
        return next((signal for signal in self.signals.values() if signal["Status"] == "FAILURE"), None)


class WaitConditions:
    """Hands out addresses, receives the signals put there, and waits for as many as a condition counts."""

    def __init__(self) -> None:
        self._handles: dict[str, _Handle] = {}
        self._conditions: dict[str, Properties] = {}

    def types(self) -> dict[str, ResourceType]:
        """The two resource types."""
        handle = ResourceType(HANDLE, create=self._open, read=self._read_handle, delete=self._close)
        condition = ResourceType(
            WAIT_CONDITION,
            create=self._wait,
            read=self._read,
            delete=self._forget,
            update=self._update,
            attributes=self._attributes,
        )
        return {each.name: each for each in (handle, condition)}

    def receive(self, token: str, body: bytes) -> bool:
        """Take a signal; False when the address is unknown or the signal is none."""
        handle = self._handles.get(token)
        try:
            signal = json.loads(body)
        except ValueError:
            return False
        known = isinstance(signal, dict) and signal.get("Status") in {"SUCCESS", "FAILURE"} and signal.get(_UNIQUE_ID)
        if handle is None or not known:
            return False
        with handle.arrived:
            handle.signals[str(signal[_UNIQUE_ID])] = signal
            handle.arrived.notify_all()
        return True

    def _open(self, _context: Context, _properties: Properties) -> str:
        token = secrets.token_urlsafe(32)
        self._handles[token] = _Handle()
        return f"{settings.current().endpoint}{RESPONSE_PATH}{token}"

    def _handle(self, address: str) -> _Handle:
        handle = self._handles.get(address.rpartition("/")[2])
        if handle is None:
            raise ResourceNotFoundError(f"{address} is no handle of a wait condition")
        return handle

    def _read_handle(self, _context: Context, address: str, _properties: Properties) -> Properties:
        self._handle(address)
        return {}

    def _close(self, _context: Context, address: str, _properties: Properties) -> None:
        self._handle(address)
        del self._handles[address.rpartition("/")[2]]

    def _wait(self, context: Context, properties: Properties) -> str:
        if not {"Handle", "Timeout"} <= set(properties):
            raise ResourceError("Handle and Timeout are required without a creation policy")
        try:
            handle = self._handle(str(properties["Handle"]))
        except ResourceNotFoundError as error:
            raise ResourceError(str(error)) from error
        count, deadline = int(properties.get("Count", 1)), monotonic() + float(properties["Timeout"])
        with handle.arrived:
            while handle.failure() is None and len(handle.signals) < count:
                if not handle.arrived.wait(max(0.0, deadline - monotonic())) and monotonic() >= deadline:
                    raise ResourceError(
                        f"WaitCondition timed out. Received {len(handle.signals)} conditions when expecting {count}"
                    )
            failed = handle.failure()
        if failed:
            reason = failed.get("Reason", "")
            raise ResourceError(f"WaitCondition received failed message: '{reason}' for uniqueId: {failed[_UNIQUE_ID]}")
        self._conditions[context.generated_name] = dict(properties)
        return context.generated_name

    def _read(self, _context: Context, physical_id: str, _properties: Properties) -> Properties:
        if physical_id not in self._conditions:
            raise ResourceNotFoundError(f"{physical_id} does not exist")
        return self._conditions[physical_id]

    def _update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> None:
        if self._read(context, physical_id, before) != after:  # a rollback goes back to what it still is
            raise ResourceError(f"Update to resource type {WAIT_CONDITION} is not supported.")

    def _forget(self, context: Context, physical_id: str, properties: Properties) -> None:
        self._read(context, physical_id, properties)
        del self._conditions[physical_id]

    def _attributes(self, _context: Context, physical_id: str, _properties: Properties) -> Mapping[str, Any]:
        signals = self._handle(str(self._conditions[physical_id]["Handle"])).signals
        return {"Data": json.dumps({name: signal.get("Data", "") for name, signal in signals.items()})}

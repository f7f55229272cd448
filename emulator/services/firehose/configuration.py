"""What a stream's destination says of processing and conversion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def processors(destination: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The stream's processors; none where processing is not enabled."""
    configured = destination.get("ProcessingConfiguration") or {}
    return list(configured.get("Processors") or []) if configured.get("Enabled") else []


def parameters(processor: Mapping[str, Any]) -> dict[str, str]:
    """A processor's parameters by name."""
    return {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters") or []}


def conversion(destination: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The stream's format conversion, where it is enabled."""
    configured: Mapping[str, Any] = destination.get("DataFormatConversionConfiguration") or {}
    return configured if configured and configured.get("Enabled", True) else None


def serializer(configured: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Name and options of the conversion's serializer; an empty name where there is none."""
    found = (configured.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    return next(((name, options or {}) for name, options in found.items()), ("", {}))


def deserializer(configured: Mapping[str, Any]) -> Mapping[str, Any]:
    """The conversion's deserializer, with its options, by its name."""
    found: Mapping[str, Any] = (configured.get("InputFormatConfiguration") or {}).get("Deserializer") or {}
    return found

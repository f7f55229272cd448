"""What Firehose refuses of a stream's destination, and what this emulator refuses because it does not execute it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.firehose.exceptions import InvalidArgumentException

from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.services.firehose import configuration, deserializers, prefixes

_PROCESSORS = ("Lambda", "MetadataExtraction", "AppendDelimiterToRecord")
_LEAST_MB = 64  # of a buffer whose records are converted or partitioned
_SCHEMA = ("RoleARN", "DatabaseName", "TableName")
_SERIALIZERS = ("ParquetSerDe", "OrcSerDe")


def partitioned(destination: Mapping[str, Any]) -> bool:
    """Whether records are partitioned by keys of their own."""
    return bool((destination.get("DynamicPartitioningConfiguration") or {}).get("Enabled"))


def check(destination: Mapping[str, Any]) -> None:
    """See that a destination is sound, and that all of it is executed here.

    Raises:
        InvalidArgumentException: names what is wrong, or not supported.
    """
    role = destination["RoleARN"]
    try:
        credentials.for_role(role, "firehose-check", "firehose.amazonaws.com")
    except RoleError:
        message = f"Firehose is unable to assume role {role}. Please check the role provided."
        raise InvalidArgumentException(message) from None
    if destination.get("S3BackupMode", "Disabled") != "Disabled":
        raise InvalidArgumentException("S3BackupMode Enabled is not supported by this emulator.")
    if destination.get("CompressionFormat", "UNCOMPRESSED") not in ("UNCOMPRESSED", "GZIP", "ZIP"):
        raise InvalidArgumentException(
            f"CompressionFormat {destination['CompressionFormat']} is not supported by this emulator: use GZIP or ZIP."
        )
    hints = destination.get("BufferingHints") or {}
    if not (1 <= hints.get("SizeInMBs", 5) <= 128 and 0 <= hints.get("IntervalInSeconds", 300) <= 900):
        raise InvalidArgumentException("BufferingHints are from 1 to 128 MB and from 0 to 900 seconds.")
    keyed = partitioned(destination)
    if keyed:
        _check_buffer(destination, "dynamic partitioning", 64)
    fault = prefixes.fault(destination.get("Prefix") or "", destination.get("ErrorOutputPrefix") or "", keyed)
    if fault:
        raise InvalidArgumentException(fault)
    _check_processors(destination)
    _check_conversion(destination)


def _check_processors(destination: Mapping[str, Any]) -> None:
    for processor in configuration.processors(destination):
        parameters = configuration.parameters(processor)
        if processor["Type"] not in _PROCESSORS:
            raise InvalidArgumentException(f"Processor {processor['Type']} is not supported by this emulator.")
        asked = parameters.get("MetadataExtractionQuery")
        if processor["Type"] == "MetadataExtraction" and not prefixes.query(asked or ""):
            raise InvalidArgumentException(f"MetadataExtractionQuery {asked} is not supported by this emulator.")


def _check_conversion(destination: Mapping[str, Any]) -> None:
    conversion = configuration.conversion(destination)
    if conversion is None:
        return
    serializer, _ = configuration.serializer(conversion)
    if fault := deserializers.fault(configuration.deserializer(conversion)):
        raise InvalidArgumentException(fault)
    if missing := [name for name in _SCHEMA if not (conversion.get("SchemaConfiguration") or {}).get(name)]:
        raise InvalidArgumentException(f"SchemaConfiguration needs {', '.join(missing)}.")
    if serializer not in _SERIALIZERS:
        raise InvalidArgumentException("OutputFormatConfiguration needs a Serializer: ParquetSerDe or OrcSerDe.")
    if destination.get("CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED":
        raise InvalidArgumentException("CompressionFormat must be UNCOMPRESSED when data format conversion is enabled.")
    _check_buffer(destination, "data format conversion", 128)


def _check_buffer(destination: Mapping[str, Any], feature: str, default: int) -> None:
    if (destination.get("BufferingHints") or {}).get("SizeInMBs", default) < _LEAST_MB:
        raise InvalidArgumentException(
            f"BufferingHints.SizeInMBs must be at least {_LEAST_MB} when {feature} is enabled."
        )

"""What data understanding leaves: how the schemas differ from what was declared or seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.charter import Severity
from crispstack.phases import Phase


@dataclass(frozen=True)
class DiscoveredColumn:
    """A column as a crawler found it, or as the charter declares it. `type` is spelled as each of them does."""

    name: str
    type: str


@dataclass(frozen=True)
class DiscoveredSchema:
    """What a crawler found in one version of a source; `table` is its table in the Glue catalog."""

    source: str
    version: str
    table: str
    columns: tuple[DiscoveredColumn, ...]
    partition_keys: tuple[str, ...] = ()


SchemaChange = Literal["added", "removed", "renamed", "type_changed", "order_changed", "partitions_changed"]


@dataclass(frozen=True)
class SchemaDifference:
    """One way in which a discovered schema is not what the charter declares, or not what the last run found."""

    source: str
    compared_with: Literal["charter", "last_run"]
    change: SchemaChange
    column: str
    before: str
    after: str
    severity: Severity
    remedy: str


@dataclass(frozen=True)
class SchemaReport(Artifact, phase=Phase.DATA_UNDERSTANDING):
    """Data understanding: what the crawlers found, and every difference. `last_run` is what it was compared with."""

    schemas: tuple[DiscoveredSchema, ...]
    differences: tuple[SchemaDifference, ...]
    last_run: str = ""
    inputs: tuple[InputReference, ...] = ()

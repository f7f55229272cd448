"""How crawlers and the tables that they discover are named: one crawler per source, one table per version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import DiscoveredColumn, DiscoveredSchema


def crawler_name(environment: str, project: str, source: str) -> str:
    """The crawler of a source; `environment` is the first part of all names, ``crispstack-dev``."""
    return f"{environment}-{project}-{source}"


def table_prefix(project: str, source: str) -> str:
    """What the names of all tables that a source's crawler makes begin with."""
    return f"discovered_{project}_{source}_"


def table_name(project: str, source: str, version: str) -> str:
    """The table of a version: a crawler names it after its folder, ``version=<version>``."""
    return f"{table_prefix(project, source)}version_{version}"


def schema(source: str, version: str, table: Mapping[str, Any]) -> DiscoveredSchema:
    """What Glue's table says of a version; `table` is as GetTable has it."""
    columns = tuple(
        DiscoveredColumn(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]
    )
    keys = tuple(key["Name"] for key in table.get("PartitionKeys") or [])
    return DiscoveredSchema(source, version, table["Name"], columns, keys)

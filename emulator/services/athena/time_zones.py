"""Time zones by the names that DuckDB knows."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emulator.services.athena.errors import QueryError


def duckdb_zone(zone: str) -> str:
    """A zone's name for DuckDB, which writes an offset after GMT.

    Raises:
        QueryError: INVALID_FUNCTION_ARGUMENT, not a zone.
    """
    if re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return f"GMT{zone}"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"'{zone}' is not a valid time zone") from None
    return zone

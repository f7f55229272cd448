"""Time zones by the names that DuckDB knows."""

from __future__ import annotations

import re

from emulator.services.athena.errors import not_supported


def duckdb_zone(zone: str) -> str:
    """A zone's name for DuckDB; an offset's sign is turned around, as POSIX has it.

    Raises:
        QueryError: not a zone.
    """
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", zone)
    if offset and offset[3] == "00":
        return f"Etc/GMT{'-' if offset[1] == '+' else '+'}{int(offset[2])}"
    if not re.fullmatch(r"[A-Za-z][\w/+-]*", zone):
        raise not_supported(f"Time zone {zone}")
    return zone

"""The DuckDB expression of a signature, with its arguments filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, cast
from emulator.services.athena.scope import literal
from emulator.services.athena.time_zones import duckdb_zone
from emulator.services.athena.types import VARCHAR, Type


def fill(template: str, values: Sequence[Typed], wanted: Type, clauses: Mapping[str, str]) -> str:
    """The template with its arguments; `clauses` are what aggregates put after and between them."""

    def replacement(found: re.Match[str]) -> str:
        key = found[1]
        if key in clauses:
            return clauses[key]
        if key.startswith("*"):
            joined = " || " if key == "*||" else ", "
            return joined.join(value.sql for value in values)
        if key == "returns":
            return types.duckdb_type(wanted)
        if key == "type0":
            return str(values[0].type)
        return _variant(values[int(re.sub(r"\D", "", key))], re.sub(r"\d", "", key))

    return re.sub(r"\{(\*?[a-z0-9]*\|*)\}", replacement, template)


def _variant(value: Typed, variant: str) -> str:
    """An argument as a template asks for it."""
    if variant == "local":
        return f"timezone({literal(zone_of(value))}, {value.sql})"
    if variant == "zone":
        return literal(zone_of(value))
    if variant == "shown":
        return literal(value.type.zone or "UTC")
    if variant == "text":
        return cast(value, types.array(VARCHAR)).sql
    if variant == "entries":
        return entries(value)
    return value.sql


def entries(value: Typed) -> str:
    """An array of rows of two fields as DuckDB's entries of a map."""
    key, item = (name for name, _ in value.type.arguments[0].fields)
    return (
        f"list_transform({value.sql}, lambda _e: "
        f"struct_pack(key := struct_extract(_e, {literal(key)}), value := struct_extract(_e, {literal(item)})))"
    )


def zone_of(value: Typed) -> str:
    """The zone of a timestamp with time zone as DuckDB names it."""
    return duckdb_zone(value.type.zone or "UTC")

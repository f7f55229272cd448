"""Functions whose types or evaluation no signature states: their rules, by name.

A rule that returns None leaves the call to the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.services.athena.casts import Typed
from emulator.services.athena.functions import conditionals, lambdas, patterns, rounding, text_forms, zones
from emulator.services.athena.host_functions import dates

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions

Form = Callable[["Expressions", list[Any], Any], Typed | None]

FORMS: dict[str, Form] = {
    "coalesce": conditionals.coalesce,
    "nullif": conditionals.nullif,
    "try": conditionals.try_,
    "greatest": conditionals.extreme("greatest"),
    "least": conditionals.extreme("least"),
    "row": conditionals.row,
    "grouping": conditionals.grouping,
    "concat": conditionals.concat,
    "round": rounding.rounding("round"),
    "ceil": rounding.rounding("ceil"),
    "ceiling": rounding.rounding("ceil"),
    "floor": rounding.rounding("floor"),
    "truncate": rounding.rounding("truncate"),
    "mod": rounding.mod,
    "map_filter": lambdas.map_filter,
    "map_zip_with": lambdas.map_zip_with,
    "transform_values": lambdas.transform_values,
    "transform_keys": lambdas.transform_keys,
    "map_entries": lambdas.map_entries,
    "zip_with": lambdas.zip_with,
    "zip": lambdas.zip_,
    "reduce": lambdas.reduce,
    "array_sort": lambdas.array_sort,
    "combinations": lambdas.combinations,
    "split_to_map": lambdas.split_to_map,
    "regexp_replace": lambdas.regexp_replace,
    "regexp_like": patterns.regexp_like,
    "format": text_forms.format_,
    "normalize": text_forms.normalize,
    "date": text_forms.date,
    "at_timezone": zones.at_timezone,
    "with_timezone": zones.with_timezone,
    "current_timestamp": zones.current(zoned=True),
    "localtimestamp": zones.current(zoned=False),
    "from_unixtime": zones.from_unixtime,
    "from_iso8601_timestamp": zones.zoned_literal(dates.iso_timestamp),
    "parse_datetime": zones.zoned_literal(dates.parse_datetime),
}

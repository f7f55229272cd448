"""What a prediction looks up: which columns, by which columns of the request, under which key.

A key is made here by the same rules from a request as by `joins` and `windows` in Spark from raw rows, so that a
request finds what its row would have met in training.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crispstack.charter import Charter, Column
from crispstack.data_preparation.values import json_text
from crispstack.joined_sources import Join, Window

KEY_SEPARATOR = "\x1f"
TIME_PATTERN = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}(:[0-9]{2}){0,2}([.][0-9]+)?Z?)?$"
TRUNCATED_LENGTHS = {"hour": 13, "day": 10}
ALL_ROWS = "all rows"
"""Key of a window without `by`: a key in DynamoDB must not be empty."""


@dataclass(frozen=True)
class Lookup:
    """One join or window whose values a request need not bring.

    `columns` are those looked up, `by` the columns of the row that make the key.
    """

    of: Join | Window
    by: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The joined source's name, or the window's."""
        return self.of.source if isinstance(self.of, Join) else self.of.name


def lookups(charter: Charter) -> tuple[Lookup, ...]:
    """The charter's look-ups, in the order in which one can need what another one found.

    They hold what predictions use: features, and keys of later look-ups. A column of personal data that the charter
    does not keep as it is never is among them: a request has to bring it.
    """
    plan = charter.preparation
    needed = {column.name for column in charter.feature_columns}
    needed |= {key.left for join in plan.joins if join.at_prediction == "lookup" for key in join.keys}
    treated = {each.column for each in charter.row_treatments if each.treatment != "keep"}
    gained = {column.name: column for column in charter.gained_columns if column.name in needed - treated}
    found = [
        Lookup(join, tuple(key.left for key in join.keys), _columns(gained, [each.feature for each in join.columns]))
        for join in plan.joins
        if join.at_prediction == "lookup"
    ]
    found += [
        Lookup(window, window.by, _columns(gained, [window.name]))
        for window in plan.windows
        if window.at_prediction == "lookup"
    ]
    return tuple(lookup for lookup in found if lookup.columns)


def looked_up(charter: Charter) -> frozenset[str]:
    """Names of the columns that a request need not hold."""
    return frozenset(column.name for lookup in lookups(charter) for column in lookup.columns)


def request_key(charter: Charter, lookup: Lookup, row: Mapping[str, object]) -> str | None:
    """The key of a row of a request; None where a part of it is missing."""
    texts = [raw_text(row.get(name)) for name in lookup.by]
    if isinstance(lookup.of, Join):
        return join_key(charter, lookup.of, texts)
    return window_key(charter, lookup.of, texts)


def join_key(charter: Charter, join: Join, values: list[str | None]) -> str | None:
    """The key that `joins` makes, from the texts of `left` or `right`; None where a part of it is missing."""
    missing = {"", *charter.preparation.missing_values}
    parts = []
    for key, value in zip(join.keys, values, strict=True):
        text = (value or "").strip(" ")
        if text in missing or (key.truncate and not re.search(TIME_PATTERN, text)):
            return None
        parts.append(text[: TRUNCATED_LENGTHS[key.truncate]].replace(" ", "T") if key.truncate else text)
    return KEY_SEPARATOR.join(parts)


def window_key(charter: Charter, window: Window, values: list[str | None]) -> str | None:
    """The key that `windows` makes, from the texts of `by`; None where one is missing."""
    parts = []
    for name, value in zip(window.by, values, strict=True):
        text = (value or "").strip(" ")
        if text in {"", *charter.preparation.missing_words(name)}:
            return None
        parts.append(text)
    return KEY_SEPARATOR.join(parts) or ALL_ROWS


def _columns(gained: Mapping[str, Column], names: list[str]) -> tuple[Column, ...]:
    return tuple(gained[name] for name in names if name in gained)


def raw_text(value: object) -> str | None:
    """A request's value as a file writes it; of times, UTC as ``Z``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return json_text(value)
    return re.sub(r"[+]00:00$", "Z", value) if isinstance(value, str) else None

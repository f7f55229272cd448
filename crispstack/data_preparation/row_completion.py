"""Rows of a request gain what they do not bring: the values of joins and windows that are looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from crispstack.charter import Charter
from crispstack.data_preparation.lookups import Lookup, lookups, request_key
from crispstack.errors import RequestError
from crispstack.joined_sources import Join

Row = Mapping[str, object]
Wanted = tuple[str, str]
"""Name of a look-up, and a key."""


class LookupReader(Protocol):
    """Finds values by key; DynamoDB answers it in `crispstack.aws.lookup_table`."""

    def read(self, wanted: set[Wanted]) -> Mapping[Wanted, Row]:
        """The values under those keys that there are: column name -> value as in a request."""


def completed(rows: Sequence[Row], charter: Charter, reader: LookupReader) -> list[Row]:
    """The rows with every column that is looked up.

    What a row brings by itself, null too, wins: nothing is looked up for it. A row that meets none has its columns
    missing, as in training; a count is 0 then.

    Raises:
        RequestError: a row meets none where the charter sends such rows to the quarantine.
    """
    known: list[dict[str, object]] = [dict(row) if isinstance(row, Mapping) else {} for row in rows]
    for together in _rounds(lookups(charter)):
        wanted = [
            {lookup: request_key(charter, lookup, row) for lookup in together if _is_needed(lookup, row)}
            for row in known
        ]
        found = reader.read({(lookup.name, key) for keys in wanted for lookup, key in keys.items() if key is not None})
        for index, (row, keys) in enumerate(zip(known, wanted, strict=True)):
            for lookup, key in keys.items():
                _complete(index, row, lookup, key, found)
    features = {column.name for column in charter.feature_columns}
    return [_only(values, row, features) for values, row in zip(known, rows, strict=True)]


def _is_needed(lookup: Lookup, row: Row) -> bool:
    return any(column.name not in row for column in lookup.columns)


def _rounds(pending: Sequence[Lookup]) -> list[list[Lookup]]:
    """Look-ups that can be made at once: those that need nothing that another one of them finds."""
    rounds: list[list[Lookup]] = []
    found_in: dict[str, int] = {}
    for lookup in pending:
        place = max((found_in[name] + 1 for name in lookup.by if name in found_in), default=0)
        rounds += [[] for _ in range(place + 1 - len(rounds))]
        rounds[place].append(lookup)
        found_in |= {column.name: place for column in lookup.columns}
    return rounds


def _complete(index: int, row: dict[str, object], lookup: Lookup, key: str | None, found: Mapping[Wanted, Row]) -> None:
    values = None if key is None else found.get((lookup.name, key))
    if isinstance(lookup.of, Join):
        if values is None and lookup.of.unmatched == "quarantine":
            raise RequestError(
                f"row {index}: no row of {lookup.name} matches its {', '.join(lookup.by)}; no such row was used in "
                "training, so none can be judged"
            )
    elif values is None and key is not None and lookup.of.function == "count":
        values = {lookup.name: 0}
    for column in lookup.columns:
        row.setdefault(column.name, (values or {}).get(column.name))


def _only(values: Row, row: Any, features: set[str]) -> Any:
    """What the row brought and the features found for it: not what was looked up to look up more."""
    if not isinstance(row, Mapping):
        return row  # whoever makes arrays of rows says what is wrong with it
    return {name: value for name, value in values.items() if name in row or name in features}

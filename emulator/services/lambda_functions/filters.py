"""Filters of event source mappings: which messages of a queue a function gets to see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.core.exceptions import JsonRESTError

from emulator.services.events import patterns

_MOST = 5


def check(criteria: Mapping[str, Any] | None) -> None:
    """Check what a mapping asks for.

    Raises:
        InvalidParameterValueException: there are too many filters, or one is not a pattern.
    """
    filters = _filters(criteria)
    if len(filters) > _MOST:
        raise InvalidParameterValueException(f"The number of filters must not exceed {_MOST}.")
    for text in filters:
        try:
            patterns.parse(text)
        except (JsonRESTError, ValueError) as error:
            raise InvalidParameterValueException(f"Invalid filter pattern definition: {error}") from error


def accepts(criteria: Mapping[str, Any] | None, record: Mapping[str, Any]) -> bool:
    """Whether one of the filters, where there are any, fits a record; a body of JSON is compared as what it says."""
    filters = _filters(criteria)
    return not filters or any(_fits(patterns.parse(text), record) for text in filters)


def _filters(criteria: Mapping[str, Any] | None) -> list[str]:
    given: Iterable[Mapping[str, str]] = (criteria or {}).get("Filters") or ()
    return [each["Pattern"] for each in given if each.get("Pattern")]


def _fits(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    body = record["body"]
    if isinstance(pattern.get("body"), dict):
        try:
            body = json.loads(body)
        except ValueError:
            return False
        if not isinstance(body, dict):
            return False
    return patterns.matches(pattern, {**record, "body": body})

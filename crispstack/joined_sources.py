"""What a row gains from elsewhere: columns of other sources, and aggregates of earlier rows. A part of the charter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

AtPrediction = Literal["request", "lookup"]
"""Where a prediction gets the value from: the caller sends it, or it is looked up in the project's table."""

_MICROSECONDS = {"second": 10**6, "minute": 60 * 10**6, "hour": 3600 * 10**6, "day": 86400 * 10**6}


@dataclass(frozen=True)
class JoinKey:
    """A pair of columns that must be equal, as stripped texts or, truncated, as hours or days."""

    left: str
    right: str
    truncate: Literal["", "hour", "day"] = ""


@dataclass(frozen=True)
class JoinedColumn:
    """A column of the joined source, and what it is called here where not the same."""

    name: str
    rename: str = ""

    @property
    def feature(self) -> str:
        """Its name in the rows that gain it."""
        return self.rename or self.name


@dataclass(frozen=True)
class Join:
    """Each row gains columns from the one row of `source` with equal keys.

    Where several rows of the source have equal keys, `latest_by` names the column whose greatest text decides; without
    it the job stops. A row that meets none keeps nulls, or goes to the quarantine.
    """

    source: str
    keys: tuple[JoinKey, ...]
    columns: tuple[JoinedColumn, ...]
    at_prediction: AtPrediction
    unmatched: Literal["missing", "quarantine"] = "missing"
    latest_by: str = ""


@dataclass(frozen=True)
class Window:
    """Each row gains an aggregate of `column` over the rows before it that have the same `by`.

    Before it: whose `order` is earlier by at least a moment, more than `delay` ago, and at most `preceding` ago.
    """

    name: str
    function: Literal["count", "sum", "mean", "min", "max", "std", "last"]
    order: str
    preceding: str
    at_prediction: AtPrediction
    by: tuple[str, ...] = ()
    column: str = ""
    minimum_rows: int = 1
    delay: str = ""


def microseconds(duration: str) -> int:
    """A duration in words, ``7 days``, ``24 hours``; empty is none.

    Raises:
        ValueError: it is no whole number of seconds, minutes, hours or days.
    """
    if not duration:
        return 0
    found = re.fullmatch(r"([1-9][0-9]{0,5}) (second|minute|hour|day)s?", duration)
    if not found:
        raise ValueError(f"{duration!r} is no duration such as '7 days' or '24 hours'")
    return int(found[1]) * _MICROSECONDS[found[2]]

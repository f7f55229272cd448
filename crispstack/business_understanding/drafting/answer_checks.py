"""Whether answers that were given fit the data: told before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from crispstack.business_understanding.drafting.answers import Answers
from crispstack.business_understanding.drafting.candidates import targets
from crispstack.business_understanding.drafting.found import FoundData
from crispstack.errors import CrispError

_OFFERED = 5


def check(answers: Answers, found: FoundData) -> None:
    """Make sure that what is named is in the data.

    Raises:
        CrispError: a column or a value is not there; the message says which are.
    """
    column = found.column(answers.target)
    names = [each.name for each in found.columns]
    if answers.target and not column:
        offered = ", ".join(each.column.name for each in targets(found)[:_OFFERED])
        raise CrispError(f"there is no column {answers.target!r}; {_close(answers.target, names, offered)}")
    if answers.positive and not column:
        raise CrispError("it is not said of which column the positive value is; name it with --target")
    if column and answers.positive and answers.positive not in dict(column.common):
        values = [value for value, _ in column.common]
        raise CrispError(f"{column.name} is never {answers.positive!r}; {_close(answers.positive, values)}")
    if answers.positive and answers.at_least is not None:
        raise CrispError("--positive and --at-least are two answers to one question; give one of the two")
    if column and answers.at_least is not None and column.column.type not in ("integer", "number"):
        raise CrispError(f"{column.name} is a {column.column.type}, and --at-least compares numbers; use --positive")
    if answers.split not in ("", "random"):
        _check_time(answers.split, found)


def _check_time(name: str, found: FoundData) -> None:
    column, times = found.column(name), [each.name for each in found.columns if each.first_day]
    if column is None or name not in times:
        offered = ", ".join(times) or "no column is a time"
        raise CrispError(f"rows cannot be ordered by {name!r}; {_close(name, times, offered)}; or --split random")
    if not column.four_fifths > column.first_day:
        raise CrispError(f"{name} has too few days to set the last fifth of them aside; use --split random")


def _close(name: str, known: Sequence[str], otherwise: str = "") -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose from {otherwise or ', '.join(known[:20])}"

"""What only a person can answer, and the questions that are asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crispstack.business_understanding.drafting.candidates import framing_of, positive_value
from crispstack.business_understanding.drafting.found import FoundColumn, FoundData
from crispstack.charter import Framing

AMOUNTS: Mapping[Framing, Mapping[str, str]] = {
    "binary": {
        "true_positive": "What does acting earn where it was right (value of the outcome less the cost of acting)?",
        "false_positive": "What does acting earn where it was in vain (the cost of acting, less than 0)?",
    },
    "multiclass": {
        "right": "What does a case earn that is taken for what it is?",
        "wrong": "What does a case earn that is taken for another (a cost is less than 0)?",
    },
    "regression": {
        "over_estimate": "What does one unit earn by which a prediction is too high (a cost is less than 0)?",
        "under_estimate": "What does one unit earn by which a prediction is too low (a cost is less than 0)?",
    },
}
"""The amounts of money that are asked for, by what is predicted."""


@dataclass(frozen=True)
class Answers:
    """Answers so far; what is empty or missing is still open. A target that is not sure was guessed.

    `money` holds amounts by their names in the charter. `split` is "random", the name of the column that orders rows in
    time, or empty for what the data suggests.
    """

    question: str = ""
    owner: str = ""
    target: str = ""
    target_is_sure: bool = False
    positive: str = ""
    at_least: float | None = None
    framing: Framing | None = None
    action: str = ""
    today: str = ""
    by_hand: str = ""
    known_after_days: float | None = None
    cases_per_year: int = 0
    currency: str = ""
    reasoning: str = ""
    license: str = ""
    split: str = ""
    money: Mapping[str, float] = field(default_factory=dict)


def framing(answers: Answers, found: FoundData) -> Framing:
    """As what the target is predicted; two classes while there is no target."""
    if answers.framing:
        return answers.framing
    if answers.positive or answers.at_least is not None:
        return "binary"
    column = found.column(answers.target)
    return framing_of(column) if column else "binary"


def positive(answers: Answers, found: FoundData) -> str:
    """The value that counts as positive: as answered, else as guessed; empty where none does."""
    column = found.column(answers.target)
    if answers.at_least is not None or framing(answers, found) != "binary":
        return ""
    return answers.positive or (positive_value(column) if column and column.common else "")


def open_questions(answers: Answers, found: FoundData) -> Iterator[str]:
    """Names of the answers that only a person can give and that are not given, as flags without dashes."""
    for name in ("question", "owner", "target", "currency"):
        if not getattr(answers, name):
            yield name
    if found.column(answers.target):
        yield from (name for name in AMOUNTS[framing(answers, found)] if name not in answers.money)


def described(column: FoundColumn) -> str:
    """What was found in a column, in one line; of columns that seem to be personal no value."""
    parts = [f"{column.distinct} value{'s' * (column.distinct != 1)}"]
    if column.first_day:
        parts.append(f"{column.first_day} to {column.last_day}")
    elif column.distinct <= 3 and not column.personal:
        parts.append(", ".join(f"{value!r} {count}" for value, count in column.common))
    if column.present < column.rows:
        parts.append(f"{(column.rows - column.present) / column.rows:.1%} missing")
    if column.odd and not column.personal:
        parts.append(f"not of this type: {', '.join(map(repr, column.odd))}")
    if column.personal:
        parts.append(f"personal: {column.personal}")
    return "; ".join(parts)

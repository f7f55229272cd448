"""Which columns may be what is to be predicted, and which may order rows in time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crispstack.business_understanding.drafting.found import FoundColumn, FoundData
from crispstack.business_understanding.target_checks import MOST_CLASSES
from crispstack.charter import Framing

_OUTCOMES = frozenset(
    {
        "y", "target", "label", "outcome", "class", "result", "response", "churn", "churned", "attrition", "left",
        "exited", "converted", "conversion", "bought", "purchased", "subscribed", "deposit", "defaulted", "fraud",
        "fraudulent", "survived", "survival", "approved", "accepted", "canceled", "cancelled", "failed", "failure",
        "clicked", "won", "readmitted", "returned", "late", "delayed", "renewed", "responded", "repaid", "delay",
        "price", "sales", "revenue", "demand", "consumption", "cost", "amount", "rating", "score", "species",
        "diagnosis", "risk",
    }
)  # fmt: skip
"""Words in a column's name that speak of what came out."""
_YES = frozenset({"yes", "true", "1", "y", "t", "ja", "si", "oui", "positive", "bad", "fraud", "churned", "left"})
_FEW = 20
"""Whole numbers of at most so many different values are taken for classes."""
_LEAST_DAYS = 20
"""Days that a time must have before a split by it says anything."""


@dataclass(frozen=True)
class Candidate:
    """A column that may be the target, as what, why, and how much speaks for it."""

    column: FoundColumn
    framing: Framing
    reason: str
    score: float


def targets(found: FoundData) -> list[Candidate]:
    """Columns that may be the target, the likeliest first; those before others in the file where as likely."""
    rated = [_rated(each, found.columns) for each in found.columns]
    return sorted((each for each in rated if each), key=lambda each: -each.score)


def clear(candidates: Sequence[Candidate]) -> Candidate | None:
    """The one whose name says that it is the outcome, if only one does so as well."""
    named = [each for each in candidates if "its name" in each.reason]
    sure = named[:1] if len(named) == 1 or (len(named) > 1 and named[0].score > named[1].score) else []
    return sure[0] if sure else None


def _rated(column: FoundColumn, columns: Sequence[FoundColumn]) -> Candidate | None:
    kind = column.column.type
    fits = kind not in ("date", "timestamp", "text") and not column.is_constant and not column.is_identifier
    if not fits or (kind == "category" and column.distinct > MOST_CLASSES):
        return None
    reasons, score = [], 0.0
    if set(re.split("[_0-9]+", column.name)) & _OUTCOMES:
        reasons.append("its name speaks of an outcome")
        score += 3
    if column is columns[-1]:
        reasons.append("it is the last column")
        score += 1
    framing = framing_of(column)
    if framing == "binary":
        reasons.append("it has two values")
        score += 1
    elif framing == "multiclass":
        reasons.append(f"it has {column.distinct} values")
    else:
        reasons.append("it is a number")
    if column.personal:
        reasons.append(f"but it may be personal data: {column.personal}")
        score -= 1
    return Candidate(column, framing, ", ".join(reasons), score)


def framing_of(column: FoundColumn) -> Framing:
    """As what the column would be predicted: two values, few or texts are classes, everything else is a number."""
    if column.distinct <= 2:
        return "binary"
    if column.column.type == "number" or (column.column.type == "integer" and column.distinct > _FEW):
        return "regression"
    return "multiclass"


def positive_value(column: FoundColumn) -> str:
    """Which value of two is likely the one to act on: the one that says yes, else the rarer."""
    yes = [value for value, _ in column.common if value.lower() in _YES]
    return yes[0] if len(yes) == 1 else column.common[-1][0]


def times(found: FoundData) -> list[FoundColumn]:
    """Columns that may order the rows in time, those with most days first; no dates of birth."""
    possible = [
        each
        for each in found.columns
        if each.column.type in ("date", "timestamp") and not each.personal and each.four_fifths > each.first_day
    ]
    spread = [each for each in possible if each.distinct >= _LEAST_DAYS and each.present == each.rows]
    return sorted(spread, key=lambda each: -each.distinct)

"""What the charter does with personal data: one treatment for each such column, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Generalization = Literal["", "band", "month", "year", "prefix", "domain"]
Treatment = Literal["drop", "hash", "generalize", "keep"]
Untreated = Literal["by_evidence", "stop", "warn"]
"""What an untreated column does to a run; by evidence: stop where declared or proven by content, else warn."""


@dataclass(frozen=True)
class PrivacyTreatment:
    """What becomes of a column. `source` is empty for the source whose rows are predicted.

    `digits` are the hexadecimal digits that a hash keeps. A generalization is `to` a band of numbers `size` wide, to
    the first day of the month or year, to the first `size` characters, or to an e-mail address's domain.
    """

    column: str
    treatment: Treatment
    reason: str = ""
    source: str = ""
    digits: int = 16
    to: Generalization = ""
    size: float = 0.0

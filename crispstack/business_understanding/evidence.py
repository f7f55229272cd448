"""What a look at the data says about the question: the material of the feasibility review."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """The best rule that needs one column alone, and which share of what foresight would earn it earns."""

    column: str
    words: str
    share: float


@dataclass(frozen=True)
class Evidence:
    """Figures of rows that are not test rows; money is in the charter's currency.

    Attributes:
        rows: how many were looked at.
        constant: value per case of the best decision that is the same for all cases.
        perfect: value per case of decisions that foresee every outcome.
        positives: share of positive cases; 0 where there are not two classes.
        gain_if_positive: by how much acting on a positive case is better than leaving it, on average; amounts included.
        gain_if_negative: as `gain_if_positive`, of negative cases.
        rule: the best rule of one column; None where there is nothing to earn, or no column to judge by.
    """

    rows: int
    constant: float
    perfect: float
    positives: float = 0.0
    gain_if_positive: float = 0.0
    gain_if_negative: float = 0.0
    rule: Rule | None = None

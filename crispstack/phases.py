"""The six phases of CRISP-DM: one spelling for packages, states, prefixes and pages."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """One of the six phases, in the order in which they follow each other."""

    BUSINESS_UNDERSTANDING = "business_understanding"
    DATA_UNDERSTANDING = "data_understanding"
    DATA_PREPARATION = "data_preparation"
    MODELING = "modeling"
    EVALUATION = "evaluation"
    DEPLOYMENT = "deployment"

    @property
    def number(self) -> int:
        """Position from 1 to 6."""
        return list(Phase).index(self) + 1

    @property
    def prefix(self) -> str:
        """Folder of this phase's artifacts within a run, for instance ``3_data_preparation``."""
        return f"{self.number}_{self.value}"

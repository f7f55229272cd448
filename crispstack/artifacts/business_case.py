"""What business understanding leaves: the question, and whether it can be answered."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.charter import Charter
from crispstack.phases import Phase


@dataclass(frozen=True)
class BusinessCase(Artifact, phase=Phase.BUSINESS_UNDERSTANDING):
    """Business understanding: the charter of this run, and the checks it passed."""

    charter: Charter
    checks: tuple[Check, ...]
    inputs: tuple[InputReference, ...] = ()


@dataclass(frozen=True)
class Check:
    """One question of the feasibility review and its answer; `key` is where the charter gives it: ``money.volume``."""

    question: str
    answer: str
    passed: bool
    key: str = ""

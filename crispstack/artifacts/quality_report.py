"""What data understanding leaves: which rules the data breaks, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.charter import Severity
from crispstack.phases import Phase


@dataclass(frozen=True)
class RuleResult:
    """A quality rule, how many rows (or columns) of its source it checked, how many broke it, and what to do about it.

    `figure` is what a rule about the whole table found, None for rules about rows. No value of a row is in here.
    """

    rule: str
    severity: Severity
    passed: bool
    checked: int
    failing: int
    remedy: str = ""
    source: str = ""
    columns: tuple[str, ...] = ()
    figure: float | None = None
    unit: Literal["rows", "columns"] = "rows"
    listable: bool = False


@dataclass(frozen=True)
class RuleDraft:
    """A rule that the profile suggests for the charter, and why."""

    rule: str
    source: str
    reason: str


@dataclass(frozen=True)
class JoinCheck:
    """How well the keys of a join fit: rows with a key, those of them that meet none, and what to do about it.

    `repeated` counts the rows of the reference that share their key with another.
    """

    source: str
    columns: tuple[str, ...]
    reference: str
    reference_columns: tuple[str, ...]
    checked: int
    unmatched: int
    repeated: int
    remedy: str = ""


@dataclass(frozen=True)
class QualityReport(Artifact, phase=Phase.DATA_UNDERSTANDING):
    """Data understanding: what the quality rules found, how sources fit, and the rules that the profile suggests."""

    results: tuple[RuleResult, ...]
    joins: tuple[JoinCheck, ...] = ()
    drafts: tuple[RuleDraft, ...] = ()
    inputs: tuple[InputReference, ...] = ()

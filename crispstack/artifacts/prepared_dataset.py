"""What data preparation leaves: an immutable version with an account of every row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.charter import Framing
from crispstack.phases import Phase
from crispstack.preparation_plan import Preparation

FeatureKind = Literal["numeric", "categorical", "text"]


@dataclass(frozen=True)
class Feature:
    """One input of a model. `categories` lists the values seen in training, for categorical features.

    Of more than a thousand only the first in alphabetical order are listed, and `more_categories` says so.
    """

    name: str
    kind: FeatureKind
    categories: tuple[str, ...] = ()
    more_categories: bool = False


@dataclass(frozen=True)
class JoinResult:
    """How many rows met nothing in a joined source, and what became of them: its columns missing, or the quarantine."""

    source: str
    unmatched_rows: int
    unmatched: Literal["missing", "quarantine"]


@dataclass(frozen=True)
class PreparedDataset(Artifact, phase=Phase.DATA_PREPARATION):
    """Data preparation: an immutable version. rows_in = train_rows + test_rows + quarantined_rows, always.

    `preparation` is the plan as it was followed: what it took from the profile is written out in numbers. The target
    is 0 or 1, of which the positives are counted; the index of one of `classes`, each of which is counted; or a number.
    """

    version: str
    rows_in: int
    train_rows: int
    test_rows: int
    quarantined_rows: int
    quarantine_reasons: dict[str, int]
    train_positives: int
    test_positives: int
    train_uri: str
    test_uri: str
    quarantine_uri: str
    features: tuple[Feature, ...]
    target: str
    joins: tuple[JoinResult, ...] = ()
    preparation: Preparation | None = None
    framing: Framing = "binary"
    classes: tuple[str, ...] = ()
    train_classes: dict[str, int] = field(default_factory=dict)
    test_classes: dict[str, int] = field(default_factory=dict)
    inputs: tuple[InputReference, ...] = ()

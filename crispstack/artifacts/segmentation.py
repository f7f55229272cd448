"""What evaluation leaves: groups of cases by what they are expected to be worth, described in words."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class SegmentCondition:
    """What the cases of a segment have in common in one feature: "over 60", "mar, oct or sep"."""

    feature: str
    words: str


@dataclass(frozen=True)
class Segment:
    """Test cases with something in common: what the model expects of one on average, and what came true.

    `low` and `high` bound what is observed. `acted_on` counts those that the model would act on, of two classes alone.
    """

    conditions: tuple[SegmentCondition, ...]
    rows: int
    expected: float
    observed: float
    low: float
    high: float
    acted_on: int | None = None


@dataclass(frozen=True)
class Segmentation(Artifact, phase=Phase.EVALUATION):
    """Evaluation: groups that differ in what they are expected to be worth, highest first; each case is in one.

    `measure` says what is expected of a case, in `unit`. The groups were found in the expectations, not in what came
    true, so that what is observed in them is not flattered by the search. `explained` is the share of the expectations'
    variance that lies between the groups. Features whose values may not be shown describe none.
    """

    measure: str
    unit: str
    confidence: float
    explained: float
    segments: tuple[Segment, ...]
    inputs: tuple[InputReference, ...] = ()

"""What modeling begins with: where it runs, for how long at most, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.phases import Phase


@dataclass(frozen=True)
class ComputePlan(Artifact, phase=Phase.MODELING):
    """Modeling: the backend, the machine, and the list price of an hour there in US dollars.

    `budget_seconds` are the search's, as the charter says or as was asked for; a `budget_dollars` of 0 leaves the sum
    open. A job that is not done after `longest_seconds` is ended.
    """

    backend: Literal["spark", "gpu", "sagemaker"]
    machine: str
    dollars_per_hour: float
    budget_seconds: int
    budget_dollars: float
    longest_seconds: int
    inputs: tuple[InputReference, ...] = ()

"""How a release takes over, as an environment says it: ``[release]``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from crispstack.errors import CrispError

Steps = Literal["all_at_once", "canary", "linear"]
_LONGEST_MINUTES = 2880


@dataclass(frozen=True)
class ReleaseSteps:
    """Traffic goes to a new version all at once; or `percent` of it for `minutes`, then all; or so much more each time.

    A release is taken back when, within one minute, the slowest hundredth of requests takes longer than
    `p99_milliseconds`, more than `error_percent` of requests fail, or the mean of predictions or of their value is more
    than `shift_deviations` standard deviations of a row from what it was on rows held out.
    """

    steps: Steps
    percent: int = 10
    minutes: int = 5
    p99_milliseconds: int = 3000
    error_percent: float = 1.0
    shift_deviations: float = 1.0

    @property
    def total_minutes(self) -> int:
        """From the first request to the new version until it has all of them."""
        if self.steps == "all_at_once":
            return 0
        return self.minutes * (1 if self.steps == "canary" else math.ceil(100 / self.percent) - 1)


def read(place: str, values: object) -> ReleaseSteps:
    """The section of an environment's file.

    Raises:
        CrispError: a key is unknown, missing or not what it should be.
    """
    if not isinstance(values, Mapping):
        raise CrispError(f"{place} is no section; write its keys below a line {place}")
    fields = {each.name: each for each in dataclasses.fields(ReleaseSteps)}
    if unknown := sorted(set(values) - set(fields)):
        raise CrispError(f"{place}: unknown key {', '.join(unknown)}; known are {', '.join(fields)}")
    if values.get("steps") not in get_args(Steps):
        raise CrispError(f"{place}: steps is {values.get('steps')!r}; choose one of {', '.join(get_args(Steps))}")
    for name, value in values.items():
        if name != "steps" and (isinstance(value, bool) or not isinstance(value, int | float) or value <= 0):
            raise CrispError(f"{place}: {name} is {value!r}; write a number above zero")
        if fields[name].type == "int" and not isinstance(value, int):
            raise CrispError(f"{place}: {name} is {value!r}; write a whole number")
    found = ReleaseSteps(**values)
    if found.percent >= 100:
        raise CrispError(f'{place}: percent is {found.percent}; write less than 100, or steps = "all_at_once"')
    if found.total_minutes > _LONGEST_MINUTES:
        raise CrispError(f"{place}: the steps take {found.total_minutes} minutes; CodeDeploy takes {_LONGEST_MINUTES}")
    return found

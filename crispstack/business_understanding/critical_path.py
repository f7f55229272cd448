"""When the stages of a plan can begin and must end, and which of them must not be late: the critical path method.

Kelley and Walker, Critical-path planning and scheduling, Eastern Joint Computer Conference (1959).
"""

from __future__ import annotations

import graphlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crispstack.charter import Stage

_NO_SLACK = 1e-9


@dataclass(frozen=True)
class Scheduled:
    """A stage with its earliest days, counted from 0, and by how many days it may be late without delaying the end."""

    stage: Stage
    begin: float
    end: float
    slack: float

    @property
    def is_critical(self) -> bool:
        """Whether the project is late where this stage is."""
        return self.slack <= _NO_SLACK


def waits_for(plan: Sequence[Stage]) -> dict[str, list[str]]:
    """By the title of each stage, the titles of those that it waits for; names of phases stand for all their stages.

    Names that are in no plan are left out.
    """
    stages: dict[str, list[str]] = {}
    for stage in plan:
        stages.setdefault(stage.phase.value, []).append(stage.title)
    titles = {stage.title for stage in plan}
    return {
        stage.title: [
            title
            for name in stage.after
            for title in ([name] if name in titles else stages.get(name, []))
            if title != stage.title or name in titles
        ]
        for stage in plan
    }


def cycle(plan: Sequence[Stage]) -> list[str]:
    """Stages that wait for each other, the first once more at the end; empty where none do."""
    try:
        graphlib.TopologicalSorter(waits_for(plan)).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def schedule(plan: Sequence[Stage]) -> tuple[Scheduled, ...]:
    """The stages in the order in which they begin; of a plan without cycles, its titles all different."""
    before = waits_for(plan)
    stages = {stage.title: stage for stage in plan}
    order = list(graphlib.TopologicalSorter(before).static_order())
    ends: dict[str, float] = {}
    for title in order:
        ends[title] = max((ends[each] for each in before[title]), default=0.0) + stages[title].days
    latest = _latest_ends(order, before, stages, max(ends.values(), default=0.0))
    found = (Scheduled(stages[title], ends[title] - stages[title].days, ends[title], latest[title] - ends[title])
             for title in order)  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.begin, each.end)))


def _latest_ends(
    order: Sequence[str], before: Mapping[str, Sequence[str]], stages: Mapping[str, Stage], end: float
) -> dict[str, float]:
    """The day by which each stage must have ended, so that all ends in time."""
    latest = dict.fromkeys(order, end)
    for title in reversed(order):
        for each in before[title]:
            latest[each] = min(latest[each], latest[title] - stages[title].days)
    return latest


def picture(scheduled: Sequence[Scheduled], width: int = 40) -> list[str]:
    """The schedule as lines of text: bars from left to right, full where a stage is critical, slack as dots."""
    length = max((each.end + each.slack for each in scheduled), default=0.0)
    if not length:
        return []
    name = max(len(each.stage.title) for each in scheduled)
    lines = []
    for each in scheduled:
        begin, end, last = (round(day / length * width) for day in (each.begin, each.end, each.end + each.slack))
        bar = ("█" if each.is_critical else "▒") * max(end - begin, 1)
        dots = "·" * max(last - begin - len(bar), 0)
        late = "" if each.is_critical else f", may be {each.slack:g} late"
        chart = f"{' ' * begin}{bar}{dots}"
        lines.append(f"{each.stage.title:<{name}} {chart:<{width}} {each.begin:g} to {each.end:g}{late}")
    return lines

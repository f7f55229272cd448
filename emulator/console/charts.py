"""Line charts, laid out as shares of their area: the browser stretches lines, and leaves letters as they are."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

UNITS = 1000.0  # what the area is wide and high, before it is stretched
_COLORS = 8
_COLOR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?")
_STEPS = [timedelta(minutes=each) for each in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080)]
_TICKS = 6
_SUFFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Line:
    """A metric's values by time, each for a period that begins then; its own color, and the axis it is measured on."""

    label: str
    points: list[tuple[datetime, float]]
    period: timedelta
    color: str = ""
    right: bool = False

    @property
    def last(self) -> float | None:
        """The latest value."""
        return self.points[-1][1] if self.points else None


@dataclass(frozen=True)
class Axis:
    """Where an axis is to begin and end; None where the values say."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Mark:
    """A value that a line across the chart marks."""

    value: float
    label: str
    color: str = ""


@dataclass(frozen=True)
class Drawn:
    """A line as it is drawn: its path, dots where a value stands alone, the area below, and its class or color."""

    line: Line
    path: str
    dots: str
    area: str
    style: str
    color: str


@dataclass(frozen=True)
class Column:
    """A moment of the chart, what was measured then, and the part of the width that stands for it."""

    x: float
    width: float
    when: datetime
    values: list[tuple[str, float]]


@dataclass(frozen=True)
class Chart:
    """A chart: places across and down are in `UNITS`, labels' in percent."""

    lines: list[Drawn]
    left: list[tuple[float, str]]
    right: list[tuple[float, str]]
    below: list[tuple[float, str]]
    marks: list[tuple[float, Mark]]
    columns: list[Column] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(each.line.points for each in self.lines)


def chart(
    lines: Sequence[Line],
    shown: tuple[datetime, datetime],
    *,
    stacked: bool = False,
    axes: Sequence[Axis] = (Axis(), Axis()),
    marks: Sequence[Mark] = (),
) -> Chart:
    """The chart of some lines over a time."""
    start, end = shown
    tops = _stacked(lines) if stacked else [list(line.points) for line in lines]
    scales = []
    for right in (False, True):
        heights = [value for line, top in zip(lines, tops, strict=True) if line.right == right for _, value in top]
        marked = [] if right else [mark.value for mark in marks]
        scales.append(_scale(heights, axes[right], marked))

    def x(when: datetime) -> float:
        return (when - start) / (end - start) * UNITS

    def y(value: float, right: bool) -> float:
        least, most, _ = scales[right]
        return UNITS - (value - least) / (most - least) * UNITS

    drawn = []
    for i, (line, top) in enumerate(zip(lines, tops, strict=True)):
        places = [(x(when), y(value, line.right), when) for when, value in top]
        color = line.color if _COLOR.fullmatch(line.color) else ""
        area = _area(places, [y(v - own, line.right) for (_, v), (_, own) in zip(top, line.points, strict=True)])
        drawn.append(Drawn(line, *_paths(places, line.period), area if stacked else "", f"s{i % _COLORS}", color))
    used = {line.right for line in lines}
    return Chart(
        drawn,
        _labels(scales[0]),
        _labels(scales[1]) if True in used else [],
        [(x(when) / UNITS * 100, text) for when, text in _times(start, end)],
        [(y(mark.value, False), mark) for mark in marks],
        _columns(lines, x),
    )


def _stacked(lines: Sequence[Line]) -> list[list[tuple[datetime, float]]]:
    below: dict[datetime, float] = {}
    tops = []
    for line in lines:
        for when, value in line.points:
            below[when] = below.get(when, 0.0) + value
        tops.append([(when, below[when]) for when, _ in line.points])
    return tops


def _scale(values: list[float], axis: Axis, marked: list[float]) -> tuple[float, float, float]:
    """Where an axis begins and ends, and the step between its labels: 1, 2 or 5 times a power of ten."""
    least = axis.least if axis.least is not None else min([*values, *marked, 0.0])
    most = axis.most if axis.most is not None else max([*values, *marked], default=1.0)
    if most <= least:
        most = least + (abs(least) or 1.0)
    rough = (most - least) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999)
    if axis.most is None:
        most = math.ceil(most / step - 1e-9) * step
    if axis.least is None:
        least = math.floor(least / step + 1e-9) * step
    return least, most, step


def _labels(scale: tuple[float, float, float]) -> list[tuple[float, str]]:
    least, most, step = scale
    first = math.ceil(least / step - 1e-9)
    count = math.floor(most / step + 1e-9) - first + 1
    values = [(first + i) * step for i in range(count)]
    return [((most - value) / (most - least) * 100, short(value)) for value in values]


def short(value: float) -> str:
    """A number in few letters, thousands as k, M and G."""
    for size, suffix in _SUFFIXES:
        if abs(value) >= size:
            return f"{value / size:.4g}{suffix}"
    return f"{value:.4g}"


def _times(start: datetime, end: datetime) -> list[tuple[datetime, str]]:
    step = next((each for each in _STEPS if (end - start) / each <= _TICKS), _STEPS[-1])
    seconds = step.total_seconds()
    at = datetime.fromtimestamp(math.ceil(start.timestamp() / seconds) * seconds, UTC)
    ticks = []
    while at <= end:
        ticks.append((at, at.strftime("%H:%M" if at.hour or at.minute or step < timedelta(hours=1) else "%m-%d")))
        at += step
    return ticks


def _paths(places: list[tuple[float, float, datetime]], period: timedelta) -> tuple[str, str]:
    """A line through the points that follow each other, and the points that stand alone."""
    runs: list[list[tuple[float, float]]] = []
    before = None
    for x, y, when in places:
        if before is None or when - before > period * 1.5:
            runs.append([])
        runs[-1].append((x, y))
        before = when
    lines = ["M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run) for run in runs if len(run) > 1]
    # A line of no length shows its round ends.
    return "".join(lines), "".join(f"M{run[0][0]:.1f} {run[0][1]:.1f}h0" for run in runs if len(run) == 1)


def _area(places: list[tuple[float, float, datetime]], lower: list[float]) -> str:
    if not places:
        return ""
    edge = [
        *[(x, y) for x, y, _ in places],
        *[(x, y) for (x, _, _), y in reversed(list(zip(places, lower, strict=True)))],
    ]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in edge) + "z"


def _columns(lines: Sequence[Line], x: Callable[[datetime], float]) -> list[Column]:
    moments: dict[datetime, list[tuple[str, float]]] = {}
    for line in lines:
        for when, value in line.points:
            moments.setdefault(when, []).append((line.label, value))
    ordered = sorted(moments)
    places = [x(when) for when in ordered]
    edges = [0.0, *[(a + b) / 2 for a, b in pairwise(places)], UNITS]
    return [
        Column(left, max(right - left, 0.0), when, moments[when])
        for when, left, right in zip(ordered, edges, edges[1:], strict=False)
    ]

"""A state machine's graph as a picture: boxes with their places, and the curves between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from emulator.console.layered_layout import Point, layout
from emulator.console.layers import Edge, Key
from emulator.console.state_machine import END, START, Graph, State, Transition

_LETTER = 8.8  # the width of a letter of 13 px, bold, in a wide font
_LINE = 6.7  # of 11 px, regular
_PADDING, _HEADER, _BETWEEN = 14.0, 46.0, 20.0
_LONGEST_NAME = 34


@dataclass(frozen=True)
class Box:
    """A state with its upper left corner, its size, the text on it, and the pictures inside of it with their places."""

    state: State
    x: float
    y: float
    width: float
    height: float
    label: str
    detail: str
    inside: tuple[tuple[float, float, Picture], ...] = ()


@dataclass(frozen=True)
class Curve:
    """A transition, as the path of an SVG; `own` is what of it no curve before it draws, too."""

    transition: Transition
    path: str
    own: str
    joins: bool


@dataclass(frozen=True)
class Picture:
    """Everything that is drawn, and how large it is."""

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    width: float
    height: float


def picture(graph: Graph) -> Picture:
    """Where everything of a graph is drawn."""
    inside = {name: tuple(picture(each) for each in state.inside) for name, state in graph.states.items()}
    sizes: dict[Key, Point] = {name: _size(state, inside[name]) for name, state in graph.states.items()}
    ways: dict[Edge, Transition] = {(way.source, way.target): way for way in reversed(graph.transitions)}
    placed = layout(sizes, {edge: way.kind for edge, way in reversed(ways.items())})
    boxes = []
    for name, state in graph.states.items():
        (x, y), (width, height) = placed.centers[name], sizes[name]
        left, top = x - width / 2, y - height / 2
        boxes.append(Box(state, left, top, width, height, _short(name), _short(state.detail), _spread(inside[name])))
    return Picture(tuple(boxes), tuple(_curves(placed.routes, ways)), placed.width, placed.height)


def _curves(routes: dict[Edge, list[Point]], ways: dict[Edge, Transition]) -> Iterator[Curve]:
    drawn: set[tuple[Point, Point]] = set()
    for edge, points in routes.items():
        parts = list(pairwise(points))
        own = next((i for i, part in enumerate(parts) if part in drawn and part[0] != part[1]), len(parts))
        drawn.update(parts)
        yield Curve(ways[edge], _path(points), _path(points[: own + 1]), own < len(parts))


def _size(state: State, inside: tuple[Picture, ...]) -> Point:
    if state.name in {START, END}:
        return 64.0, 28.0
    named = max(len(_short(state.name)) * _LETTER, len(_short(state.detail)) * _LINE + 16) + 2 * _PADDING
    if not inside:
        return max(120.0, named), 46.0
    width = sum(each.width for each in inside) + _BETWEEN * (len(inside) - 1) + 2 * _PADDING
    return max(width, named, 120.0), max(each.height for each in inside) + _HEADER + _PADDING


def _spread(inside: tuple[Picture, ...]) -> tuple[tuple[float, float, Picture], ...]:
    places, left = [], _PADDING
    for each in inside:
        places.append((left, _HEADER, each))
        left += each.width + _BETWEEN
    return tuple(places)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _path(points: list[Point]) -> str:
    """Straight where it goes straight down, bent from one vertical into the next elsewhere."""
    (x, y), *rest = points
    drawn = [f"M{x:.1f} {y:.1f}"]
    for next_x, next_y in rest:
        if abs(next_x - x) < 0.5:
            if next_y != y:
                drawn.append(f"L{next_x:.1f} {next_y:.1f}")
        else:
            middle = (y + next_y) / 2
            drawn.append(f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    return "".join(drawn)

"""How geometries lie to each other: distance, and which contains or meets which."""

from __future__ import annotations

import math
from itertools import pairwise

from emulator.services.athena.host_functions.failures import failure
from emulator.services.athena.host_functions.geometry import Geometry, Point, dimension, name_of, paths, points, rings


def on_segment(point: Point, a: Point, b: Point) -> bool:
    """Whether a point lies on a segment."""
    cross = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return cross == 0 and all(min(a[i], b[i]) <= point[i] <= max(a[i], b[i]) for i in (0, 1))


def place_of(point: Point, geometry: Geometry) -> int:
    """Where a point lies: 1 inside, 0 on the boundary, -1 outside."""
    if dimension(geometry) == 0:
        return 1 if point in points(geometry) else -1
    if any(on_segment(point, a, b) for path in paths(geometry) for a, b in pairwise(path)):
        if dimension(geometry) == 2:
            return 0
        ends = [end for path in paths(geometry) for end in (path[0], path[-1]) if path[0] != path[-1]]
        return 0 if point in ends else 1
    if dimension(geometry) == 1:
        return -1
    crossings = 0
    for ring in rings(geometry):
        for a, b in pairwise(ring):
            if (a[1] > point[1]) != (b[1] > point[1]):
                crossings += point[0] < (b[0] - a[0]) * (point[1] - a[1]) / (b[1] - a[1]) + a[0]
    return 1 if crossings % 2 else -1


def distance(left: Geometry, right: Geometry) -> float | None:
    """The least distance; None where one is empty."""
    if left.data is None or right.data is None:
        return None
    if intersects(left, right):
        return 0.0
    candidates = [_to_paths(point, right) for point in points(left)] + [
        _to_paths(point, left) for point in points(right)
    ]
    return min(candidates)


def _to_paths(point: Point, geometry: Geometry) -> float:
    found = [_to_segment(point, a, b) for path in paths(geometry) for a, b in pairwise(path)]
    return min([*found, *(math.dist(point, other) for other in points(geometry))])


def _to_segment(point: Point, a: Point, b: Point) -> float:
    size = math.dist(a, b) ** 2
    along = sum((point[i] - a[i]) * (b[i] - a[i]) for i in (0, 1)) / size if size else 0.0
    along = min(max(along, 0.0), 1.0)
    return math.dist(point, (a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])))


def _cross(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def intersects(left: Geometry, right: Geometry) -> bool:
    """Whether they have a point in common."""
    if left.data is None or right.data is None:
        return False
    for path in paths(left):
        for other in paths(right):
            for a, b in pairwise(path):
                for c, d in pairwise(other):
                    if _cross(a, b, c) * _cross(a, b, d) < 0 and _cross(c, d, a) * _cross(c, d, b) < 0:
                        return True
    return any(place_of(point, right) >= 0 for point in points(left)) or any(
        place_of(point, left) >= 0 for point in points(right)
    )


def contains(whole: Geometry, part: Geometry) -> bool:
    """Whether a geometry contains points: none outside, and at least one inside.

    Raises:
        ValueError: NOT_SUPPORTED, the part is a line or a polygon.
    """
    if dimension(part) > 0:
        raise failure("NOT_SUPPORTED", f"ST_Contains of a {name_of(part)}: only points are placed")
    places = [place_of(point, whole) for point in points(part)]
    return bool(places) and min(places) >= 0 and max(places) > 0

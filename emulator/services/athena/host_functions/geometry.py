"""Planar geometries as well-known text: reading, writing, measuring, and where points lie."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from emulator.services.athena.host_functions.failures import failure, invalid_argument

Point = tuple[float, float]
_DEPTH = {"POINT": 0, "LINESTRING": 1, "MULTIPOINT": 1, "POLYGON": 2, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}
_NAMES = {
    "POINT": "ST_Point", "LINESTRING": "ST_LineString", "POLYGON": "ST_Polygon", "MULTIPOINT": "ST_MultiPoint",
    "MULTILINESTRING": "ST_MultiLineString", "MULTIPOLYGON": "ST_MultiPolygon",
}  # fmt: skip
_DIMENSION = {"POINT": 0, "MULTIPOINT": 0, "LINESTRING": 1, "MULTILINESTRING": 1, "POLYGON": 2, "MULTIPOLYGON": 2}


@dataclass(frozen=True)
class Geometry:
    """A kind of well-known text and its coordinates, nested as the kind has it; None where it is empty."""

    kind: str
    data: Any


@functools.lru_cache(maxsize=512)
def read(text: str) -> Geometry:
    """A geometry of well-known text.

    Raises:
        ValueError: INVALID_FUNCTION_ARGUMENT; NOT_SUPPORTED, of a collection or of more than two dimensions.
    """
    found = re.fullmatch(r"\s*([A-Za-z]+)\s*(EMPTY|\(.*\))\s*", text, re.DOTALL | re.IGNORECASE)
    kind = found[1].upper() if found else ""
    if kind == "GEOMETRYCOLLECTION":
        raise failure("NOT_SUPPORTED", "geometry collections")
    if found is None or kind not in _DEPTH:
        raise invalid_argument(f"Invalid WKT: {text}")
    if found[2].upper() == "EMPTY":
        return Geometry(kind, None)
    try:
        data = _coordinates(found[2][1:-1], _DEPTH[kind])
    except ValueError as error:
        if "\x02" in str(error):
            raise
        raise invalid_argument(f"Invalid WKT: {text}") from None
    return Geometry(kind, data)


def _coordinates(text: str, depth: int) -> Any:
    if depth == 0:
        numbers = [float(number) for number in text.strip().strip("()").split()]
        if len(numbers) > 2:
            raise failure("NOT_SUPPORTED", "geometries of more than two dimensions")
        return numbers[0], numbers[1]
    parts, level = [""], 0
    for letter in text:
        level += (letter == "(") - (letter == ")")
        if letter == "," and level == 0:
            parts.append("")
        else:
            parts[-1] += letter
    if depth == 1:
        return [_coordinates(part, 0) for part in parts]
    return [_coordinates(part.strip()[1:-1], depth - 1) for part in parts]


def write(geometry: Geometry) -> str:
    """Well-known text."""
    if geometry.data is None:
        return f"{geometry.kind} EMPTY"
    return f"{geometry.kind} {_written(geometry.data, inside_multipoint=geometry.kind == 'MULTIPOINT')}"


def _written(data: Any, *, inside_multipoint: bool = False) -> str:
    if isinstance(data, tuple):
        return f"({_pair(data)})"
    if isinstance(data[0], tuple) and not inside_multipoint:
        return "(" + ", ".join(map(_pair, data)) + ")"
    return "(" + ", ".join(map(_written, data)) + ")"


def _pair(point: Point) -> str:
    return " ".join(repr(number).removesuffix(".0") for number in point)


def points(geometry: Geometry) -> list[Point]:
    """All its vertices in order."""

    def walk(data: Any) -> Iterator[Point]:
        if isinstance(data, tuple):
            yield data
        else:
            for inner in data:
                yield from walk(inner)

    return [] if geometry.data is None else list(walk(geometry.data))


def rings(geometry: Geometry) -> list[list[Point]]:
    """The rings of a polygon, or of several."""
    if geometry.data is None or geometry.kind not in ("POLYGON", "MULTIPOLYGON"):
        return []
    polygons = [geometry.data] if geometry.kind == "POLYGON" else geometry.data
    return [ring for polygon in polygons for ring in polygon]


def paths(geometry: Geometry) -> list[list[Point]]:
    """Its lines: those of a line, or the rings of a polygon."""
    if geometry.kind == "LINESTRING" and geometry.data is not None:
        return [geometry.data]
    return list(geometry.data or []) if geometry.kind == "MULTILINESTRING" else rings(geometry)


def _signed_area(ring: Sequence[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def area(geometry: Geometry) -> float:
    """The area; holes count against it."""
    if geometry.data is None or _DIMENSION[geometry.kind] < 2:
        return 0.0
    polygons = [geometry.data] if geometry.kind == "POLYGON" else geometry.data
    return float(sum(abs(_signed_area(p[0])) - sum(abs(_signed_area(hole)) for hole in p[1:]) for p in polygons))


def length(geometry: Geometry) -> float:
    """The length of a line, or of several.

    Raises:
        ValueError: INVALID_FUNCTION_ARGUMENT, it is none.
    """
    if _DIMENSION[geometry.kind] != 1:
        raise invalid_argument(
            f"ST_Length only applies to LINE_STRING or MULTI_LINE_STRING. Input type is: {geometry.kind}"
        )
    return math.fsum(math.dist(a, b) for path in paths(geometry) for a, b in pairwise(path))


def centroid(geometry: Geometry) -> Geometry:
    """The center of mass."""
    if geometry.data is None:
        return Geometry("POINT", None)
    if _DIMENSION[geometry.kind] == 2 and area(geometry):
        return _center_of_area(geometry)
    if _DIMENSION[geometry.kind] == 1:
        pairs = [(a, b, math.dist(a, b)) for path in paths(geometry) for a, b in pairwise(path)]
        whole = math.fsum(size for _, _, size in pairs)
        return Geometry("POINT", tuple(sum((a[i] + b[i]) / 2 * size for a, b, size in pairs) / whole for i in (0, 1)))
    found = points(geometry)
    return Geometry("POINT", tuple(math.fsum(point[i] for point in found) / len(found) for i in (0, 1)))


def _center_of_area(geometry: Geometry) -> Geometry:
    polygons = [geometry.data] if geometry.kind == "POLYGON" else geometry.data
    total, sums = 0.0, [0.0, 0.0]
    for polygon in polygons:
        for place, ring in enumerate(polygon):
            sign = math.copysign(1, _signed_area(ring)) * (1 if place == 0 else -1)
            total += sign * _signed_area(ring)
            for a, b in pairwise(ring):
                cross = a[0] * b[1] - b[0] * a[1]
                for i in (0, 1):
                    sums[i] += sign * (a[i] + b[i]) * cross / 6
    return Geometry("POINT", (sums[0] / total, sums[1] / total))


def on_segment(point: Point, a: Point, b: Point) -> bool:
    """Whether a point lies on a segment."""
    cross = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return cross == 0 and all(min(a[i], b[i]) <= point[i] <= max(a[i], b[i]) for i in (0, 1))


def place_of(point: Point, geometry: Geometry) -> int:
    """Where a point lies: 1 inside, 0 on the boundary, -1 outside."""
    if _DIMENSION[geometry.kind] == 0:
        return 1 if point in points(geometry) else -1
    if any(on_segment(point, a, b) for path in paths(geometry) for a, b in pairwise(path)):
        if _DIMENSION[geometry.kind] == 2:
            return 0
        ends = [end for path in paths(geometry) for end in (path[0], path[-1]) if path[0] != path[-1]]
        return 0 if point in ends else 1
    if _DIMENSION[geometry.kind] == 1:
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
    if _DIMENSION[part.kind] > 0:
        raise failure("NOT_SUPPORTED", f"ST_Contains of a {_NAMES[part.kind]}: only points are placed")
    places = [place_of(point, whole) for point in points(part)]
    return bool(places) and min(places) >= 0 and max(places) > 0


def name_of(geometry: Geometry) -> str:
    """The type as ST_GeometryType shows it."""
    return _NAMES[geometry.kind]


def dimension(geometry: Geometry) -> int:
    """0 of points, 1 of lines, 2 of areas."""
    return _DIMENSION[geometry.kind]

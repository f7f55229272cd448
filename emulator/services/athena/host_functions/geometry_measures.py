"""Area, length and center of geometries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from emulator.services.athena.host_functions.failures import invalid_argument
from emulator.services.athena.host_functions.geometry import Geometry, Point, dimension, paths, points


def _signed_area(ring: Sequence[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def area(geometry: Geometry) -> float:
    """The area; holes count against it."""
    if geometry.data is None or dimension(geometry) < 2:
        return 0.0
    polygons = [geometry.data] if geometry.kind == "POLYGON" else geometry.data
    return float(sum(abs(_signed_area(p[0])) - sum(abs(_signed_area(hole)) for hole in p[1:]) for p in polygons))


def length(geometry: Geometry) -> float:
    """The length of a line, or of several.

    Raises:
        ValueError: INVALID_FUNCTION_ARGUMENT, it is none.
    """
    if dimension(geometry) != 1:
        raise invalid_argument(
            f"ST_Length only applies to LINE_STRING or MULTI_LINE_STRING. Input type is: {geometry.kind}"
        )
    return math.fsum(math.dist(a, b) for path in paths(geometry) for a, b in pairwise(path))


def centroid(geometry: Geometry) -> Geometry:
    """The center of mass."""
    if geometry.data is None:
        return Geometry("POINT", None)
    if dimension(geometry) == 2 and area(geometry):
        return _center_of_area(geometry)
    if dimension(geometry) == 1:
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

"""Trino's geospatial functions over well-known text, and distances on the sphere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from emulator.services.athena.host_functions import geometry, geometry_measures, geometry_relations
from emulator.services.athena.host_functions.failures import invalid_argument
from emulator.services.athena.host_functions.geometry import Geometry, read, write

_RADIUS_KM = 6371.01


def _of(measure: Callable[[Geometry], Any]) -> Callable[[str], Any]:
    return lambda text: measure(read(text))


def _pair(relate: Callable[[Geometry, Geometry], Any]) -> Callable[[str, str], Any]:
    return lambda left, right: relate(read(left), read(right))


def _made(make: Callable[[Geometry], Geometry | None]) -> Callable[[str], str | None]:
    def made(text: str) -> str | None:
        found = make(read(text))
        return None if found is None else write(found)

    return made


def _typed(kind: str) -> Callable[[str], str]:
    def typed(text: str) -> str:
        found = read(text)
        if found.kind != kind:
            raise invalid_argument(f"Expected {kind}, got {found.kind}: {text}")
        return write(found)

    return typed


def _coordinate(place: int) -> Callable[[Geometry], float | None]:
    def coordinate(found: Geometry) -> float | None:
        if found.kind != "POINT":
            raise invalid_argument(f"ST_{'XY'[place]} only applies to POINT. Input type is: {found.kind}")
        return None if found.data is None else float(found.data[place])

    return coordinate


def _bound(choose: Callable[[list[float]], float], place: int) -> Callable[[Geometry], float | None]:
    def bound(found: Geometry) -> float | None:
        values = [point[place] for point in geometry.points(found)]
        return choose(values) if values else None

    return bound


def _envelope(found: Geometry) -> Geometry:
    corners = geometry.points(found)
    if not corners:
        return Geometry("POLYGON", None)
    (x0, x1), (y0, y1) = ((min(p[i] for p in corners), max(p[i] for p in corners)) for i in (0, 1))
    return Geometry("POLYGON", [[(x0, y0), (x0, y1), (x1, y1), (x1, y0), (x0, y0)]])


def _line(found: Geometry) -> list[Any]:
    if found.kind != "LINESTRING":
        raise invalid_argument(f"only applies to LINE_STRING. Input type is: {found.kind}")
    return found.data or []


def _end(place: int) -> Callable[[Geometry], Geometry | None]:
    return lambda found: Geometry("POINT", _line(found)[place]) if _line(found) else None


def _point_at(text: str, index: int) -> str | None:
    line = _line(read(text))
    return write(Geometry("POINT", line[index - 1])) if 1 <= index <= len(line) else None


def _exterior(found: Geometry) -> Geometry | None:
    if found.kind != "POLYGON":
        raise invalid_argument(f"ST_ExteriorRing only applies to POLYGON. Input type is: {found.kind}")
    return Geometry("LINESTRING", found.data[0]) if found.data else None


def _parts(found: Geometry) -> list[Geometry]:
    if found.data is None:
        return []
    return [Geometry(found.kind[5:], part) for part in found.data] if found.kind.startswith("MULTI") else [found]


def _part_at(text: str, index: int) -> str | None:
    parts = _parts(read(text))
    return write(parts[index - 1]) if 1 <= index <= len(parts) else None


def _collected(kind: str) -> Callable[[Sequence[str | None]], str]:
    def collected(texts: Sequence[str | None]) -> str:
        found = [read(text) for text in texts if text is not None]
        if any(part.kind != "POINT" or part.data is None for part in found) or len(found) < len(texts):
            raise invalid_argument(f"Invalid input to {kind}: points are expected")
        return write(Geometry(kind, [part.data for part in found] or None))

    return collected


def _is_closed(found: Geometry) -> bool:
    return all(path[0] == path[-1] for path in geometry.paths(found))


def great_circle_distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Kilometers between two places on the sphere, given in degrees."""
    for latitude, longitude in ((lat1, lon1), (lat2, lon2)):
        if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
            raise invalid_argument("Latitude must be between -90 and 90, longitude between -180 and 180")
    a, b, turn = math.radians(lat1), math.radians(lat2), math.radians(lon1 - lon2)
    t1 = math.cos(b) * math.sin(turn)
    t2 = math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    t3 = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    return math.atan2(math.hypot(t1, t2), t3) * _RADIUS_KM


def _spherical_distance(left: str, right: str) -> float | None:
    ends = [read(text) for text in (left, right)]
    if any(end.kind != "POINT" for end in ends):
        raise invalid_argument("When applied to SphericalGeography inputs, ST_Distance only supports POINT inputs")
    if any(end.data is None for end in ends):
        return None
    (x1, y1), (x2, y2) = (end.data for end in ends)
    return great_circle_distance(y1, x1, y2, x2) * 1000


_TEXT, _TWO = ["VARCHAR"], ["VARCHAR", "VARCHAR"]
FUNCTIONS: tuple[tuple[str, Callable[..., Any], list[str], str], ...] = (
    ("trino_geometry", lambda text: write(read(text)), _TEXT, "VARCHAR"),
    ("trino_geometry_point", lambda x, y: write(Geometry("POINT", (x, y))), ["DOUBLE", "DOUBLE"], "VARCHAR"),
    ("trino_geometry_line", _typed("LINESTRING"), _TEXT, "VARCHAR"),
    ("trino_geometry_polygon", _typed("POLYGON"), _TEXT, "VARCHAR"),
    ("trino_geometry_x", _of(_coordinate(0)), _TEXT, "DOUBLE"),
    ("trino_geometry_y", _of(_coordinate(1)), _TEXT, "DOUBLE"),
    *(
        (f"trino_geometry_{axis}{name}", _of(_bound(choose, place)), _TEXT, "DOUBLE")
        for place, axis in enumerate("xy")
        for name, choose in (("min", min), ("max", max))
    ),
    ("trino_geometry_area", _of(geometry_measures.area), _TEXT, "DOUBLE"),
    ("trino_geometry_length", _of(geometry_measures.length), _TEXT, "DOUBLE"),
    ("trino_geometry_type", _of(geometry.name_of), _TEXT, "VARCHAR"),
    ("trino_geometry_dimension", _of(geometry.dimension), _TEXT, "BIGINT"),
    ("trino_geometry_points", _of(lambda found: len(geometry.points(found))), _TEXT, "BIGINT"),
    ("trino_geometry_parts", _of(lambda found: len(_parts(found))), _TEXT, "BIGINT"),
    ("trino_geometry_holes", _of(lambda found: max(len(geometry.rings(found)) - 1, 0)), _TEXT, "BIGINT"),
    ("trino_geometry_empty", _of(lambda found: found.data is None), _TEXT, "BOOLEAN"),
    ("trino_geometry_closed", _of(_is_closed), _TEXT, "BOOLEAN"),
    ("trino_geometry_centroid", _made(geometry_measures.centroid), _TEXT, "VARCHAR"),
    ("trino_geometry_envelope", _made(_envelope), _TEXT, "VARCHAR"),
    ("trino_geometry_start", _made(_end(0)), _TEXT, "VARCHAR"),
    ("trino_geometry_end", _made(_end(-1)), _TEXT, "VARCHAR"),
    ("trino_geometry_exterior", _made(_exterior), _TEXT, "VARCHAR"),
    ("trino_geometry_point_at", _point_at, ["VARCHAR", "BIGINT"], "VARCHAR"),
    ("trino_geometry_part_at", _part_at, ["VARCHAR", "BIGINT"], "VARCHAR"),
    ("trino_geometry_lines", _collected("LINESTRING"), ["VARCHAR[]"], "VARCHAR"),
    ("trino_geometry_multipoint", _collected("MULTIPOINT"), ["VARCHAR[]"], "VARCHAR"),
    ("trino_geometry_distance", _pair(geometry_relations.distance), _TWO, "DOUBLE"),
    ("trino_geometry_contains", _pair(geometry_relations.contains), _TWO, "BOOLEAN"),
    ("trino_geometry_intersects", _pair(geometry_relations.intersects), _TWO, "BOOLEAN"),
    ("trino_spherical_distance", _spherical_distance, _TWO, "DOUBLE"),
    ("trino_great_circle", great_circle_distance, ["DOUBLE"] * 4, "DOUBLE"),
)

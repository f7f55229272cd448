"""Planar geometries as well-known text: reading and writing them, and their parts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
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


def name_of(geometry: Geometry) -> str:
    """The type as ST_GeometryType shows it."""
    return _NAMES[geometry.kind]


def dimension(geometry: Geometry) -> int:
    """0 of points, 1 of lines, 2 of areas."""
    return _DIMENSION[geometry.kind]

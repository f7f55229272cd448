"""Bing's map tiles by their quadkeys."""

from __future__ import annotations

import math

from emulator.services.athena.host_functions.failures import invalid_argument


def tile_at(latitude: float, longitude: float, zoom: int) -> str:
    """The quadkey of Bing's tile that holds a place."""
    if not 1 <= zoom <= 23 or not -85.05112878 <= latitude <= 85.05112878 or not -180 <= longitude <= 180:
        raise invalid_argument("Latitude, longitude or zoom level is out of range")
    size = 256 << zoom
    sine = math.sin(math.radians(latitude))
    x = (longitude + 180) / 360
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    tiles = [min(max(int(min(max(share * size + 0.5, 0), size - 1)) // 256, 0), (1 << zoom) - 1) for share in (x, y)]
    return tile(tiles[0], tiles[1], zoom)


def tile(x: int, y: int, zoom: int) -> str:
    """The quadkey of a tile."""
    if not 0 <= zoom <= 23 or not 0 <= x < 1 << zoom or not 0 <= y < 1 << zoom:
        raise invalid_argument("XY coordinates or zoom level of a Bing tile are out of range")
    return "".join(str((x >> bit & 1) + 2 * (y >> bit & 1)) for bit in reversed(range(zoom)))


def quadkey(text: str) -> str:
    """A quadkey, checked."""
    if len(text) > 23 or set(text) - set("0123"):
        raise invalid_argument(f"Invalid QuadKey digit sequence: {text}")
    return text


def coordinates(key: str) -> dict[str, int]:
    """The column and the row of a tile."""
    bits = [int(digit) for digit in key]
    x = sum((bit & 1) << place for place, bit in enumerate(reversed(bits)))
    y = sum((bit >> 1) << place for place, bit in enumerate(reversed(bits)))
    return {"x": x, "y": y}


FUNCTIONS = (
    ("trino_tile", tile, ["BIGINT", "BIGINT", "BIGINT"], "VARCHAR"),
    ("trino_tile_at", tile_at, ["DOUBLE", "DOUBLE", "BIGINT"], "VARCHAR"),
    ("trino_quadkey", quadkey, ["VARCHAR"], "VARCHAR"),
    ("trino_tile_coordinates", coordinates, ["VARCHAR"], "STRUCT(x INTEGER, y INTEGER)"),
)

"""Directed graphs drawn in layers, from top to bottom: Sugiyama's method.

Cycles are broken, every node is put below its longest way from the start, long edges get a place in each layer that
they pass, neighbors are ordered by barycenters (Sugiyama, Tagawa and Toda 1981), and horizontal places are, for each
layer, the least squares solution that keeps the order: isotonic regression by pooling adjacent violators.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from emulator.console.layers import Edge, Key, backward, levels, ordered

Point = tuple[float, float]

GAP = 26.0
_PASSAGE_GAP = 12.0
LAYER_GAP = 46.0
_END_GAP = 14.0
_SWEEPS = 120
_SOFT = 4.0
# How much the ends of an edge's part pull each other, by how many of them are passages: neighbors are to stand in line
# and long edges to run straight, whatever bends there are between (Gansner, Koutsofios, North and Vo 1993).
_PULL = (3.0, 1.0, 8.0)


@dataclass(frozen=True)
class _Passage:
    """Where an edge passes a layer; edges of one bundle pass together."""

    bundle: object
    level: int


@dataclass(frozen=True)
class Layout:
    """Centers of the nodes, the points of each edge from its source to its target, and the size of it all."""

    centers: dict[Key, Point]
    routes: dict[Edge, list[Point]]
    width: float
    height: float


def layout(sizes: Mapping[Key, Point], bundles: Mapping[Edge, object]) -> Layout:
    """Places for nodes of these sizes (width, height), the first of which begins.

    `bundles` has the edges; long ones that share a bundle and lead to one target run together. An edge from a node to
    itself has no route.
    """
    edges = [edge for edge in bundles if edge[0] != edge[1]]
    turned = backward(list(sizes), edges)
    level = levels(list(sizes), [edge[::-1] if edge in turned else edge for edge in edges])
    # Each from above to below, whichever way it leads.
    paths = {
        edge: _path(edge[::-1], level, edge) if edge in turned else _path(edge, level, (bundles[edge], edge[1]))
        for edge in edges
    }
    order = ordered(level, paths)
    x = _horizontal(order, paths, sizes)
    bands = _bands(order, sizes)
    ends = _ends(paths, turned, x, sizes)
    left = min((x[key] - _width(key, sizes) / 2 for key in x), default=0.0)
    right = max((x[key] + _width(key, sizes) / 2 for key in x), default=0.0)
    routes = {}
    for edge, path in paths.items():
        places = [ends[edge][0], *(x[key] for key in path[1:-1]), ends[edge][1]]
        route = [(at - left, y) for at, y in _route(path, places, bands, level, sizes)]
        routes[edge] = route[::-1] if edge in turned else route
    centers = {node: (x[node] - left, sum(bands[level[node]]) / 2) for node in sizes}
    return Layout(centers, routes, right - left, bands[-1][1] if bands else 0.0)


def _path(way: Edge, level: dict[Key, int], bundle: object) -> list[Key]:
    """The edge's ends and its passages between, which are put down in `level`."""
    a, b = way
    passages = [_Passage(bundle, at) for at in range(level[a] + 1, level[b])]
    level.update({passage: passage.level for passage in passages})
    return [a, *passages, b]


def _width(key: Key, sizes: Mapping[Key, Point]) -> float:
    return sizes[key][0] if key in sizes else 0.0


def _horizontal(
    order: list[list[Key]], paths: Mapping[Edge, list[Key]], sizes: Mapping[Key, Point]
) -> dict[Key, float]:
    near: dict[Key, dict[Key, float]] = defaultdict(dict)
    for path in paths.values():
        for a, b in pairwise(path):
            near[a][b] = near[b][a] = _PULL[(a not in sizes) + (b not in sizes)]
    x = {key: at for layer in order for key, at in zip(layer, _packed(layer, sizes), strict=True)}
    for sweep in range(_SWEEPS):
        for layer in order if sweep % 2 == 0 else order[::-1]:
            offsets = _packed(layer, sizes)
            pulls = [
                {other: pull / (abs(x[other] - x[key]) + _SOFT) for other, pull in near[key].items()} for key in layer
            ]
            weights = [sum(each.values()) or 1.0 / _SOFT for each in pulls]
            wanted = [
                sum(x[other] * pull for other, pull in each.items()) / weight if each else x[key]
                for key, each, weight in zip(layer, pulls, weights, strict=True)
            ]
            fitted = isotonic([want - offset for want, offset in zip(wanted, offsets, strict=True)], weights)
            x.update({key: fit + offset for key, fit, offset in zip(layer, fitted, offsets, strict=True)})
    return x


def _packed(layer: Sequence[Key], sizes: Mapping[Key, Point]) -> list[float]:
    """Centers of a layer's keys as close to each other as they may be."""
    centers: list[float] = []
    for i, key in enumerate(layer):
        gap = _PASSAGE_GAP if key not in sizes and i and layer[i - 1] not in sizes else GAP
        reach = (_width(layer[i - 1], sizes) + _width(key, sizes)) / 2 + gap if i else 0.0
        centers.append((centers[-1] if i else 0.0) + reach)
    return centers


def isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The numbers that never fall and are nearest to the wanted ones in weighted least squares."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, length
    for value, weight in zip(wanted, weights, strict=True):
        mean, total, length = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_length = blocks.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total, length = total + other_weight, length + other_length
        blocks.append((mean, total, length))
    return [mean for mean, _, length in blocks for _ in range(length)]


def _bands(order: list[list[Key]], sizes: Mapping[Key, Point]) -> list[Point]:
    """Top and bottom of each layer."""
    bands, top = [], 0.0
    for layer in order:
        bottom = top + max((sizes[key][1] for key in layer if key in sizes), default=0.0)
        bands.append((top, bottom))
        top = bottom + LAYER_GAP
    return bands


def _ends(
    paths: Mapping[Edge, list[Key]], turned: set[Edge], x: Mapping[Key, float], sizes: Mapping[Key, Point]
) -> dict[Edge, Point]:
    """Where each edge meets the node above and the one below: edges beside each other meet a node beside each other."""
    leaving, arriving = defaultdict(set), defaultdict(set)
    for edge, path in paths.items():
        leaving[path[0]].add((path[1], edge in turned))
        arriving[path[-1]].add((path[-2], edge in turned))

    def end(node: Key, met: tuple[Key, bool], others: set[tuple[Key, bool]]) -> float:
        beside = sorted(others, key=lambda other: (x[other[0]], other[1]))
        room = max(_width(node, sizes) - 24, 0.0)
        gap = min(_END_GAP, room / len(beside))
        return x[node] + gap * (beside.index(met) - (len(beside) - 1) / 2)

    return {
        edge: (
            end(path[0], (path[1], edge in turned), leaving[path[0]]),
            end(path[-1], (path[-2], edge in turned), arriving[path[-1]]),
        )
        for edge, path in paths.items()
    }


def _route(
    path: list[Key],
    places: list[float],
    bands: list[Point],
    level: Mapping[Key, int],
    sizes: Mapping[Key, Point],
) -> list[Point]:
    """From the lower side of the first node to the upper side of the last, straight down through each layer."""
    points: list[Point] = []
    for i, (key, at) in enumerate(zip(path, places, strict=True)):
        top, bottom = bands[level[key]]
        half = sizes[key][1] / 2 if key in sizes else 0.0
        middle = (top + bottom) / 2
        if i == 0:
            points += [(at, middle + half), (at, bottom)]
        elif i == len(path) - 1:
            points += [(at, top), (at, middle - half)]
        else:
            points += [(at, top), (at, bottom)]
    return points

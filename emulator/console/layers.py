"""The layers of a directed graph: cycles are broken, every node is put below its longest way, neighbors are ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise

Key = Hashable
Edge = tuple[Key, Key]

_SWEEPS = 8


def backward(nodes: Sequence[Key], edges: Sequence[Edge]) -> set[Edge]:
    """The edges that lead back to a node through which the search, deep first, came."""
    following = defaultdict(list)
    for a, b in edges:
        following[a].append(b)
    found: set[Edge] = set()
    done: set[Key] = set()
    for root in nodes:
        way: list[Key] = []
        stack = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                way.pop()
                done.add(node)
            elif node not in done and node not in way:
                way.append(node)
                stack.append((node, True))
                stack += [(after, False) for after in reversed(following[node]) if after not in done]
                found |= {(node, after) for after in following[node] if after in way}
    return found


def levels(nodes: Sequence[Key], edges: Sequence[Edge]) -> dict[Key, int]:
    """The length of the longest way to each node, along edges without cycles."""
    before = defaultdict(list)
    for a, b in edges:
        before[b].append(a)
    level: dict[Key, int] = {}
    for root in nodes:
        stack = [root]
        while stack:
            waiting = [a for a in before[stack[-1]] if a not in level]
            if waiting:
                stack += waiting
                continue
            node = stack.pop()
            level[node] = max((level[a] + 1 for a in before[node]), default=0)
    return level


def ordered(level: dict[Key, int], paths: Mapping[Edge, list[Key]]) -> list[list[Key]]:
    """The keys of each layer from left to right, with as few crossings as the sweeps find."""
    above, below = defaultdict(list), defaultdict(list)
    for path in paths.values():
        for a, b in pairwise(path):
            below[a].append(b)
            above[b].append(a)
    layers: list[list[Key]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for key, at in level.items():
        layers[at].append(key)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for at in range(1, len(layers)) if down else range(len(layers) - 2, -1, -1):
            near = {key: i for i, key in enumerate(layers[at - 1 if down else at + 1])}
            layers[at] = _by_barycenter(layers[at], near, above if down else below)
        crossings = _crossings(layers, below)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _by_barycenter(layer: list[Key], near: Mapping[Key, int], neighbors: Mapping[Key, list[Key]]) -> list[Key]:
    def place(item: tuple[int, Key]) -> float:
        own, key = item
        joined = [near[other] for other in neighbors.get(key, ())]
        return sum(joined) / len(joined) if joined else float(own)

    return [key for _, key in sorted(enumerate(layer), key=place)]


def _crossings(layers: list[list[Key]], below: Mapping[Key, list[Key]]) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        place = {key: i for i, key in enumerate(lower)}
        ends = [sorted(place[b] for b in below.get(a, ())) for a in upper]
        for i, first in enumerate(ends):
            count += sum(1 for second in ends[i + 1 :] for a in first for b in second if b < a)
    return count

"""Shapley values: how much each feature moves a row's score away from the mean score.

The game: players are features (or groups of them), a coalition's value is the mean score of the row over background
rows whose other features replace those outside the coalition (Lundberg and Lee, A unified approach to interpreting
model predictions, NeurIPS (2017); the marginal expectation of Janzing, Minorics and Bloebaum, AISTATS (2020)). Few
players are enumerated; of many, orders are drawn (Strumbelj and Kononenko, Explaining prediction models, Knowledge
and Information Systems 41 (2014)), each with its reverse (Mitchell et al., Sampling permutations for Shapley value
estimation, JMLR 23 (2022)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.findings.subject import Score
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.technique import Scores
from crispstack.modeling.training_data import Columns

Player = tuple[str, ...]
"""Features that join a coalition together."""
CELLS = 4_000_000
"""Values scored at once: what bounds the memory."""
FEWEST_ROUNDS = 4


@dataclass(frozen=True)
class ShapleyValues:
    """One value per row, player and output; they sum, with `base`, to the row's score.

    `values` and `standard_error` have shape (n, players, outputs), `base` (outputs,). Of enumerated values the error
    is zero, for they are exact for this background, and so are `rounds`, the drawn orders.
    """

    players: tuple[Player, ...]
    values: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    base: NDArray[np.float64]
    rounds: int


def enumerated(score: Score, rows: Columns, background: Columns, players: Sequence[Player]) -> ShapleyValues:
    """Exact values for this background: every one of the 2^p coalitions of p players is looked at.

    Args:
        score: scores of columns, shape (n,) or (n, k).
        rows: what is explained, one array of shape (n,) per feature.
        background: what an absent feature looks like, one array of shape (b,) per feature.
        players: features, or groups of them; together all that `score` takes.
    """
    count = len(players)
    worth = np.stack([_worth(score, rows, background, players, members) for members in range(2**count)])
    values = np.zeros((worth.shape[1], count, worth.shape[2]))
    for members in range(2**count):
        size = members.bit_count()
        for player in range(count):
            if not members >> player & 1:
                share = 1 / (count * math.comb(count - 1, size))
                values[:, player] += share * (worth[members | 1 << player] - worth[members])
    return ShapleyValues(tuple(players), values, np.zeros_like(values), worth[0, 0], 0)


def _worth(score: Score, rows: Columns, background: Columns, players: Sequence[Player], members: int) -> Scores:
    """Mean score of each row, shape (n, outputs), with the features outside the coalition from the background."""
    count, others = _length(rows), _length(background)
    inside = {name for position, player in enumerate(players) if members >> position & 1 for name in player}
    step = max(1, CELLS // (others * len(rows)))
    parts = []
    for start in range(0, count, step):
        size = min(step, count - start)
        mixed = {
            name: np.repeat(values[start : start + size], others) if name in inside else np.tile(background[name], size)
            for name, values in rows.items()
        }
        parts.append(outputs(score(mixed)).reshape(size, others, -1).mean(axis=1))
    return np.concatenate(parts)


def drawn(
    score: Score,
    rows: Columns,
    background: Columns,
    players: Sequence[Player],
    rounds: int,
    seed: int,
    limit: TimeLimit,
) -> ShapleyValues:
    """Estimated values with their standard errors; the first arguments are those of `enumerated`.

    In a round every row walks from one background row to itself, one player after the other, in an order drawn by
    `seed` and then in its reverse. All rows walk the same way, so that their values sum to score - base exactly. After
    `FEWEST_ROUNDS` of the `rounds`, drawing ends at the limit.
    """
    generator = np.random.default_rng(seed)
    turns = _turns(_length(background), generator)
    done, mean, squares, base = 0, np.zeros(0), np.zeros(0), np.zeros(0)
    while done < rounds and (done < FEWEST_ROUNDS or limit.left > 0):
        other = next(turns)
        order = generator.permutation(len(players))
        there, start = _walk(score, rows, background, other, [players[each] for each in order])
        back, _ = _walk(score, rows, background, other, [players[each] for each in order[::-1]])
        found = np.empty_like(there)
        found[:, order] = (there + back[:, ::-1]) / 2
        if not done:
            mean, squares, base = np.zeros_like(found), np.zeros_like(found), np.zeros_like(start)
        done += 1
        # Welford, Note on a method for calculating corrected sums of squares, Technometrics 4 (1962).
        before = found - mean
        mean = mean + before / done
        squares = squares + before * (found - mean)
        base = base + (start - base) / done
    error = np.sqrt(squares / max(1, done - 1) / done)
    return ShapleyValues(tuple(players), mean, error, base, done)


def _turns(count: int, generator: np.random.Generator) -> Iterator[int]:
    """Background rows without end, each as often as the others."""
    while True:
        yield from generator.permutation(count).tolist()


def _walk(
    score: Score, rows: Columns, background: Columns, other: int, order: Sequence[Player]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each step adds, shape (n, players, outputs) in this order, and the score of the background row itself."""
    count, steps = _length(rows), len(order) + 1
    joined = {name: position for position, player in enumerate(order) for name in player}
    step = max(1, CELLS // (steps * len(rows)))
    parts = []
    for start in range(0, count, step):
        size = min(step, count - start)
        mixed = {}
        for name, values in rows.items():
            path = np.repeat(values[start : start + size], steps).reshape(size, steps)
            path[:, : joined[name] + 1] = background[name][other]
            mixed[name] = path.reshape(-1)
        parts.append(outputs(score(mixed)).reshape(size, steps, -1))
    path = np.concatenate(parts)
    return np.diff(path, axis=1), path[0, 0]


def outputs(scores: Scores) -> Scores:
    """Scores of shape (n, outputs), one output where they are of shape (n,)."""
    return scores.reshape(len(scores), -1).astype(np.float64)


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))

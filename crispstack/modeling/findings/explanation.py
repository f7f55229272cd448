"""Shapley values of the chosen model over a sample of rows: how many can be had, of which features, at what error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Contributions, Explanation
from crispstack.modeling.findings import shapley
from crispstack.modeling.findings.shapley import Player, ShapleyValues
from crispstack.modeling.findings.subject import Positions, Score, sample, take
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.training_data import TrainingData

ROWS, BACKGROUND, ROUNDS = 200, 100, 100
FEWEST_ROWS, FEWEST_BACKGROUND = 20, 20
MOST_PLAYERS = 20
ENUMERATED = 7
"""Up to so many features, every coalition is looked at, if time permits."""
EVALUATIONS = 1_000_000
DRAWN_ROWS = 8
"""Features of which single rows are kept for a picture."""


def explanation(
    data: TrainingData, score: Score, features: Sequence[str], shown: Positions, seed: int, limit: TimeLimit
) -> Explanation:
    """Shapley values of a sample of the training rows, against a background of others.

    Args:
        data: the training rows.
        score: the chosen model.
        features: all features, the most important first: those after `MOST_PLAYERS` are taken together.
        shown: positions of the outputs that are told.
        seed: of the samples and the orders.
        limit: ends the drawing of orders, and lessens the rows of a slow model.
    """
    every = np.arange(len(data.target))
    rows, background = sample(every, ROWS, seed), sample(every, BACKGROUND, seed + 1)
    started = limit.clock()
    score(take(data.columns, background))
    seconds = (limit.clock() - started) / len(background)
    players = _players(features)
    if fitting := _enumerable(len(players), len(rows), len(background), seconds, limit):
        rows, background = sample(rows, fitting[0], seed), sample(background, fitting[1], seed)
        found = shapley.enumerated(score, take(data.columns, rows), take(data.columns, background), players)
    else:
        affordable = limit.left / max(1e-9, seconds * 2 * (len(players) + 1) * shapley.FEWEST_ROUNDS)
        rows = sample(rows, int(max(FEWEST_ROWS, min(ROWS, affordable))), seed)
        found = shapley.drawn(
            score, take(data.columns, rows), take(data.columns, background), players, ROUNDS, seed, limit
        )
    return Explanation(
        rows=len(rows),
        background=len(background),
        rounds=found.rounds,
        base=tuple(found.base[shown].tolist()),
        outputs=tuple(data.classes[at] for at in shown) if data.framing == "multiclass" else (),
        contributions=_contributions(found, data, rows, shown),
    )


def _players(features: Sequence[str]) -> list[Player]:
    single: list[Player] = [(name,) for name in features[:MOST_PLAYERS]]
    rest = tuple(features[MOST_PLAYERS:])
    return [*single, rest] if rest else single


def _enumerable(players: int, rows: int, background: int, seconds: float, limit: TimeLimit) -> tuple[int, int] | None:
    """So many rows and background rows that all coalitions can be looked at in time; None if that is too few."""
    if players > ENUMERATED:
        return None
    fewer = min(1.0, (EVALUATIONS / (2**players * rows * background)) ** 0.5)
    rows, background = int(rows * fewer), int(background * fewer)
    fits = 2**players * rows * background * seconds <= limit.left
    return (max(1, rows), max(1, background)) if fits else None


def _contributions(
    found: ShapleyValues, data: TrainingData, rows: Positions, shown: Positions
) -> tuple[Contributions, ...]:
    mean = np.abs(found.values).mean(axis=0)
    order = np.argsort(-mean.sum(axis=1), kind="stable")
    single = data.framing != "multiclass"
    kept = [at for at in order if len(found.players[at]) == 1][:DRAWN_ROWS] if single else []
    return tuple(
        Contributions(
            features=found.players[at],
            mean_absolute=tuple(mean[at][shown].tolist()),
            standard_error=float(np.sqrt((found.standard_error[:, at] ** 2).mean())),
            values=tuple(found.values[:, at, 0].tolist()) if at in kept else (),
            places=_places(data.columns[found.players[at][0]], rows) if at in kept else (),
        )
        for at in order
    )


def _places(values: NDArray[Any], rows: Positions) -> tuple[float | None, ...]:
    """Where these rows' numbers lie among all: 0 the lowest, 1 the highest; None for what is no number."""
    if values.dtype == object:
        return (None,) * len(rows)
    ordered = np.sort(values[np.isfinite(values)])
    if not len(ordered):
        return (None,) * len(rows)
    middle = (np.searchsorted(ordered, values[rows], "left") + np.searchsorted(ordered, values[rows], "right")) / 2
    known = np.isfinite(values[rows])
    return tuple(float(at) / len(ordered) if is_known else None for at, is_known in zip(middle, known, strict=True))

"""Permutation importance: what a score loses on held-out rows when one feature is shuffled among them.

Breiman, Random Forests, Machine Learning 45 (2001), section 10; Fisher, Rudin and Dominici, All models are wrong, but
many are useful, JMLR 20 (2019). Features that say the same thing share their importance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Importance
from crispstack.modeling.findings.learning_curve import FittedSplit
from crispstack.modeling.findings.subject import sample, take, weights
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.metrics import Metric
from crispstack.modeling.training_data import Columns, TrainingData

REPEATS = 3
MOST_ROWS, FEWEST_ROWS = 5_000, 100
CELLS, _AT_ONCE, _FEWEST_AT_ONCE = 1_000_000, 0.25, 2_000
"""Values scored at once at most, the share of the time that it may take, and rows that are in any case: calls cost."""


def permutation_importances(
    data: TrainingData, fitted: Sequence[FittedSplit], metric: Metric, seed: int, limit: TimeLimit
) -> tuple[Importance, ...]:
    """Importance of every feature that time permits to shuffle, the largest first.

    Args:
        data: the training rows.
        fitted: models and the rows they have not seen; up to `MOST_ROWS` of each, fewer of a slow model.
        metric: what is lost.
        seed: of the shuffling.
        limit: after the first features, no shuffling begins past it. Every feature gets its first draw before any
            gets its second.
    """
    seconds = _seconds(data, fitted[0], seed, limit) if fitted else 0.0
    affordable = limit.left / (seconds + 1e-9)
    # So many rows that every feature is shuffled once in time: better than some of them on more rows.
    most = max(FEWEST_ROWS, int(min(MOST_ROWS, affordable / len(data.columns))))
    at_once = int(min(CELLS / len(data.columns), max(_FEWEST_AT_ONCE, _AT_ONCE * affordable)))
    lost: dict[str, list[float]] = {name: [] for name in data.columns}
    for drops in _drops(data, fitted, metric, seed, (most, at_once)):
        for name, drop in drops.items():
            if np.isfinite(drop):
                lost[name].append(drop)
        if not limit.left:
            break
    found = [_importance(name, drops) for name, drops in lost.items() if drops]
    return tuple(sorted(found, key=lambda each: -each.lost))


def _seconds(data: TrainingData, fitted: FittedSplit, seed: int, limit: TimeLimit) -> float:
    """Seconds that the scores of a row take."""
    rows = sample(fitted.split.held_out, FEWEST_ROWS, seed)
    started = limit.clock()
    fitted.score(take(data.columns, rows))
    return (limit.clock() - started) / len(rows)


def _drops(
    data: TrainingData, fitted: Sequence[FittedSplit], metric: Metric, seed: int, most: tuple[int, int]
) -> Iterator[dict[str, float]]:
    """Losses of features' shuffling, some features at a time, one repeat of one split after the other.

    `most` are the rows of each feature, and those scored at once.
    """
    names = list(data.columns)
    for repeat in range(REPEATS):
        for number, each in enumerate(fitted):
            rows = sample(each.split.held_out, most[0], seed)
            columns, target, weight = take(data.columns, rows), data.target[rows], weights(data, rows)
            whole = metric.loss(target, each.score(columns), weight)
            generator = np.random.default_rng([seed, repeat, number])
            step = max(1, most[1] // len(rows))
            for start in range(0, len(names), step):
                some = names[start : start + step]
                scores = each.score(_shuffled(columns, some, generator))
                parts = np.split(scores, len(some))
                yield {name: metric.loss(target, own, weight) - whole for name, own in zip(some, parts, strict=True)}


def _shuffled(columns: Columns, names: Sequence[str], generator: np.random.Generator) -> dict[str, NDArray[Any]]:
    """The rows once for each of these features, with that feature shuffled: scored in one call, as calls cost."""
    count = len(next(iter(columns.values())))
    repeated = {name: np.tile(values, len(names)) for name, values in columns.items()}
    for place, name in enumerate(names):
        repeated[name][place * count : (place + 1) * count] = generator.permutation(columns[name])
    return repeated


def _importance(name: str, drops: Sequence[float]) -> Importance:
    deviation = float(np.std(drops, ddof=1)) if len(drops) > 1 else 0.0
    return Importance(name, float(np.mean(drops)), deviation, len(drops))

"""Several candidates' weighted mean, where it pays on rows that none of its members has seen.

Greedy selection with replacement: Caruana, Niculescu-Mizil, Crew and Ksikes, Ensemble Selection from Libraries of
Models, ICML 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.metrics import Metric
from crispstack.modeling.technique import Scores

Positions = NDArray[np.int64]
Weights = dict[int, float]
"""Weight of each member, by its position among the candidates; they add up to one."""
ROUNDS = 25
MOST_CANDIDATES = 30
MOST_ROWS = 20_000
_LEAST_WEIGHT = 0.04


@dataclass(frozen=True)
class Judged:
    """Candidates' scores on rows held out: each of shape (n,) or (n, k). `part` is the split that a row is from."""

    scores: Sequence[Scores]
    target: NDArray[np.float64]
    part: Positions
    weight: NDArray[np.float64] | None = None

    def mean_loss(self, metric: Metric, scores: Scores) -> float:
        """The mean over the parts of the metric's loss."""
        losses = [self._loss(metric, scores, self.part == part) for part in np.unique(self.part)]
        return float(np.mean([loss for loss in losses if not np.isnan(loss)]))

    def _loss(self, metric: Metric, scores: Scores, rows: NDArray[np.bool_]) -> float:
        return metric.loss(self.target[rows], scores[rows], None if self.weight is None else self.weight[rows])

    def those(self, rows: NDArray[np.bool_] | Positions) -> Judged:
        """These rows only."""
        weight = None if self.weight is None else self.weight[rows]
        return Judged([scores[rows] for scores in self.scores], self.target[rows], self.part[rows], weight)


def blend(scores: Sequence[Scores], weights: Weights) -> Scores:
    """The weighted mean of the members' scores."""
    members = [weight * scores[position].astype(np.float64) for position, weight in weights.items()]
    return np.sum(members, axis=0)  # type: ignore[no-any-return]


def select(judged: Judged, metric: Metric, most: int, in_time: Callable[[], bool] = lambda: True) -> Weights:
    """Weights of at most `most` members: again and again the candidate that helps most is added to the mean."""
    counts: dict[int, int] = {}
    total = np.zeros_like(judged.scores[0], dtype=np.float64)
    best, found = np.inf, dict(counts)
    for size in range(1, ROUNDS + 1):
        allowed = range(len(judged.scores)) if len(counts) < most else list(counts)
        losses = [(judged.mean_loss(metric, (total + judged.scores[each]) / size), each) for each in allowed]
        loss, chosen = min(losses)
        counts[chosen] = counts.get(chosen, 0) + 1
        total += judged.scores[chosen]
        if loss < best:
            best, found = loss, dict(counts)
        if not in_time():
            break
    return _without_the_light(found)


def _without_the_light(counts: dict[int, int]) -> Weights:
    total = sum(counts.values())
    kept = {position: count for position, count in counts.items() if count / total >= _LEAST_WEIGHT}
    return {position: count / sum(kept.values()) for position, count in sorted(kept.items())}


def cross_judged(judged: Judged, metric: Metric, most: int, in_time: Callable[[], bool]) -> tuple[float, float]:
    """Losses of an ensemble and of the single best candidate, each chosen without the rows it is judged by."""
    parts = np.unique(judged.part)
    together, single = [], []
    for part in parts:
        rest, own = judged.those(judged.part != part), judged.those(judged.part == part)
        weights = select(rest, metric, most, in_time)
        best = int(np.argmin([rest.mean_loss(metric, scores) for scores in rest.scores]))
        together.append(own.mean_loss(metric, blend(own.scores, weights)))
        single.append(own.mean_loss(metric, own.scores[best]))
        if not in_time():
            break
    return float(np.nanmean(together)), float(np.nanmean(single))

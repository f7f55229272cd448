"""Contenders' scores of rows that they had not seen, brought together over the splits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.charter import Charter
from crispstack.modeling.contenders import Contender
from crispstack.modeling.ensemble import Judged
from crispstack.modeling.metrics import METRICS, Metric, metric
from crispstack.modeling.stakes import stakes_of
from crispstack.modeling.technique import Framing, Scores
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import ValidationPlan
from crispstack.modeling.value import decision_scores, value_per_case

Positions = NDArray[np.int64]
HOLD_OUT_PARTS = 5
_BOOTSTRAP_SAMPLES, _BOOTSTRAP_ROWS = 200, 10_000


@dataclass(frozen=True)
class HeldOutRows:
    """All rows held out, split after split: a row of several repeats comes several times.

    `rows` are their positions in the data, `part` the split of each, or of one hold-out a part drawn at random.
    `repeat` says in which repeat of the splits a row was held out, `time` and `amount` are the data's.
    """

    rows: Positions
    part: Positions
    target: NDArray[np.float64]
    weight: NDArray[np.float64] | None
    repeat: Positions | None = None
    time: NDArray[np.float64] | None = None
    amount: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, data: TrainingData, plan: ValidationPlan, seed: int) -> HeldOutRows:
        """The rows of the plan."""
        rows = np.concatenate([split.held_out for split in plan.splits])
        part = np.repeat(np.arange(len(plan.splits)), [len(split.held_out) for split in plan.splits])
        repeat = part // max(1, plan.folds)
        if len(plan.splits) == 1:
            part = np.random.default_rng(seed).permutation(len(rows)) % HOLD_OUT_PARTS
        weight, time, amount = (None if of is None else of[rows] for of in (data.weight, data.time, data.amount))
        return cls(rows, part, data.target[rows].astype(np.float64), weight, repeat, time, amount)

    def value_per_case(self, charter: Charter, classes: tuple[str, ...], scores: Scores) -> tuple[float, float]:
        """The threshold that earns most with these scores, and what it earns per case: see `value.value_per_case`.

        Rows share a capacity with those of their repeat.
        """
        stakes = stakes_of(charter.money, len(self.rows), self.amount, self.time, self.repeat)
        ranked = decision_scores(charter, scores, self.amount) if charter.framing == "binary" else scores
        return value_per_case(charter.framing, charter.money, classes, self.target, ranked, stakes)

    def judged(self, scores: Sequence[Scores]) -> Judged:
        """Several candidates' scores of these rows."""
        return Judged(scores, self.target, self.part, self.weight)

    def figures(self, of: Metric, scores: Scores) -> tuple[float, ...]:
        """The metric on each part; parts where it is not defined are left out."""
        found = []
        for one in np.unique(self.part):
            own = self.part == one
            found.append(of.score(self.target[own], scores[own], None if self.weight is None else self.weight[own]))
        return tuple(figure for figure in found if math.isfinite(figure))

    def metrics(self, framing: Framing, scores: Scores) -> dict[str, float]:
        """Means over the parts of all figures of the framing."""
        means = {name: self.figures(metric(name), scores) for name in METRICS[framing]}
        return {name: math.fsum(figures) / len(figures) for name, figures in means.items() if figures}

    def interval(self, of: Metric, scores: Scores, confidence: float, seed: int) -> tuple[float, float]:
        """Bounds of the metric over all rows, by the percentile bootstrap (Efron 1979) of up to 10,000 of them."""
        generator = np.random.default_rng(seed)
        some = generator.permutation(len(self.rows))[:_BOOTSTRAP_ROWS]
        found = []
        for _ in range(_BOOTSTRAP_SAMPLES):
            drawn = some[generator.integers(len(some), size=len(some))]
            weight = None if self.weight is None else self.weight[drawn]
            found.append(of.score(self.target[drawn], scores[drawn], weight))
        low, high = np.nanquantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
        return float(low), float(high)

    def gain_interval(
        self, of: Metric, scores: Scores, others: Scores, confidence: float, seed: int
    ) -> tuple[float, float]:
        """Bounds of what `scores` gain over `others`: the mean over the parts of the difference of their losses.

        The rows of each part are drawn again and again, up to 10,000 of all, the same for both (paired bootstrap).
        """
        generator = np.random.default_rng(seed)
        some = generator.permutation(len(self.rows))[:_BOOTSTRAP_ROWS]
        parts = [some[self.part[some] == part] for part in np.unique(self.part[some])]
        gains = np.empty((_BOOTSTRAP_SAMPLES, len(parts)))
        for sample, part in np.ndindex(*gains.shape):
            drawn = generator.choice(parts[part], len(parts[part]))
            weight = None if self.weight is None else self.weight[drawn]
            loss, other = (of.loss(self.target[drawn], each[drawn], weight) for each in (scores, others))
            gains[sample, part] = other - loss
        told = gains[:, ~np.isnan(gains).all(axis=0)]
        low, high = np.nanquantile(np.nanmean(told, axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
        return float(low), float(high)


def predicted(contender: Contender, splits: int) -> Scores:
    """Its scores of all rows held out, in the order of `HeldOutRows`."""
    return np.concatenate([contender.scores[split].predicted for split in range(splits)]).astype(np.float64)

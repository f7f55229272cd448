"""A decision about two classes recomputed from its predictions with pandas alone, by none of the code of evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Recomputed:
    """Value of each policy, how many it acts on, and bounds of what the model earns more than the best simple one."""

    values: dict[str, float]
    acted_on: dict[str, int]
    best: str
    low: float
    high: float


def recompute(
    cases: pd.DataFrame, hit: float, vain: float, thresholds: Mapping[str, float], samples: int = 1000
) -> Recomputed:
    """What acting by each model's threshold earns, beside acting on everyone, no one, or as many at random.

    Args:
        cases: `actual`, a column of probabilities per model, and `time` (seconds) if days are to be resampled whole.
        hit: what acting earns where it was right, and
        vain: where it was not; leaving a case earns nothing.
        thresholds: of each model; the first one is judged.
        samples: of the bootstrap.
    """
    worth = np.where(cases["actual"] == 1, hit, vain)
    earned = pd.DataFrame({name: worth * (cases[name] >= limit) for name, limit in thresholds.items()})
    acted_on = {name: int((cases[name] >= limit).sum()) for name, limit in thresholds.items()}
    model = next(iter(thresholds))
    earned["everyone"], earned["no_one"] = worth, 0.0
    earned["random"] = worth * acted_on[model] / len(cases)
    earned["perfect_foresight"] = np.maximum(worth, 0.0)
    totals: dict[str, float] = earned.sum().to_dict()
    best = max(("everyone", "no_one", "random"), key=lambda name: totals[name])
    low, high = np.quantile(_resampled(earned[model] - earned[best], cases, samples), [0.025, 0.975])
    return Recomputed(totals, acted_on | {"everyone": len(cases), "no_one": 0}, best, float(low), float(high))


def _resampled(gained: Any, cases: pd.DataFrame, samples: int) -> list[float]:
    """Totals of days drawn whole, to as many cases as there are; without times, of cases within each class."""
    if "time" in cases:
        days = gained.groupby(cases["time"] // 86_400).agg(["sum", "size"])
        drawn = [days.sample(len(days), replace=True, random_state=seed).sum() for seed in range(samples)]
        return [float(each["sum"] * len(cases) / each["size"]) for each in drawn]
    parts = [part for _, part in gained.groupby(cases["actual"])]
    return [
        float(sum(part.sample(len(part), replace=True, random_state=seed).sum() for part in parts))
        for seed in range(samples)
    ]

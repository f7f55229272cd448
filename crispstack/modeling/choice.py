"""Which model is exported: the best candidate, or several together where that pays; calibrated where that pays."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from crispstack.modeling.calibration import calibrate
from crispstack.modeling.contenders import Contender, complete
from crispstack.modeling.ensemble import MOST_CANDIDATES, MOST_ROWS, Weights, blend, cross_judged, select
from crispstack.modeling.folds import Folds
from crispstack.modeling.held_out import HeldOutRows, predicted
from crispstack.modeling.predictor import Calibration
from crispstack.modeling.search import CONSTANT
from crispstack.modeling.technique import Scores

_CERTAINTY = 0.95


@dataclass(frozen=True)
class Choice:
    """The contenders that make up the model, with their weights, and what they score on rows not seen.

    `raw` are the scores as they are, `scores` calibrated, where that is done. `gain` is what an ensemble saved of the
    loss on rows by which it was not chosen.
    """

    members: tuple[tuple[Contender, float], ...]
    raw: Scores
    scores: Scores
    calibration: Calibration | None = None
    calibrated: str = ""
    gain: float = 0.0
    beats_constant: bool = True


def choose(
    contenders: Sequence[Contender],
    folds: Folds,
    held_out: HeldOutRows,
    most_members: int,
    in_time: Callable[[], bool],
) -> Choice:
    """The choice among all contenders that were tried on every split; at least one was.

    Where no candidate is reliably better than the constant, the constant is chosen: there is nothing to be exported.

    Args:
        contenders: of a search.
        folds: what they were tried on.
        held_out: the rows they were judged by.
        most_members: of an ensemble.
        in_time: false when the ensemble's selection must end.
    """
    splits, metric = len(folds.plan.splits), folds.setting.metric
    ranked = complete(contenders, splits)
    constant = next((each for each in ranked if each.technique == CONSTANT), None)
    best = next((each for each in ranked if each.technique != CONSTANT), ranked[0])
    scores = predicted(best, splits)
    if constant is not None and not _better(scores, predicted(constant, splits), folds, held_out):
        return dataclasses.replace(single(constant, folds), beats_constant=False)
    candidates = [each for each in ranked if each.technique != CONSTANT][:MOST_CANDIDATES]
    members: tuple[tuple[Contender, float], ...] = ((best, 1.0),)
    gain = 0.0
    if most_members > 1 and len(candidates) > 1:
        weights, gain = _ensemble(candidates, splits, folds, held_out, most_members, in_time)
        if len(weights) > 1 and gain > 0:
            members = tuple((candidates[position], weight) for position, weight in weights.items())
            scores = blend([predicted(each, splits) for each in candidates], weights)
    found = calibrate(folds.data.framing, metric, held_out.target, scores, held_out.part, held_out.weight)
    if found is None:
        return Choice(members, scores, scores, gain=gain)
    name, calibration = found
    return Choice(members, scores, calibration.apply(scores), calibration, name, gain)


def single(contender: Contender, folds: Folds) -> Choice:
    """One contender as it is."""
    scores = predicted(contender, len(folds.plan.splits))
    return Choice(((contender, 1.0),), scores, scores)


def _ensemble(
    candidates: Sequence[Contender],
    splits: int,
    folds: Folds,
    held_out: HeldOutRows,
    most_members: int,
    in_time: Callable[[], bool],
) -> tuple[Weights, float]:
    judged = held_out.judged([predicted(each, splits) for each in candidates])
    if len(held_out.rows) > MOST_ROWS:
        judged = judged.those(np.random.default_rng(folds.setting.seed).permutation(len(held_out.rows))[:MOST_ROWS])
    together, single = cross_judged(judged, folds.setting.metric, most_members, in_time)
    return select(judged, folds.setting.metric, most_members, in_time), single - together


def _better(scores: Scores, constant: Scores, folds: Folds, held_out: HeldOutRows) -> bool:
    """Whether the gain over the constant, on the same rows, is above zero at even the worse end of its interval."""
    low, _ = held_out.gain_interval(folds.setting.metric, scores, constant, _CERTAINTY, folds.setting.seed)
    return low > 0

"""Candidates during a search: how far each has been tried, and which deserve to be tried further."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crispstack.modeling.trial import FoldScore, Specification

KEPT_AFTER_FIRST, KEPT_LATER = 0.34, 0.6
KEPT_TECHNIQUES = 4


@dataclass
class Contender:
    """A candidate and its score on each split so far. `rough` is its loss on few rows, where it was tried so first."""

    specification: Specification
    scores: dict[int, FoldScore] = field(default_factory=dict)
    running: bool = False
    error: str = ""
    rough: float | None = None

    def loss(self, splits: int) -> float:
        """Mean loss over the first so many splits."""
        return math.fsum(self.scores[split].loss for split in range(splits)) / splits

    @property
    def technique(self) -> str:
        """The technique's name."""
        return self.specification.technique


def complete(contenders: Iterable[Contender], splits: int) -> list[Contender]:
    """Those that were tried on all splits, best first."""
    done = [each for each in contenders if len(each.scores) >= splits and not each.error]
    return sorted(done, key=lambda each: (each.loss(splits), each.specification.number))


def deciding_splits(contenders: Sequence[Contender]) -> int:
    """How many splits decide: as many as any of the contenders was tried on, or fewer.

    Where time ended before a technique came so far, and it did better than the leader on at least half of the splits,
    these decide.
    """
    tried = [each for each in contenders if each.scores and not each.error]
    most = max((len(each.scores) for each in tried), default=0)
    if not most:
        return 0
    leader = complete(tried, most)[0]
    known = {each.technique for each in complete(tried, most)}
    ahead = [
        len(each.scores)
        for each in tried
        if each.technique not in known
        and 2 * len(each.scores) >= most
        and each.loss(len(each.scores)) < leader.loss(len(each.scores))
        and promising(each, tried)
    ]
    return min([most, *ahead])


def promising(contender: Contender, contenders: Sequence[Contender]) -> bool:
    """Whether it is among the best of all that were tried as far, or the best of one of the best techniques.

    Asynchronous successive halving (Li et al., A System for Massively Parallel Hyperparameter Tuning, MLSys 2020),
    with splits instead of steps.
    """
    tried = len(contender.scores)
    if not tried:
        return True
    rivals = [each for each in contenders if len(each.scores) >= tried and not each.error]
    ranked = sorted(rivals, key=lambda each: (each.loss(tried), each.specification.number))
    kept = KEPT_AFTER_FIRST if tried == 1 else KEPT_LATER
    if ranked.index(contender) < max(1, math.floor(kept * len(ranked))):
        return True
    return any(contender is each for each in best_of_techniques(ranked)[:KEPT_TECHNIQUES])


def best_of_techniques(ranked: Iterable[Contender]) -> list[Contender]:
    """The first of each technique, in this order."""
    first: dict[str, Contender] = {}
    for each in ranked:
        first.setdefault(each.technique, each)
    return list(first.values())

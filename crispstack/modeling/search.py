"""The search: many candidates quickly, then the time to the promising, until the budget is spent."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crispstack.modeling import feature_selection
from crispstack.modeling.budget import Budget
from crispstack.modeling.chosen_model import copies
from crispstack.modeling.contenders import Contender, best_of_techniques, complete, promising
from crispstack.modeling.folds import Folds
from crispstack.modeling.trial import FoldScore, Specification, Trial, run_trial
from crispstack.modeling.tuning import Tuning
from crispstack.modeling.workers import Outcome, Workers

ROUGH_ROWS = 10_000
"""Rows of the first, rough comparison, where a split has many more."""
_LONGEST = 0.25
"""Share of the budget's seconds that one fit may take."""
_LOOKING = 0.3
"""Share of the seconds in which techniques that were not tried yet come before those that are promising."""
_LAST_MEMBERS = 3
FEWEST_KEPT, TUNED_TECHNIQUES = 4, 4
CONSTANT = "constant"
_FIRST = (
    CONSTANT,
    "lightgbm",
    "xgboost",
    "logistic_regression",
    "ridge_regression",
    "random_forest",
    "extra_trees",
    "naive_bayes",
    "nearest_neighbors",
    "support_vectors",
    "histogram_boosting",
)
"""Techniques in the order they are tried, others after them: with little time, those that most often win are in."""
_COMPARED = 3
"""Techniques whose defaults must be affordable on all splits, or there are fewer splits."""
_COMPARING = 0.5
"""Share of the seconds left after the first looks that this may take."""
_DEAR, _CHEAP = 0.1, 0.02
"""Shares of the seconds left: above, any other technique is not tried on all splits; below, each technique is."""


@dataclass(frozen=True)
class Progress:
    """Where a search stands: candidates begun, the best so far by its mean score, seconds spent."""

    trials: int
    best: str
    score: float | None
    seconds: float
    said: str


class Search:
    """Tries candidates on splits. It is the iterator of its own trials: asked again whenever a worker is free."""

    def __init__(self, folds: Folds, budget: Budget, slots: int, report: Callable[[Progress], None]) -> None:
        self._folds, self._setting, self._budget, self._slots = folds, folds.setting, budget, slots
        self._report = report
        self._splits = len(folds.plan.splits)
        self._splits_fit = False
        self._tuning = Tuning(self._setting.shape, self._setting.seed)
        self.contenders: list[Contender] = []
        names = [each.name for each in self._setting.techniques]
        self._waiting = sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        fit_rows = len(folds.plan.splits[0].fit)
        self._rough_rows = ROUGH_ROWS if fit_rows > 2 * ROUGH_ROWS else 0
        self._growth = fit_rows / ROUGH_ROWS
        self._seconds: dict[str, float] = {}

    def run(self, workers: Workers) -> list[Contender]:
        """All contenders, after the budget was spent or nothing was left to try."""
        function = functools.partial(run_trial, self._setting)
        for outcome in workers.run(function, self._folds.data, self):
            self._take(outcome)
        return self.contenders

    def __iter__(self) -> Iterator[Trial]:
        """The trials."""
        return self

    def __next__(self) -> Trial:
        """The next trial; none now does not mean none later, when a running one has ended."""
        looking = self._budget.spent < _LOOKING * self._budget.seconds
        trial = (self._begun() if looking else None) or self._followed()
        if trial is None:
            self._fit_splits()
            trial = self._continued() or self._begun() or self._tuned()
        if trial is None:
            raise StopIteration
        return trial

    def _take(self, outcome: Outcome[Trial, FoldScore]) -> None:
        trial, score = outcome.task, outcome.result
        contender = self.contenders[trial.specification.number]
        contender.running = False
        if score is None:
            contender.error = outcome.error
        elif trial.most_rows:
            contender.rough = score.loss
            # A fit that would take longer is stopped.
            self._seconds[contender.technique] = min(score.seconds * self._growth, _LONGEST * self._budget.seconds)
        else:
            contender.scores[trial.split] = score
            self._seconds[contender.technique] = score.seconds
        self._learn(contender)
        self._tell(contender)

    def _learn(self, contender: Contender) -> None:
        number, tried = contender.specification.number, len(contender.scores)
        if contender.error:
            self._tuning.learn(number, tried, math.inf, ended=True)
        elif tried:
            ended = tried == self._splits or not promising(contender, self.contenders)
            self._tuning.learn(number, tried, contender.loss(tried), ended)

    def _tell(self, contender: Contender) -> None:
        best = next(iter(complete(self.contenders, self._splits)), None)
        loss = best.loss(self._splits) if best else math.nan
        self._report(
            Progress(
                trials=len(self.contenders),
                best=best.technique if best else "",
                score=(-loss if self._setting.metric.greater_is_better else loss) if best else None,
                seconds=self._budget.spent,
                said=f"{contender.technique}: {contender.error or f'{len(contender.scores)} of {self._splits} splits'}",
            )
        )

    def _fit_splits(self) -> None:
        """Once, after the first looks: no more splits than the best techniques can be compared on in the time left."""
        best = [each for each in self._best_tried() if self._affordable(each.technique, 1)][:_COMPARED]
        if self._splits_fit or not best:
            return
        self._splits_fit = True
        seconds = math.fsum(self._seconds[each.technique] for each in best) / self._slots
        if seconds > 0:
            self._splits = max(1, min(self._splits, 1 + int(_COMPARING * self._left / seconds)))

    def _followed(self) -> Trial | None:
        """The constant's next split, where any other was tried on it: what a candidate beats is known for each."""
        constant = next((each for each in self.contenders if each.technique == CONSTANT), None)
        if constant is None or constant.running or constant.error or not constant.scores:
            return None
        done = max(len(each.scores) for each in self.contenders)
        return self._trial(constant, len(constant.scores)) if len(constant.scores) < done else None

    def _continued(self) -> Trial | None:
        """The next split of the contender that is tried furthest and best, of those that are promising."""
        begun = [
            each
            for each in self.contenders
            if 0 < len(each.scores) < self._splits and not each.error and each.technique != CONSTANT
        ]
        first = best_of_techniques(sorted(begun, key=lambda each: each.loss(1)))
        best = self._best_tried()
        leading = [each.technique for each in best[:_COMPARED]]
        order = sorted(begun, key=lambda each: (each not in first, -len(each.scores), each.loss(1)))
        for each in order:
            share = self._share(each)
            if each.running or (each.technique not in leading and share > _DEAR):
                continue
            splits = 1 if each in first else self._splits - len(each.scores)
            wanted = promising(each, self.contenders) or (each in best and share < _CHEAP)
            if wanted and self._affordable(each.technique, splits):
                return self._trial(each, len(each.scores))
        return None

    def _best_tried(self) -> list[Contender]:
        """The best of each technique by the first split, best first."""
        tried = [each for each in self.contenders if each.scores and not each.error and each.technique != CONSTANT]
        return best_of_techniques(sorted(tried, key=lambda each: each.loss(1)))

    def _share(self, contender: Contender) -> float:
        """The share of the time left that its other splits would take."""
        seconds = (self._splits - len(contender.scores)) * self._seconds[contender.technique]
        return seconds / max(1e-9, self._left * self._slots)

    def _begun(self) -> Trial | None:
        """A technique's defaults, the first time; where there are many rows on few of them first."""
        while self._waiting:
            name = self._waiting.pop(0)
            if self._may_begin(name):
                shape = self._setting.shape
                few = {} if name == CONSTANT else feature_selection.at_first(shape)
                contender = self._contender(name, {**self._setting.technique(name).defaults(shape), **few})
                return self._trial(contender, 0, 0 if name == CONSTANT else self._rough_rows)
        rough = [each for each in self.contenders if each.rough is not None and not each.error]
        if any(each.running and each not in rough and not each.scores for each in self.contenders):
            return None
        ranked = sorted(rough, key=lambda each: each.rough or 0.0)
        for each in ranked[: max(FEWEST_KEPT, math.ceil(len(ranked) / 2))]:
            if not each.scores and not each.running and (self._owed or self._affordable(each.technique, self._splits)):
                return self._trial(each, 0)
        return None

    def _tuned(self) -> Trial | None:
        """New parameters of one of the best techniques."""
        best = {
            each.technique: each.specification.parameters
            for each in self._best_tried()[:TUNED_TECHNIQUES]
            if self._may_begin(each.technique)
        }
        seconds = {name: self._seconds[name] for name in best}
        while name := self._tuning.turn(seconds):
            parameters = self._tuning.draw(self._setting.technique(name), len(self.contenders), best[name])
            if parameters is not None:
                return self._trial(self._contender(name, parameters), 0)
        return None

    def _contender(self, technique: str, parameters: Mapping[str, Any]) -> Contender:
        self._tuning.note(technique, parameters)
        self.contenders.append(Contender(Specification(len(self.contenders), technique, parameters)))
        return self.contenders[-1]

    def _trial(self, contender: Contender, split: int, most_rows: int = 0) -> Trial:
        longest = _LONGEST * self._budget.seconds
        seconds = longest if self._owed else max(0.0, min(self._left, longest))
        contender.running = True
        return Trial(contender.specification, split, most_rows, seconds, self._to_measure(contender, split))

    def _to_measure(self, contender: Contender, split: int) -> bool:
        """Whether it is the best of its technique so far, and on its last split."""
        if split != self._splits - 1:
            return False
        others = [each for each in complete(self.contenders, self._splits) if each.technique == contender.technique]
        return not others or not split or contender.loss(split) < others[0].loss(split)

    def _may_begin(self, technique: str) -> bool:
        trials = self._budget.trials
        if trials and len(self.contenders) >= trials:
            return False
        return technique == CONSTANT or self._owed or self._affordable(technique, self._splits)

    @property
    def _owed(self) -> bool:
        """Whether no technique was fitted yet: one fit there must be, however small the budget."""
        return not any(each.technique != CONSTANT and (each.running or each.scores) for each in self.contenders)

    def _affordable(self, technique: str, splits: int) -> bool:
        """Whether so many more fits of the technique will end in time."""
        return splits * self._seconds.get(technique, 0.0) < self._left

    @property
    def _left(self) -> float:
        """Seconds left to the search: the last fits, on all rows, need some after it."""
        done = [each for each in complete(self.contenders, self._splits) if each.technique != CONSTANT]
        last = math.fsum(
            copies(self._setting.technique(each.technique), self._setting.shape)
            * max(score.seconds for score in each.scores.values())
            for each in done[:_LAST_MEMBERS]
        )
        return self._budget.left_to_fit - min(1.3 * last / self._slots, _LONGEST * self._budget.seconds)

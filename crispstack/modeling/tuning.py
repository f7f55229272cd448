"""Parameters that are known to be good, then such as Optuna draws, and which technique's turn it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.trial import TrialState

from crispstack.modeling import feature_selection, recency
from crispstack.modeling.portfolio import portfolio
from crispstack.modeling.technique import Shape, Technique

_RANDOM_FIRST = 6
_ATTEMPTS = 5
_QUICKEST = 0.1
"""Seconds that a turn counts at least: what takes none must not be all that is tried."""


class Tuning:
    """Draws parameters that were not tried yet, by tree-structured Parzen estimators (Bergstra et al., NIPS 2011)."""

    def __init__(self, shape: Shape, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._shape, self._seed = shape, seed
        self._studies: dict[str, optuna.Study] = {}
        self._asked: dict[int, tuple[str, optuna.Trial]] = {}
        self._tried: dict[str, list[Mapping[str, Any]]] = {}
        self._spent: dict[str, float] = {}
        self._exhausted: set[str] = set()

    def turn(self, seconds: Mapping[str, float]) -> str | None:
        """Of the techniques, best first, each with the seconds of a fit, the one whose turn it is.

        A better one gets more time, and a quicker one more turns in the same time.
        """
        open_ = [name for name in seconds if name not in self._exhausted]
        if not open_:
            return None
        shares = {name: 1 / (1 + rank) ** 1.5 for rank, name in enumerate(open_)}
        after = {name: self._spent.get(name, 0.0) + max(_QUICKEST, seconds[name]) for name in open_}
        chosen = min(open_, key=lambda name: (after[name] / shares[name], open_.index(name)))
        self._spent[chosen] = after[chosen]
        return chosen

    def draw(
        self, technique: Technique, number: int, best: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any] | None:
        """Parameters for the candidate of this number; None if the technique has no other ones.

        They are tried on as many features as the technique's `best` so far.
        """
        for parameters in portfolio(technique, self._shape, best):
            if self.note(technique.name, parameters):
                return parameters
        study = self._study(technique.name)
        for _ in range(_ATTEMPTS):
            trial = study.ask()
            drawn = {**technique.suggest(trial, self._shape), **recency.suggest(trial, self._shape)}
            parameters = {**drawn, **feature_selection.like(best or {})}
            if trial.distributions and self.note(technique.name, parameters):
                self._asked[number] = (technique.name, trial)
                return parameters
            study.tell(trial, state=TrialState.FAIL)
        self._exhausted.add(technique.name)
        return None

    def note(self, technique: str, parameters: Mapping[str, Any]) -> bool:
        """Remember that these parameters are tried; whether they are new."""
        tried = self._tried.setdefault(technique, [])
        if parameters in tried:
            return False
        tried.append(parameters)
        return True

    def learn(self, number: int, splits: int, loss: float, ended: bool) -> None:
        """The mean loss of a candidate over its first splits; `ended` if it will not be tried on more."""
        if number not in self._asked:
            return
        name, trial = self._asked[number]
        if math.isfinite(loss):
            trial.report(loss, splits)
        if ended:
            del self._asked[number]
            finite = math.isfinite(loss)
            self._study(name).tell(trial, loss if finite else None, TrialState.COMPLETE if finite else TrialState.FAIL)

    def _study(self, name: str) -> optuna.Study:
        if name not in self._studies:
            sampler = optuna.samplers.TPESampler(seed=self._seed + len(self._studies), n_startup_trials=_RANDOM_FIRST)
            self._studies[name] = optuna.create_study(sampler=sampler, direction="minimize")
        return self._studies[name]

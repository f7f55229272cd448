"""Workers that read finished trials back from the journal instead of running them again."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from crispstack.modeling.checkpoints import Interruption, from_bytes, to_bytes
from crispstack.modeling.journal import Journal
from crispstack.modeling.trial import FoldScore, Trial
from crispstack.modeling.workers import Outcome, Result, Task, Workers


class JournaledWorkers:
    """Runs tasks on other workers, which share this process; begins none once interrupted."""

    def __init__(self, workers: Workers, journal: Journal, interrupted: Callable[[], bool] = lambda: False) -> None:
        self.slots = workers.slots
        self._workers, self._journal, self._interrupted = workers, journal, interrupted

    def run(
        self, function: Callable[[Any, Task], Result], data: Any, tasks: Iterable[Task], deadline: float | None = None
    ) -> Iterator[Outcome[Task, Result]]:
        """See `Workers.run`.

        Raises:
            Interruption: the machine is about to be taken away.
        """
        return self._workers.run(functools.partial(self._run_once, function), data, tasks, deadline)

    def _run_once(self, function: Callable[[Any, Any], Any], data: Any, task: Any) -> Any:
        if self._interrupted():
            raise Interruption("interrupted; finished trials are kept")
        if not isinstance(task, Trial):
            return function(data, task)
        key = f"trials/{_digest(task)}.npz"
        known = self._journal.get(key)
        if known is not None:
            return score_from_bytes(known)
        score = function(data, task)
        self._journal.put(key, score_to_bytes(score))
        return score


def score_to_bytes(score: FoldScore) -> bytes:
    """The score as npz: what it predicted, and the rest as JSON."""
    rest = {field.name: getattr(score, field.name) for field in dataclasses.fields(score) if field.name != "predicted"}
    return to_bytes({"predicted": score.predicted, "rest": np.array(json.dumps(rest, default=float))})


def score_from_bytes(content: bytes) -> FoldScore:
    """What `score_to_bytes` wrote."""
    arrays = from_bytes(content)
    return FoldScore(predicted=arrays["predicted"], **json.loads(str(arrays["rest"])))


def _digest(trial: Trial) -> str:
    """Of what a trial's result depends on; its number and its time in the search do not belong to that."""
    of = trial.specification
    said = [of.technique, dict(of.parameters), trial.split, trial.most_rows, trial.measured]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=float).encode()).hexdigest()

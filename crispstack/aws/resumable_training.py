"""Training on a machine that may be taken away: what it has done is kept in S3, and taken up by the next attempt."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from crispstack.aws.run_journal import RunJournal
from crispstack.aws.training_job import TrainingInputs
from crispstack.modeling.checkpoints import Checkpoints, Interruption
from crispstack.modeling.devices import device
from crispstack.modeling.journaled_workers import JournaledWorkers
from crispstack.modeling.search import Progress
from crispstack.modeling.technique import Machine
from crispstack.modeling.training import Training, train
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Threads

_SPENT = "spent_seconds"
_LEAST_SHARE = 0.1
"""Of the budget that an attempt has left, however long those before it took: the last fits need some."""


def train_resumably(
    inputs: TrainingInputs,
    data: TrainingData,
    journal: RunJournal,
    interrupted: Callable[[], bool],
    cores: int,
    report: Callable[[Progress], None],
    clock: Callable[[], float] = time.monotonic,
) -> Training:
    """Train with all cores, on a GPU where there is one; one fit at a time there, since it has all of the GPU.

    Args:
        inputs: what earlier phases left.
        data: the training rows.
        journal: where states and finished trials are kept.
        interrupted: tells whether the machine is about to be taken away.
        cores: threads that compute at the same time.
        report: is told of every trial.
        clock: counts seconds.

    Raises:
        Interruption: the machine is about to be taken away; the next attempt goes on.
        DataError: see `train`.
        ModelingError: see `train`.
    """
    started, before = clock(), float((journal.get(_SPENT) or b"0").decode())
    found = device()
    slots, threads = (1, cores) if found == "cuda" else (cores, 1)
    machine = Machine(found, threads, Checkpoints(journal, interrupted))
    workers = JournaledWorkers(Threads(slots), journal, interrupted)
    modeling = inputs.charter.modeling
    left = max(modeling.budget_seconds - before, _LEAST_SHARE * modeling.budget_seconds)
    charter = dataclasses.replace(inputs.charter, modeling=dataclasses.replace(modeling, budget_seconds=left))
    try:
        return train(charter, inputs.dataset, data, workers, report, inputs.plan.dollars_per_hour, clock, machine)
    except Interruption:
        journal.put(_SPENT, str(before + clock() - started).encode())
        raise

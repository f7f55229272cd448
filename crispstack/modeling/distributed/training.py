"""Training on all rows of a dataset that no executor holds.

Candidates are compared on a sample that one executor holds, by the same search as elsewhere. The chosen one is then
fitted on all rows: Spark adds up what its encoding needs, and grows the model over its executors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import Leaderboard, PreparedDataset
from crispstack.charter import Charter
from crispstack.errors import ModelingError
from crispstack.modeling.chosen_model import LastFit
from crispstack.modeling.distributed import learners
from crispstack.modeling.distributed.encoding import FoldedEncoding, RowStatistics, encoding_of
from crispstack.modeling.distributed.rows import encoded, faded, prepared, sample
from crispstack.modeling.distributed.size import Size
from crispstack.modeling.distributed.statistics import categories, numbers
from crispstack.modeling.encoding import Encoding, Kind, averaged_classes, by_kind
from crispstack.modeling.feature_selection import FEATURES, Selected, chosen
from crispstack.modeling.folds import FittingRows, shape_of
from crispstack.modeling.framing import ranking_metric
from crispstack.modeling.metrics import quantile_of
from crispstack.modeling.predictor import Member
from crispstack.modeling.recency import HALF_LIFE
from crispstack.modeling.search import CONSTANT, Progress
from crispstack.modeling.technique import Rows
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.training import Training, silent, train
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Outcome, Workers, attempt

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FEWEST_COMPARED_BY = 20_000
"""Rows of the sample at least, whatever memory is said to be there."""


class DistributedWorkers:
    """Workers of a search whose last fits are done by all executors together, on all rows, one after the other.

    What Spark has no learner for, which is the constant alone, is fitted on the sample like any other task.
    """

    def __init__(self, workers: Workers, fit: Callable[[LastFit], Member]) -> None:
        self.slots = workers.slots
        self._workers, self._fit = workers, fit

    def run(
        self, function: Callable[[Any, Any], Any], data: Any, tasks: Iterable[Any], deadline: float | None = None
    ) -> Iterator[Outcome[Any, Any]]:
        """See `Workers.run`."""
        # A search draws its trials one by one; last fits are a list.
        if isinstance(tasks, list) and all(_by_all_executors(each) for each in tasks):
            yield from (attempt(lambda _, task: self._fit(task), data, each) for each in tasks)
        else:
            yield from self._workers.run(function, data, tasks, deadline)


def _by_all_executors(task: Any) -> bool:
    return isinstance(task, LastFit) and task.part.technique in learners.BY_NAME


class WholeDataset:
    """All rows of a dataset, in Spark, and what is known of them."""

    def __init__(self, frame: DataFrame, charter: Charter, dataset: PreparedDataset, some: TrainingData) -> None:
        self._frame, self._charter, self._dataset, self._sample = frame, charter, dataset, some
        metric, _ = ranking_metric(charter, some)
        self._shape = dataclasses.replace(shape_of(some, quantile_of(metric)), rows=dataset.train_rows)
        self._encodings: dict[Kind, FoldedEncoding] = {}
        self._statistics: RowStatistics | None = None

    def fit(self, task: LastFit) -> Member:
        """The member of the chosen model, fitted on all rows."""
        technique = BY_NAME[task.part.technique]
        encoding = self._encoding(learners.encoding_of(technique.name, technique.encoding))
        most = task.part.parameters.get(FEATURES)
        kept = None if most is None else self._kept(encoding.whole, most)
        frame, half_life, times = self._frame, task.part.parameters.get(HALF_LIFE), self._sample.time
        if half_life is not None and times is not None:
            frame = faded(frame, times, half_life)
        rows = encoded(frame, self._dataset, encoding, None if kept is None else kept[1]).cache()
        parameters = {n: value for n, value in task.part.parameters.items() if n not in (FEATURES, HALF_LIFE)}
        context = self._frame.sparkSession.sparkContext
        job = learners.Job(rows, parameters, self._shape, self._charter.modeling.seed, int(context.defaultParallelism))
        try:
            model = learners.BY_NAME[technique.name](job)
            return Member(encoding.whole, model if kept is None else Selected(model, *kept), task.part.weight)
        finally:
            rows.unpersist()

    def _kept(self, encoding: Encoding, most: int) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The features that tell most on the sample, and the positions of their columns."""
        rows = Rows(encoding.transform(self._sample.columns), self._sample.target, self._sample.weight)
        return chosen(FittingRows(encoding, rows, rows, None), most, self._shape, self._charter.modeling.seed)

    def _encoding(self, kind: Kind) -> FoldedEncoding:
        if kind not in self._encodings:
            modeling = self._charter.modeling
            found = encoding_of(kind, self._known(), self._sample, modeling.imputation, modeling.seed)
            self._encodings[kind] = found
        return self._encodings[kind]

    def _known(self) -> RowStatistics:
        if self._statistics is None:
            names = by_kind(self._sample.features, self._sample.columns)
            found, totals = categories(self._frame, names["categorical"], self._targets())
            self._statistics = RowStatistics(numbers(self._frame, names["numeric"]), found, totals)
        return self._statistics

    def _targets(self) -> list[Any]:
        """What categories' means are taken of: the number, or whether a row is of each of the frequent classes."""
        from pyspark.sql import functions  # noqa: PLC0415

        target = functions.col(self._dataset.target).cast("double")
        if self._dataset.framing != "multiclass":
            return [target]
        frequent = averaged_classes(self._sample.target, self._shape.classes)
        return [functions.when(target == float(number), 1.0).otherwise(0.0) for number in frequent]


def train_distributed(
    charter: Charter,
    dataset: PreparedDataset,
    frame: DataFrame,
    workers: Workers,
    found: Size,
    report: Callable[[Progress], None] = silent,
    dollars_per_hour: float = 0.0,
) -> Training:
    """Search on a sample, and fit what is chosen on all rows.

    Args:
        charter: see `crispstack.modeling.training.train`.
        dataset: describes the rows.
        frame: the prepared rows.
        workers: run the search's trials on the sample.
        found: how large the rows are, and how large the sample may be.
        report: is told of every trial.
        dollars_per_hour: what the executors cost together.

    Raises:
        DataError: there is nothing to learn from in the sample.
        ModelingError: none of the charter's techniques can be fitted so, or see `train`.
    """
    charter = _with_learners(charter)
    most_rows = max(FEWEST_COMPARED_BY, int(dataset.train_rows * found.allowed / max(1, found.needed)))
    whole = prepared(frame, dataset)
    some = sample(whole, dataset, most_rows, charter.modeling.seed)
    everything = WholeDataset(whole, charter, dataset, some)
    training = train(
        charter,
        dataclasses.replace(dataset, train_rows=len(some.target)),
        some,
        DistributedWorkers(workers, everything.fit),
        report,
        dollars_per_hour,
    )
    return dataclasses.replace(training, leaderboard=_explained(training.leaderboard, some, dataset, found))


def _with_learners(charter: Charter) -> Charter:
    wanted: tuple[Any, ...] = charter.modeling.techniques or tuple(BY_NAME)
    kept = tuple(name for name in wanted if name in learners.BY_NAME or name == CONSTANT)
    if not set(kept) & set(learners.BY_NAME):
        raise ModelingError(
            f"the training rows are more than one executor holds, and none of {', '.join(wanted)} can be fitted over "
            f"several: add one of {', '.join(learners.BY_NAME)} to modeling.techniques, or give executors more memory"
        )
    return dataclasses.replace(charter, modeling=dataclasses.replace(charter.modeling, techniques=kept))


def _explained(board: Leaderboard, some: TrainingData, dataset: PreparedDataset, found: Size) -> Leaderboard:
    fitted = "" if board.winner == CONSTANT else "; the chosen one was fitted on all of them, by Spark"
    said = (
        f"{board.validation} {found.in_words()} Candidates were compared on {len(some.target):,} of "
        f"{dataset.train_rows:,} rows drawn at random{fitted}."
    )
    return dataclasses.replace(board, validation=said)

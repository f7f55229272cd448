"""A search's tasks on Spark's executors, from two cores of one machine to hundreds of machines."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from crispstack.modeling.workers import Outcome, Threads, attempt

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Task = TypeVar("Task")
Result = TypeVar("Result")


class SparkWorkers:
    """Workers on the executors of a session; as many at once as its executors may have cores.

    Every task is a Spark job of one partition, submitted when a slot is free: a job that fails because its executor
    was lost fails alone, while the tasks of one job would share its end. `load`, which must be hashable and known to
    executors by import, gives them what is equal to `data`, so that it need not travel from the driver: each Python
    process of an executor calls it once.
    """

    def __init__(self, spark: SparkSession, data: Any = None, load: Callable[[], Any] | None = None) -> None:
        self._context = spark.sparkContext
        self._data, self._load = data, load
        self.slots = _cores(self._context)

    def run(
        self, function: Callable[[Any, Task], Result], data: Any, tasks: Iterable[Task], deadline: float | None = None
    ) -> Iterator[Outcome[Task, Result]]:
        """See `Workers.run`. An error of the function is caught where it is raised: Spark would repeat the task."""
        context, given = self._context, self._given(data)

        def submit(_: None, task: Task) -> Outcome[Task, Result]:
            tried = functools.partial(attempt, functools.partial(_with_data, function), given)
            outcomes: list[Outcome[Task, Result]] = context.parallelize([task], 1).map(tried).collect()
            return outcomes[0]

        for ended in Threads(self.slots).run(submit, None, tasks, deadline):
            yield ended.result or Outcome(ended.task, error=_lost(ended.error))

    def _given(self, data: Any) -> Callable[[], Any]:
        """How an executor comes by the data."""
        if self._load is not None and data is self._data:
            return functools.partial(_loaded, self._load)
        broadcast = self._context.broadcast(data)
        return functools.partial(getattr, broadcast, "value")


@functools.lru_cache(maxsize=1)
def _loaded(load: Callable[[], Any]) -> Any:
    return load()


def _with_data(function: Callable[[Any, Task], Result], given: Callable[[], Any], task: Task) -> Result:
    return function(given(), task)


def _cores(context: Any) -> int:
    """Cores that the session's executors have, or may have where Spark asks for more of them as tasks wait."""
    settings = context.getConf()
    if context.master.startswith("local") or settings.get("spark.dynamicAllocation.enabled", "false") != "true":
        return int(context.defaultParallelism)
    executors = int(settings.get("spark.dynamicAllocation.maxExecutors", "1"))
    return executors * int(settings.get("spark.executor.cores", "1"))


def _lost(error: str) -> str:
    """The sentence that matters, out of the traces of two virtual machines."""
    found = [line.strip() for line in error.splitlines() if "Lost task" in line or "Job aborted" in line]
    return found[0] if found else error.splitlines()[0]

"""Where a search's tasks run: in threads of this process here, on executors elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Task, Result]):
    """What became of a task: its result, or why there is none."""

    task: Task
    result: Result | None = None
    error: str = ""


class Workers(Protocol):
    """Runs tasks beside each other.

    `slots` is how many run at the same time. A task that fails or is lost costs itself only.
    """

    slots: int

    def run(
        self, function: Callable[[Any, Task], Result], data: Any, tasks: Iterable[Task], deadline: float | None = None
    ) -> Iterator[Outcome[Task, Result]]:
        """Outcomes of function(data, task), each as it ends.

        Tasks are drawn one by one, the next only when a slot is free and every outcome so far has been handed out:
        what is drawn may depend on what was learned. None are drawn after `deadline` (seconds of `time.monotonic`).
        """


class Threads:
    """Workers in this process. Boosting, forests and linear algebra leave Python's lock while they compute."""

    def __init__(self, slots: int) -> None:
        self.slots = slots

    def run(
        self, function: Callable[[Any, Task], Result], data: Any, tasks: Iterable[Task], deadline: float | None = None
    ) -> Iterator[Outcome[Task, Result]]:
        """See `Workers.run`."""
        drawn = iter(tasks)
        running: dict[Future[Outcome[Task, Result]], None] = {}
        with ThreadPoolExecutor(self.slots) as pool:
            while True:
                while len(running) < self.slots and (deadline is None or time.monotonic() < deadline):
                    task = next(drawn, None)
                    if task is None:
                        break
                    running[pool.submit(attempt, function, data, task)] = None
                if not running:
                    return
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    del running[future]
                    yield future.result()


def attempt(function: Callable[[Any, Task], Result], data: Any, task: Task) -> Outcome[Task, Result]:
    """The task's result, or the error that it raised."""
    try:
        return Outcome(task, function(data, task))
    except Exception as error:  # noqa: BLE001 (whatever a task raises, the others go on)
        return Outcome(task, error=f"{type(error).__name__}: {error}")

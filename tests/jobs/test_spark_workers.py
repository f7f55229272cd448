"""A search's tasks on a real Spark session."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from crispstack.modeling.spark_workers import SparkWorkers
from crispstack.modeling.workers import Outcome

# PySpark leaves the sockets of collect() to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

# Executors cannot import the tests.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@dataclass(frozen=True)
class Stored:
    """Numbers in a file, and a line in another for every time that they are read."""

    file: Path
    reads: Path

    def __call__(self) -> list[int]:
        with self.reads.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return [int(line) for line in self.file.read_text().split()]


def divided(data: list[int], task: int) -> float:
    return sum(data) / task


def fragile(data: list[int], task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task + len(data)


def process(data: list[int], task: int) -> int:
    return os.getpid()


def results(outcomes: Iterator[Outcome[int, float]]) -> dict[int, float | str]:
    return {each.task: each.error if each.result is None else each.result for each in outcomes}


def test_a_task_that_raises_costs_itself_only(spark: SparkSession) -> None:
    found = results(SparkWorkers(spark).run(divided, [2, 4], [1, 0, 2]))
    assert found == {1: 6.0, 0: "ZeroDivisionError: division by zero", 2: 3.0}


def test_a_process_that_is_killed_costs_its_task_only(spark: SparkSession) -> None:
    found = results(SparkWorkers(spark).run(fragile, [1, 1], range(6)))
    lost = found.pop(3)
    assert found == {0: 2, 1: 3, 2: 4, 4: 6, 5: 7}
    assert isinstance(lost, str)
    assert "Lost task" in lost
    assert "\n" not in lost


def test_executors_read_stored_data_themselves_and_once_per_process(spark: SparkSession, tmp_path: Path) -> None:
    stored = Stored(tmp_path / "numbers", tmp_path / "reads")
    stored.file.write_text("20 22")
    data = [1]  # not what is stored, so that what the executors saw can be told
    found = results(SparkWorkers(spark, data, stored).run(divided, data, [1, 2, 42]))
    assert found == {1: 42.0, 2: 21.0, 42: 1.0}
    readers = stored.reads.read_text().split()
    assert len(readers) == len(set(readers)) <= 2
    assert str(os.getpid()) not in readers


def test_tasks_run_beside_each_other_and_are_drawn_when_a_slot_is_free(spark: SparkSession) -> None:
    workers, drawn, lock = SparkWorkers(spark), 0, threading.Lock()
    assert workers.slots == 2

    def tasks() -> Iterator[int]:
        nonlocal drawn
        for task in range(5):
            with lock:
                drawn += 1
            yield task

    seen = []
    for handed, outcome in enumerate(workers.run(process, [], tasks())):
        seen.append(outcome.result)
        assert drawn <= handed + 2
    assert len(seen) == 5
    assert os.getpid() not in seen


def test_no_task_is_drawn_after_the_deadline(spark: SparkSession) -> None:
    assert list(SparkWorkers(spark).run(process, [], [1, 2], deadline=0.0)) == []


def test_slots_are_the_cores_that_executors_may_come_to_have() -> None:
    settings = {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.maxExecutors": "200",
        "spark.executor.cores": "4",
    }
    context = SimpleNamespace(master="yarn", defaultParallelism=3, getConf=lambda: settings)
    assert SparkWorkers(SimpleNamespace(sparkContext=context)).slots == 800  # type: ignore[arg-type]
    settings["spark.dynamicAllocation.enabled"] = "false"
    assert SparkWorkers(SimpleNamespace(sparkContext=context)).slots == 3  # type: ignore[arg-type]

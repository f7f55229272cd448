"""When training is distributed, and who fits what then."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from crispstack.errors import ModelingError
from crispstack.modeling.chosen_model import LastFit, Part
from crispstack.modeling.distributed.size import in_bytes, size
from crispstack.modeling.distributed.training import DistributedWorkers, _with_learners
from crispstack.modeling.workers import Threads
from tests.unit.modeling import bank


def test_memory_is_read_in_sparks_notation() -> None:
    assert [in_bytes(text) for text in ("512m", "12g", "1.5GB", "64k", "1048576")] == [
        512 * 2**20,
        12 * 2**30,
        int(1.5 * 2**30),
        64 * 2**10,
        2**20,
    ]


def test_rows_above_the_share_of_an_executor_are_distributed_and_the_words_say_both_sizes() -> None:
    rows = bank.rows(10)
    dataset = dataclasses.replace(bank.dataset(rows, bank.charter()), train_rows=100_000_000)
    found = size(dataset, "12g", 0.4)
    assert found.beyond_one_executor
    assert found.in_words().endswith("more than the 4.8 GiB that they may take of an executor.")
    assert f"{found.needed / 2**30:.2g} GiB" in found.in_words()
    assert not size(dataclasses.replace(dataset, train_rows=100_000), "12g", 0.4).beyond_one_executor
    assert size(dataclasses.replace(dataset, train_rows=100_000), "12g", 0.0).beyond_one_executor


def test_last_fits_are_everybodys_and_a_failed_one_costs_itself_only() -> None:
    def fit(task: LastFit) -> str:
        if task.part.number == 1:
            raise ValueError("too deep")
        return f"fitted {task.part.number}"

    workers = DistributedWorkers(Threads(1), fit)  # type: ignore[arg-type]
    tasks = [LastFit(Part(number, "xgboost", {})) for number in range(3)]
    ended = list(workers.run(lambda data, task: "not here", None, tasks))
    assert [each.result for each in ended] == ["fitted 0", None, "fitted 2"]
    assert ended[1].error == "ValueError: too deep"
    assert [each.result for each in workers.run(lambda data, task: task + data, 1, iter([1, 2]))] == [2, 3]


def test_techniques_that_cannot_be_distributed_are_left_out_or_refused_by_name() -> None:
    kept = _with_learners(bank.charter("nearest_neighbors", "xgboost", "logistic_regression"))
    assert kept.modeling.techniques == ("xgboost", "logistic_regression")
    with pytest.raises(ModelingError, match="none of nearest_neighbors can be fitted over several: add one of"):
        _with_learners(bank.charter("nearest_neighbors"))


def test_a_constant_is_fitted_on_the_sample_for_spark_has_no_learner_of_it() -> None:
    def on_the_sample(data: str, task: LastFit) -> str:
        return f"{task.part.technique} on {data}"

    def by_all_executors(task: LastFit) -> Any:
        raise ModelingError(f"Spark has no {task.part.technique}")

    workers = DistributedWorkers(Threads(1), by_all_executors)
    (found,) = workers.run(on_the_sample, "the sample", [LastFit(Part(0, "constant", {}))])
    assert (found.result, found.error) == ("constant on the sample", "")
    (found,) = workers.run(on_the_sample, "the sample", [LastFit(Part(1, "xgboost", {}))])
    assert (found.result, found.error) == (None, "ModelingError: Spark has no xgboost")

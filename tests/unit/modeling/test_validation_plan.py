"""Splits that follow from rows, classes, groups and time."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import Feature
from crispstack.errors import DataError
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import validation_plan


def data(rows: int = 200, positives: int = 40, **more: Any) -> TrainingData:
    target = (np.arange(rows) < positives).astype(float)
    column = np.arange(rows, dtype=np.float32)
    return TrainingData((Feature("x", "numeric"),), {"x": column}, target, **more)


def test_folds_hold_every_row_once_per_repeat_with_the_classes_in_proportion() -> None:
    plan = validation_plan(data(), 0, 0, 1)
    assert (plan.kind, plan.folds, plan.repeats, len(plan.splits)) == ("k_fold", 5, 2, 10)
    for repeat in (plan.splits[:5], plan.splits[5:]):
        held_out = np.concatenate([split.held_out for split in repeat])
        assert sorted(held_out) == list(range(200))
        assert all((split.held_out < 40).sum() == 8 for split in repeat)
        assert all(set(split.fit) | set(split.held_out) == set(range(200)) for split in repeat)
    assert plan.splits[0].held_out.tolist() != plan.splits[5].held_out.tolist()
    again = validation_plan(data(), 0, 0, 1)
    assert all((a.held_out == b.held_out).all() for a, b in zip(plan.splits, again.splits, strict=True))


def test_many_rows_need_one_hold_out_unless_a_class_is_rare() -> None:
    plan = validation_plan(data(150_000, 2_000), 0, 0, 1)
    assert (plan.kind, len(plan.splits), len(plan.splits[0].held_out)) == ("hold_out", 1, 30_000)
    assert "One hold-out of 20% " in plan.reason.replace(",", " ")
    assert validation_plan(data(150_000, 500), 0, 0, 1).folds == 5


def test_no_group_is_on_both_sides_and_classes_stay_in_proportion() -> None:
    group = np.arange(200) // 4
    plan = validation_plan(data(group=group), 5, 1, 1)
    for split in plan.splits:
        assert not set(group[split.fit]) & set(group[split.held_out])
        assert (split.held_out < 40).sum() == 8
        assert len(split.held_out) == 40
    assert "rows of a group stay together" in plan.reason


def test_with_fewer_groups_than_folds_each_is_held_out_once() -> None:
    plan = validation_plan(data(group=np.arange(200) % 3), 5, 1, 1)
    assert len(plan.splits) == 3


def test_in_time_the_future_is_judged_by_the_past_the_latest_first() -> None:
    time = np.random.default_rng(1).permutation(200).astype(float)
    plan = validation_plan(data(framing="regression", time=time), 0, 0, 1)
    assert (plan.repeats, len(plan.splits)) == (1, 3)
    for split in plan.splits:
        assert time[split.fit].max() < time[split.held_out].min()
    assert time[plan.splits[0].held_out].max() == 199
    assert min(time[split.held_out].min() for split in plan.splits) == 100
    assert "forward in time" in plan.reason


def test_rows_of_one_moment_are_on_one_side_and_groups_do_not_return() -> None:
    time, group = np.repeat(np.arange(20.0), 10), np.arange(200) % 50
    plan = validation_plan(data(framing="regression", time=time, group=group), 4, 1, 1)
    for split in plan.splits:
        assert not set(time[split.fit]) & set(time[split.held_out])
        assert not set(group[split.fit]) & set(group[split.held_out])


def test_a_part_with_one_class_is_left_out_and_it_is_said() -> None:
    time = np.arange(200.0)
    target = np.where(np.arange(200) < 160, np.arange(200) % 2, 0).astype(float)
    plan = validation_plan(dataclasses.replace(data(time=time), target=target), 5, 1, 1)
    assert len(plan.splits) == 3
    assert plan.reason.endswith("2 of the parts left out: too few rows or one outcome alone, before it or in it.")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"time": np.arange(200.0)}, "in their order in time"),
        ({"group": np.zeros(200, dtype=np.int64)}, "are of 1 groups"),
    ],
)
def test_where_nothing_can_be_compared_the_error_says_why(given: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        validation_plan(data(**given), 5, 1, 1)

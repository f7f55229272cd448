"""Rows to fit on: balanced, augmented, and nothing else changed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import Feature
from crispstack.modeling.folds import Folds, Setting, fitting_rows, shape_of
from crispstack.modeling.metrics import metric
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.training_rows import resampled
from crispstack.training_plan import Imputation, TrainingRows

FEATURES = (Feature("x", "numeric"), Feature("flag", "numeric"), Feature("job", "categorical"))


def data(rows: int = 500, positives: int = 50) -> TrainingData:
    generator = np.random.default_rng(5)
    target = np.zeros(rows)
    target[:positives] = 1
    x = (generator.normal(0, 2, rows) + target).astype(np.float32)
    x[::10] = np.nan
    columns: dict[str, Any] = {
        "x": x,
        "flag": (np.arange(rows) % 2).astype(np.float32),
        "job": generator.choice(np.array(["cook", "clerk"], dtype=object), rows),
    }
    return TrainingData(FEATURES, columns, target, weight=np.arange(1.0, rows + 1))


def setting(plan: TrainingRows) -> Setting:
    shape = shape_of(data(), None)
    return Setting(
        (), metric("roc_auc"), shape, folds=4, repeats=1, seed=3, imputation=Imputation(), training_rows=plan
    )


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_oversampling_repeats_rows_of_the_rarer_class_until_it_has_its_share(share: float) -> None:
    found, origin = resampled(data(), TrainingRows("oversample", share), 1)
    assert found.target.mean() == pytest.approx(share, abs=0.002)
    assert (found.target == 0).sum() == 450
    assert set(origin) == set(range(500))
    np.testing.assert_array_equal(found.columns["x"], data().columns["x"][origin])


def test_undersampling_keeps_every_rarer_row_and_some_of_the_others_once() -> None:
    found, origin = resampled(data(), TrainingRows("undersample", 0.25), 1)
    assert ((found.target == 1).sum(), (found.target == 0).sum()) == (50, 150)
    assert len(set(origin)) == len(origin) == 200


def test_the_rarer_class_may_be_the_positive_or_the_negative_one() -> None:
    found, _ = resampled(data(500, 480), TrainingRows("undersample", 0.5), 1)
    assert ((found.target == 0).sum(), (found.target == 1).sum()) == (20, 20)


def test_numbers_and_several_classes_are_not_balanced() -> None:
    for framing in ("regression", "multiclass"):
        given = dataclasses.replace(data(), framing=framing)
        assert resampled(given, TrainingRows("oversample"), 1)[0] is given


def test_copies_shift_numbers_a_little_and_leave_the_rest_as_it_is() -> None:
    given = data()
    found, origin = resampled(given, TrainingRows(copies=2, noise=0.1), 1)
    assert origin.tolist() == [*range(500)] * 3
    assert found.target.tolist() == given.target.tolist() * 3
    assert found.weight is not None
    assert found.weight.tolist() == [*range(1, 501)] * 3
    shift = (found.columns["x"][500:1000] - given.columns["x"]).astype(float)
    assert np.isnan(shift).sum() == 50
    assert np.nanstd(shift) == pytest.approx(0.1 * np.nanstd(given.columns["x"]), rel=0.15)
    np.testing.assert_array_equal(found.columns["x"][:500], given.columns["x"])
    for untouched in ("flag", "job"):
        np.testing.assert_array_equal(found.columns[untouched], np.tile(given.columns[untouched], 3))


def test_the_same_seed_gives_the_same_rows_and_the_input_is_not_changed() -> None:
    given, plan = data(), TrainingRows("oversample", copies=1)
    before = given.columns["x"].copy()
    one, again, other = (resampled(given, plan, seed)[0].columns["x"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other, equal_nan=True)
    np.testing.assert_array_equal(given.columns["x"], before)


def test_rows_to_stop_by_and_rows_held_out_are_neither_repeated_nor_shifted() -> None:
    given = data()
    plan = TrainingRows("oversample", copies=1)
    fitting = fitting_rows(given, setting(plan), "trees")
    assert fitting.stop is not None
    own = set(map(tuple, np.nan_to_num(fitting_rows(given, setting(TrainingRows()), "trees").rows.matrix).tolist()))
    stop = list(map(tuple, np.nan_to_num(fitting.stop.matrix).tolist()))
    assert set(stop) <= own
    assert len(fitting.stop.target) == pytest.approx(0.15 * 500, abs=10)
    assert fitting.stop.target.mean() == pytest.approx(0.1, abs=0.03)
    assert fitting.to_fit.target.mean() == pytest.approx(0.5, abs=0.05)

    folds = Folds(given, setting(plan))
    fold, split = folds.encoded(0, 0, "trees"), folds.plan.splits[0]
    assert len(fold.held_out) == len(split.held_out) == 125
    assert set(map(tuple, np.nan_to_num(fold.held_out).tolist())) <= own

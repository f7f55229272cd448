"""Rows to fit on: balanced, augmented, and nothing else changed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from crispstack.artifacts import Feature
from crispstack.charter import Modeling
from crispstack.modeling import cross_validation
from crispstack.modeling.cross_validation import FoldResult, FoldTask, run_fold, split_rows
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.training_rows import resampled
from crispstack.training_plan import TrainingRows

FEATURES = (Feature("x", "numeric"), Feature("flag", "numeric"), Feature("job", "categorical"))


def data(rows: int = 500, positives: int = 50) -> TrainingData:
    generator = np.random.default_rng(5)
    target = np.zeros(rows, dtype=np.int64)
    target[:positives] = 1
    x = (generator.normal(0, 2, rows) + target).astype(np.float32)
    x[::10] = np.nan
    columns: dict[str, Any] = {
        "x": x,
        "flag": (np.arange(rows) % 2).astype(np.float32),
        "job": generator.choice(np.array(["cook", "clerk"], dtype=object), rows),
    }
    return TrainingData(FEATURES, columns, target)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_oversampling_repeats_rows_of_the_rarer_class_until_it_has_its_share(share: float) -> None:
    found = data()
    matrix, target = resampled(found.matrix, found.target, FEATURES, TrainingRows("oversample", share), 1)
    assert target.mean() == pytest.approx(share, abs=0.002)
    assert (target == 0).sum() == 450
    rows = {tuple(map(str, row)) for row in found.matrix}
    assert {tuple(map(str, row)) for row in matrix} == rows


def test_undersampling_keeps_every_rarer_row_and_some_of_the_others_once() -> None:
    found = data()
    matrix, target = resampled(found.matrix, found.target, FEATURES, TrainingRows("undersample", 0.25), 1)
    assert (target == 1).sum() == 50
    assert (target == 0).sum() == 150
    kept = [str(row[0]) for row in matrix if str(row[0]) != "nan"]
    assert len(set(kept)) == len(kept) > 150


def test_the_rarer_class_may_be_the_positive_or_the_negative_one() -> None:
    found = data(500, 480)
    _, target = resampled(found.matrix, found.target, FEATURES, TrainingRows("undersample", 0.5), 1)
    assert ((target == 0).sum(), (target == 1).sum()) == (20, 20)


def test_copies_shift_numbers_a_little_and_leave_the_rest_as_it_is() -> None:
    found = data()
    matrix, target = resampled(found.matrix, found.target, FEATURES, TrainingRows(copies=2, noise=0.1), 1)
    assert (len(matrix), target.tolist()) == (1500, found.target.tolist() * 3)
    original, copy = found.matrix, matrix[500:1000]
    shift = copy[:, 0].astype(float) - original[:, 0].astype(float)
    assert np.isnan(shift).sum() == 50
    assert np.nanstd(shift) == pytest.approx(0.1 * np.nanstd(found.columns["x"]), rel=0.15)
    np.testing.assert_array_equal(copy[:, 1:], original[:, 1:])
    np.testing.assert_array_equal(matrix[:500, 1:], original[:, 1:])


def test_the_same_seed_gives_the_same_rows_and_the_input_is_not_changed() -> None:
    found, plan = data(), TrainingRows("oversample", copies=1)
    before = found.matrix.copy()
    one, again, other = (resampled(found.matrix, found.target, FEATURES, plan, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.astype(str), again.astype(str))
    assert (one.astype(str) != other.astype(str)).any()
    np.testing.assert_array_equal(found.matrix.astype(str), before.astype(str))


def test_validation_rows_are_neither_repeated_nor_shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    found, modeling = data(), Modeling(folds=4, repeats=1, training_rows=TrainingRows("oversample", copies=1))
    task = FoldTask("logistic_regression", 0, modeling)
    fitted_on: list[int] = []
    original = cross_validation.resampled

    def watched(matrix: Any, target: Any, *rest: Any) -> Any:
        fitted_on.append(len(target))
        return original(matrix, target, *rest)

    monkeypatch.setattr(cross_validation, "resampled", watched)
    result = run_fold(found, task)
    assert isinstance(result, FoldResult), result
    rows, held_out = split_rows(found, task)
    assert fitted_on == [len(rows)]
    np.testing.assert_array_equal(result.rows, held_out)
    assert len(result.predicted) == len(held_out) == 125
    plain = run_fold(
        found, dataclasses.replace(task, modeling=dataclasses.replace(modeling, training_rows=TrainingRows()))
    )
    assert isinstance(plain, FoldResult)
    assert result.predicted.mean() > 2 * plain.predicted.mean()

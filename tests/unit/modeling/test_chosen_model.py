"""The parts of the chosen model, fitted on all rows: some of them several times, by other seeds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from crispstack.artifacts import Feature
from crispstack.modeling.chosen_model import Part, copied, fit_all
from crispstack.modeling.folds import Setting, shape_of
from crispstack.modeling.metrics import metric
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Threads
from crispstack.training_plan import Imputation, TrainingRows

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(120, 2)).astype(np.float32)
DATA = TrainingData(
    (Feature("a", "numeric"), Feature("b", "numeric")),
    {"a": X[:, 0], "b": X[:, 1]},
    X[:, 0] * X[:, 1] + GENERATOR.normal(size=120),
    "regression",
)
TECHNIQUES = tuple(BY_NAME[name] for name in ("lightgbm", "ridge_regression"))
SETTING = Setting(TECHNIQUES, metric("rmse"), shape_of(DATA, None), 3, 1, 1, Imputation(), TrainingRows())
BOOSTED = Part(0, "lightgbm", {"trees": 10, "subsample": 0.5, "min_child_samples": 5}, 0.75)
LINE = Part(1, "ridge_regression", {"alpha": 1.0}, 0.25)


def test_what_is_fitted_in_steps_is_fitted_several_times_and_shares_its_weight() -> None:
    found = [(each.number, each.copy, each.weight) for each in copied([BOOSTED, LINE], SETTING)]
    assert found == [(0, 0, 0.25), (0, 1, 0.25), (0, 2, 0.25), (1, 0, 0.25)]


def test_of_many_rows_the_copies_would_be_alike() -> None:
    many = dataclasses.replace(SETTING, shape=dataclasses.replace(SETTING.shape, rows=5_000))
    assert copied([BOOSTED, LINE], many) == [BOOSTED, LINE]
    classes = dataclasses.replace(SETTING.shape, framing="multiclass", classes=50)
    assert copied([BOOSTED, LINE], dataclasses.replace(SETTING, shape=classes)) == [BOOSTED, LINE]


def test_copies_differ_by_chance_and_answer_with_their_mean() -> None:
    parts = copied([BOOSTED, LINE], SETTING)
    whole = fit_all(parts, None, DATA, SETTING, Threads(2), None)
    assert [member.weight for member in whole.members] == pytest.approx([0.25] * 4)
    *copies, line = [member.model.predict(member.encoding.transform(DATA.columns)) for member in whole.members]
    assert min(np.abs(copies[0] - copies[1]).max(), np.abs(copies[1] - copies[2]).max()) > 1e-3
    assert whole.scores(DATA.columns) == pytest.approx((sum(copies) + line) / 4)
    once = fit_all([BOOSTED, LINE], None, DATA, SETTING, Threads(2), None)
    assert once.scores(DATA.columns) == pytest.approx(0.75 * copies[0] + 0.25 * line)

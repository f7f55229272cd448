"""Where time orders rows, the late ones may weigh more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pytest

from crispstack.artifacts import Feature
from crispstack.modeling import recency
from crispstack.modeling.budget import Budget
from crispstack.modeling.chosen_model import LastFit, fit_part, part_of
from crispstack.modeling.folds import Folds, Setting, shape_of
from crispstack.modeling.metrics import metric
from crispstack.modeling.portfolio import portfolio
from crispstack.modeling.search import Search
from crispstack.modeling.technique import Resources, Rows, Shape
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.workers import Threads
from crispstack.training_plan import Imputation, TrainingRows


class Spy:
    """Keeps the rows it is fitted to."""

    def fit(self, rows: Rows, _: Rows | None, parameters: Any, *__: Any) -> Any:
        self.rows, self.given = rows, dict(parameters)
        return SimpleNamespace(parameters={**parameters, "trees": 7})


def test_the_age_of_a_row_is_the_share_of_the_training_set_that_came_later() -> None:
    found = recency.ages(np.array([3.0, 1.0, 3.0, 2.0]), rows=10)
    assert found is not None
    assert found.tolist() == [0.0, 0.3, 0.0, 0.2]
    assert recency.ages(None, rows=10) is None


def test_weights_halve_with_age_and_keep_their_sum() -> None:
    spy: Any = Spy()
    rows = Rows(np.zeros((3, 1), np.float32), np.zeros(3), np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.1, 0.2]))
    parameters = {"depth": 3, recency.HALF_LIFE: 0.1}
    _, found = recency.fit(spy, rows, None, parameters, Shape("regression", 10, 1), Resources(0))
    assert spy.given == {"depth": 3}
    assert found == {"depth": 3, "trees": 7, recency.HALF_LIFE: 0.1}
    assert spy.rows.weight == pytest.approx(np.array([1.0, 1.0, 0.75]) * 6 / 2.75)
    _, found = recency.fit(spy, rows, None, {"depth": 3}, Shape("regression", 10, 1), Resources(0))
    assert (spy.rows, found) == (rows, {"depth": 3, "trees": 7})


def test_half_lives_are_tried_where_rows_are_ordered_and_enough() -> None:
    ridge = BY_NAME["ridge_regression"]

    def tried(shape: Shape) -> list[Any]:
        return [each.get(recency.HALF_LIFE) for each in portfolio(ridge, shape)]

    assert tried(Shape("regression", 50_000, 3, ordered=True)) == [0.15, 0.05, None]
    assert tried(Shape("regression", 2_000, 3, ordered=True)) == [0.15, None]
    assert tried(Shape("regression", 50_000, 3)) == [None]
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    drawn = [recency.suggest(study.ask(), Shape("regression", 2_000, 3, ordered=True)) for _ in range(50)]
    assert all(0.1 <= each[recency.HALF_LIFE] <= 2.0 for each in drawn)
    assert recency.suggest(study.ask(), Shape("regression", 50_000, 3)) == {}


def test_a_model_of_a_world_that_moves_answers_for_its_latest_rows() -> None:
    rows, generator = 4_000, np.random.default_rng(3)
    time = np.arange(rows, dtype=np.float64)
    column = generator.normal(size=rows).astype(np.float32)
    # What the column means turns round on the way.
    target = np.linspace(-1, 1, rows) * column + 0.1 * generator.normal(size=rows)
    order = generator.permutation(rows)
    data = TrainingData(
        (Feature("x", "numeric"),), {"x": column[order]}, target[order], "regression", (), time=time[order]
    )
    ridge = BY_NAME["ridge_regression"]
    setting = Setting(
        (BY_NAME["constant"], ridge), metric("rmse"), shape_of(data, None), 3, 1, 7, Imputation(), TrainingRows()
    )

    def clock() -> float:
        """Seconds count for nothing here."""
        return 0.0

    found = Search(Folds(data, setting), Budget(60.0, 12, clock, 0.0), 1, lambda _: None).run(Threads(1))
    best = min((each for each in found if len(each.scores) == 3), key=lambda each: each.loss(3))
    assert best.specification.parameters[recency.HALF_LIFE] < 0.2
    member = fit_part(setting, data, LastFit(part_of(best, 1.0)))
    zero, one = member.model.predict(member.encoding.transform({"x": np.array([0.0, 1.0], np.float32)}))
    assert one - zero > 0.7

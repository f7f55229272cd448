"""The search with techniques of its own, whose fits take as long as their clock says."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest

from crispstack.artifacts import Feature
from crispstack.modeling import trial
from crispstack.modeling.budget import Budget, affordable_seconds
from crispstack.modeling.contenders import Contender, complete, deciding_splits, promising
from crispstack.modeling.folds import Folds, Setting, folds_of, shape_of
from crispstack.modeling.held_out import HeldOutRows
from crispstack.modeling.leakage import suspects
from crispstack.modeling.metrics import metric
from crispstack.modeling.portfolio import portfolio
from crispstack.modeling.search import Search
from crispstack.modeling.technique import Resources, Rows, Shape
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.techniques.constant import Constant
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.trial import FoldScore, Specification
from crispstack.modeling.tuning import Tuning
from crispstack.modeling.workers import Threads
from crispstack.training_plan import Imputation, TrainingRows


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


CLOCK = Clock()


@pytest.fixture(autouse=True)
def fits_take_as_long_as_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "time", SimpleNamespace(monotonic=CLOCK, perf_counter=CLOCK))


@dataclass(frozen=True)
class Guess:
    """Answers the first column times a factor: the nearer to 1 the better."""

    factor: float
    parameters: Mapping[str, Any]

    def predict(self, matrix: Any) -> Any:
        return self.factor * matrix[:, 0].astype(np.float64)

    def export(self, nodes: Any, matrix: str) -> str:
        sliced = nodes.add("Gather", [matrix, nodes.constant(np.array([0]))], axis=1)
        return str(nodes.add("Mul", [sliced, nodes.constant(np.array(self.factor, dtype=np.float32))]))


@dataclass(frozen=True)
class Guessing:
    """Each fit takes `seconds` by the clock of the tests."""

    name: str
    factor: float
    seconds: float = 1.0
    family: str = "guesses"
    encoding: Literal["trees"] = "trees"
    stops_early: bool = False

    def unsuited(self, shape: Shape) -> str:
        return ""

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"factor": self.factor}

    def suggest(self, trial: Any, shape: Shape) -> Mapping[str, Any]:
        return {"factor": trial.suggest_float("factor", self.factor - 0.2, self.factor + 0.2)}

    def fit(self, rows: Rows, stop: Rows | None, parameters: Any, shape: Shape, resources: Resources) -> Guess:
        CLOCK.now += self.seconds
        if self.factor < 0:
            raise ValueError("negative")
        return Guess(parameters["factor"], parameters)


def folds(*techniques: Guessing, rows: int = 60) -> Folds:
    CLOCK.now = 0.0
    x = np.random.default_rng(2).normal(0, 1, rows).astype(np.float32)
    data = TrainingData((Feature("x", "numeric"),), {"x": x}, x.astype(np.float64), "regression")
    setting = Setting(
        (Constant(), *techniques), metric("rmse"), shape_of(data, None), 3, 1, 1, Imputation(), TrainingRows()
    )
    return folds_of(data, setting)


def searched(given: Folds, seconds: float, trials: int = 0) -> list[Contender]:
    budget = Budget(seconds, trials, CLOCK, CLOCK())
    return Search(given, budget, 1, lambda _: None).run(Threads(1))


GOOD, POOR, BAD = Guessing("good", 0.8), Guessing("poor", 0.4), Guessing("bad", 0.1)


def test_the_budget_is_used_and_never_exceeded_by_more_than_a_fit() -> None:
    found = searched(folds(GOOD, POOR, BAD), 200)
    assert 0.75 * 200 < CLOCK.now < 0.9 * 200
    assert len(complete(found, 3)) > 10
    assert not any(each.running for each in found)


def test_the_time_goes_to_the_promising_and_tuning_finds_better_than_the_defaults() -> None:
    found = searched(folds(GOOD, POOR, BAD), 200)
    fits = {name: sum(len(each.scores) for each in found if each.technique == name) for name in ("good", "poor", "bad")}
    assert fits["good"] > fits["poor"] > fits["bad"] > 0
    best = complete(found, 3)[0]
    assert best.technique == "good"
    assert best.loss(3) < 0.3 * next(each for each in found if each.technique == "good").loss(3)


def test_trials_are_counted_and_the_same_seed_tries_the_same() -> None:
    one, again = (searched(folds(GOOD, POOR), 1000, trials=12) for _ in range(2))
    assert len(one) == len(again) == 12
    assert [each.specification for each in one] == [each.specification for each in again]


def test_what_is_not_promising_is_tried_on_one_split_only() -> None:
    found = searched(folds(GOOD, POOR), 200)
    assert sum(len(each.scores) == 1 for each in found) > len(found) / 3


def test_a_technique_that_fails_is_not_tuned_and_says_why() -> None:
    found = searched(folds(GOOD, Guessing("broken", -1.0)), 100)
    assert [each.error for each in found if each.technique == "broken"] == ["ValueError: negative"]


def test_a_fit_that_would_overrun_is_not_begun() -> None:
    found = searched(folds(GOOD, Guessing("slow", 0.9, seconds=30.0)), 60)
    assert CLOCK.now < 60
    assert any(each.technique == "good" and len(each.scores) == 3 for each in found)


def test_where_fits_take_long_there_are_fewer_splits_and_the_constant_is_tried_on_as_many() -> None:
    slow = [Guessing(f"slow{number}", 0.5 + 0.1 * number, seconds=10.0) for number in range(4)]
    found = searched(folds(*slow), 160)
    defaults = {each.technique: len(each.scores) for each in found[:5]}
    assert defaults == {"constant": 2, "slow0": 1, "slow1": 2, "slow2": 2, "slow3": 2}
    assert max(len(each.scores) for each in found) == 2
    assert CLOCK.now < 160


@dataclass(frozen=True)
class Counting(Guessing):
    """Remembers how many rows each fit had, and whether any to stop by."""

    fits: list[tuple[int, bool]] = dataclasses.field(default_factory=list, compare=False)

    def fit(self, rows: Rows, stop: Rows | None, parameters: Any, shape: Shape, resources: Resources) -> Guess:
        self.fits.append((len(rows.target), stop is not None))
        return super().fit(rows, stop, parameters, shape, resources)


def test_only_what_stops_early_is_fitted_with_rows_to_stop_by_and_then_again_on_all() -> None:
    one, two = Counting("once", 0.5), Counting("twice", 0.5, stops_early=True)
    searched(folds(one, two, rows=300), 1000, trials=3)
    assert set(one.fits) == {(200, False)}
    assert {(rows < 200, watched) for rows, watched in two.fits} == {(True, True), (False, False)}


def test_of_many_rows_all_techniques_see_few_first_and_the_worse_half_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crispstack.modeling.search.ROUGH_ROWS", 15)
    others = [Guessing(f"other{number}", 0.05 * number) for number in range(8)]
    found = searched(folds(GOOD, *others), 1000, trials=10)
    tried = {each.technique for each in found if each.scores}
    assert {each.technique for each in found if each.rough is not None} == {"good", *(other.name for other in others)}
    assert "good" in tried
    assert "other0" not in tried


def contender(number: int, *losses: float, technique: str = "a") -> Contender:
    scores = {split: FoldScore(np.zeros(1), loss, loss, {}, 0.0, 0.0) for split, loss in enumerate(losses)}
    return Contender(Specification(number, technique, {}), scores)


def test_only_the_best_third_of_those_tried_as_far_goes_on_beside_the_best_of_each_technique() -> None:
    rivals = [contender(number, float(number)) for number in range(9)]
    assert [promising(each, rivals) for each in rivals] == [True] * 3 + [False] * 6
    other = contender(9, 99.0, technique="b")
    assert promising(other, [*rivals, other])


def test_a_better_technique_that_came_only_half_way_decides_how_many_splits_count() -> None:
    leader, behind = contender(0, 1.0, 1.0, 1.0, 1.0), contender(1, 2.0, 2.0, technique="b")
    assert deciding_splits([leader, behind]) == 4
    assert deciding_splits([leader, contender(2, 0.5, 0.5, technique="c"), behind]) == 2
    assert deciding_splits([leader, contender(2, 0.5, technique="c")]) == 4
    assert deciding_splits([]) == 0


def test_a_gain_is_judged_on_the_same_rows() -> None:
    generator = np.random.default_rng(1)
    target = generator.normal(0, 10, 400)
    rows = HeldOutRows(np.arange(400), np.arange(400) % 2, target, None)
    little, none = 0.05 * target, generator.normal(0, 0.5, 400)
    rmse, constant = metric("rmse"), np.zeros(400)
    assert rows.interval(rmse, little, 0.95, 1)[1] > rmse.loss(target, constant)
    low, high = rows.gain_interval(rmse, little, constant, 0.95, 1)
    assert 0 < low < rmse.loss(target, constant) - rmse.loss(target, little) < high
    low, high = rows.gain_interval(rmse, none, constant, 0.95, 1)
    assert low < 0 < high or high < 0


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_tried_before_parameters_are_drawn_differs_from_the_defaults_in_what_they_have(name: str) -> None:
    technique = BY_NAME[name]
    shape = Shape("regression" if name == "ridge_regression" else "binary", 5000, 10, 2, 900)
    defaults, known = dict(technique.defaults(shape)), portfolio(technique, shape)
    assert all(set(each) == set(defaults) for each in known)
    assert all(each != other for each, other in itertools.combinations([defaults, *known], 2))
    tuning = Tuning(shape, 1)
    tuning.note(name, defaults)
    assert [tuning.draw(technique, number) for number in range(len(known))] == known


def test_a_quicker_technique_has_more_turns_in_the_same_time() -> None:
    tuning = Tuning(shape_of(folds(GOOD).data, None), 1)
    turns = Counter(tuning.turn({"slow": 8.0, "quick": 1.0}) for _ in range(20))
    assert turns["quick"] > turns["slow"] > 0


def test_a_technique_without_other_parameters_is_exhausted() -> None:
    class Fixed(Guessing):
        def suggest(self, trial: Any, shape: Shape) -> Mapping[str, Any]:
            return {"factor": trial.suggest_categorical("factor", [0.5])}

    tuning, fixed = Tuning(shape_of(folds(GOOD).data, None), 1), Fixed("fixed", 0.5)
    assert tuning.draw(fixed, 1) == {"factor": 0.5}
    assert tuning.draw(fixed, 2) is None
    assert tuning.turn({"fixed": 1.0}) is None


def test_workers_give_each_outcome_before_they_draw_the_next_task_and_an_error_costs_its_task_only() -> None:
    seen: list[str] = []

    def tasks() -> Any:
        for task in (1, 0, 2):
            seen.append(f"drawn {task}")
            yield task

    for outcome in Threads(1).run(lambda data, task: data / task, 6, tasks()):
        seen.append(str(outcome.result or outcome.error))
    assert seen == ["drawn 1", "6.0", "drawn 0", "ZeroDivisionError: division by zero", "drawn 2", "3.0"]


def test_dollars_buy_seconds() -> None:
    assert affordable_seconds(600, 0.5, 6.0) == 300
    assert affordable_seconds(600, 0.0, 6.0) == affordable_seconds(600, 5.0, 6.0) == 600


def test_copies_of_the_target_are_suspects_and_good_features_are_not() -> None:
    generator = np.random.default_rng(1)
    target = (generator.random(600) < 0.2).astype(float)
    texts = np.where(target == 1, "closed", "open").astype(object)
    columns = {
        "copy": (5 - 3 * target).astype(np.float32),
        "text": texts,
        "good": (target + generator.normal(0, 0.5, 600)).astype(np.float32),
        "number": np.arange(600).astype(str).astype(object),
        "nothing": np.full(600, np.nan, dtype=np.float32),
    }
    data = TrainingData((), columns, target)
    assert set(suspects(data, 1)) == {"copy", "text"}
    amount = generator.lognormal(3, 1, 600)
    numbers = {
        "cents": (100 * amount).astype(np.float32),
        "near": (amount * generator.uniform(0.5, 2, 600)).astype(np.float32),
    }
    assert set(suspects(TrainingData((), numbers, amount, "regression"), 1)) == {"cents"}

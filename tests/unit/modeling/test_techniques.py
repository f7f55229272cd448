"""Every technique learns, in every framing, and its graph answers like it on rows that no training row is like."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import optuna
import pytest
from numpy.typing import NDArray
from sklearn.metrics import log_loss, mean_squared_error

from crispstack.modeling.technique import Framing, Resources, Rows, Shape, Technique
from crispstack.modeling.techniques import BY_NAME
from crispstack.modeling.techniques.tree_model import most_steps
from tests.unit.modeling.graphs import run

OWN = [technique for name, technique in BY_NAME.items() if name != "neural_network"]
FRAMINGS: tuple[Framing, ...] = ("binary", "multiclass", "regression")
STEPS = {"lightgbm": 25, "xgboost": 25, "histogram_boosting": 25, "extra_trees": 20, "random_forest": 20}
ROWS, WIDTH = 240, 5


def matrix(rows: int = ROWS, gaps: bool = True, seed: int = 1) -> NDArray[np.float32]:
    """Two columns of whole numbers, an indicator and two that are continuous; some numbers missing."""
    generator = np.random.default_rng(seed)
    found = generator.normal(0, 1, (rows, WIDTH))
    found[:, 0], found[:, 1] = np.round(2 * found[:, 0]), np.round(found[:, 1])
    found[:, 2] = found[:, 2] > 0
    if gaps:
        found[generator.random((rows, WIDTH)) < 0.1] = np.nan
    return found.astype(np.float32)


def odd(rows: NDArray[np.float32], gaps: bool) -> NDArray[np.float32]:
    """Rows whose numbers are those of training, just beside them, or as far away as they can be."""
    generator = np.random.default_rng(5)
    drawn = generator.choice(rows, 300)
    beside = np.nextafter(drawn, np.where(generator.random(drawn.shape) < 0.5, np.inf, -np.inf).astype(np.float32))
    drawn = np.where(generator.random(drawn.shape) < 0.3, beside, drawn)
    if not gaps:
        return np.clip(drawn, -10, 10).astype(np.float32)
    far = np.array([np.nan, 0.0, -0.0, 1e-45, -1e-40, 1e-35, 3.4028235e38, -3.4028235e38, 1e6], dtype=np.float32)
    return np.where(generator.random(drawn.shape) < 0.2, generator.choice(far, drawn.shape), drawn).astype(np.float32)


def goal(rows: NDArray[np.float32], framing: Framing) -> NDArray[np.float64]:
    number = np.nan_to_num(rows).astype(np.float64) @ np.array([1.0, 0.5, 2.0, -1.0, 0.0])
    if framing == "regression":
        return 1e4 * number + 1e6
    return np.digitize(number, np.quantile(number, [0.6] if framing == "binary" else [0.3, 0.6])).astype(np.float64)


def shape(framing: Framing, rows: int = ROWS, **others: Any) -> Shape:
    return Shape(framing, rows, WIDTH, {"binary": 2, "multiclass": 3, "regression": 0}[framing], 60, **others)


def parameters(technique: Technique, of: Shape) -> dict[str, Any]:
    found = dict(technique.defaults(of))
    return found | ({"trees": STEPS[technique.name]} if technique.name in STEPS else {})


def loss(actual: NDArray[np.float64], scores: NDArray[np.float64], framing: Framing) -> float:
    if framing == "regression":
        return float(mean_squared_error(actual, scores))
    return float(log_loss(actual, scores, labels=np.unique(actual)))


def agree(model: Any, rows: NDArray[np.float32], framing: Framing) -> None:
    expected = model.predict(rows)
    made = run({"x": rows}, lambda nodes, inputs: model.export(nodes, inputs["x"]))
    assert made.shape == ((len(rows), 3) if framing == "multiclass" else (len(rows), 1))
    unit = 1e6 if framing == "regression" else 1.0
    np.testing.assert_allclose(made.reshape(expected.shape) / unit, expected / unit, rtol=0, atol=2e-7)
    if framing == "multiclass":
        np.testing.assert_allclose(expected.sum(axis=1), 1.0)


CASES = [(technique, framing) for technique in OWN for framing in FRAMINGS if not technique.unsuited(shape(framing))]


@pytest.mark.parametrize(("technique", "framing"), CASES, ids=lambda each: getattr(each, "name", each))
def test_it_learns_and_its_graph_answers_alike(technique: Technique, framing: Framing) -> None:
    gaps = technique.encoding == "trees"
    rows, of = matrix(gaps=gaps), shape(framing)
    actual = goal(rows, framing)
    model = technique.fit(Rows(rows, actual), None, parameters(technique, of), of, Resources(1))
    constant = BY_NAME["constant"].fit(Rows(rows, actual), None, {}, of, Resources(1))
    fresh = matrix(150, gaps, seed=2)
    told = goal(np.vstack([rows, fresh]), framing)[ROWS:]
    if technique.name != "constant":
        assert loss(told, model.predict(fresh), framing) < 0.8 * loss(told, constant.predict(fresh), framing)
    for each in (rows, fresh, odd(rows, gaps)):
        agree(model, each, framing)


@pytest.mark.parametrize(
    "technique", [each for each in OWN if not each.unsuited(shape("binary"))], ids=lambda t: t.name
)
def test_rows_without_weight_are_as_if_they_were_not_there(technique: Technique) -> None:
    rows = matrix(gaps=False)
    actual = goal(rows, "binary")
    lies = np.vstack([rows, rows])
    weight = np.repeat([1.0, 0.0], ROWS)
    of = shape("binary")
    doubled = Rows(lies, np.append(actual, 1 - actual), weight)
    model = technique.fit(doubled, None, parameters(technique, of), of, Resources(1))
    alone = technique.fit(Rows(rows, actual), None, parameters(technique, of), of, Resources(1))
    assert loss(actual, model.predict(rows), "binary") < 1.3 * loss(actual, alone.predict(rows), "binary") + 0.05


@pytest.mark.parametrize("technique", [t for t, framing in CASES if framing == "multiclass"], ids=lambda t: t.name)
def test_a_class_that_is_not_among_the_rows_gets_next_to_no_probability(technique: Technique) -> None:
    rows = matrix(gaps=False)
    actual = np.where(goal(rows, "binary") == 1, 2.0, 0.0)
    of = shape("multiclass")
    if technique.name == "support_vectors":
        of = Shape("multiclass", ROWS, WIDTH, 3, 0)
        assert "at least 3 rows of every class" in technique.unsuited(of)
        return
    model = technique.fit(Rows(rows, actual), None, parameters(technique, of), of, Resources(1))
    scores = model.predict(rows)
    assert scores.shape == (ROWS, 3)
    assert scores[:, 1].max() < 0.05
    agree(model, rows, "multiclass")


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "histogram_boosting"])
@pytest.mark.parametrize("framing", FRAMINGS)
def test_boosting_stops_when_the_rows_to_stop_by_no_longer_gain(name: str, framing: Framing) -> None:
    technique, rows, of = BY_NAME[name], matrix(), shape(framing)
    noise = np.random.default_rng(3).permutation(goal(rows, framing))
    own, stop = Rows(rows[:180], noise[:180]), Rows(rows[180:], noise[180:])
    given = dict(technique.defaults(of)) | {"learning_rate": 0.3}
    model = technique.fit(own, stop, given, of, Resources(1))
    assert 1 <= model.parameters["trees"] < 30
    agree(model, rows, framing)
    again = technique.fit(own, None, model.parameters, of, Resources(1))
    np.testing.assert_allclose(again.predict(rows), model.predict(rows), rtol=1e-6)


@pytest.mark.parametrize("stopped", [False, True], ids=["alone", "with rows to stop by"])
@pytest.mark.parametrize("name", [*STEPS, "logistic_regression"])
def test_a_fit_in_steps_ends_when_time_is_over_with_what_it_has(name: str, stopped: bool) -> None:
    technique, rows, of = BY_NAME[name], matrix(gaps=False), shape("binary")
    late = Resources(1, deadline=time.monotonic() - 1.0)
    given = Rows(rows, goal(rows, "binary"))
    model = technique.fit(given, given if stopped else None, technique.defaults(of), of, late)
    assert model.parameters.get("trees", 1) <= 25
    assert np.isfinite(model.predict(rows)).all()


@pytest.mark.parametrize("name", ["constant", "lightgbm", "xgboost", "histogram_boosting"])
def test_a_quantile_is_predicted_where_money_asks_for_it(name: str) -> None:
    technique, rows = BY_NAME[name], matrix()
    of = shape("regression", quantile=0.9)
    actual = np.random.default_rng(3).normal(1e6, 1e4, ROWS)
    model = technique.fit(Rows(rows, actual), None, {**technique.defaults(of), "trees": 40}, of, Resources(1))
    assert 0.8 < float(np.mean(actual <= model.predict(rows))) < 0.98
    agree(model, rows, "regression")


@pytest.mark.parametrize("technique", OWN, ids=lambda t: t.name)
def test_what_is_suggested_can_be_fitted(technique: Technique) -> None:
    framing: Framing = "regression" if technique.unsuited(shape("binary")) else "binary"
    of, rows = shape(framing), matrix(gaps=technique.encoding == "trees")
    trial = optuna.trial.create_trial(params={}, distributions={}, value=0.0)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    trial = study.ask()
    given = dict(technique.suggest(trial, of))
    assert set(given) == set(technique.defaults(of))
    given |= {"trees": 20} if technique.name in STEPS else {}
    model = technique.fit(Rows(rows, goal(rows, framing)), None, given, of, Resources(1))
    assert np.isfinite(model.predict(rows)).all()


def test_a_forest_answers_extreme_numbers_whose_sum_is_none() -> None:
    technique, rows, of = BY_NAME["random_forest"], matrix(), shape("binary")
    model = technique.fit(
        Rows(rows, goal(rows, "binary")), None, {**technique.defaults(of), "trees": 2}, of, Resources(1)
    )
    largest = np.full((200, WIDTH), np.finfo(np.float32).max)
    scores = model.predict(np.vstack([largest, -largest]).astype(np.float32))
    assert np.isfinite(scores).all()


def test_what_is_not_tried_says_why() -> None:
    large, wide = Shape("binary", 100_000, 10, 2, 500), Shape("binary", 2_000, 5_000, 2, 500)
    for name in ("nearest_neighbors", "support_vectors"):
        assert "here 100,000 rows of 10 columns" in BY_NAME[name].unsuited(large)
        assert "5,000 columns" in BY_NAME[name].unsuited(wide)
    for name in ("lightgbm", "xgboost", "histogram_boosting"):
        assert "at least 20 rows" in BY_NAME[name].unsuited(Shape("binary", 12, 3, 2, 5))
    assert BY_NAME["ridge_regression"].unsuited(large) == "it predicts numbers, not classes"
    for name in ("logistic_regression", "naive_bayes"):
        assert BY_NAME[name].unsuited(shape("regression")) == "it predicts classes, not numbers"


def test_a_rare_class_does_not_make_boosting_diverge() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(0, 1, (3_000, WIDTH)).astype(np.float32)
    actual = (np.arange(3_000) % 500 == 0).astype(np.float64)
    of = Shape("binary", 2_000, WIDTH, 2, 4)
    for name in ("lightgbm", "xgboost"):
        given = {**BY_NAME[name].defaults(of), "trees": 100}
        model = BY_NAME[name].fit(Rows(rows[:2_000], actual[:2_000]), None, given, of, Resources(1))
        assert loss(actual[2_000:], model.predict(rows[2_000:]), "binary") < 0.03, name


def test_boosting_of_many_classes_takes_fewer_steps_for_each_takes_a_tree_of_every_class() -> None:
    assert most_steps(Shape("binary", 1_000, WIDTH)) == most_steps(Shape("regression", 1_000, WIDTH)) == 2_000
    assert most_steps(Shape("multiclass", 1_000, WIDTH, 2)) == 2_000
    assert most_steps(Shape("multiclass", 1_000, WIDTH, 10)) == 500

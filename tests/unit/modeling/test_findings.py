from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression

from crispstack.artifacts import Feature, ModelFindings, Residuals, SliceSearch
from crispstack.modeling.findings import explanation
from crispstack.modeling.findings.findings import Chosen, findings
from crispstack.modeling.findings.held_out import HeldOut
from crispstack.modeling.findings.next_steps import next_steps
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.metrics import metric
from crispstack.modeling.technique import Framing
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import Split
from tests.unit.modeling.finding_cases import Clock, cases, numbers

ROWS = 360
SPLITS = tuple(
    Split(np.flatnonzero(np.arange(ROWS) % 3 != k), np.flatnonzero(np.arange(ROWS) % 3 == k)) for k in (0, 1)
)
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def matrix(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    numbers = [v if v.dtype != object else v == "b" for v in columns.values()]
    return np.nan_to_num(np.column_stack(numbers).astype(np.float64))


def data_of(framing: Framing) -> TrainingData:
    generator = np.random.default_rng(4)
    columns = numbers(ROWS, 4)
    columns["kind"] = generator.choice(np.array(["a", "b", "__missing__"], dtype=object), ROWS)
    columns["secret"] = np.array([f"person {at}" for at in range(ROWS)], dtype=object)
    signal = 2 * columns["x0"] - columns["x1"] + 2 * (columns["kind"] == "b") + generator.normal(size=ROWS)
    if framing == "regression":
        return cases(columns, signal, framing=framing)
    if framing == "binary":
        return cases(columns, signal > 1)
    return cases(columns, np.digitize(signal, [-1, 2]), framing=framing, classes=("low", "middle", "high"))


def chosen(data: TrainingData) -> Chosen:
    def fit(rows: NDArray[np.int64]) -> Any:
        model = (LinearRegression() if data.framing == "regression" else LogisticRegression()).fit(
            matrix(data.columns)[rows], data.target[rows]
        )
        if data.framing == "regression":
            return lambda columns: model.predict(matrix(columns))
        if data.framing == "binary":
            return lambda columns: model.predict_proba(matrix(columns))[:, 1]
        return lambda columns: model.predict_proba(matrix(columns))

    decide = {
        "binary": lambda scores: (scores >= 0.5).astype(np.int64),
        "multiclass": lambda scores: scores.argmax(axis=1),
        "regression": None,
    }
    return Chosen("linear", fit(np.arange(ROWS)), fit, decide[data.framing], "by its score")


def found_in(data: TrainingData, limit: TimeLimit | None = None, **rest: Any) -> ModelFindings:
    limit = limit or TimeLimit(Clock(), math.inf)
    return findings(data, chosen(data), SPLITS, metric(METRICS[data.framing]), {"secret"}, 7, limit, **rest)


@pytest.fixture(scope="module", autouse=True)
def _less_work() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "EVALUATIONS", 20_000)
        patch.setattr(explanation, "ROUNDS", 20)
        yield


@pytest.fixture(scope="module", params=["binary", "multiclass", "regression"])
def both(request: pytest.FixtureRequest) -> tuple[TrainingData, ModelFindings]:
    data = data_of(request.param)
    return data, found_in(data)


def test_everything_is_found_for_every_framing(both: tuple[TrainingData, ModelFindings]) -> None:
    data, found = both
    assert found.omitted == ()
    assert found.held_out_rows == 240
    assert found.gap is not None
    assert found.gap.verdict == "balanced"
    assert found.importances[0].feature == "x0"
    assert {each.feature for each in found.importances} == set(data.columns)
    assert found.explanation is not None
    assert found.explanation.contributions[0].features == ("x0",)
    assert found.explanation.rounds == 0
    assert 2**6 * found.explanation.rows * found.explanation.background <= 20_000
    assert found.dependences[0].feature == "x0"
    assert found.worst_rows
    assert found.slices.looked_at > 10
    assert (found.residuals is None) == (data.framing != "regression")
    assert (found.confusion is None) == (data.framing == "regression")
    assert ModelFindings.from_json(found.to_json()) == found


def test_the_same_seed_finds_the_same(both: tuple[TrainingData, ModelFindings]) -> None:
    data, found = both
    assert found_in(data) == found


def test_withheld_values_are_nowhere(both: tuple[TrainingData, ModelFindings]) -> None:
    _, found = both
    assert "person" not in found.to_json()
    assert "secret" in found.to_json()  # the name is told, and what it is worth
    assert {"secret"} & {each.feature for each in found.dependences} == set()


def test_free_text_is_told_of_by_its_name_alone() -> None:
    data = data_of("binary")
    features = tuple(
        Feature(each.name, "text") if each.name == "secret" else each for each in data.features
    )  # fmt: skip
    found = findings(dataclasses.replace(data, features=features), chosen(data), SPLITS, metric("roc_auc"), (), 7,
                     TimeLimit(Clock(), math.inf))  # fmt: skip
    assert "person" not in found.to_json()
    assert found.omitted == ()


def test_values_and_contributions_of_several_classes_name_their_outputs() -> None:
    found = found_in(data_of("multiclass"))
    assert found.explanation is not None
    assert found.explanation.outputs == ("low", "middle", "high")
    assert {len(each.mean_absolute) for each in found.explanation.contributions} == {3}
    assert sum(found.explanation.base) == pytest.approx(1, abs=1e-5)
    assert found.dependences[0].outputs == ("low", "middle", "high")
    high = [point.mean[2] for point in found.dependences[0].points]
    assert high == sorted(high)


def test_predictions_of_the_search_are_taken_where_there_are_some() -> None:
    data = data_of("binary")
    found = found_in(data, predicted=HeldOut(np.arange(50), np.where(data.target[:50] == 1, 0.0, 1.0)))
    assert found.held_out_rows == 50
    assert found.confusion is not None
    assert sum(each.right for each in found.confusion.classes) == 0


def test_with_no_time_one_fit_is_made_and_what_is_missing_is_said() -> None:
    found = found_in(data_of("binary"), TimeLimit(Clock(step=1), 0))
    assert found.learning_curve is not None
    assert len(found.learning_curve.points) == 1
    assert len(found.importances) == 6
    assert {each.draws for each in found.importances} == {1}
    assert len(found.dependences) == 1
    assert len([said for said in found.omitted if said.startswith("partial dependence on")]) == 4
    assert found.worst_rows
    assert found.seconds < 100


def test_every_part_has_the_least_of_time_even_if_none_is_left() -> None:
    assert TimeLimit(Clock(now=50), 40, least=3).part(0.5).until == 53
    assert TimeLimit(Clock(now=50), 80, least=3).part(0.5).until == 65
    found = found_in(data_of("binary"), TimeLimit(Clock(step=1), 0, least=60))
    assert len(found.importances) == 6
    assert len(found.dependences) == 5


def test_what_fails_costs_itself_only_and_is_said() -> None:
    data = data_of("binary")

    def broken(_: NDArray[np.int64]) -> Any:
        raise RuntimeError("out of memory")

    model = dataclasses.replace(chosen(data), fit=broken)
    found = findings(data, model, SPLITS, metric("roc_auc"), (), 7, TimeLimit(Clock(), math.inf))
    assert "learning curve: RuntimeError: out of memory" in found.omitted
    assert (found.learning_curve, found.gap, found.importances, found.worst_rows) == (None, None, (), ())
    assert found.explanation is not None
    assert len(found.dependences) == 6


def test_of_many_features_the_less_important_are_explained_together() -> None:
    columns = numbers(ROWS, 30)
    data = cases(columns, 3 * columns["x7"] + columns["x2"], framing="regression")
    found = found_in(data)
    assert found.explanation is not None
    assert found.explanation.rounds == 20
    assert [each.features for each in found.explanation.contributions][:2] == [("x7",), ("x2",)]
    assert max(len(each.features) for each in found.explanation.contributions) == 10
    first = found.explanation.contributions[0]
    assert len(first.values) == len(first.places) == found.explanation.rows
    pairs = sorted((place, value) for place, value in zip(first.places, first.values, strict=True) if place is not None)
    assert [value for _, value in pairs] == sorted(value for _, value in pairs)
    assert pairs[0][0] < 0.05
    assert pairs[-1][0] > 0.95


def test_next_steps_follow_from_the_findings_with_their_figures() -> None:
    generator = np.random.default_rng(4)
    columns = numbers(ROWS, 60)
    data = cases(columns, columns["x0"] + 2 * generator.normal(size=ROWS), framing="regression")
    found = found_in(data)
    assert found.gap is not None
    assert found.gap.verdict in ("overfits", "no_skill")
    said = [f"{each.step} {each.reason}" for each in found.next_steps]
    assert any(re.search(r"regularization|other data", each) for each in said)
    assert all(re.search(r"\d", each.reason) for each in found.next_steps)
    assert any("without the features that change nothing" in each for each in said)


@pytest.mark.parametrize(("name", "said"), [("rmse", True), ("pinball", False)])
def test_predictions_that_are_not_meant_to_be_right_on_average_are_not_blamed_for_it(name: str, said: bool) -> None:
    residuals = Residuals(100, -43.0, 62.0, 74.0, 0.1, {}, None, ())
    bare = ModelFindings(name, False, "ridge", 0, 1.0, None, None, (), (), SliceSearch("loss", 0, 0, 0, ()), ())
    found = next_steps(dataclasses.replace(bare, residuals=residuals))
    assert any("too high on average" in each.step for each in found) == said


def test_a_feature_that_carries_the_model_and_a_slice_that_is_worse_are_named() -> None:
    generator = np.random.default_rng(4)
    columns = numbers(ROWS, 2)
    columns["kind"] = np.array(["a", "b", "c"], dtype=object)[np.arange(ROWS) % 3]
    noise = generator.normal(size=ROWS) * np.where(columns["kind"] == "c", 3, 0.3)
    data = cases(columns, 5 * columns["x0"] + noise, framing="regression")
    splits = tuple(
        Split(np.flatnonzero(np.arange(ROWS) % 7 != k), np.flatnonzero(np.arange(ROWS) % 7 == k)) for k in range(5)
    )
    found = findings(data, chosen(data), splits, metric("rmse"), (), 7, TimeLimit(Clock(), math.inf))
    steps = [each.step for each in found.next_steps]
    assert any("Make sure that x0 is known before the outcome" in each for each in steps)
    assert any("Look into kind = c" in each for each in steps)

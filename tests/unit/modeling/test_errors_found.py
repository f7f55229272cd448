from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, r2_score

from crispstack.modeling.findings import slices
from crispstack.modeling.findings.confusion import confusion
from crispstack.modeling.findings.held_out import HeldOut, held_out
from crispstack.modeling.findings.residuals import residuals
from crispstack.modeling.findings.slices import worst_slices
from crispstack.modeling.findings.worst_rows import worst_rows
from crispstack.modeling.training_data import TrainingData
from tests.unit.modeling.finding_cases import cases, numbers


def test_a_row_that_several_models_had_not_seen_has_their_mean_score() -> None:
    found = held_out(np.array([5, 2, 5, 9]), np.array([0.2, 0.5, 0.4, 1.0]))
    np.testing.assert_array_equal(found.rows, [2, 5, 9])
    np.testing.assert_allclose(found.scores, [0.5, 0.3, 1.0])
    classes = held_out(np.array([1, 1]), np.array([[0.2, 0.8], [0.4, 0.6]]))
    np.testing.assert_allclose(classes.scores, [[0.3, 0.7]])


def test_losses_are_squared_errors_of_probabilities_and_absolute_errors_of_numbers() -> None:
    columns = {"x": np.zeros(3, dtype=np.float32)}
    binary = cases(columns, [0, 1, 1])
    np.testing.assert_allclose(HeldOut(np.arange(3), np.array([0.5, 0.9, 0.0])).losses(binary), [0.25, 0.01, 1])
    number = cases(columns, [1, 2, 3], framing="regression")
    np.testing.assert_allclose(HeldOut(np.arange(3), np.array([3.0, 2, 0])).losses(number), [2, 0, 3])
    three = cases(columns, [0, 2, 1], framing="multiclass", classes=("a", "b", "c"))
    scores = np.array([[1, 0, 0], [0.5, 0.5, 0], [0, 0.8, 0.2]])
    np.testing.assert_allclose(HeldOut(np.arange(3), scores).losses(three), [0, 1.5, 0.08])


def test_the_worst_rows_come_first_with_the_values_that_may_be_told() -> None:
    columns = {
        "age": np.array([30, np.nan, 50], dtype=np.float32),
        "job": np.array(["clerk", "__missing__", "judge"], dtype=object),
    }
    data = cases(columns, [1, 0, 1])
    first, second = worst_rows(data, HeldOut(np.array([0, 1, 2]), np.array([0.9, 0.7, 0.2])), ["job", "age"], 2)
    assert (first.row, first.actual, first.predicted) == (2, "positive", "positive with 20.0%")
    assert first.values == {"job": "judge", "age": "50"}
    assert (second.row, second.actual, second.loss) == (1, "not positive", pytest.approx(0.49))
    assert second.values == {"job": "(missing)", "age": "(missing)"}
    classes = cases(columns, [1, 0, 1], framing="multiclass", classes=("low", "high"))
    (worst,) = worst_rows(classes, HeldOut(np.arange(3), np.array([[0.1, 0.9], [0.6, 0.4], [0.75, 0.25]])), [], 1)
    assert (worst.actual, worst.predicted) == ("high", "low (75.0%)")


def planted() -> tuple[TrainingData, HeldOut]:
    """Noise everywhere, much more of it where the color is red and the size is above its median."""
    generator = np.random.default_rng(3)
    columns = numbers(2000, 3)
    columns["color"] = generator.choice(np.array(["red", "blue", "green"], dtype=object), 2000)
    bad = (columns["color"] == "red") & (columns["x0"] > np.median(columns["x0"]))
    target = generator.normal(size=2000) * np.where(bad, 4, 1)
    return cases(columns, target, framing="regression"), HeldOut(np.arange(2000), np.zeros(2000))


def test_the_planted_slice_is_found_and_its_figures_are_those_of_scipy() -> None:
    data, found = planted()
    search = worst_slices(data, found, list(data.columns))
    worst = search.slices[0]
    assert {(each.feature, each.value[:4]) for each in worst.conditions} == {("x0", "over"), ("color", "red")}
    losses = np.abs(data.target)
    edges = np.quantile(data.columns["x0"].astype(float), [0.25, 0.5, 0.75], method="nearest")
    part = np.searchsorted(edges, data.columns["x0"].astype(float))
    upper = 2 if "up to" in next(each.value for each in worst.conditions if each.feature == "x0") else 3
    mask = (data.columns["color"] == "red") & (part == upper)
    assert worst.rows == mask.sum()
    assert worst.loss == pytest.approx(losses[mask].mean())
    assert worst.loss_elsewhere == pytest.approx(losses[~mask].mean())
    p = scipy.stats.ttest_ind(losses[mask], losses[~mask], equal_var=False, alternative="greater").pvalue
    assert worst.p_value < 1e-6
    assert p < 1e-6
    width = scipy.stats.norm.ppf(1 - 0.025 / search.looked_at)
    error = np.sqrt(losses[mask].var(ddof=1) / mask.sum() + losses[~mask].var(ddof=1) / (~mask).sum())
    assert worst.low == pytest.approx(worst.loss - worst.loss_elsewhere - width * error, rel=1e-6)
    assert worst.actual == pytest.approx(data.target[mask].mean())
    assert worst.predicted == 0


def test_every_slice_of_enough_rows_is_counted() -> None:
    data, found = planted()
    search = worst_slices(data, found, list(data.columns))
    parts = {name: (["a", "b", "c", "d"] if name != "color" else ["red", "blue", "green"]) for name in data.columns}
    pairs = sum(len(parts[a]) * len(parts[b]) for a, b in itertools.combinations(parts, 2))
    assert search.looked_at == 15 + pairs
    assert search.smallest == 30


def test_without_a_bad_slice_chance_is_not_taken_for_one() -> None:
    generator = np.random.default_rng(5)
    columns = numbers(1500, 6)
    significant = 0
    for _ in range(10):
        data = cases(columns, generator.normal(size=1500), framing="regression")
        search = worst_slices(data, HeldOut(np.arange(1500), np.zeros(1500)), list(columns))
        assert search.looked_at > 200
        assert len(search.slices) <= slices.MOST_BY_CHANCE
        significant += search.significant > 0
    assert significant <= 2


def test_holms_correction_agrees_with_its_definition() -> None:
    p = [0.01, 0.04, 0.03, 0.005]
    assert slices._holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_weights_count_in_the_slices() -> None:
    columns = {"half": np.repeat(np.array(["a", "b"], dtype=object), 100)}
    target = np.tile([0.0, 4.0], 100)
    weight = np.where((target == 4) & (columns["half"] == "a"), 3.0, 1.0)
    data = cases(columns, target, framing="regression", weight=weight)
    (worst,) = worst_slices(data, HeldOut(np.arange(200), np.zeros(200)), ["half"]).slices
    assert worst.conditions[0].value == "a"
    assert (worst.loss, worst.loss_elsewhere) == (pytest.approx(3.0), pytest.approx(2.0))


def test_confusion_agrees_with_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    actual, decided = generator.integers(0, 3, 200), generator.integers(0, 3, 200)
    found = confusion(actual, decided, ("a", "b", "c"), "the largest")
    np.testing.assert_array_equal(found.counts, confusion_matrix(actual, decided))
    precision, recall, _, support = precision_recall_fscore_support(actual, decided)
    for at, each in enumerate(found.classes):
        assert (each.precision, each.recall) == (pytest.approx(precision[at]), pytest.approx(recall[at]))
        assert each.actual == support[at]


def test_a_class_that_was_never_there_or_never_decided_for_has_no_share() -> None:
    never_there, never_decided = confusion(np.array([1, 1]), np.array([0, 0]), ("a", "b"), "").classes
    assert (never_there.recall, never_there.precision) == (None, 0.0)
    assert (never_decided.recall, never_decided.precision) == (0.0, None)


def test_of_many_classes_the_rare_ones_are_put_together() -> None:
    actual = np.repeat(np.arange(30), np.arange(30, 0, -1))
    found = confusion(actual, actual, tuple(f"c{at}" for at in range(30)), "")
    assert [each.name for each in found.classes[-2:]] == ["c18", "11 others"]
    assert sum(sum(row) for row in found.counts) == len(actual)
    assert found.classes[-1].right == sum(range(1, 12))


def test_residuals_are_described_and_widening_ones_seen() -> None:
    generator = np.random.default_rng(2)
    predicted = generator.uniform(1, 10, 900)
    actual = predicted + 0.5 + predicted * generator.normal(size=900)
    found = residuals(actual, predicted)
    missed = actual - predicted
    assert found.mean == pytest.approx(missed.mean())
    assert found.root_mean_square == pytest.approx(np.sqrt((missed**2).mean()))
    assert found.r_squared == pytest.approx(r2_score(actual, predicted))
    assert found.quantiles["0.9"] == pytest.approx(np.quantile(missed, 0.9))
    thirds = np.array_split(missed[np.argsort(predicted)], 3)
    assert found.spread_ratio == pytest.approx(thirds[2].std() / thirds[0].std())
    assert found.spread_ratio > 2
    assert [each.rows for each in found.bins] == [90] * 10
    assert [each.predicted for each in found.bins] == sorted(each.predicted for each in found.bins)
    assert residuals(np.ones(5), np.ones(5)).r_squared is None

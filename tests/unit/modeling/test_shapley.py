from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from crispstack.modeling.findings import shapley
from crispstack.modeling.findings.time_limit import TimeLimit
from tests.unit.modeling.finding_cases import Clock, numbers

FOREVER = TimeLimit(Clock(), math.inf)
Columns = Mapping[str, NDArray[Any]]


def singles(columns: Columns) -> list[tuple[str, ...]]:
    return [(name,) for name in columns]


def linear(columns: Columns) -> NDArray[np.float64]:
    weights = np.arange(1, len(columns) + 1)
    return 0.5 + sum(w * v.astype(np.float64) for w, v in zip(weights, columns.values(), strict=True))


def tangled(columns: Columns) -> NDArray[np.float64]:
    """Products, a threshold and a category: everything that makes coalitions matter."""
    x0, x1, x2 = (columns[name].astype(np.float64) for name in ("x0", "x1", "x2"))
    color = np.array([len(str(value)) for value in columns["color"]])
    return x0 * x1 + np.where(x2 > 0, color, x0) + 0.1 * color * x1


def mixed(rows: int, seed: int) -> dict[str, NDArray[Any]]:
    columns = numbers(rows, 3, seed)
    columns["color"] = np.random.default_rng(seed).choice(np.array(["red", "blue", "yellow"], dtype=object), rows)
    return columns


def by_all_orders(score: Any, rows: Columns, background: Columns) -> NDArray[np.float64]:
    """Shapley's definition, one row, one order and one background row at a time."""
    names = list(rows)
    count, others = len(rows[names[0]]), len(background[names[0]])
    values = np.zeros((count, len(names)))
    for row, other, order in itertools.product(range(count), range(others), itertools.permutations(range(len(names)))):
        case = {name: background[name][other : other + 1].copy() for name in names}
        before = score(case)[0]
        for player in order:
            case[names[player]] = rows[names[player]][row : row + 1]
            after = score(case)[0]
            values[row, player] += after - before
            before = after
    return values / others / math.factorial(len(names))


def test_enumerated_values_are_shapleys_definition_with_interactions_and_categories() -> None:
    rows, background = mixed(3, 1), mixed(5, 2)
    found = shapley.enumerated(tangled, rows, background, singles(rows))
    assert found.rounds == 0
    np.testing.assert_allclose(found.values[:, :, 0], by_all_orders(tangled, rows, background), atol=1e-9)
    np.testing.assert_allclose(found.base, tangled(background).mean())
    assert not found.standard_error.any()


def test_a_linear_model_has_the_closed_form_enumerated_and_drawn() -> None:
    rows, background = numbers(6, 10, 1), numbers(8, 10, 2)
    weights = np.arange(1, 11)
    moved = [rows[name] - background[name].mean(dtype=np.float64) for name in rows]
    expected = np.stack(moved, axis=1) * weights
    found = shapley.drawn(linear, rows, background, singles(rows), 16, 3, FOREVER)
    assert found.rounds == 16
    np.testing.assert_allclose(found.values[:, :, 0], expected, atol=1e-5)
    few = {name: rows[name] for name in list(rows)[:4]}
    exact = shapley.enumerated(linear, few, {n: background[n] for n in few}, singles(few))
    np.testing.assert_allclose(exact.values[:, :, 0], expected[:, :4], atol=1e-5)


def test_drawn_values_lie_within_their_stated_error_of_the_exact_ones() -> None:
    rows, background = mixed(20, 3), mixed(10, 4)
    exact = shapley.enumerated(tangled, rows, background, singles(rows))
    drawn = shapley.drawn(tangled, rows, background, singles(rows), 400, 5, FOREVER)
    off = np.abs(drawn.values - exact.values) / np.maximum(drawn.standard_error, 1e-9)
    assert np.quantile(off, 0.95) < 3
    assert 0.01 < drawn.standard_error.mean() < 0.2
    fewer = shapley.drawn(tangled, rows, background, singles(rows), 100, 5, FOREVER)
    assert 1.6 < fewer.standard_error.mean() / drawn.standard_error.mean() < 2.4


def test_values_and_base_sum_to_the_score_of_every_row_and_class() -> None:
    rows, background = mixed(7, 5), mixed(6, 6)

    def three(columns: Columns) -> NDArray[np.float64]:
        raw = np.stack([tangled(columns), columns["x0"], columns["x2"] * 2], axis=1).astype(np.float64)
        odds: NDArray[np.float64] = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
        return odds

    for found in (
        shapley.enumerated(three, rows, background, singles(rows)),
        shapley.drawn(three, rows, background, singles(rows), 12, 1, FOREVER),
    ):
        assert found.values.shape == (7, 4, 3)
        np.testing.assert_allclose(found.values.sum(axis=1) + found.base, three(rows), atol=1e-9)


def test_features_that_play_together_share_one_value_the_sum_where_nothing_else_interacts() -> None:
    rows, background = numbers(4, 5, 1), numbers(8, 5, 2)
    together = shapley.enumerated(linear, rows, background, [("x0", "x3"), ("x1",), ("x2", "x4")])
    apart = shapley.enumerated(linear, rows, background, singles(rows))
    np.testing.assert_allclose(together.values[:, 0], apart.values[:, 0] + apart.values[:, 3], atol=1e-9)


def test_the_same_seed_draws_the_same_values_and_another_does_not() -> None:
    rows, background = mixed(4, 1), mixed(5, 2)
    first, again, other = (
        shapley.drawn(tangled, rows, background, singles(rows), 8, seed, FOREVER).values for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_drawing_ends_with_the_time_but_not_before_an_error_can_be_stated() -> None:
    rows, background = mixed(4, 1), mixed(5, 2)
    late = shapley.drawn(tangled, rows, background, singles(rows), 1000, 1, TimeLimit(Clock(step=1), 0))
    assert late.rounds == shapley.FEWEST_ROUNDS
    some = shapley.drawn(tangled, rows, background, singles(rows), 1000, 1, TimeLimit(Clock(step=1), 10))
    assert shapley.FEWEST_ROUNDS < some.rounds < 20


def test_scoring_in_small_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, background = mixed(9, 1), mixed(5, 2)
    whole = [
        shapley.enumerated(tangled, rows, background, singles(rows)).values,
        shapley.drawn(tangled, rows, background, singles(rows), 4, 1, FOREVER).values,
    ]
    monkeypatch.setattr(shapley, "CELLS", 50)
    np.testing.assert_allclose(shapley.enumerated(tangled, rows, background, singles(rows)).values, whole[0])
    np.testing.assert_allclose(shapley.drawn(tangled, rows, background, singles(rows), 4, 1, FOREVER).values, whole[1])

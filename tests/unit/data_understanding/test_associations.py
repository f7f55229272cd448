import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import contingency

from crispstack.charter import Column
from crispstack.data_understanding import associations
from crispstack.data_understanding.exploration import Association
from crispstack.data_understanding.sample_columns import SampleColumn

RANDOM = np.random.default_rng(3)
N = 400
X = RANDOM.normal(size=N)
NOISY = X + RANDOM.normal(size=N)
CODES = np.where(X > 0.5, 2, np.where(X > -0.5, 1, 0))


def draws(seed: int = 17) -> np.random.Generator:
    """The same numbers in every test, whichever run before it."""
    return np.random.default_rng(seed)


def numbers(name: str, values: object) -> SampleColumn:
    array = np.asarray(values, dtype=float)
    return SampleColumn(Column(name, "number"), np.isnan(array), len(set(array)), numbers=array)


def categories(name: str, codes: object) -> SampleColumn:
    array = np.asarray(codes)
    levels = tuple(map(str, range(int(array.max()) + 1)))
    return SampleColumn(Column(name, "category"), array < 0, len(levels), codes=array, levels=levels)


def found(first: SampleColumn, second: SampleColumn) -> Association:
    pair = associations.association(first, second)
    assert pair
    return pair


def test_two_numbers_are_correlated_as_scipy_says() -> None:
    holes = np.where(draws().random(N) < 0.2, np.nan, NOISY)
    pair, both = found(numbers("x", X), numbers("z", holes)), ~np.isnan(holes)
    expected = stats.pearsonr(X[both], holes[both])
    assert pair.value == pytest.approx(expected.statistic)
    assert (pair.low, pair.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    ranks = stats.spearmanr(X[both], holes[both])
    assert pair.spearman == pytest.approx(ranks.statistic)
    assert pair.p_value == pytest.approx(2 * min(expected.pvalue, ranks.pvalue), rel=1e-6)
    assert (pair.measure, pair.rows) == ("pearson", both.sum())


def test_extreme_numbers_neither_overflow_nor_hide_a_line() -> None:
    assert found(numbers("x", X * 1e300), numbers("z", X * 1e-300)).value == pytest.approx(1)
    pair = found(numbers("x", X), numbers("z", -X))
    assert (pair.value, pair.p_value, pair.low) == (pytest.approx(-1), 0, pytest.approx(-1))


def test_two_categories_go_together_as_corrected_by_bergsma() -> None:
    other = np.where(draws().random(N) < 0.5, CODES, draws(1).integers(0, 4, N))
    pair = found(categories("a", CODES), categories("b", other))
    table = pd.crosstab(CODES, other)
    chi_squared, p_value, _, _ = stats.chi2_contingency(table, correction=False)
    r, k = table.shape
    phi = max(0, chi_squared / N - (r - 1) * (k - 1) / (N - 1))
    size = min(r - (r - 1) ** 2 / (N - 1), k - (k - 1) ** 2 / (N - 1)) - 1
    assert pair.value == pytest.approx(np.sqrt(phi / size))
    assert pair.p_value == pytest.approx(p_value)
    assert pair.value < contingency.association(table.to_numpy(), method="cramer")


def test_independent_categories_of_many_levels_do_not_seem_to_go_together() -> None:
    first, second = draws().integers(0, 40, (2, N))
    uncorrected = contingency.association(pd.crosstab(first, second).to_numpy(), method="cramer")
    assert uncorrected > 0.25
    assert found(categories("a", first), categories("b", second)).value < 0.12


def test_a_number_and_a_category_go_together_as_in_an_analysis_of_variance() -> None:
    pair = found(categories("a", CODES), numbers("z", NOISY))
    groups = [NOISY[code == CODES] for code in range(3)]
    between = sum(len(group) * (group.mean() - NOISY.mean()) ** 2 for group in groups)
    assert pair.value == pytest.approx(np.sqrt(between / ((NOISY - NOISY.mean()) ** 2).sum()))
    assert pair.p_value == pytest.approx(stats.f_oneway(*groups).pvalue)
    assert (pair.measure, pair.spearman, pair.low) == ("correlation_ratio", None, None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (numbers("x", X), numbers("z", np.ones(N))),
        (numbers("x", X), categories("b", np.zeros(N, dtype=int))),
        (numbers("x", np.full(N, 7.0)), categories("b", CODES)),
        (categories("a", CODES), categories("b", np.zeros(N, dtype=int))),
        (numbers("x", X), numbers("z", np.where(np.arange(N) < 9, X, np.nan))),
        (categories("a", CODES), categories("b", np.where(np.arange(N) < 9, CODES, -1))),
    ],
)
def test_constants_and_a_handful_of_rows_say_nothing(first: SampleColumn, second: SampleColumn) -> None:
    assert associations.association(first, second) is None


def test_p_values_are_adjusted_as_closed_testing_would() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005, 0.5]
    every = range(len(p_values))
    subsets = [each for size in range(1, 6) for each in itertools.combinations(every, size)]
    closed = [max(min(1, len(s) * min(p_values[j] for j in s)) for s in subsets if i in s) for i in every]
    assert associations.holm(p_values) == pytest.approx(closed)
    assert associations.holm([]) == []


def test_of_many_independent_columns_hardly_a_pair_is_significant() -> None:
    columns = [numbers(f"c{index}", draws(index).normal(size=100)) for index in range(15)]
    pairs = associations.pairs(columns)
    assert len(pairs) == 105
    assert min(pair.p_value for pair in pairs) > 0.05


def test_redundant_pairs_are_found_by_value_and_by_rank() -> None:
    columns = [numbers("x", X), numbers("copy", 3 * X + 1), numbers("curve", np.exp(4 * X)), numbers("noise", NOISY)]
    redundant = associations.redundant(associations.pairs(columns))
    assert {frozenset((pair.first, pair.second)) for pair in redundant} == {
        frozenset(("x", "copy")), frozenset(("x", "curve")), frozenset(("copy", "curve")),
    }  # fmt: skip
    curve = next(pair for pair in redundant if "curve" in (pair.first, pair.second))
    assert abs(curve.value) < 0.9 < associations.strength(curve)


def test_similar_columns_become_neighbors_and_the_target_is_always_shown() -> None:
    other = draws().normal(size=N)
    columns = [
        numbers("a1", X), numbers("b1", other), numbers("a2", X + 0.1 * other), numbers("b2", other + 0.1 * X),
        numbers("y", draws(1).normal(size=N)),
    ]  # fmt: skip
    order = associations.clustered(associations.pairs(columns), "y")
    assert sorted(order) == ["a1", "a2", "b1", "b2", "y"]
    assert abs(order.index("a1") - order.index("a2")) == abs(order.index("b1") - order.index("b2")) == 1
    many = [numbers("y", draws().normal(size=N)), *(numbers(f"c{i}", X + i * NOISY) for i in range(32))]
    order = associations.clustered(associations.pairs(many), "y")
    assert len(order) == associations.SHOWN
    assert "y" in order

"""Tests of hypotheses, intervals and corrections beside those of statsmodels and SciPy."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import DescrStatsW

from crispstack.evaluation.resampling import ENOUGH_BLOCKS, Resampling, blocks_of_time, resampling_of
from crispstack.evaluation.significance import bounds, equal_means, holm, no_less_than_zero, total_with_error
from tests.unit.modeling import bank

GENERATOR = np.random.default_rng(8)
DAY = 86_400.0


def test_holms_correction_is_that_of_statsmodels() -> None:
    for p_values in (GENERATOR.random(40) ** 3, np.array([0.01, 0.01, 0.04, 1.0]), np.array([0.5])):
        np.testing.assert_allclose(holm(p_values), multipletests(p_values, method="holm")[1], rtol=1e-12)
    # By hand: 4 * 0.01, then no less than that, then 2 * 0.04, then 1.
    assert holm(np.array([0.01, 0.013, 0.04, 1.0])).tolist() == pytest.approx([0.04, 0.04, 0.08, 1.0])
    assert holm(np.array([])).tolist() == []


def test_holms_correction_raises_a_false_alarm_in_one_of_twenty_families_at_most() -> None:
    alarms = [(holm(GENERATOR.random(30)) < 0.05).any() for _ in range(2000)]
    assert np.mean(alarms) == pytest.approx(0.05, abs=0.015)


def test_two_shares_are_compared_as_statsmodels_compares_them() -> None:
    for hits, cases in (((30, 12), (100, 60)), ((5, 5), (50, 50)), ((0, 9), (25, 30))):
        one, other = (np.repeat([1.0, 0.0], [hit, of - hit]) for hit, of in zip(hits, cases, strict=True))
        assert equal_means(one, other) == pytest.approx(proportions_ztest(hits, cases)[1], rel=1e-9)
    assert equal_means(np.ones(20), np.ones(30)) == 1.0


def test_a_totals_test_and_interval_are_those_of_its_mean() -> None:
    values = GENERATOR.normal(-0.1, 1, 400)
    total, error = total_with_error(values)
    reference = DescrStatsW(values)
    assert no_less_than_zero(total, error) == pytest.approx(reference.ztest_mean(0, alternative="smaller")[1], rel=1e-9)
    expected = np.array(reference.zconfint_mean(0.1)) * 400
    assert bounds(total, error, 0.9) == pytest.approx(tuple(expected), rel=1e-9)
    assert no_less_than_zero(-1.0, 0.0) == 0.0
    assert no_less_than_zero(0.0, 0.0) == 1.0
    # Of a single block nothing is known but its cases.
    assert total_with_error(values, np.full(400, 7)) == (total, error)


def test_the_error_of_dependent_cases_is_the_cluster_robust_one_of_statsmodels() -> None:
    blocks = np.repeat(np.arange(25), 8)
    values = GENERATOR.normal(size=25)[blocks] + GENERATOR.normal(size=200)
    _, error = total_with_error(values, blocks + 700)
    fitted = OLS(values, np.ones(200)).fit(cov_type="cluster", cov_kwds={"groups": blocks})
    assert error == pytest.approx(200 * fitted.bse[0], rel=1e-9)
    assert error > 2 * total_with_error(values)[1]


def resampled(values: Any, blocks: Any = None, strata: Any = None, samples: int = 4000) -> Any:
    alike = np.zeros(len(values), dtype=np.int64) if strata is None else strata
    return Resampling(samples, 3, alike, blocks, "").sums(values[:, None]).drawn[:, 0]


def test_resamples_of_cases_spread_as_the_theory_says() -> None:
    values = GENERATOR.gamma(2.0, 5.0, 300)
    found = resampled(values)
    # Of n draws with replacement the sum has mean n times the mean, and variance n times the (population) variance.
    assert found.mean() == pytest.approx(values.sum(), abs=5 * np.sqrt(300 * values.var() / 4000))
    assert found.std() == pytest.approx(np.sqrt(300 * values.var()), rel=0.05)


def test_resamples_of_blocks_keep_cases_together_and_count_as_many_cases_as_there_are() -> None:
    blocks = np.repeat(np.arange(30), GENERATOR.integers(5, 15, 30))
    values = GENERATOR.normal(size=30)[blocks] + GENERATOR.normal(size=len(blocks))
    found = resampled(values, blocks)
    assert resampled(np.ones(len(blocks)), blocks).tolist() == pytest.approx([len(blocks)] * 4000)
    sums = np.bincount(blocks, weights=values)
    sizes = np.bincount(blocks)
    # The ratio estimate's spread (Cochran 1977, equation 9A.9).
    expected = np.sqrt(30) * (sums - values.mean() * sizes).std()
    assert found.std() == pytest.approx(expected, rel=0.12)
    assert found.std() > 1.5 * resampled(values).std()


def test_the_interval_agrees_with_scipys_bootstrap_whichever_way_cases_are_drawn() -> None:
    values = GENERATOR.exponential(10.0, 80)
    expected = stats.bootstrap(
        (values,), np.sum, n_resamples=4000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    low, high = np.quantile(resampled(values), [0.025, 0.975])
    width = expected.high - expected.low
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.06 * width)


def test_each_resample_has_the_error_that_would_be_told_of_its_cases() -> None:
    strata, blocks = np.repeat([0, 1], [150, 50]), np.repeat(np.arange(20), 10)
    values = GENERATOR.exponential(10.0, 200) + 30 * strata
    within = Resampling(3000, 3, strata, None, "").sums(values[:, None])
    parts = [total_with_error(values[strata == stratum]) for stratum in (0, 1)]
    assert within.observed == pytest.approx(sum(total for total, _ in parts))
    assert within.error == pytest.approx(np.hypot(*(error for _, error in parts)))
    whole = Resampling(3000, 3, strata, blocks, "").sums(values[:, None])
    assert (whole.observed[0], whole.error[0]) == pytest.approx(total_with_error(values, blocks))
    for sums in (within, whole):
        assert (sums.errors**2).mean() == pytest.approx(sums.error[0] ** 2, rel=0.1)
        assert sums.errors.std() > 0.05 * sums.error[0]


def test_the_interval_is_that_of_studentized_resamples_drawn_one_by_one() -> None:
    values, generator = GENERATOR.lognormal(0.0, 1.0, 60), np.random.default_rng(9)
    drawn = generator.choice(values, (20_000, 60))
    total, error = total_with_error(values)
    off = (drawn.sum(axis=1) - total) / (np.sqrt(60) * drawn.std(axis=1, ddof=1))
    expected = total - error * np.quantile(off, [0.975, 0.025])
    sums = Resampling(20_000, 3, np.zeros(60, dtype=np.int64), None, "").sums(values[:, None])
    found = sums.interval(0, 0.95)
    width = expected[1] - expected[0]
    assert found == pytest.approx(tuple(expected), abs=0.05 * width)
    # Large values are what is missing from small samples: the interval reaches farther up than percentiles do.
    low, high = np.quantile(sums.drawn, [0.025, 0.975])
    assert found[0] > low
    assert found[1] > high + 0.15 * width


def test_what_does_not_vary_has_no_width_and_resamples_without_variance_no_say() -> None:
    alike = np.zeros(40, dtype=np.int64)
    assert Resampling(500, 3, alike, None, "").sums(np.full((40, 1), 7.25)).interval(0, 0.95) == (290.0, 290.0)
    # One case in forty: a third of the resamples are without it, and vary in nothing.
    rare = Resampling(500, 3, alike, None, "").sums(np.eye(40)[:, [0]])
    assert rare.interval(0, 0.95) == tuple(np.quantile(rare.drawn, [0.025, 0.975]))


def test_strata_keep_their_sizes() -> None:
    strata = np.repeat([0, 1], [30, 10])
    found = resampled(strata.astype(float), strata=strata, samples=200)
    assert set(found) == {10.0}
    assert resampled(strata.astype(float), samples=200).std() > 0


def test_blocks_are_the_longest_calendar_periods_of_which_there_are_enough() -> None:
    assert blocks_of_time(np.arange(700) * DAY)[1] == "months"
    labels, words = blocks_of_time(np.arange(200) * DAY)
    assert (words, len(np.unique(labels))) == ("weeks", 29)
    assert blocks_of_time(np.arange(92 * 4) * DAY / 4)[1] == "days"
    labels, words = blocks_of_time(GENERATOR.permutation(1000) * 60.0)
    assert words == "blocks of 10 cases in a row"
    assert len(np.unique(labels)) == 100 >= ENOUGH_BLOCKS


def test_cases_are_drawn_as_the_test_set_was_split_off() -> None:
    charter = bank.charter()
    time, group, strata = np.arange(60) * DAY, np.arange(60) // 3, np.arange(60) % 2
    plain = resampling_of(charter, 60, strata, time, group)
    assert (plain.blocks, plain.words) == (None, "2,000 bootstrap resamples of cases, the share of each class kept")
    assert "of cases" in resampling_of(charter, 60, None, None, None).words
    forward = dataclasses.replace(charter, split=dataclasses.replace(charter.split, method="time", time="t"))
    assert resampling_of(forward, 60, strata, time, group).words == "2,000 bootstrap resamples of days"
    grouped = dataclasses.replace(charter, split=dataclasses.replace(charter.split, method="grouped", group=("a", "b")))
    found = resampling_of(grouped, 60, strata, time, group)
    assert found.blocks is group
    assert found.words.endswith("the groups of equal a and b")

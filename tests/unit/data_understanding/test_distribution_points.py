"""Histograms and outliers from quantiles, beside the numbers themselves."""

from __future__ import annotations

import numpy as np
import pytest

from crispstack.data_understanding import distribution_points as points

RANDOM = np.random.default_rng(3)
SAMPLES = {
    "normal": RANDOM.normal(50, 9, 20_000),
    "skewed": RANDOM.lognormal(2, 0.6, 20_000),
    "whole": RANDOM.integers(0, 12, 20_000).astype(float),
    "mostly zero": np.where(RANDOM.random(20_000) < 0.9, 0.0, RANDOM.normal(20, 4, 20_000)),
}
ERROR = 0.012 * 20_000


def _points(values: np.ndarray) -> list[float]:
    return [float(point) for point in np.quantile(values, points.SHARES, method="inverted_cdf")]


@pytest.mark.parametrize("name", list(SAMPLES))
def test_bins_hold_what_numpy_counts_within_a_percent_of_the_rows(name: str) -> None:
    values = SAMPLES[name]
    counted, _ = np.histogram(values, 20)
    found = points.bins(_points(values), len(values), float(values.min()), float(values.max()))
    assert sum(found) == len(values)
    assert np.abs(np.cumsum(found) - np.cumsum(counted)).max() <= ERROR


def test_the_bins_of_some_rows_lie_within_the_limits_of_all() -> None:
    values = SAMPLES["normal"][SAMPLES["normal"] > 60]
    counted, _ = np.histogram(values, 20, (0, 100))
    found = points.bins(_points(values), len(values), 0.0, 100.0)
    assert np.abs(np.cumsum(found) - np.cumsum(counted)).max() <= 0.012 * len(values) + 1


def test_one_value_alone_is_in_the_first_bin() -> None:
    assert points.bins([4.0] * len(points.SHARES), 9, 4.0, 4.0) == (9, *[0] * 19)
    assert points.outliers_iqr([4.0] * len(points.SHARES), 9) == 0
    assert points.outliers_mad([4.0] * len(points.SHARES), 9) == 0
    assert points.outliers_z_score([4.0] * len(points.SHARES), 9, 4.0, 0.0) == 0


@pytest.mark.parametrize("name", list(SAMPLES))
def test_outliers_are_estimated_within_a_percent_of_the_rows(name: str) -> None:
    values = SAMPLES[name]
    lower, median, upper = np.quantile(values, (0.25, 0.5, 0.75), method="inverted_cdf")
    reach = 1.5 * (upper - lower)
    distances = np.abs(values - median)
    expected = {
        "iqr": ((values < lower - reach) | (values > upper + reach)).sum(),
        "z": (np.abs(values - values.mean()) > 3 * values.std()).sum(),
        "mad": (0.6745 * distances > 3.5 * np.median(distances)).sum(),
    }
    known, count = _points(values), len(values)
    found = {
        "iqr": points.outliers_iqr(known, count),
        "z": points.outliers_z_score(known, count, float(values.mean()), float(values.std())),
        "mad": points.outliers_mad(known, count),
    }
    assert found == pytest.approx(expected, abs=ERROR)

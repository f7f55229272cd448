"""What a plan takes from the profile becomes numbers, once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter
from crispstack.data_preparation.plan_resolution import quantile, resolved, with_plan
from crispstack.data_preparation.requests import feature_arrays
from crispstack.errors import DataError
from crispstack.preparation_plan import Cleaning, Derivation, Outliers, Preparation
from tests.unit.data_preparation.plan_of_everything import CHARTER

QUANTILES = {"0.01": -9.0, "0.25": 10.0, "0.5": 20.0, "0.75": 40.0, "0.99": 99.0}
COUNT = ColumnProfile(
    "count", "integer", 100, 0, 50, 0, minimum=-10, maximum=1000, mean=30, standard_deviation=15, quantiles=QUANTILES
)
PROFILE = DataProfile("t", 100, 25, 10, (COUNT, ColumnProfile("amount", "number", 100, 100, 0, 0)), 0)


def with_outliers(outliers: Outliers, column: str = "count") -> Charter:
    return dataclasses.replace(CHARTER, preparation=Preparation(clean=(Cleaning(column, outliers=(outliers,)),)))


@pytest.mark.parametrize(
    ("outliers", "bounds"),
    [
        (Outliers("clip", "quantiles"), (-9, 99)),
        (Outliers("clip", "quantiles", lower_quantile=0, upper_quantile=1), (-10, 1000)),
        (Outliers("clip", "quantiles", lower_quantile=0.125, upper_quantile=0.995), (0.10416667, 549.5)),
        (Outliers("clip", "iqr", factor=1.5), (-35, 85)),
        (Outliers("clip", "standard_deviations", factor=2), (0, 60)),
        (Outliers("clip", upper=3), (None, 3)),
    ],
)
def test_bounds_are_taken_from_the_profile(outliers: Outliers, bounds: tuple[float | None, float]) -> None:
    ((found,),) = (each.outliers for each in resolved(with_outliers(outliers), PROFILE).preparation.clean)
    assert found.bounds == "fixed"
    assert (found.lower, found.upper) == pytest.approx(bounds)


def test_quantiles_are_interpolated_as_numpy_does_between_known_points() -> None:
    shares = np.linspace(0, 1, 41)
    known = {0.0: -10.0, **{float(share): value for share, value in QUANTILES.items()}, 1.0: 1000.0}
    expected = np.interp(shares, list(known), list(known.values()))
    np.testing.assert_allclose([quantile(COUNT, share) for share in shares], expected)


def test_buckets_by_quantile_have_the_profiles_edges_in_training_and_serving() -> None:
    plan = Preparation(derive=(Derivation("quarter", "bucket", "count", quantiles=4),))
    charter = resolved(dataclasses.replace(CHARTER, preparation=plan), PROFILE)
    assert charter.preparation.derive[0].edges == (10, 20, 40)
    row = {column.name: None for column in charter.feature_columns}
    found = feature_arrays([row | {"count": count} for count in (9, 10, 39, 40)], charter)["quarter"]
    assert found.tolist() == ["< 10", "[10, 20)", "[20, 40)", ">= 40"]


def test_a_plan_without_its_figures_is_refused_rather_than_guessed() -> None:
    with pytest.raises(DataError, match="the bounds of count are not known"):
        feature_arrays(
            [{column.name: None for column in with_outliers(Outliers("clip", "iqr")).feature_columns}],
            with_outliers(Outliers("clip", "iqr")),
        )


@pytest.mark.parametrize("column", ["amount", "price"])
def test_a_column_without_figures_is_named(column: str) -> None:
    with pytest.raises(DataError, match=f"the profile has no figures of {column}"):
        resolved(with_outliers(Outliers("clip", "quantiles"), column), PROFILE)


def test_the_plan_that_was_followed_survives_as_json() -> None:
    charter = resolved(with_outliers(Outliers("clip", "iqr")), PROFILE)
    assert charter_json.parse(charter_json.dump(with_plan(CHARTER, charter.preparation))) == charter
    assert with_plan(CHARTER, None) == CHARTER

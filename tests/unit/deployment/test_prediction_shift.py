"""What the alarm on predictions computes: distances in standard deviations, by CloudWatch's own arithmetic."""

from __future__ import annotations

import pytest

from crispstack.artifacts import Expectation
from crispstack.deployment.prediction_shift import MINIMUM_REQUESTS, queries
from emulator.services.cloudwatch import expressions, metric_math
from emulator.services.cloudwatch.metric_functions import Series

EXPECTED = Expectation(0.1, 0.05, 2.0, 4.0)


def shift(expected: Expectation | None, requests: float, prediction: float, worth: float = 2.0) -> float:
    """The alarm's value of a minute with so many requests and these means."""
    computed, *metrics = queries("bank", "v1", expected)
    told = {"requests": requests, "prediction": prediction, "worth": worth}
    results = {each["Id"]: [Series(each["Id"], 60, {0: told[each["Id"]]})] for each in metrics}
    found = metric_math.evaluate(
        expressions.parse(computed["Expression"]), metric_math.Scope(results, tuple(results), (0,))
    )
    assert isinstance(found, Series)
    return found.points[0]


def test_it_is_the_larger_of_both_distances_either_way() -> None:
    assert shift(EXPECTED, 100, 0.1) == pytest.approx(0)
    assert shift(EXPECTED, 100, 0.2) == pytest.approx(2)
    assert shift(EXPECTED, 100, 0.0) == pytest.approx(2)
    assert shift(EXPECTED, 100, 0.2, worth=-10.0) == pytest.approx(3)


def test_few_requests_say_nothing() -> None:
    assert shift(EXPECTED, MINIMUM_REQUESTS - 1, 0.9) == 0
    assert shift(EXPECTED, MINIMUM_REQUESTS, 0.9) == pytest.approx(16)


def test_numbers_are_judged_by_what_is_predicted_alone() -> None:
    computed, *metrics = queries("bank", "v1", Expectation(-3.0, 2.0))
    assert {each["Id"] for each in metrics} == {"requests", "prediction"}
    assert "worth" not in computed["Expression"]
    assert shift(Expectation(-3.0, 2.0), 100, 1.0) == pytest.approx(2)


def test_a_model_of_which_nothing_is_expected_is_not_judged() -> None:
    assert shift(None, 100, 5.0) == 0


def test_every_metric_is_of_this_project_and_model_version() -> None:
    _, *metrics = queries("bank", "v1", EXPECTED)
    dimensions = [
        {each["Name"]: each["Value"] for each in metric["MetricStat"]["Metric"]["Dimensions"]} for metric in metrics
    ]
    assert dimensions == [{"Project": "bank", "ModelVersion": "v1"}] * 3
    assert {(metric["Id"], metric["MetricStat"]["Stat"]) for metric in metrics} == {
        ("requests", "SampleCount"),
        ("prediction", "Average"),
        ("worth", "Average"),
    }

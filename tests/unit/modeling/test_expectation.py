"""What a model is expected to say: the same figures that its predictions will have on the same rows."""

import dataclasses

import numpy as np
import pytest

from crispstack.artifacts import Expectation
from crispstack.charter import Charter
from crispstack.deployment.predictions import Predictions
from crispstack.modeling.expectation import expectation
from crispstack.money import Money, PerAmount
from tests.unit.deployment.test_serving import package
from tests.unit.evaluation.framings import GRADE_PACKAGE, GRADES, PRICE_PACKAGE, PRICES
from tests.unit.modeling import mocked_s3

GENERATOR = np.random.default_rng(7)
PROBABILITIES = GENERATOR.random(200)
OF_CLASSES = GENERATOR.dirichlet([1.0, 2.0, 1.0], 200)
AMOUNTS = GENERATOR.random(200) * 1000


def charter_of(money: Money) -> Charter:
    return dataclasses.replace(mocked_s3.trained()[0], money=money)


BY_CASE = Money("EUR", true_positive=90, false_positive=-10, true_negative=1, false_negative=-2)
BY_BALANCE = dataclasses.replace(BY_CASE, amount=PerAmount("balance", true_positive=0.1, false_positive=-0.05))
BY_OUTCOME = dataclasses.replace(BY_CASE, amount=PerAmount("duration", true_positive=0.1, false_positive=-0.05))


@pytest.mark.parametrize(("money", "amount"), [(BY_CASE, None), (BY_BALANCE, AMOUNTS), (BY_OUTCOME, None)])
def test_of_two_classes_it_is_what_predictions_say(money: Money, amount: np.ndarray | None) -> None:
    charter = charter_of(money)
    decides = package(threshold=0.3, decides_by=charter.decides_by)
    predictions = Predictions(charter, decides).of(PROBABILITIES, amount)
    found = expectation(charter, (), 0.3, PROBABILITIES, AMOUNTS)
    values = [each["expected_value"] for each in predictions]
    assert found.prediction_mean == pytest.approx(np.mean([each["probability"] for each in predictions]))
    assert found.prediction_deviation == pytest.approx(PROBABILITIES.std())
    assert (found.value_mean, found.value_deviation) == pytest.approx((np.mean(values), np.std(values)))
    assert 0 < sum(each["act"] for each in predictions) < len(predictions)


def test_of_several_classes_it_is_of_the_one_that_is_decided_for() -> None:
    predictions = Predictions(GRADES, GRADE_PACKAGE).of(OF_CLASSES, None)
    found = expectation(GRADES, GRADE_PACKAGE.classes, 0.0, OF_CLASSES, None)
    said = [each["probabilities"][each["class"]] for each in predictions]
    values = [each["expected_value"] for each in predictions]
    assert (found.prediction_mean, found.prediction_deviation) == pytest.approx((np.mean(said), np.std(said)))
    assert (found.value_mean, found.value_deviation) == pytest.approx((np.mean(values), np.std(values)))


def test_numbers_have_no_value() -> None:
    assert expectation(PRICES, PRICE_PACKAGE.classes, 0.0, np.array([1.0, 3.0]), None) == Expectation(2.0, 1.0)


def test_training_expects_what_it_found_on_rows_held_out() -> None:
    training = mocked_s3.trained()[2]
    scores = [each.predicted[0] for each in training.predictions]
    found = (training.expected.prediction_mean, training.expected.prediction_deviation)
    assert found == pytest.approx((np.mean(scores), np.std(scores)))

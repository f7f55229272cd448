import dataclasses

from crispstack.artifacts import DataProfile
from crispstack.charter import Exclusion
from crispstack.data_understanding.findings import findings
from tests.unit.deployment import explorations
from tests.unit.modeling import bank

PROFILE = DataProfile("bank_test_clients", 100, 25, 14, (), 1)


def test_that_a_column_is_missing_is_no_feature_where_the_column_is_none() -> None:
    charter, exploration = bank.charter(), explorations.found()
    assert any("That job is missing" in each for each in findings(PROFILE, exploration, charter))
    excluded = dataclasses.replace(charter.preparation, exclude=(Exclusion("job", "known too late"),))
    without = dataclasses.replace(charter, preparation=excluded)
    assert not any("That job is missing" in each for each in findings(PROFILE, exploration, without))
    target = dataclasses.replace(exploration.missing[0], column="y")
    of_target = dataclasses.replace(exploration, missing=(target,))
    assert not any("That y is missing" in each for each in findings(PROFILE, of_target, charter))

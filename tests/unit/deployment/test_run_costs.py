"""What a run cost, by hand from the price list."""

from __future__ import annotations

import pytest

from crispstack.artifacts import ComputePlan, DataProfile
from crispstack.aws.run_costs import dollars
from crispstack.phases import Phase

PROFILE = DataProfile("t", 1, 0, 0, (), 2 * 10**12)
PLAN = ComputePlan("spark", "at most 2 vCPU and 6 GiB", 0.14, 60, 0.0, 1920)


@pytest.mark.parametrize(
    ("phase", "seconds", "expected"),
    [
        (Phase.BUSINESS_UNDERSTANDING, 1.0, 0.0000166667),
        (Phase.DATA_UNDERSTANDING, 900.0, 10.0),  # 2 TB at 5 dollars
        (Phase.DATA_PREPARATION, 10.0, 2 * 0.44 / 60),  # a minute is the least that is paid
        (Phase.DATA_PREPARATION, 1800.0, 0.44),
        (Phase.MODELING, 900.0, 0.035),
    ],
)
def test_a_phase_costs_what_the_price_list_says(phase: Phase, seconds: float, expected: float) -> None:
    assert dollars(phase, seconds, PROFILE, PLAN) == pytest.approx(expected)


def test_what_is_not_known_has_no_price() -> None:
    assert dollars(Phase.MODELING, 60.0, PROFILE, None) is None

"""When stages begin and end, and which must not be late: by the textbook's arithmetic."""

from __future__ import annotations

import pytest

from crispstack.business_understanding import critical_path
from crispstack.charter import Stage
from crispstack.phases import Phase

M, D = Phase.MODELING, Phase.DATA_PREPARATION
PLAN = (
    Stage(D, 3, name="a"),
    Stage(D, 2, name="b"),
    Stage(M, 4, after=("a",), name="c"),
    Stage(M, 1, after=("b",), name="d"),
    Stage(Phase.EVALUATION, 2, after=("modeling",)),
)


def test_the_longest_way_through_the_plan_has_no_slack() -> None:
    found = {each.stage.title: (each.begin, each.end, each.slack) for each in critical_path.schedule(PLAN)}
    assert found == {"a": (0, 3, 0), "b": (0, 2, 4), "c": (3, 7, 0), "d": (2, 3, 4), "evaluation": (7, 9, 0)}


def test_a_phase_stands_for_all_of_its_stages() -> None:
    assert critical_path.waits_for(PLAN)["evaluation"] == ["c", "d"]


def test_a_stage_may_be_as_late_as_the_most_urgent_that_waits_for_it() -> None:
    plan = (
        Stage(D, 1, name="first"),
        Stage(M, 9, after=("first",), name="long"),
        Stage(M, 2, after=("first",), name="short"),
    )
    for order in (plan, plan[::-1]):
        slack = {each.stage.title: each.slack for each in critical_path.schedule(order)}
        assert slack == {"first": 0, "long": 0, "short": 7}


def test_the_picture_shows_bars_in_time_and_what_may_be_late() -> None:
    lines = critical_path.picture(critical_path.schedule(PLAN), width=9)
    assert lines == [
        "b          ▒▒····    0 to 2, may be 4 late",
        "a          ███       0 to 3",
        "d            ▒····   2 to 3, may be 4 late",
        "c             ████   3 to 7",
        "evaluation        ██ 7 to 9",
    ]


@pytest.mark.parametrize(
    "plan",
    [
        (Stage(M, 1, after=("modeling",)),),
        (Stage(M, 1, after=("x",)), Stage(D, 1, after=("modeling",), name="x")),
    ],
)
def test_stages_that_wait_for_each_other_are_named(plan: tuple[Stage, ...]) -> None:
    found = critical_path.cycle(plan)
    assert found[0] == found[-1]
    assert set(found) == {stage.title for stage in plan}
    assert critical_path.cycle(PLAN) == []


def test_no_plan_has_no_picture() -> None:
    assert critical_path.picture(critical_path.schedule(())) == []

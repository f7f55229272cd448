"""A no-go goes back by itself to the phase that it names, once if it is told so, and then says no."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from crispstack.artifacts import Decision, Leaderboard, Release
from crispstack.charter import Charter
from crispstack.phases import Phase
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.copied_run import copied, executed
from tests.end_to_end.test_main_job import artifact

# No model scores better on rows that it has never seen than in cross-validation by as much.
IMPOSSIBLE_GAP = -0.9


def impossible(charter: Charter) -> Charter:
    return dataclasses.replace(
        charter, acceptance=dataclasses.replace(charter.acceptance, maximum_generalization_gap=IMPOSSIBLE_GAP)
    )


@pytest.fixture(scope="module")
def doomed(checkout: Checkout, run: str) -> Iterator[str]:
    """A copy of the run whose charter no model can satisfy."""
    with copied(checkout, run, "doomed", impossible) as copy:
        yield copy


def test_a_no_go_leads_back_to_modeling_once(checkout: Checkout, run: str, doomed: str) -> None:
    trained = artifact(checkout, run, Leaderboard)
    ended = executed(checkout, doomed, Phase.EVALUATION, returns=1)
    assert ended["status"] == "SUCCEEDED", ended
    decision = artifact(checkout, doomed, Decision)
    assert (decision.verdict, decision.return_to) == ("no_go", Phase.MODELING)
    (gap,) = [each for each in decision.criteria if each.name == "generalization gap"]
    assert (gap.passed, gap.limit) == (False, IMPOSSIBLE_GAP)
    release = artifact(checkout, doomed, Release)
    assert not release.released
    assert decision.summary in release.reason

    states = entered(checkout, ended["executionArn"])
    assert states.count("EvaluationGoBack") == 1
    assert states.count("Evaluation") == 2
    assert states[-1] == "RunSucceeded"
    # What was trained again is another leaderboard, of the budget's double.
    again = artifact(checkout, doomed, Leaderboard)
    assert again.budget_seconds == pytest.approx(2 * trained.budget_seconds)


def entered(checkout: Checkout, execution: str) -> list[str]:
    """Names of the states that an execution went through, in their order."""
    pages = checkout.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]

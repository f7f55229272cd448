from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crispstack.aws import failures, run_history, runs
from crispstack.phases import Phase

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def history(*steps: str) -> list[dict[str, Any]]:
    """Events one second apart: ``+Name`` enters a state, ``-Name`` leaves it."""
    events = []
    for second, step in enumerate(steps):
        kind = "stateEnteredEventDetails" if step[0] == "+" else "stateExitedEventDetails"
        events.append({kind: {"name": step[1:]}, "timestamp": START + timedelta(seconds=second)})
    return events


def statuses(entered: list[tuple[Any, str]]) -> list[str]:
    return [each.status for each in run_history.merge(entered)]


@pytest.mark.parametrize(
    ("state", "phase"),
    [
        ("DataUnderstandingProfile", Phase.DATA_UNDERSTANDING),
        ("Modeling", Phase.MODELING),
        ("Route", None),
        ("RecordFailure", None),
    ],
)
def test_a_state_belongs_to_the_phase_with_which_its_name_begins(state: str, phase: Phase | None) -> None:
    assert run_history.phase_of(state) is phase


def test_a_running_execution_has_done_running_and_pending_phases() -> None:
    events = history("+Start", "-Start", "+BusinessUnderstanding", "-BusinessUnderstanding", "+DataUnderstandingPlan")
    entered = run_history.phases_entered(events, "RUNNING")
    first = entered[Phase.BUSINESS_UNDERSTANDING]
    assert (first.started, first.ended) == (START + timedelta(seconds=2), START + timedelta(seconds=3))
    assert first.seconds == 1
    assert statuses([(entered, "RUNNING")]) == ["succeeded", "running", "pending", "pending", "pending", "pending"]


def test_a_phase_of_several_states_lasts_from_the_first_to_the_last() -> None:
    events = history("+DeploymentRelease", "-DeploymentRelease", "+DeploymentReport", "-DeploymentReport")
    found = run_history.phases_entered(events, "SUCCEEDED")[Phase.DEPLOYMENT]
    assert (found.status, found.seconds) == ("succeeded", 3)


@pytest.mark.parametrize("status", ["RUNNING", "FAILED"])
def test_the_phase_before_the_recorded_failure_has_failed(status: str) -> None:
    events = history("+BusinessUnderstanding", "-BusinessUnderstanding", "+Modeling", "-Modeling", "+RecordFailure")
    entered = run_history.phases_entered(events, status)
    assert entered[Phase.MODELING].status == "failed"
    assert entered[Phase.BUSINESS_UNDERSTANDING].status == "succeeded"


def test_a_later_attempt_replaces_the_phase_with_which_it_begins_and_all_that_follow() -> None:
    every = [f"{sign}{name}" for name in ("Modeling", "Evaluation", "DeploymentReport") for sign in "+-"]
    first = run_history.phases_entered(history("+DataPreparation", "-DataPreparation", *every), "SUCCEEDED")
    again = run_history.phases_entered(history("+Modeling", "-Modeling", "+RunFailed"), "FAILED")
    assert statuses([(first, "SUCCEEDED"), (again, "FAILED")]) == [
        "skipped", "skipped", "succeeded", "failed", "skipped", "skipped",
    ]  # fmt: skip


def test_an_execution_that_entered_no_phase_leaves_what_was() -> None:
    assert statuses([({}, "FAILED")]) == ["skipped"] * 6
    assert statuses([({}, "RUNNING")]) == ["pending"] * 6


def test_run_ids_sort_by_time() -> None:
    assert runs.new_run_id(START, "abcdef99") == "20260102T030405Z-abcdef"
    assert runs.new_run_id(START, "ffffff") < runs.new_run_id(START + timedelta(seconds=1), "000000")


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ('{"errorType": "ValueError", "errorMessage": "negative"}', "E: negative"),
        ('{"JobRunState": "FAILED", "ErrorMessage": "no module"}', "E: no module"),
        ('{"State": "FAILED", "StateDetails": "exit 1"}', "E: exit 1"),
        (
            '{"Status": "FAILED", "StatusReason": "Essential container in task exited"}',
            "E: Essential container in task exited",
        ),
        ('{"TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError"}', "E: AlgorithmError"),
        ('{"QueryExecution": {"Status": {"StateChangeReason": "COLUMN_NOT_FOUND"}}}', "E: COLUMN_NOT_FOUND"),
        ("plain", "E: plain"),
        ('["list"]', 'E: ["list"]'),
        (None, "E"),
    ],
)
def test_the_reason_of_a_failure_is_the_services_own_message(cause: str | None, reason: str) -> None:
    assert failures.reason("E", cause) == reason


def test_the_phase_is_not_said_twice() -> None:
    cause = 'ValueError: {"errorMessage": "negative", "errorType": "ValueError"}'
    assert failures.reason("modeling", cause) == "ValueError: negative"

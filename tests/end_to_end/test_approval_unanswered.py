"""A run that asks a person, and nobody answers in time: it ends by itself and releases nothing."""

from __future__ import annotations

import dataclasses

from crispstack.artifacts import Approval, Release
from crispstack.charter import Charter
from crispstack.phases import Phase
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.copied_run import copied, executed
from tests.end_to_end.test_main_job import artifact

SECONDS = 4
DAYS = SECONDS / 86_400


def asking(charter: Charter) -> Charter:
    return dataclasses.replace(charter, approval=dataclasses.replace(charter.approval, by="person", within_days=DAYS))


def test_nothing_is_released_when_the_time_to_answer_is_over(checkout: Checkout, run: str) -> None:
    serving = checkout.json("predict", "bank_marketing_sample", "--example")["model_version"]
    with copied(checkout, run, "unanswered", asking) as copy:
        ended = executed(checkout, copy, Phase.EVALUATION)
        assert ended["status"] == "SUCCEEDED", ended
        assert (ended["stopDate"] - ended["startDate"]).total_seconds() > SECONDS
        approval, release = artifact(checkout, copy, Approval), artifact(checkout, copy, Release)
        assert (approval.approved, approval.by) == (False, "")
        assert approval.reason.startswith("nobody answered within ")
        assert not release.released
        assert "nobody answered within" in release.reason
    assert checkout.json("predict", "bank_marketing_sample", "--example")["model_version"] == serving

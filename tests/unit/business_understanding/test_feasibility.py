"""The checklist that a charter answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from crispstack.business_understanding.break_even import break_even_probability
from crispstack.business_understanding.charter_file import load
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.business_understanding.feasibility import review
from crispstack.charter import Money, Risk

BANK = load(Path("projects/bank_marketing/charter.yaml"))


def test_acting_breaks_even_where_both_decisions_are_worth_the_same() -> None:
    assert break_even_probability(BANK.money) == pytest.approx(0.1)
    with_regret = Money("EUR", 60, -10, 5, -40)
    probability = break_even_probability(with_regret)
    assert probability * 60 + (1 - probability) * -10 == pytest.approx(probability * -40 + (1 - probability) * 5)


def test_the_bank_charter_answers_every_question() -> None:
    checks = review(BANK, ClassCounts(4521, 521))
    assert len(checks) == 18
    assert [check.question for check in checks if not check.passed] == []
    assert (
        "above 10.0%"
        in {check.question: check.answer for check in checks}["From which probability does acting pay?"].split(":")[0]
    )


def test_what_is_missing_is_named() -> None:
    poor = dataclasses.replace(BANK, today="", risks=(Risk("It rains"),), plan=(), action=" ")
    failed = {check.question: check.answer for check in review(poor, ClassCounts(60, 5)) if not check.passed}
    assert set(failed) == {
        "Which action follows a prediction?",
        "What is done today, without a model?",
        "Does every risk have a contingency?",
        "Is there a plan for every phase?",
        "Are there enough rows of each class?",
    }
    assert failed["Does every risk have a contingency?"] == "1 risks; none for: It rains"
    assert failed["Are there enough rows of each class?"].startswith("60 rows, 5 of them positive (8.3%); 50 of each")


def test_rows_are_asked_about_only_where_they_were_counted() -> None:
    assert "Are there enough rows of each class?" not in {check.question for check in review(BANK)}

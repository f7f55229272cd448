"""Is this a question for machine learning? The checklist that a charter answers before anything is built."""

from __future__ import annotations

from crispstack.artifacts import Check
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.charter import Charter, Money

ENOUGH_PER_FOLD = 10
"""Rows of the rarer class that a fold must hold for its figures to mean something."""


def break_even_probability(money: Money) -> float:
    """The probability of a positive above which acting pays: where both decisions are worth the same.

    In [0, 1] for money that passed the charter's checks.
    """
    cost = money.true_negative - money.false_positive
    gain = money.true_positive - money.false_negative
    return cost / (cost + gain)


def review(charter: Charter, counts: ClassCounts | None = None) -> tuple[Check, ...]:
    """The questions and their answers. Questions about rows are asked only where the data was counted."""
    return (*_business(charter), *_plan(charter), *(_rows(charter, counts) if counts else ()))


def _business(charter: Charter) -> list[Check]:
    money = charter.money
    outcomes = f"{money.true_positive:+g} where it was right, {money.false_positive:+g} where it was wrong"
    features = len(charter.feature_columns)
    minimum, objective = charter.acceptance.minimum_roc_auc, charter.technical_objective
    return [
        Check("Is it said what is to be predicted?", charter.target.condition, True),
        Check("Is it said what will be done with a prediction?", charter.action, bool(charter.action.strip())),
        Check(
            "What does acting earn, and why that much?",
            f"{outcomes} ({money.currency}); {money.reasoning or 'no reasoning given'}",
            bool(money.reasoning.strip()),
        ),
        Check(
            "From which probability does acting pay?",
            f"above {break_even_probability(money):.1%}: there both decisions are worth the same",
            True,
        ),
        Check(
            "What is done today, without a model?",
            charter.today or "not stated: acting on all, on none and at random are compared",
            bool(charter.today.strip()),
        ),
        Check(
            "Is there something to predict from, known in time?",
            f"{features} columns; left out: {', '.join(sorted(charter.excluded)) or 'none'}",
            features > 0,
        ),
        Check(
            "Which performance is required?",
            f"ROC AUC of {minimum:g}; {objective or 'no objective stated'}",
            bool(objective.strip()),
        ),
    ]


def _plan(charter: Charter) -> list[Check]:
    unverified = [assumption.assumption for assumption in charter.assumptions if not assumption.verified]
    without = [risk.risk for risk in charter.risks if not risk.contingency.strip()]
    personal = [column.name for column in charter.feature_columns if column.personal]
    days = sum(stage.days for stage in charter.plan)
    return [
        Check(
            "Does every risk have a contingency?",
            f"{len(charter.risks)} risks" + (f"; none for: {'; '.join(without)}" if without else ""),
            bool(charter.risks) and not without,
        ),
        Check(
            "Which assumptions are not verified?",
            "; ".join(unverified) or ("none" if charter.assumptions else "no assumption was written down"),
            bool(charter.assumptions),
        ),
        Check(
            "May the data be used?",
            f"license: {charter.source.license or 'not stated'}; personal: {', '.join(personal) or 'none declared'}",
            bool(charter.source.license.strip()),
        ),
        Check(
            "Is there a plan for every phase?",
            f"{len(charter.plan)} stages, {days:g} working days" if charter.plan else "no plan",
            len(charter.plan) == 6,
        ),
    ]


def _rows(charter: Charter, counts: ClassCounts) -> list[Check]:
    return [enough_rows(counts.rows, counts.positives, charter)]


def enough_rows(rows: int, positives: int, charter: Charter) -> Check:
    """Whether the rarer class is large enough for cross-validation."""
    needed = ENOUGH_PER_FOLD * charter.modeling.folds
    share = positives / rows if rows else 0
    return Check(
        "Are there enough rows of each class?",
        f"{rows} rows, {positives} of them positive ({share:.1%}); {needed} of each are needed for "
        f"{charter.modeling.folds} folds",
        min(positives, rows - positives) >= needed,
    )

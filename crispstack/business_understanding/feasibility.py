"""Is this a question for machine learning? The checklist that a charter answers before anything is built."""

from __future__ import annotations

from collections.abc import Mapping

from crispstack.artifacts import Check
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.business_understanding.target_checks import MOST_CLASSES
from crispstack.charter import Charter, Framing, Money

ENOUGH_PER_FOLD = 10
"""Rows of the rarer class that a fold must hold for its figures to mean something."""

USUAL_FOLDS = 5
"""Where the charter leaves their number open."""


def break_even_probability(money: Money) -> float:
    """The probability of a positive above which acting pays: where both decisions are worth the same.

    In [0, 1] for money that passed the charter's checks.
    """
    cost = money.true_negative - money.false_positive
    gain = money.true_positive - money.false_negative
    return cost / (cost + gain)


def best_quantile(money: Money) -> float:
    """The quantile of what may come true that costs least to predict: cost below / (cost below + cost above).

    Koenker and Bassett, Regression quantiles, Econometrica 46 (1978); in inventories, the critical ratio.
    """
    return money.under_estimate / (money.under_estimate + money.over_estimate)


def review(charter: Charter, counts: ClassCounts | None = None) -> tuple[Check, ...]:
    """The questions and their answers. Questions about rows are asked only where the data was counted."""
    return (*_business(charter), *_plan(charter), *(_rows(charter, counts) if counts else ()))


def _business(charter: Charter) -> list[Check]:
    features, objective = len(charter.feature_columns), charter.technical_objective
    return [
        Check("Is it said what is to be predicted?", framing_in_words(charter), True),
        Check("Is it said what will be done with a prediction?", charter.action, bool(charter.action.strip())),
        *_money(charter.framing, charter.money),
        Check(
            "What is done today, without a model?",
            charter.today or f"not stated: {_SIMPLE_POLICIES[charter.framing]} are compared",
            bool(charter.today.strip()),
        ),
        Check(
            "Is there something to predict from, known in time?",
            f"{features} columns; left out: {', '.join(sorted(charter.excluded)) or 'none'}",
            features > 0,
        ),
        Check(
            "Which performance is required?",
            f"{_required(charter)}; {objective or 'no objective stated'}",
            bool(objective.strip()),
        ),
    ]


_SIMPLE_POLICIES: dict[Framing, str] = {
    "binary": "acting on all, on none and at random",
    "multiclass": "one class for all, and classes at random",
    "regression": "one number for all cases, the mean and the median among them,",
}


def framing_in_words(charter: Charter) -> str:
    """What is predicted, as what, and from what that follows."""
    target = charter.target
    said = "" if target.framing else " (follows from its type and the money; target.framing says otherwise)"
    if charter.framing == "binary":
        return target.condition
    if charter.framing == "regression":
        return f"the number in {target.column}{said}"
    classes = f"one of {', '.join(target.classes)}" if target.classes else "one of the values in training rows"
    return f"the class in {target.column}: {classes}{said}"


def _money(framing: Framing, money: Money) -> list[Check]:
    reasoned, reasoning = bool(money.reasoning.strip()), money.reasoning or "no reasoning given"
    if framing == "multiclass":
        pairs = sum(map(len, money.values.values()))
        apart = f", otherwise for {pairs} pair{'s' * (pairs > 1)} of classes" if pairs else ""
        outcomes = f"{money.right:+g} where it is the right class, {money.wrong:+g} where it is another{apart}"
        return [
            Check(
                "What does a decision earn, and why that much?", f"{outcomes} ({money.currency}); {reasoning}", reasoned
            )
        ]
    if framing == "regression":
        outcomes = f"{money.over_estimate:+g} per unit too high, {money.under_estimate:+g} per unit too low"
        return [
            Check(
                "What does an error earn, and why that much?", f"{outcomes} ({money.currency}); {reasoning}", reasoned
            ),
            Check(
                "Which number is best to act on, of all that may come true?",
                f"the one that is not exceeded in {best_quantile(money):.0%} of cases: there one unit more or less "
                "is worth the same",
                True,
            ),
        ]
    outcomes = f"{money.true_positive:+g} where it was right, {money.false_positive:+g} where it was wrong"
    return [
        Check("What does acting earn, and why that much?", f"{outcomes} ({money.currency}); {reasoning}", reasoned),
        Check(
            "From which probability does acting pay?",
            f"above {break_even_probability(money):.1%}: there both decisions are worth the same",
            True,
        ),
    ]


def _required(charter: Charter) -> str:
    if charter.framing == "regression":
        return f"{charter.acceptance.minimum_explained_cost:.0%} of what the best constant costs must be saved"
    return f"ROC AUC of {charter.acceptance.minimum_roc_auc:g}"


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
    if charter.framing == "multiclass":
        return [enough_of_each(counts.classes, charter)]
    if charter.framing == "regression":
        return [enough_numbers(counts.rows, charter)]
    return [enough_rows(counts.rows, counts.positives, charter)]


def enough_rows(rows: int, positives: int, charter: Charter) -> Check:
    """Whether the rarer class is large enough for cross-validation."""
    folds = charter.modeling.folds or USUAL_FOLDS
    needed = ENOUGH_PER_FOLD * folds
    share = positives / rows if rows else 0
    return Check(
        "Are there enough rows of each class?",
        f"{rows} rows, {positives} of them positive ({share:.1%}); {needed} of each are needed for {folds} folds",
        min(positives, rows - positives) >= needed,
    )


def enough_of_each(classes: Mapping[str, int], charter: Charter) -> Check:
    """Whether there are at least two classes, not too many, and the rarest is large enough for cross-validation.

    Of the classes counted, those that the target names count, or all that do not mean missing.
    """
    missing = charter.preparation.missing_words(charter.target.column)
    wanted = charter.target.classes or [name for name in classes if name not in missing]
    counts = {name: classes.get(name, 0) for name in wanted}
    folds = charter.modeling.folds or USUAL_FOLDS
    needed = ENOUGH_PER_FOLD * folds
    rarest = min(counts, key=lambda name: (counts[name], name), default="")
    return Check(
        "Are there enough rows of each class?",
        f"{sum(counts.values())} rows of {len(counts)} classes, fewest of {rarest!r}: {counts.get(rarest, 0)}; "
        f"{needed} of each are needed for {folds} folds, of 2 to {MOST_CLASSES} classes",
        2 <= len(counts) <= MOST_CLASSES and counts[rarest] >= needed,
    )


def enough_numbers(rows: int, charter: Charter) -> Check:
    """Whether every fold can hold enough rows."""
    folds = charter.modeling.folds or USUAL_FOLDS
    needed = ENOUGH_PER_FOLD * folds
    return Check("Are there enough rows?", f"{rows} rows; {needed} are needed for {folds} folds", rows >= needed)

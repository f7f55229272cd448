"""The review of the data: rows enough, a rule that does as well, and the performance from which the project pays."""

from __future__ import annotations

from collections.abc import Mapping

from crispstack.artifacts import Check
from crispstack.business_understanding import minimum_performance
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.business_understanding.evidence import Evidence
from crispstack.business_understanding.target_checks import MOST_CLASSES
from crispstack.charter import Charter

ENOUGH_PER_FOLD = 10
"""Rows of the rarer class that a fold must hold for its figures to mean something."""

USUAL_FOLDS = 5
"""Where the charter leaves their number open."""

_AS_WELL = 0.9
"""The share of what foresight would earn from which a rule does as well as any model."""


_TELLING = 0.3
"""The share from which a column tells so much that one should ask when it is known."""


def of_counts(charter: Charter, counts: ClassCounts) -> list[Check]:
    """Whether there are rows enough."""
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


def of_evidence(charter: Charter, evidence: Evidence) -> list[Check]:
    """Whether a model is needed, and what it must reach for the project to pay."""
    return [_rule(evidence), _minimum(charter, evidence)]


def _rule(evidence: Evidence) -> Check:
    question, rule = "Would a rule do as well?", evidence.rule
    if rule is None:
        answer = f"nothing is left to earn beyond one decision for all, in {evidence.rows} rows: no model is needed"
        return Check(question, answer, False, "money")
    answer = (
        f"the best rule of one column ({rule.words}) earns {rule.share:.0%} of what perfect foresight earns beyond one "
        f"decision for all, by {evidence.rows} rows that are not test rows"
    )
    if rule.share < _AS_WELL:
        hint = f"; make sure that {rule.column} is known in time" if rule.share > _TELLING else ""
        return Check(question, answer + hint, True, "preparation.exclude")
    remedy = f"use the rule; or, if {rule.column} is known only with the outcome, exclude it"
    return Check(question, f"{answer}: {remedy}", False, "preparation.exclude")


def _minimum(charter: Charter, evidence: Evidence) -> Check:
    question, currency = "From which performance on does the project pay?", charter.money.currency
    spent = minimum_performance.costs(charter)
    if spent is None:
        key = "resources" if charter.money.volume else "money.volume"
        missing = "what it needs (resources)" if charter.money.volume else "how many cases there are (money.volume)"
        return Check(question, f"not known: the charter does not say {missing}", False, key)
    years = f"{spent.years:g} year{'s' * (spent.years != 1)}"
    over = f"{spent.total:,.0f} {currency} over {years} and {spent.cases:,.0f} cases"
    needed = f"{over}: a case must bring {spent.per_case:.4g} {currency} more than the best simple policy"
    if spent.total == 0:
        return Check(question, f"from any, for it costs nothing; resources have no price ({over})", False, "resources")
    if charter.framing == "binary":
        return _minimum_auc(question, charter, evidence, spent.per_case, needed)
    share = minimum_performance.minimum_share(evidence, spent.per_case)
    if share is None:
        most = f"{evidence.perfect - evidence.constant:.4g} {currency}"
        return Check(question, f"from none: {needed}, and perfect foresight brings {most}", False, "resources")
    required = charter.acceptance.minimum_explained_cost
    answer = f"from {share:.1%} of what perfect foresight earns beyond one decision for all: {needed}"
    if charter.framing == "regression" and required < share:
        remedy = f"less is required ({required:.1%}); raise acceptance.minimum_explained_cost"
        return Check(question, f"{answer}. {remedy}", False, "acceptance.minimum_explained_cost")
    return Check(question, answer, True, "resources")


def _minimum_auc(question: str, charter: Charter, evidence: Evidence, per_case: float, needed: str) -> Check:
    decision, required = minimum_performance.stake(charter, evidence), charter.acceptance.minimum_roc_auc
    auc = minimum_performance.minimum_auc(decision, per_case)
    if auc is None:
        most = f"{decision.perfect() - decision.constant():.4g} {charter.money.currency}"
        return Check(question, f"from none: {needed}, and perfect foresight brings {most}", False, "resources")
    answer = f"from a ROC AUC of {auc:.2f}, if scores are normally distributed: {needed}"
    if required < auc:
        remedy = f"less is required ({required:g}); raise acceptance.minimum_roc_auc"
        return Check(question, f"{answer}. {remedy}", False, "acceptance.minimum_roc_auc")
    return Check(question, answer, True, "resources")

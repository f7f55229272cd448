"""The review of the question: what is predicted, for which action, worth what, and what is done without a model."""

from __future__ import annotations

from crispstack.artifacts import Check
from crispstack.business_understanding import money_review
from crispstack.charter import Charter, Framing

_UNNAMED_ACTION = "act"
"""The charter's default, which says nothing."""
_SIMPLE_POLICIES: dict[Framing, str] = {
    "binary": "acting on all, on none and at random",
    "multiclass": "one class for all, and classes at random",
    "regression": "one number for all cases, the mean and the median among them,",
}


def checks(charter: Charter) -> list[Check]:
    """The questions about the question."""
    features, objective = len(charter.feature_columns), charter.technical_objective
    return [
        Check("Is it said what is to be predicted?", framing_in_words(charter), True, "target"),
        _action(charter),
        *money_review.checks(charter),
        Check(
            "What is done today, without a model?",
            charter.today or f"not stated: {_SIMPLE_POLICIES[charter.framing]} are compared",
            bool(charter.today.strip()),
            "today",
        ),
        Check(
            "Could a person do it, and how well?",
            charter.by_hand or "not stated: ask somebody to decide twenty cases, and how",
            bool(charter.by_hand.strip()),
            "by_hand",
        ),
        _comparable(charter),
        Check(
            "Is there something to predict from, known in time?",
            f"{features} columns; left out: {', '.join(sorted(charter.excluded)) or 'none'}",
            features > 0,
            "preparation.exclude",
        ),
        _truth(charter),
        Check(
            "Which performance is required?",
            f"{required(charter)}; {objective or 'no objective stated'}",
            bool(objective.strip()),
            "technical_objective",
        ),
    ]


def _action(charter: Charter) -> Check:
    action = charter.action.strip()
    named = action not in ("", _UNNAMED_ACTION) or charter.framing != "binary"
    answer = action if named else "nothing that has a name: a prediction that nobody acts on earns nothing"
    return Check("Which action follows a prediction?", answer, named, "action")


def _comparable(charter: Charter) -> Check:
    found = [f"{each.solution} ({each.result or 'result unknown'})" for each in charter.comparable]
    answer = "; ".join(found) or "none was looked for: what others reached tells what to expect"
    return Check("Which comparable solutions are there?", answer, bool(found), "comparable")


def _truth(charter: Charter) -> Check:
    days = charter.target.known_after_days
    if days is None:
        answer = "not stated: until it is known, nothing can be learned or watched"
    else:
        answer = f"after {days:g} day{'s' * (days != 1)}: predictions of that age can be judged, and learned from"
    return Check("When is the truth known?", answer, days is not None, "target.known_after_days")


def required(charter: Charter) -> str:
    """What a model must reach, in words."""
    if charter.framing == "regression":
        return f"{charter.acceptance.minimum_explained_cost:.0%} of what the best constant costs must be saved"
    return f"ROC AUC of {charter.acceptance.minimum_roc_auc:g}"


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

"""The review of the money: what each outcome earns, why that much, and what follows from it alone."""

from __future__ import annotations

from crispstack.artifacts import Check
from crispstack.business_understanding.break_even import best_quantile, break_even_probability
from crispstack.charter import Charter, Framing, Money, PerPeriod

_QUESTIONS: dict[Framing, str] = {
    "binary": "What does acting earn, and why that much?",
    "multiclass": "What does a decision earn, and why that much?",
    "regression": "What does an error earn, and why that much?",
}


def checks(charter: Charter) -> list[Check]:
    """The questions about money."""
    framing, money = charter.framing, charter.money
    outcomes = {"binary": _acting, "multiclass": _classes, "regression": _errors}[framing](money)
    unit = f"; per {money.amount.unit or 'unit'} of {money.amount.column} besides" if money.amount else ""
    reasoning = money.reasoning or "no reasoning given"
    earned = f"{outcomes}{unit} ({money.currency}); {reasoning}"
    follows = {"binary": _break_even, "regression": _quantile}.get(framing)
    return [
        Check(_QUESTIONS[framing], earned, bool(money.reasoning.strip()), "money.reasoning"),
        *([follows(money)] if follows else []),
        *([_capacity(money.capacity, money.volume)] if money.capacity else []),
    ]


def _acting(money: Money) -> str:
    return f"{money.true_positive:+g} where it was right, {money.false_positive:+g} where it was wrong"


def _classes(money: Money) -> str:
    pairs = sum(map(len, money.values.values()))
    apart = f", otherwise for {pairs} pair{'s' * (pairs > 1)} of classes" if pairs else ""
    return f"{money.right:+g} where it is the right class, {money.wrong:+g} where it is another{apart}"


def _errors(money: Money) -> str:
    return f"{money.over_estimate:+g} per unit too high, {money.under_estimate:+g} per unit too low"


def _break_even(money: Money) -> Check:
    question = "From which probability does acting pay?"
    if money.amount:
        answer = f"it differs from case to case, with {money.amount.column}: where acting is expected to earn more"
        return Check(question, answer, True, "money.amount")
    answer = f"above {break_even_probability(money):.1%}: there both decisions are worth the same"
    return Check(question, answer, True, "money")


def _quantile(money: Money) -> Check:
    question = "Which number is best to act on, of all that may come true?"
    if money.amount:
        answer = f"it differs from case to case, with {money.amount.column}"
        return Check(question, answer, True, "money.amount")
    share = best_quantile(money)
    answer = f"the one that is not exceeded in {share:.0%} of cases: there one unit more or less is worth the same"
    return Check(question, answer, True, "money")


def _capacity(capacity: PerPeriod, volume: PerPeriod | None) -> Check:
    question = "How many cases can be acted on?"
    most = f"at most {capacity.cases:g} a {capacity.period}"
    if volume is None:
        return Check(question, f"{most}, of how many is not stated (money.volume)", False, "money.capacity")
    share = capacity.per_year / volume.per_year
    answer = f"{most}, of {volume.cases:g} a {volume.period}: {min(share, 1):.0%} of them"
    return Check(question, answer, True, "money.capacity")

"""The model against others on the same cases: the champion that it would replace, and those that it was chosen from."""

from __future__ import annotations

from crispstack.artifacts import Criterion, PolicyValue
from crispstack.charter import Charter
from crispstack.evaluation.comparison import Comparison
from crispstack.evaluation.scoring import Scored
from crispstack.phases import Phase


def criteria(charter: Charter, compared: Comparison, scored: Scored) -> tuple[Criterion, ...]:
    """Whether the model may replace the champion, and whether no other of the shortlist surely earns more.

    Args:
        charter: says whether a new model must be better than the champion, or only not worse.
        compared: money.
        scored: whether the model is the champion itself, and what became of one that could not be compared.
    """
    found = compared.of_kind("champion")
    incumbent = _champion(charter, found[0]) if found else _no_champion(charter, scored)
    return (incumbent, _shortlist(charter, compared.of_kind("shortlisted")))


def _champion(charter: Charter, champion: PolicyValue) -> Criterion:
    currency, better = charter.money.currency, charter.acceptance.champion == "better"
    low, high = champion.difference_low, champion.difference_high
    met = low > 0 if better else high >= 0
    asked = "its lower bound must be above zero" if better else "its upper bound must not be below zero"
    return Criterion(
        "champion",
        low if better else high,
        0.0,
        "met" if met else "failed",
        f"the model earns {champion.difference:+,.0f} {currency} against the champion that serves now (interval "
        f"{low:+,.0f} to {high:+,.0f}); {asked}, or the champion stays",
        currency,
        Phase.MODELING,
    )


def _no_champion(charter: Charter, scored: Scored) -> Criterion:
    currency = charter.money.currency
    if scored.is_champion:
        return Criterion("champion", 0.0, 0.0, "met", "the model is the champion that serves now", currency)
    if scored.champion:
        return Criterion("champion", None, 0.0, "condition", scored.champion, currency)
    return Criterion("champion", None, 0.0, "not_measured", "no model serves yet", currency)


def _shortlist(charter: Charter, others: list[PolicyValue]) -> Criterion:
    currency = charter.money.currency
    if not others:
        reason = "no other model was fitted on all training rows in time"
        return Criterion("shortlist", None, 0.0, "not_measured", reason, currency)
    closest = min(others, key=lambda each: each.difference_high)
    met = closest.difference_high >= 0
    return Criterion(
        "shortlist",
        closest.difference_high,
        0.0,
        "met" if met else "failed",
        f"of {len(others)} other models {'none surely earns more' if met else 'one surely earns more'}: against "
        f"{closest.policy} the model earns {closest.difference:+,.0f} {currency} (interval "
        f"{closest.difference_low:+,.0f} to {closest.difference_high:+,.0f}), whose upper bound must not be below zero",
        currency,
        Phase.MODELING,
    )

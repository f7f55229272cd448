"""What to watch once the model serves, with the figures of this run as reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crispstack.artifacts import ColumnProfile
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page_filters import money, percent
from crispstack.deployment.report.pictures import wilson
from crispstack.evaluation.comparison import MODEL
from crispstack.modeling.findings.words import figure

CASES = 1000
"""So many cases that chance moves shares by a few points only."""
MOST_FEATURES = 3
LARGE_SHIFT = 0.25
"""Of the population stability index: the custom in credit scoring (Siddiqi, Credit Risk Scorecards (2006))."""


@dataclass(frozen=True)
class Watched:
    """What is watched, what is expected of it, from where on one acts, and what one does."""

    what: str
    expected: str
    limit: str
    action: str


def plan(found: Findings) -> tuple[Watched, ...]:
    """Inputs, decisions, outcomes and money, in the order in which they can be seen."""
    return (*_inputs(found), *_decisions(found), *_outcomes(found))


def _inputs(found: Findings) -> Iterator[Watched]:
    profiled = {column.name: column for column in found.data_profile.columns}
    leading = [each.feature for each in found.model_findings.importances if each.lost > 0]
    for name in [name for name in leading if name in profiled][:MOST_FEATURES]:
        yield Watched(
            f"Input {name}",
            _usual(profiled[name]),
            f"population stability index above {LARGE_SHIFT:g}, or many more values missing",
            "Find out why; retrain if it stays",
        )


def _usual(column: ColumnProfile) -> str:
    missing = f"; {percent(column.nulls / column.count)} missing" if column.nulls and column.count else ""
    if column.quantiles and "0.25" in column.quantiles:
        low, middle, high = (figure(column.quantiles[share]) for share in ("0.25", "0.5", "0.75"))
        return f"half of the values in {low} to {high}, median {middle}{missing}"
    if column.top_values and column.count:
        shares = [f"{each.value} {percent(each.count / column.count, 0)}" for each in column.top_values[:MOST_FEATURES]]
        return f"most often {', '.join(shares)}{missing}"
    return f"{column.distinct:,} different values{missing}"


def _decisions(found: Findings) -> Iterator[Watched]:
    decision, model = found.decision, found.policy(MODEL)
    if decision.framing == "binary" and model.acted_on is not None:
        share = model.acted_on / decision.test_rows
        low, high = wilson(share * CASES, CASES)
        yield Watched(
            f"Share to {found.charter.action}",
            percent(share),
            f"below {percent(low)} or above {percent(high)} in {CASES:,} cases",
            "Look at the inputs first; then at the threshold",
        )
    yield Watched(
        "Answers of the API",
        "every request answered, none refused",
        "any error, or refused requests above 1%",
        "See its log; the model before can serve again",
    )


def _outcomes(found: Findings) -> Iterator[Watched]:
    decision, acceptance = found.decision, found.charter.acceptance
    if decision.roc_auc is not None:
        yield Watched(
            "Ranking, once outcomes are known",
            f"ROC AUC {decision.roc_auc:.3f}",
            f"below {acceptance.minimum_roc_auc:.3f}",
            "Retrain; if it stays, go back to data understanding",
        )
    else:
        yield Watched(
            "Saved cost, once outcomes are known",
            percent(decision.figures["explained_cost"]),
            f"below {percent(acceptance.minimum_explained_cost)}",
            "Retrain; if it stays, go back to data understanding",
        )
    per_case = decision.advantage / decision.test_rows
    yield Watched(
        "Money, once outcomes are known",
        f"{money(per_case, decision.currency)} a case more than the alternative",
        f"below {money(decision.advantage_low / decision.test_rows, decision.currency)} a case, the lower bound",
        "Ask whether the money section still holds, then run again",
    )

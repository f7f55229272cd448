"""Go or no-go: criteria stated before the test set was looked at, each with its figure, limit and reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crispstack.artifacts import Criterion, Decision, InputReference, ModelPackage
from crispstack.charter import Charter
from crispstack.evaluation import (
    judgement,
    operation,
    predicted_numbers,
    rivals,
    sensitivity,
    several_classes,
    slices,
    stability,
    two_classes,
)
from crispstack.evaluation.comparison import MODEL, Comparison, compared
from crispstack.evaluation.exposure import amounts_of
from crispstack.evaluation.operation import Operation
from crispstack.evaluation.policy_names import in_words
from crispstack.evaluation.resampling import resampling_of
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.phases import Phase

# Where a no-go leads back to, the most telling phase first: a model that is broken says nothing of its data.
_RETURN_ORDER = (Phase.MODELING, Phase.DATA_PREPARATION, Phase.DATA_UNDERSTANDING, Phase.BUSINESS_UNDERSTANDING)
JUDGES = {"binary": two_classes.judge, "multiclass": several_classes.judge, "regression": predicted_numbers.judge}


def decide(
    charter: Charter,
    package: ModelPackage,
    scored: Scored,
    measured: Operation,
    test_predictions_uri: str,
    inputs: tuple[InputReference, ...],
) -> Decision:
    """Judge the model on rows that nothing has seen before.

    A go if every criterion is met or cannot be measured, with conditions if some ask for one, a no-go if one fails.

    Args:
        charter: money, acceptance, seed and how the action is called.
        package: what turns scores into decisions, the validation figures and the parity proof.
        scored: outcomes and scores of the test rows, by the model and by others.
        measured: what the model takes to run, and whether it could be trained again.
        test_predictions_uri: where the predictions are kept.
        inputs: what this was computed from.
    """
    amounts = amounts_of(charter)
    model = Rival(MODEL, "model", scored.predicted, package.threshold, package.shift)
    found = JUDGES[package.framing](charter, package, scored, amounts, (model, *scored.rivals))
    rows, confidence = len(scored.actual), charter.acceptance.confidence
    resampling = resampling_of(charter, rows, found.strata, scored.time, scored.group)
    money = compared(found.policies, amounts, resampling, confidence)
    best = next(policy for policy in found.policies if policy.name == money.best_alternative)
    value = found.policies[0].exposures @ amounts.stated
    gained = value - best.exposures @ amounts.stated
    periods, lasting = stability.periods_of(charter, scored.time, value, gained, resampling.blocks)
    groups = slices.slices_of(scored.columns)
    sliced = slices.values_of(groups, value, gained, found.rates, confidence, resampling.blocks)
    gaps = slices.gaps_of(groups, found.rates)
    amounts_changed = sensitivity.sensitivity_of(charter, amounts, money)
    fields: dict[str, Any] = {"test_positives": 0, "curve": ()}
    fields |= dict.fromkeys(("threshold", "roc_auc", "average_precision", "brier_score"))
    fields |= found.fields
    scale = fields.get("figures", {}).get("mean_absolute_error") or 1.0
    criteria = (
        *found.criteria,
        judgement.advantage(charter, money),
        *rivals.criteria(charter, money, scored),
        lasting,
        *slices.criteria(charter, sliced, gaps, scale),
        sensitivity.criterion(charter, amounts_changed),
        *operation.criteria(charter, measured),
    )
    failed = [criterion for criterion in criteria if criterion.verdict == "failed"]
    conditions = [criterion for criterion in criteria if criterion.verdict == "condition"]
    volume = charter.money.volume
    return Decision(
        verdict="no_go" if failed else "go_with_conditions" if conditions else "go",
        summary=_summary(charter, money, found.did, rows, failed, conditions),
        currency=charter.money.currency,
        test_rows=rows,
        policies=money.policies,
        best_alternative=money.best_alternative,
        advantage=money.advantage,
        advantage_low=money.advantage_low,
        advantage_high=money.advantage_high,
        confidence=confidence,
        criteria=criteria,
        return_to=_return_to(failed),
        test_predictions_uri=test_predictions_uri,
        framing=package.framing,
        conditions=tuple(each.reason for each in conditions),
        resampling=resampling.words,
        slices=sliced,
        fairness=gaps,
        periods=periods,
        sensitivity=amounts_changed.costs,
        cost_low=amounts_changed.low,
        cost_high=amounts_changed.high,
        yearly_advantage=money.advantage / rows * volume.per_year if volume else None,
        champion=scored.champion,
        inputs=inputs,
        **fields,
    )


def _return_to(failed: Sequence[Criterion]) -> Phase | None:
    back = {criterion.return_to for criterion in failed}
    return next((phase for phase in _RETURN_ORDER if phase in back), None)


def _summary(
    charter: Charter,
    money: Comparison,
    did: str,
    rows: int,
    failed: Sequence[Criterion],
    conditions: Sequence[Criterion],
) -> str:
    currency, confidence = charter.money.currency, charter.acceptance.confidence
    model = money.policies[money.at(MODEL)]
    verdict = "Go"
    if failed:
        verdict = f"No go ({', '.join(each.name for each in failed)} not met)"
    elif conditions:
        verdict = f"Go with conditions ({', '.join(each.name for each in conditions)})"
    return (
        f"{verdict}: on {rows:,} cases that nothing had seen before, {did} "
        f"and earned {model.value:,.0f} {currency}, {money.advantage:+,.0f} {currency} against "
        f"the best simple policy, {in_words(money.best_alternative)} ({confidence:.0%} interval "
        f"{money.advantage_low:+,.0f} to {money.advantage_high:+,.0f} {currency})."
    )

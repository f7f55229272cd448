"""Go or no-go: criteria stated before the test set was looked at, each with its figure, limit and reason."""

from __future__ import annotations

from typing import Any

from crispstack.artifacts import Decision, InputReference, ModelPackage
from crispstack.charter import Charter
from crispstack.evaluation import predicted_numbers, several_classes, two_classes
from crispstack.evaluation.comparison import MODEL, Comparison
from crispstack.evaluation.policy_names import in_words
from crispstack.evaluation.scoring import Scored
from crispstack.phases import Phase

# Where a no-go leads back to, the most telling phase first: a model that is broken says nothing of its data.
_RETURN_ORDER = (Phase.MODELING, Phase.DATA_PREPARATION, Phase.DATA_UNDERSTANDING, Phase.BUSINESS_UNDERSTANDING)
_JUDGES = {"binary": two_classes.judge, "multiclass": several_classes.judge, "regression": predicted_numbers.judge}


def decide(
    charter: Charter,
    package: ModelPackage,
    scored: Scored,
    test_predictions_uri: str,
    inputs: tuple[InputReference, ...],
) -> Decision:
    """Judge the model on rows that nothing has seen before; a go only if every criterion is met.

    Args:
        charter: money, acceptance, seed and how the action is called.
        package: what turns scores into decisions, the validation figures and the parity proof.
        scored: outcomes and scores of the test rows.
        test_predictions_uri: where the predictions are kept.
        inputs: what this was computed from.
    """
    found = _JUDGES[package.framing](charter, package, scored)
    compared = found.comparison
    failed = [criterion for criterion in found.criteria if criterion.verdict == "failed"]
    conditions = [criterion for criterion in found.criteria if criterion.verdict == "condition"]
    back = {criterion.return_to for criterion in failed}
    fields: dict[str, Any] = {"test_positives": 0, "curve": ()}
    fields |= dict.fromkeys(("threshold", "roc_auc", "average_precision", "brier_score"))
    return Decision(
        verdict="no_go" if failed else "go_with_conditions" if conditions else "go",
        summary=_summary(charter, compared, found.did, len(scored.actual), [each.name for each in failed]),
        currency=charter.money.currency,
        test_rows=len(scored.actual),
        policies=compared.policies,
        best_alternative=compared.best_alternative,
        advantage=compared.advantage,
        advantage_low=compared.advantage_low,
        advantage_high=compared.advantage_high,
        confidence=charter.acceptance.confidence,
        criteria=found.criteria,
        return_to=next((phase for phase in _RETURN_ORDER if phase in back), None),
        test_predictions_uri=test_predictions_uri,
        framing=package.framing,
        conditions=tuple(each.reason for each in conditions),
        inputs=inputs,
        **{**fields, **found.fields},
    )


def _summary(charter: Charter, compared: Comparison, did: str, rows: int, failed: list[str]) -> str:
    currency, confidence = charter.money.currency, charter.acceptance.confidence
    model = next(policy for policy in compared.policies if policy.policy == MODEL)
    verdict = "Go" if not failed else f"No go ({', '.join(failed)} not met)"
    return (
        f"{verdict}: on {rows:,} cases that nothing had seen before, {did} "
        f"and earned {model.value:,.0f} {currency}, {compared.advantage:+,.0f} {currency} against "
        f"the best simple policy, {in_words(compared.best_alternative)} ({confidence:.0%} interval "
        f"{compared.advantage_low:+,.0f} to {compared.advantage_high:+,.0f} {currency})."
    )

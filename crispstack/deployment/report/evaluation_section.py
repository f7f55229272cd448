"""What the report shows of the decision: its pictures, the slices that matter, groups of cases in words."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from crispstack.artifacts import Decision, FairnessGap, Segment, Segmentation, SliceValue
from crispstack.charter import Charter, Column, Money
from crispstack.data_preparation.values import MISSING
from crispstack.deployment.report import model_plots, robustness_plots, value_plots
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page_filters import percent, signed_money
from crispstack.evaluation.comparison import MODEL
from crispstack.evaluation.policy_names import titled

MOST_SLICES, MOST_WORTH = 12, 3
SIGNIFICANT = 0.05
KINDS = {"champion": "serves now", "shortlisted": "another candidate", "foresight": "a yardstick"}
"""What is said of a policy by its kind."""


def section(found: Findings) -> dict[str, Any]:
    """What the templates of the evaluation need beside the artifacts and the pictures."""
    decision = found.decision
    return {
        "kinds": KINDS,
        "tenths": value_plots.tenths(decision.curve) if decision.curve else (),
        "base_rate": decision.test_positives / decision.test_rows,
        "shown_slices": shown_slices(decision),
        "slice_words": _slice_words(decision),
        "unequal": unequal(decision),
        "group": functools.partial(group_in_words, found.charter),
        "cost": functools.partial(cost_in_words, found.charter),
        "few": robustness_plots.FEW_CASES,
        "money_words": tuple(_money(found.charter.money)),
        "revisited": tuple(_revisited(decision)),
        "segment_words": _segment_words(found.segmentation),
        "worth_most": _worth_most(found),
        "segment_columns": _segment_columns(found),
    }


def plots(found: Findings) -> dict[str, str]:
    """The pictures of the decision."""
    decision, currency = found.decision, found.decision.currency
    drawn = {
        "summary": value_plots.policies(decision.policies, titled, currency),
        "calibration": model_plots.calibration(decision.calibration, decision.framing),
        **_ranking(found),
    }
    if decision.slices:
        drawn["slices"] = robustness_plots.slices(
            shown_slices(decision), functools.partial(group_in_words, found.charter), currency
        )
    if decision.periods:
        drawn["periods"] = robustness_plots.periods(decision.periods, currency)
    if decision.sensitivity:
        drawn["sensitivity"] = robustness_plots.sensitivity(
            decision.sensitivity, functools.partial(cost_in_words, found.charter), decision.advantage, currency
        )
    return drawn


def _ranking(found: Findings) -> dict[str, str]:
    """Pictures of two classes' order; of several classes, which were taken for which."""
    decision, model = found.decision, found.policy(MODEL)
    if decision.confusion:
        from crispstack.deployment.report import finding_plots  # noqa: PLC0415

        return {"confusion": finding_plots.confusion(decision.confusion)}
    if decision.roc_auc is None or decision.average_precision is None:
        return {}
    base_rate, share = decision.test_positives / decision.test_rows, (model.acted_on or 0) / decision.test_rows
    return {
        "value_curve": value_plots.value_curve(decision.curve, share, model.value, decision.currency),
        "gains": value_plots.gains(decision.curve, base_rate),
        "lift": value_plots.lift(decision.curve, base_rate),
        "roc": model_plots.roc(decision.curve, decision.roc_auc),
        "precision": model_plots.precision(decision.curve, base_rate, decision.average_precision),
    }


def unequal(decision: Decision) -> tuple[FairnessGap, ...]:
    """The differences between groups that are more than chance explains, the surest first."""
    found = [each for each in decision.fairness if each.adjusted < SIGNIFICANT]
    return tuple(sorted(found, key=lambda each: each.adjusted))


def group_in_words(charter: Charter, column: str, group: str) -> str:
    """A group of a column's values as people say it."""
    if group in (MISSING, "missing"):
        return "not known"
    boolean = any(each.name == column and each.type == "boolean" for each in charter.row_columns)
    return {"1": "yes", "0": "no"}.get(group, group) if boolean else group


def cost_in_words(charter: Charter, name: str) -> str:
    """What an amount of money is paid for: "to call in vain (false positive)"."""
    kind = name.rpartition(".")[2]
    act = charter.action
    said = {
        "true_positive": f"to {act} rightly",
        "false_positive": f"to {act} in vain",
        "true_negative": f"rightly not to {act}",
        "false_negative": f"wrongly not to {act}",
    }.get(kind)
    plain = name.replace("_", " ").replace(".", " per unit, ")
    return f"{said} ({plain})" if said and charter.framing == "binary" else plain


def shown_slices(decision: Decision) -> tuple[SliceValue, ...]:
    """The slices that differ most from the whole, the least advantage first."""
    overall = decision.advantage / decision.test_rows
    farthest = sorted(decision.slices, key=lambda each: -abs(each.advantage / each.rows - overall))[:MOST_SLICES]
    return tuple(sorted(farthest, key=lambda each: each.advantage / each.rows))


def _money(money: Money) -> Iterator[str]:
    """What the charter says of money beside the value of a case: amounts, capacity, volume and ranges."""
    if money.amount:
        per_unit = [
            f"{signed_money(rate)} where {name.replace('_', ' ')}"
            for name, rate in vars(money.amount).items()
            if isinstance(rate, float) and rate
        ]
        unit = f"{money.amount.column} ({money.amount.unit})" if money.amount.unit else money.amount.column
        yield f"And per unit of {unit}: {', '.join(per_unit)}."
    if money.capacity:
        yield f"At most {money.capacity.cases:,} cases a {money.capacity.period} can be acted on."
    if money.volume:
        yield f"There are {money.volume.cases:,} cases a {money.volume.period} to choose from."
    for name, bounds in money.ranges.items():
        yield f"{name.replace('_', ' ').capitalize()} lies between {bounds.low:g} and {bounds.high:g} {money.currency}."


def _slice_words(decision: Decision) -> str:
    worse = sum(each.adjusted < SIGNIFICANT and each.advantage < 0 for each in decision.slices)
    negative = sum(each.advantage < 0 for each in decision.slices)
    return (
        f"{len(decision.slices)} groups of test cases, one column at a time. In {negative or 'none'} of them the model "
        f"earned less than the alternative; in {worse or 'none'} by more than chance explains, corrected for as "
        "many looks."
    )


def _revisited(decision: Decision) -> list[str]:
    """What was measured that bears on assumptions and risks: all criteria beside ranking and parity, in their words."""
    told = ("stability", "data", "slices", "sensitivity", "fairness", "calibration", "generalization gap")
    return [
        f"{criterion.name.capitalize()}: {criterion.reason}."
        for criterion in decision.criteria
        if any(name in criterion.name for name in told) and criterion.verdict != "not_measured"
    ]


def _worth_most(found: Findings) -> tuple[Segment, ...]:
    """The first groups; where the decision is whether to act, only those with whom it is expected to pay."""
    if found.segmentation is None:
        return ()
    pays = [each for each in found.segmentation.segments if each.expected > 0 or found.decision.framing != "binary"]
    return tuple(pays[:MOST_WORTH]) if len(found.segmentation.segments) > 1 else ()


def _segment_words(found: Segmentation | None) -> str:
    if found is None or not found.segments:
        return ""
    return (
        f"{len(found.segments)} groups that differ most in what the model expects of them; each case is in one. They "
        f"hold {percent(found.explained, 0)} of the differences between single cases, so the model still tells more "
        "than the words. They were found in the expectations alone, not in what came true."
    )


def _segment_columns(found: Findings) -> tuple[Column, ...]:
    """The columns that the groups are described by."""
    if found.segmentation is None:
        return ()
    named = {condition.feature for segment in found.segmentation.segments for condition in segment.conditions}
    return tuple(column for column in found.charter.feature_columns if column.name in named)

"""What a manager reads in two minutes: six questions, each answered in a few sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crispstack.artifacts import CostSensitivity, Decision
from crispstack.charter import Charter
from crispstack.deployment.report.evaluation_section import cost_in_words, group_in_words, unequal
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page_filters import money, percent, signed_money
from crispstack.evaluation.comparison import FORESIGHT, MODEL
from crispstack.evaluation.policy_names import in_words

MOST_POINTS = 3
SIGNIFICANT = 0.05
VERDICTS = {"go": "Go", "go_with_conditions": "Go, with conditions", "no_go": "No go"}


@dataclass(frozen=True)
class Answer:
    """A manager's question, its answer in sentences, and what else belongs to it, point by point."""

    question: str
    sentences: tuple[str, ...]
    points: tuple[str, ...] = ()


def answers(found: Findings) -> tuple[Answer, ...]:
    """What was asked, what is decided, what it is worth, how sure that is, what could go wrong, what is next."""
    return (
        Answer("What was asked?", tuple(_asked(found))),
        Answer("What is decided?", tuple(_decided(found)), found.decision.conditions),
        Answer("What is it worth?", tuple(_worth(found))),
        Answer("How sure is that?", tuple(_sure(found.charter, found.decision))),
        Answer("What could go wrong?", tuple(_open(found)), tuple(_dangers(found))),
        Answer("What comes next?", tuple(_next(found)), tuple(_steps(found))),
    )


def sentence(decision: Decision) -> str:
    """The decision's summary without the verdict, which stands before it."""
    verdict, _, rest = decision.summary.partition(": ")
    told = rest if rest and verdict.startswith(("Go", "No go")) else decision.summary
    return f"{told[:1].upper()}{told[1:]}"


def _asked(found: Findings) -> Iterator[str]:
    charter = found.charter
    decision = {
        "binary": f"to decide of each case whether to {charter.action}",
        "multiclass": f"to decide which {charter.target.column} each case is taken for",
        "regression": f"to act on one number for each case, its {charter.target.column}",
    }[charter.framing]
    yield f"{charter.owner} asks, {decision}."
    if charter.today:
        yield f"Today: {charter.today}"


def _decided(found: Findings) -> Iterator[str]:
    decision = found.decision
    failed = [criterion for criterion in decision.criteria if criterion.verdict == "failed"]
    measured = [criterion for criterion in decision.criteria if criterion.verdict != "not_measured"]
    if failed:
        names = ", ".join(criterion.name for criterion in failed)
        yield f"No go: {len(failed)} of {len(measured)} criteria are not met: {names}."
        yield f"{failed[0].reason[:1].upper()}{failed[0].reason[1:]}."
    elif decision.conditions:
        kept = "a condition stands" if len(decision.conditions) == 1 else f"{len(decision.conditions)} conditions stand"
        yield f"Go, with conditions: nothing fails, and of {len(measured)} criteria {kept}:"
    else:
        yield f"Go: all {len(measured)} criteria are met. They were fixed before the test cases were looked at."
    if found.approval and found.approval.by != "charter":
        word = "Approved" if found.approval.approved else "Refused"
        yield f"{word} by {found.approval.by.rpartition('/')[2] or 'nobody in time'}: {found.approval.reason}"


def _worth(found: Findings) -> Iterator[str]:
    decision, model = found.decision, found.policy(MODEL)
    currency = decision.currency
    more = "more" if decision.advantage >= 0 else "less"
    per_case = decision.advantage / decision.test_rows
    yield (
        f"On {decision.test_rows:,} cases that nothing had seen before it earned "
        f"{money(abs(decision.advantage), currency)} {more} than {in_words(decision.best_alternative)}, the best that "
        f"anyone could do without it: {signed_money(per_case, currency)} a case."
    )
    if decision.yearly_advantage is not None:
        yield f"At the charter's volume, that is {signed_money(decision.yearly_advantage, currency)} a year."
    best, base = found.policy(FORESIGHT).value, found.policy(decision.best_alternative).value
    if best > base and model.value > base:
        yield (
            f"That is {percent((model.value - base) / (best - base), 0)} of what perfect foresight would earn more; "
            "the rest is out of reach of any model, or of this one."
        )
    for policy in decision.policies:
        if policy.kind == "champion":
            yield (
                f"Against {in_words(policy.policy)} it earns {signed_money(policy.difference, currency)} "
                f"({_interval(decision, policy.difference_low, policy.difference_high)})."
            )


def _interval(decision: Decision, low: float, high: float) -> str:
    return f"{decision.confidence:.0%} interval {signed_money(low)} to {signed_money(high, decision.currency)}"


def _sure(charter: Charter, decision: Decision) -> Iterator[str]:
    low, high = decision.advantage_low, decision.advantage_high
    said = (
        "even its lower end is a gain" if low > 0 else "even its upper end is a loss" if high < 0 else "it reaches zero"
    )
    yield f"The {_interval(decision, low, high)} holds the advantage on such cases: {said}."
    if decision.cost_low is not None and decision.cost_high is not None:
        between = f"{signed_money(decision.cost_low)} to {signed_money(decision.cost_high, decision.currency)}"
        yield f"With the charter's ranges of the amounts of money it is {between}."
    weakest = _weakest(decision.sensitivity)
    if weakest and weakest.break_even is not None:
        change = "it would be gone" if decision.advantage > 0 else "there would be one"
        yield (
            f"Of the amounts of money it depends most on {cost_in_words(charter, weakest.cost)}: {change} if "
            f"that earned {signed_money(weakest.break_even)} instead of "
            f"{signed_money(weakest.stated, decision.currency)}."
        )
    for criterion in decision.criteria:
        if criterion.name in ("calibration", "generalization gap"):
            yield f"{criterion.reason[:1].upper()}{criterion.reason[1:]}."


def _weakest(found: tuple[CostSensitivity, ...]) -> CostSensitivity | None:
    """The amount that has to move least, relative to itself, for the advantage to be gone."""
    reachable = [each for each in found if each.break_even is not None and each.stated]
    return min(reachable, key=lambda each: abs((each.break_even or 0.0) / each.stated - 1), default=None)


def _open(found: Findings) -> Iterator[str]:
    charter = found.charter
    unverified = sum(not entry.verified for entry in charter.assumptions)
    if unverified:
        are = "assumption is" if unverified == 1 else "assumptions are"
        yield f"{unverified} of {len(charter.assumptions)} {are} not verified; see what comes next."
    worse = [each for each in found.decision.slices if each.adjusted < SIGNIFICANT and each.advantage < 0]
    if worse:
        named = ", ".join(
            f"{each.column} {group_in_words(charter, each.column, each.group)}" for each in worse[:MOST_POINTS]
        )
        yield f"It surely earns less than {in_words(found.decision.best_alternative)} in: {named}."
    differing = list(dict.fromkeys(each.column for each in unequal(found.decision)))
    if differing:
        yield f"It treats groups by {', '.join(differing)} differently, beyond chance: see Groups of people."


def _dangers(found: Findings) -> Iterator[str]:
    for entry in found.charter.risks[:MOST_POINTS]:
        yield f"{entry.risk}. {f'Then: {entry.contingency}.' if entry.contingency else 'Nobody has said what then.'}"


def _next(found: Findings) -> Iterator[str]:
    decision, release = found.decision, found.release
    if release.released:
        yield f"Model {release.model_version} serves now, proven on {release.golden_rows_checked} requests."
    else:
        yield release.reason
    if decision.return_to:
        yield f"The way back leads to {decision.return_to.value.replace('_', ' ')}."


def _steps(found: Findings) -> Iterator[str]:
    if found.release.released:
        yield "Watch what the monitoring plan names, and run again when it says so."
    unverified = [each for each in found.charter.assumptions if not each.verified]
    for entry in unverified[:MOST_POINTS]:
        yield f"Verify: {entry.assumption}{f' ({entry.owner})' if entry.owner else ''}."
    for step in found.model_findings.next_steps[:1]:
        yield f"In the next iteration: {step.step}"

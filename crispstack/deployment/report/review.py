"""The project looked back upon: which checks passed, which pitfalls were met, what to do next time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crispstack.artifacts import PhaseRecord
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page_filters import duration, money, percent
from crispstack.phases import Phase

MANY_QUARANTINED = 0.05
MOST_STEPS = 8
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class QualityCheck:
    """A check of a phase's work: what was asked, what was found, and whether that is enough."""

    phase: Phase
    question: str
    found: str
    passed: bool


def checks(found: Findings) -> tuple[QualityCheck, ...]:
    """Every phase's checks, passed or missed."""
    phases = (_business, _data, _preparation, _modeling, _evaluation, _deployment)
    return tuple(QualityCheck(phase, *each) for phase, make in zip(Phase, phases, strict=True) for each in make(found))


_Check = tuple[str, str, bool]


def _business(found: Findings) -> Iterator[_Check]:
    case, charter = found.business_case, found.charter
    still = [check.question for check in case.checks if not check.passed]
    yield (
        "Is every question of the review settled?",
        f"{len(case.checks) - len(still)} of {len(case.checks)}" + (f"; open: {' '.join(still)}" if still else ""),
        bool(case.checks) and not still,
    )
    verified = sum(entry.verified for entry in charter.assumptions)
    yield (
        "Are the assumptions verified?",
        f"{verified} of {len(charter.assumptions)}" if charter.assumptions else "none was written down",
        bool(charter.assumptions) and verified == len(charter.assumptions),
    )
    prepared = sum(bool(entry.contingency) for entry in charter.risks)
    yield (
        "Has every risk a contingency?",
        f"{prepared} of {len(charter.risks)}" if charter.risks else "no risk was written down",
        bool(charter.risks) and prepared == len(charter.risks),
    )


def _data(found: Findings) -> Iterator[_Check]:
    results, changed = found.quality_report.results, found.schema_report.differences
    held = sum(result.passed for result in results)
    yield "Do the quality rules hold?", f"{held} of {len(results)}", held == len(results)
    yield (
        "Are the schemas as declared?",
        "yes" if not changed else f"{len(changed)} differences",
        not changed,
    )
    personal = found.privacy_report.columns
    treated = sum(column.treatment is not None for column in personal)
    yield "Is personal data treated?", f"{treated} of {len(personal)} columns", treated == len(personal)
    suspects = found.exploration.suspects
    settled = sum(each.settled for each in suspects)
    yield (
        "Are suspects of leakage settled?",
        f"{settled} of {len(suspects)}" if suspects else "there were none",
        settled == len(suspects),
    )


def _preparation(found: Findings) -> Iterator[_Check]:
    dataset = found.prepared_dataset
    accounted = dataset.train_rows + dataset.test_rows + dataset.quarantined_rows
    yield (
        "Is every row accounted for?",
        f"{accounted:,} of {dataset.rows_in:,}",
        accounted == dataset.rows_in,
    )
    share = dataset.quarantined_rows / dataset.rows_in if dataset.rows_in else 0.0
    yield "Are few rows in quarantine?", f"{percent(share)}", share <= MANY_QUARANTINED


def _modeling(found: Findings) -> Iterator[_Check]:
    board, gap, parity = found.leaderboard, found.model_findings.gap, found.model_package.parity
    yield (
        "Does a candidate beat knowing nothing?",
        f"{board.winner.replace('_', ' ')}" if board.beats_constant else "none does reliably",
        board.beats_constant,
    )
    if gap:
        yield (
            "Is it neither over- nor underfitted?",
            f"skill {percent(gap.training_skill, 0)} on its own rows, {percent(gap.validation_skill, 0)} on new ones",
            gap.verdict == "balanced",
        )
    yield (
        "Is the exported graph the model?",
        f"differs by at most {parity.maximum_difference:.1e} on {parity.rows:,} rows",
        parity.holds,
    )


def _evaluation(found: Findings) -> Iterator[_Check]:
    for criterion in found.decision.criteria:
        if criterion.verdict != "not_measured":
            yield f"Criterion: {criterion.name}", criterion.reason, criterion.passed


def _deployment(found: Findings) -> Iterator[_Check]:
    release = found.release
    if release.released:
        yield (
            "Does what serves answer as trained?",
            f"{release.golden_rows_checked} golden rows, largest difference {release.maximum_difference:.1e}",
            True,
        )


def pitfalls(found: Findings) -> tuple[str, ...]:
    """What went otherwise than one would wish, from warnings and findings of every phase."""
    return tuple(_pitfalls(found))


def _pitfalls(found: Findings) -> Iterator[str]:
    for change in found.schema_report.differences[:MOST_STEPS]:
        yield f"Schema of {change.source}: {change.column} {change.change.replace('_', ' ')}. {change.remedy}"
    for result in found.quality_report.results:
        if not result.passed:
            yield f"Rule `{result.rule}` is broken by {result.failing:,} of {result.checked:,}. {result.remedy}"
    for suspect in found.exploration.suspects:
        does = "knows the answer" if suspect.kind == "leakage" else "names its row"
        yield f"{suspect.column} {does}: {suspect.evidence}."
    for reason, count in found.prepared_dataset.quarantine_reasons.items():
        yield f"{count:,} rows went into quarantine: {reason}"
    yield from found.leaderboard.warnings
    gap = found.model_findings.gap
    if gap and gap.verdict in ("overfits", "underfits", "no_skill"):
        yield gap.words
    failed = [candidate for candidate in found.leaderboard.candidates if candidate.error]
    for candidate in failed:
        yield f"Candidate {candidate.name} could not be used: {candidate.error}"
    for each in found.decision.slices:
        if each.adjusted < SIGNIFICANT and each.advantage < 0:
            yield f"In {each.column} {each.group} the model earns less than the alternative."


def next_time(found: Findings, run_id: str) -> tuple[str, ...]:
    """What the next iteration begins with."""
    return tuple(_next_time(found, run_id))


def _next_time(found: Findings, run_id: str) -> Iterator[str]:
    for criterion in found.decision.criteria:
        if criterion.verdict in ("failed", "condition"):
            yield f"{criterion.name.capitalize()}: {criterion.reason}."
    for entry in found.charter.assumptions:
        if not entry.verified:
            yield f"Verify: {entry.assumption}."
    for step in found.model_findings.next_steps[:MOST_STEPS]:
        yield f"{step.step} ({step.reason})"
    if found.quality_report.drafts:
        yield f"Adopt the {len(found.quality_report.drafts)} quality rules that the profile suggests."
    yield f"Begin from here: `crisp init {found.charter.name} --from {run_id}` drafts the next charter from this run."


def plan_words(found: Findings, phases: tuple[PhaseRecord, ...]) -> str:
    """Days that were planned for people against the time and money that this run took."""
    days = sum(stage.days for stage in found.charter.plan)
    planned = f"The plan gives people {days:g} working days" if days else "The plan states no days"
    currency, resources = found.decision.currency, found.charter.resources
    if resources:
        once, yearly = (sum(each.cost for each in resources if each.every_year is kind) for kind in (False, True))
        planned += f" and {money(once, currency)} once, {money(yearly, currency)} a year"
    if not phases:
        return f"{planned}."
    seconds = sum(record.seconds for record in phases)
    spent = [record.dollars for record in phases if record.dollars is not None]
    cost = f" and at least {sum(spent):.4f} US dollars by list prices" if spent else ""
    return (
        f"{planned}; of these no record is kept. What a run records is computing: this one took {duration(seconds)} "
        f"over its phases{cost}. That is the price of another iteration."
    )

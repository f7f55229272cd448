"""What each phase was to reach, how it went about it, and what came of it: a sentence each, from the artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.page_filters import percent
from crispstack.evaluation.policy_names import in_words
from crispstack.phases import Phase

_BACKENDS = {
    "spark": "Spark on EMR Serverless",
    "gpu": "a machine with a GPU, through AWS Batch",
    "sagemaker": "a SageMaker training job",
}


@dataclass(frozen=True)
class PhaseAccount:
    """One phase: the goal of the plan's stages, the process used, the result."""

    phase: Phase
    goal: str
    process: str
    result: str


@dataclass(frozen=True)
class Goal:
    """Something that was wanted, what came of it, and whether that is enough; None where it was not measured."""

    goal: str
    result: str
    reached: bool | None


def accounts(found: Findings) -> tuple[PhaseAccount, ...]:
    """The six phases, in order."""
    said = (_business(found), _data(found), _preparation(found), _modeling(found), _evaluation(found), _release(found))
    stages = found.charter.plan
    return tuple(
        PhaseAccount(phase, "; ".join(stage.goal for stage in stages if stage.phase is phase and stage.goal), *each)
        for phase, each in zip(Phase, said, strict=True)
    )


def goals(found: Findings) -> Iterator[Goal]:
    """The question, the technical objective and the limits that the charter set, each with what came of it."""
    decision, charter = found.decision, found.charter
    yield Goal(charter.question, decision.summary, decision.verdict != "no_go")
    quality = ("ranking", "explained cost", "generalization gap", "calibration")
    for_objective = [each for each in decision.criteria if each.name in quality and each.verdict != "not_measured"]
    missed = [each for each in for_objective if not each.passed]
    if charter.technical_objective:
        yield Goal(
            charter.technical_objective,
            "; ".join(each.reason for each in missed or for_objective[:1]),
            not missed,
        )
    yield Goal(
        "Earn more than anyone could without a model",
        f"{decision.advantage:+,.0f} {decision.currency} against {in_words(decision.best_alternative)}",
        decision.advantage_low > 0,
    )


def _business(found: Findings) -> tuple[str, str]:
    case, charter = found.business_case, found.charter
    passed = sum(check.passed for check in case.checks)
    sources = "1 source" if len(charter.sources) == 1 else f"{len(charter.sources)} sources"
    result = (
        f"{passed} of {len(case.checks)} questions of the feasibility review are settled."
        if case.checks
        else "No review was recorded."
    )
    return (
        f"The charter, {sources}, {len(charter.assumptions)} assumptions and {len(charter.risks)} risks, was validated "
        "as a whole and reviewed before anything was computed.",
        result,
    )


def _data(found: Findings) -> tuple[str, str]:
    profile, quality = found.data_profile, found.quality_report
    rules = len(quality.results)
    broken = sum(not result.passed for result in quality.results)
    scanned = f"{profile.bytes_scanned / 1e6:,.1f} MB"
    return (
        f"Glue crawlers cataloged the raw data; Athena profiled every column in one scan per table ({scanned}) and "
        f"asked {rules} quality rules of it; {found.exploration.sample.rows:,} rows were looked at together.",
        f"{profile.rows:,} rows known, {profile.test_rows:,} set aside unseen; "
        f"{rules - broken} of {rules} quality rules hold, {len(quality.drafts)} more are suggested.",
    )


def _preparation(found: Findings) -> tuple[str, str]:
    dataset, plan = found.prepared_dataset, found.charter.preparation
    parts = {
        "joins": len(plan.joins),
        "windows": len(plan.windows),
        "columns cleaned": len(plan.clean),
        "features derived": len(plan.derive),
        "columns left out": len(found.charter.excluded),
    }
    did = ", ".join(f"{count} {name}" for name, count in parts.items() if count) or "columns taken as they are"
    return (
        f"One PySpark job on Glue: {did}. What is fitted belongs to the model and is fitted inside the folds.",
        f"Version {dataset.version}: {dataset.train_rows:,} rows to train on, {dataset.test_rows:,} to test on, "
        f"{dataset.quarantined_rows:,} in quarantine, {len(dataset.features)} features.",
    )


def _modeling(found: Findings) -> tuple[str, str]:
    board, plan = found.leaderboard, found.compute_plan
    families = len({candidate.family for candidate in board.candidates})
    where = f" on {_BACKENDS[plan.backend]}, {plan.machine}," if plan else ""
    return (
        f"{board.trials} candidates of {families} families were searched{where} in {board.seconds:,.0f} of "
        f"{board.budget_seconds:,.0f} seconds.",
        f"{board.winner.replace('_', ' ')} was chosen, exported as one ONNX graph and proven equal on "
        f"{found.model_package.parity.rows:,} rows.",
    )


def _evaluation(found: Findings) -> tuple[str, str]:
    decision = found.decision
    failed = [criterion.name for criterion in decision.criteria if criterion.verdict == "failed"]
    met = sum(criterion.verdict == "met" for criterion in decision.criteria)
    share = decision.test_rows / (decision.test_rows + found.prepared_dataset.train_rows)
    return (
        f"{decision.test_rows:,} rows ({percent(share, 0)}) that no other phase may read were scored once, through the "
        "graph that would serve; every policy was valued on the same cases.",
        f"{met} of {len(decision.criteria)} criteria are met"
        + (f"; not met: {', '.join(failed)}." if failed else f", {len(decision.conditions)} conditions stand."),
    )


def _release(found: Findings) -> tuple[str, str]:
    release = found.release
    process = (
        "Graph, package and charter were copied to a place that never changes, the champion was named, and golden rows "
        "were asked of the function that serves."
        if release.released
        else "Nothing was released."
    )
    return process, f"Model {release.model_version} serves." if release.released else release.reason

"""The final report as one page that needs nothing else, and the model card beside it."""

from __future__ import annotations

import json
from typing import Any

from crispstack.artifacts import InputReference, PhaseRecord
from crispstack.data_preparation.privacy import collision_probability
from crispstack.data_understanding.findings import findings as learned
from crispstack.deployment.report import (
    accounts,
    evaluation_section,
    exploration_section,
    findings_section,
    model_plots,
    monitoring,
    profile_plot,
    profile_section,
    review,
    schema_section,
    summary,
)
from crispstack.deployment.report.found import Findings
from crispstack.deployment.report.pictures import safe
from crispstack.deployment.report.templates import template
from crispstack.evaluation.comparison import MODEL
from crispstack.evaluation.policy_names import in_words


def render(
    found: Findings,
    project: str,
    run_id: str,
    phases: tuple[PhaseRecord, ...],
    references: tuple[InputReference, ...],
) -> str:
    """The page. Everything that comes from data is escaped; pictures are inline; there is no script.

    Args:
        found: the run's artifacts.
        project: name of the project.
        run_id: the run.
        phases: when each phase began and ended.
        references: URIs and hashes of the artifacts themselves.
    """
    context = {
        **_artifacts(found),
        **_summary(found),
        **_phases(found),
        **evaluation_section.section(found),
        **_review(found, run_id, phases),
        "project": project,
        "run_id": run_id,
        "phases": phases,
        "references": references,
        "plots": {name: safe(svg) for name, svg in _plots(found).items()},
    }
    page: str = template("report.html.j2", autoescape=True).render(context)
    return page


def _artifacts(found: Findings) -> dict[str, Any]:
    """The artifacts under the names by which the templates call them."""
    return {
        "case": found.business_case,
        "charter": found.charter,
        "collection": found.data_collection,
        "profile": found.data_profile,
        "schema": found.schema_report,
        "quality": found.quality_report,
        "privacy": found.privacy_report,
        "exploration": found.exploration,
        "dataset": found.prepared_dataset,
        "board": found.leaderboard,
        "found": found.model_findings,
        "package": found.model_package,
        "decision": found.decision,
        "segmentation": found.segmentation,
        "registration": found.registration,
        "approval": found.approval,
        "release": found.release,
    }


def _summary(found: Findings) -> dict[str, Any]:
    criteria = found.decision.criteria
    return {
        "answered": summary.VERDICTS[found.decision.verdict],
        "summary_sentence": summary.sentence(found.decision),
        "answers": summary.answers(found),
        "alternative": in_words(found.decision.best_alternative),
        "model": found.policy(MODEL),
        "met": sum(criterion.verdict == "met" for criterion in criteria),
        "measured": sum(criterion.verdict != "not_measured" for criterion in criteria),
    }


def _phases(found: Findings) -> dict[str, Any]:
    charter, base_rate = found.charter, _base_rate(found)
    names = [column.name for column in charter.feature_columns]
    return {
        "accounts": accounts.accounts(found),
        "goals": tuple(accounts.goals(found)),
        "collisions": _collisions(found),
        "pictures": exploration_section.pictures(found.exploration),
        "learned": learned(found.data_profile, found.exploration, charter),
        "columns": profile_section.profiles(found.data_profile, charter.source.name, names, base_rate),
        "rates": base_rate is not None,
        "differences": schema_section.differences(found.schema_report),
        "told": findings_section.section(found.model_findings, charter),
        "request": {"rows": [found.model_package.golden_rows[0].row]},
        "golden": found.model_package.golden_rows[0],
        "answer": _answer(found),
        "monitoring": monitoring.plan(found),
        "monitored": monitoring.CASES,
    }


def _review(found: Findings, run_id: str, phases: tuple[PhaseRecord, ...]) -> dict[str, Any]:
    return {
        "checks": review.checks(found),
        "pitfalls": review.pitfalls(found),
        "next_time": review.next_time(found, run_id),
        "plan_words": review.plan_words(found, phases),
    }


def _answer(found: Findings) -> str:
    """What is answered to the first golden row, as JSON."""
    import numpy as np  # noqa: PLC0415

    from crispstack.deployment.predictions import Predictions  # noqa: PLC0415

    package, amount = found.model_package, None
    golden = package.golden_rows[0]
    predicted = np.array([golden.scores if package.framing == "multiclass" else golden.scores[0]], dtype=np.float32)
    if found.charter.money.amount and found.charter.money.amount.column in golden.row:
        amount = np.array([golden.row[found.charter.money.amount.column]], dtype=np.float64)
    (prediction,) = Predictions(found.charter, package).of(predicted, amount)
    return json.dumps(prediction, ensure_ascii=False)


def _collisions(found: Findings) -> dict[tuple[str, str], float]:
    """Of hashed columns of the first source, by source and name: the probability that two values share a pseudonym."""
    charter = found.charter
    distinct = {column.name: column.distinct for column in found.data_profile.columns}
    return {
        (charter.source.name, each.column): collision_probability(distinct[each.column], each.digits)
        for each in charter.treatments(charter.source.name)
        if each.treatment == "hash" and each.column in distinct
    }


def _plots(found: Findings) -> dict[str, str]:
    return {
        **evaluation_section.plots(found),
        **_target_plot(found),
        "leaderboard": model_plots.leaderboard(found.leaderboard),
    }


def _base_rate(found: Findings) -> float | None:
    """Share of positives, where the target is positive or not."""
    profile = found.data_profile
    return profile.positives / profile.rows if found.decision.framing == "binary" else None


def _target_plot(found: Findings) -> dict[str, str]:
    """How a target that is not positive or not is distributed."""
    if found.decision.framing == "binary":
        return {}
    name = found.charter.target.column
    target = next(column for column in found.data_profile.columns if column.name == name)
    return {"target": profile_plot.profile(target, None)}

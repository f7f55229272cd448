"""The final report: everything a run found, as one JSON artifact and one page that needs nothing else."""

from __future__ import annotations

import json
import typing
from dataclasses import dataclass
from importlib import resources

from crispstack.artifacts import (
    Artifact,
    BusinessCase,
    DataProfile,
    Decision,
    InputReference,
    Leaderboard,
    ModelFindings,
    ModelPackage,
    PhaseRecord,
    PolicyValue,
    PreparedDataset,
    QualityReport,
    Release,
    SchemaReport,
)
from crispstack.data_collection import DataCollection
from crispstack.data_preparation.privacy import collision_probability
from crispstack.data_understanding.exploration import Exploration
from crispstack.data_understanding.findings import findings as learned
from crispstack.data_understanding.personal_data import PrivacyReport
from crispstack.deployment.report import (
    exploration_section,
    findings_section,
    model_plots,
    profile_plot,
    profile_section,
    schema_section,
)
from crispstack.deployment.report.page_filters import FILTERS
from crispstack.deployment.report.pictures import safe
from crispstack.deployment.serving import predictions
from crispstack.evaluation.policy_names import in_words, titled


@dataclass(frozen=True)
class Findings:
    """What the phases of one run handed on. Field names are those of the artifacts' files."""

    business_case: BusinessCase
    data_collection: DataCollection
    data_profile: DataProfile
    schema_report: SchemaReport
    quality_report: QualityReport
    privacy_report: PrivacyReport
    exploration: Exploration
    prepared_dataset: PreparedDataset
    leaderboard: Leaderboard
    model_findings: ModelFindings
    model_package: ModelPackage
    decision: Decision
    release: Release

    @classmethod
    def kinds(cls) -> dict[str, type[Artifact]]:
        """The artifact classes a report is made from, in the order of the phases."""
        return typing.get_type_hints(cls)


def render(
    findings: Findings,
    project: str,
    run_id: str,
    phases: tuple[PhaseRecord, ...],
    references: tuple[InputReference, ...],
) -> str:
    """The page. Everything that comes from data is escaped; pictures are inline; there is no script.

    Args:
        findings: the run's artifacts.
        project: name of the project.
        run_id: the run.
        phases: when each phase began and ended.
        references: URIs and hashes of the artifacts themselves.
    """
    import jinja2  # noqa: PLC0415

    loader = jinja2.FunctionLoader(lambda name: resources.files(__package__).joinpath(name).read_text("utf-8"))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, loader=loader)
    environment.filters |= FILTERS
    template = environment.get_template("report.html.j2")
    decision, charter, base_rate = findings.decision, findings.business_case.charter, _base_rate(findings)
    return template.render(
        case=findings.business_case,
        charter=charter,
        collection=findings.data_collection,
        profile=findings.data_profile,
        quality=findings.quality_report,
        privacy=findings.privacy_report,
        collisions=_collisions(findings),
        exploration=findings.exploration,
        pictures=exploration_section.pictures(findings.exploration),
        learned=learned(findings.data_profile, findings.exploration, charter),
        dataset=findings.prepared_dataset,
        board=findings.leaderboard,
        package=findings.model_package,
        decision=decision,
        release=findings.release,
        project=project,
        run_id=run_id,
        phases=phases,
        references=references,
        model=_policy(decision, "model"),
        alternative=in_words(decision.best_alternative),
        plots={name: safe(svg) for name, svg in _plots(findings).items()},
        columns=profile_section.profiles(
            findings.data_profile, charter.source.name, [each.name for each in charter.feature_columns], base_rate
        ),
        rates=base_rate is not None,
        schema=findings.schema_report,
        differences=schema_section.differences(findings.schema_report),
        found=findings.model_findings,
        told=findings_section.section(findings.model_findings, charter),
        request={"rows": [findings.model_package.golden_rows[0].row]},
        golden=findings.model_package.golden_rows[0],
        answer=_answer(findings),
    )


def _answer(findings: Findings) -> str:
    """What is answered to the first golden row, as JSON."""
    import numpy as np  # noqa: PLC0415

    charter, package = findings.business_case.charter, findings.model_package
    scores = package.golden_rows[0].scores
    found = np.array([scores if package.framing == "multiclass" else scores[0]], dtype=np.float32)
    (prediction,) = predictions(found, charter, package)
    return json.dumps(prediction, ensure_ascii=False)


def _collisions(findings: Findings) -> dict[tuple[str, str], float]:
    """Of hashed columns of the first source, by source and name: the probability that two values share a pseudonym."""
    charter = findings.business_case.charter
    distinct = {column.name: column.distinct for column in findings.data_profile.columns}
    return {
        (charter.source.name, each.column): collision_probability(distinct[each.column], each.digits)
        for each in charter.treatments(charter.source.name)
        if each.treatment == "hash" and each.column in distinct
    }


def _plots(findings: Findings) -> dict[str, str]:
    decision, board = findings.decision, findings.leaderboard
    return {
        "policies": model_plots.policies(decision.policies, titled, decision.currency),
        **_plots_of_ranking(decision),
        **_target_plot(findings),
        "calibration": model_plots.calibration(decision.calibration, decision.framing),
        "leaderboard": model_plots.leaderboard(board),
    }


def _plots_of_ranking(decision: Decision) -> dict[str, str]:
    """Pictures of two classes' order; of several classes, which were taken for which."""
    if decision.confusion:
        from crispstack.deployment.report import finding_plots  # noqa: PLC0415

        return {"confusion": finding_plots.confusion(decision.confusion)}
    if decision.roc_auc is None or decision.average_precision is None:
        return {}
    model, base_rate = _policy(decision, "model"), decision.test_positives / decision.test_rows
    share = (model.acted_on or 0) / decision.test_rows
    return {
        "value_curve": model_plots.value_curve(decision.curve, share, model.value, decision.currency),
        "roc": model_plots.roc(decision.curve, decision.roc_auc),
        "precision": model_plots.precision(decision.curve, base_rate, decision.average_precision),
    }


def _base_rate(findings: Findings) -> float | None:
    """Share of positives, where the target is positive or not."""
    profile = findings.data_profile
    return profile.positives / profile.rows if findings.decision.framing == "binary" else None


def _target_plot(findings: Findings) -> dict[str, str]:
    """How a target that is not positive or not is distributed."""
    if findings.decision.framing == "binary":
        return {}
    name = findings.business_case.charter.target.column
    target = next(column for column in findings.data_profile.columns if column.name == name)
    return {"target": profile_plot.profile(target, None)}


def _policy(decision: Decision, name: str) -> PolicyValue:
    return next(policy for policy in decision.policies if policy.policy == name)

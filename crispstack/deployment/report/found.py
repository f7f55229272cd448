"""What the phases of one run handed on: everything that the report is made from."""

from __future__ import annotations

import typing
from dataclasses import dataclass

from crispstack.artifacts import (
    Approval,
    Artifact,
    BusinessCase,
    ComputePlan,
    DataProfile,
    Decision,
    Leaderboard,
    ModelFindings,
    ModelPackage,
    PolicyValue,
    PreparedDataset,
    QualityReport,
    Registration,
    Release,
    SchemaReport,
    Segmentation,
)
from crispstack.charter import Charter
from crispstack.data_collection import DataCollection
from crispstack.data_understanding.exploration import Exploration
from crispstack.data_understanding.personal_data import PrivacyReport


@dataclass(frozen=True)
class Findings:
    """Field names are those of the artifacts' files; the last ones are not of every run."""

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
    compute_plan: ComputePlan | None = None
    segmentation: Segmentation | None = None
    registration: Registration | None = None
    approval: Approval | None = None

    @classmethod
    def kinds(cls) -> dict[str, tuple[type[Artifact], bool]]:
        """The artifact classes a report is made from, and whether every run has one."""
        hints = typing.get_type_hints(cls)
        return {name: (_kind(hint), isinstance(hint, type)) for name, hint in hints.items()}

    @property
    def charter(self) -> Charter:
        """The charter of this run."""
        return self.business_case.charter

    def policy(self, name: str) -> PolicyValue:
        """What a policy earned."""
        return next(policy for policy in self.decision.policies if policy.policy == name)


def _kind(hint: typing.Any) -> type[Artifact]:
    kind: type[Artifact] = hint if isinstance(hint, type) else typing.get_args(hint)[0]
    return kind

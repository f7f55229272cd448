"""What one phase hands the next: frozen dataclasses with a JSON form and a schema version.

An artifact names the URI and the hash of everything it was made from, so that any result can be traced to its data.
"""

from crispstack.artifacts.approval import Approval, RegisteredModel, Registration
from crispstack.artifacts.artifact import SCHEMA_VERSION, Artifact, InputReference, sha256
from crispstack.artifacts.business_case import BusinessCase, Check
from crispstack.artifacts.compute_plan import ComputePlan
from crispstack.artifacts.data_profile import Bin, ColumnProfile, DataProfile, TableProfile, TimeCoverage, ValueCount
from crispstack.artifacts.decision import (
    CalibrationBin,
    CostSensitivity,
    Criterion,
    CurvePoint,
    Decision,
    FairnessGap,
    PeriodValue,
    PolicyValue,
    SliceValue,
)
from crispstack.artifacts.final_report import FinalReport, PhaseRecord, Release
from crispstack.artifacts.leaderboard import Candidate, Leaderboard
from crispstack.artifacts.model_findings import (
    ClassErrors,
    Confusion,
    Contributions,
    CurvePointOfRows,
    Dependence,
    DependencePoint,
    Explanation,
    Gap,
    Importance,
    LearningCurve,
    ModelFindings,
    NextStep,
    ResidualBin,
    Residuals,
    Slice,
    SliceCondition,
    SliceSearch,
    WorstRow,
)
from crispstack.artifacts.model_package import GoldenRow, ModelPackage, Parity, Provenance, ShortlistedModel
from crispstack.artifacts.prepared_dataset import Feature, FeatureKind, JoinResult, PreparedDataset
from crispstack.artifacts.quality_report import JoinCheck, QualityReport, RuleDraft, RuleResult
from crispstack.artifacts.schema_report import (
    DiscoveredColumn,
    DiscoveredSchema,
    SchemaChange,
    SchemaDifference,
    SchemaReport,
)
from crispstack.artifacts.segmentation import Segment, Segmentation, SegmentCondition

__all__ = [
    "SCHEMA_VERSION",
    "Approval",
    "Artifact",
    "Bin",
    "BusinessCase",
    "CalibrationBin",
    "Candidate",
    "Check",
    "ClassErrors",
    "ColumnProfile",
    "ComputePlan",
    "Confusion",
    "Contributions",
    "CostSensitivity",
    "Criterion",
    "CurvePoint",
    "CurvePointOfRows",
    "DataProfile",
    "Decision",
    "Dependence",
    "DependencePoint",
    "DiscoveredColumn",
    "DiscoveredSchema",
    "Explanation",
    "FairnessGap",
    "Feature",
    "FeatureKind",
    "FinalReport",
    "Gap",
    "GoldenRow",
    "Importance",
    "InputReference",
    "JoinCheck",
    "JoinResult",
    "Leaderboard",
    "LearningCurve",
    "ModelFindings",
    "ModelPackage",
    "NextStep",
    "Parity",
    "PeriodValue",
    "PhaseRecord",
    "PolicyValue",
    "PreparedDataset",
    "Provenance",
    "QualityReport",
    "RegisteredModel",
    "Registration",
    "Release",
    "ResidualBin",
    "Residuals",
    "RuleDraft",
    "RuleResult",
    "SchemaChange",
    "SchemaDifference",
    "SchemaReport",
    "Segment",
    "SegmentCondition",
    "Segmentation",
    "ShortlistedModel",
    "Slice",
    "SliceCondition",
    "SliceSearch",
    "SliceValue",
    "TableProfile",
    "TimeCoverage",
    "ValueCount",
    "WorstRow",
    "sha256",
]

"""Which columns hold personal data, and what the charter does with each: the artifact `PrivacyReport`.

It holds no value of any column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crispstack.artifacts import Artifact, InputReference
from crispstack.charter import Charter, Column, Severity, Source
from crispstack.data_understanding.personal_data_names import kind_by_name
from crispstack.data_understanding.personal_data_patterns import Evidence, kind_by_content
from crispstack.errors import PrivacyError
from crispstack.phases import Phase
from crispstack.privacy_plan import PrivacyTreatment

CERTAIN = 0.9
"""From this confidence on, an untreated column stops a run where the evidence decides."""
VALUES = 200
"""Distinct values of a column that are looked at."""

Values = Mapping[str, Sequence[str]]
"""Distinct values by column, none of them missing."""


@dataclass(frozen=True)
class PersonalColumn:
    """A column that holds personal data, or may.

    Attributes:
        source: its source.
        column: its name.
        kind: what it holds, in words.
        evidence: by what it was found first of: the charter, its values, a pattern of them, its name.
        confidence: how sure that is, from 0 to 1; 1 where the charter declares it.
        reason: what was found.
        treatment: what the charter does with it, None where it says nothing.
        severity: what follows where there is no treatment, else None.
        remedy: the line to add to the charter, empty where there is a treatment.
    """

    source: str
    column: str
    kind: str
    evidence: Evidence
    confidence: float
    reason: str
    treatment: PrivacyTreatment | None
    severity: Severity | None
    remedy: str


@dataclass(frozen=True)
class PrivacyReport(Artifact, phase=Phase.DATA_UNDERSTANDING):
    """Data understanding: personal data, and what becomes of it. `values` of a column were looked at, at most."""

    columns: tuple[PersonalColumn, ...]
    values: int
    inputs: tuple[InputReference, ...] = ()


def report(charter: Charter, values: Mapping[str, Values], inputs: tuple[InputReference, ...] = ()) -> PrivacyReport:
    """Every column that is declared personal, treated, or found to hold personal data.

    Args:
        charter: declares columns and treatments.
        values: by source, some distinct values of its columns; a column without any is judged by its name.
        inputs: what the values were taken from.
    """
    found = (
        _column(charter, source, column, values.get(source.name, {}).get(column.name, ())[:VALUES])
        for source in charter.sources
        for column in source.columns
    )
    return PrivacyReport(tuple(column for column in found if column), VALUES, inputs)


def stop_on_untreated(found: PrivacyReport) -> None:
    """Let the run go on only if no column of severity "stop" is without a treatment.

    Raises:
        PrivacyError: names each such column, why it is taken for personal data, and the line to add to the charter.
    """
    stopping = [each for each in found.columns if each.severity == "stop"]
    if stopping:
        lines = [f"{each.source}.{each.column}: {each.kind} ({each.reason}); add under privacy in the charter\n"
                 f"  {each.remedy}" for each in stopping]  # fmt: skip
        raise PrivacyError("the charter does not say what becomes of personal data:\n" + "\n".join(lines))


def _column(charter: Charter, source: Source, column: Column, values: Sequence[str]) -> PersonalColumn | None:
    by_name = kind_by_name(column.name, source.name, column.type)
    content = kind_by_content(values, by_name[0] if by_name else "") if column.type not in ("boolean", "date") else None
    treatment = next((each for each in charter.treatments(source.name) if each.column == column.name), None)
    if not (content or by_name or column.personal or treatment):
        return None
    kind, confidence, reasons = "personal data", 1.0, []
    evidence: Evidence = "declared"
    if by_name:
        kind, evidence, confidence = by_name[0], "name", by_name[1]
        reasons.append(f"its name says {kind}")
    if content:
        # Name and values are taken for independent witnesses where they agree.
        agree = by_name is not None and by_name[0] == content.kind
        doubt = (1 - confidence if by_name and agree else 1.0) * (1 - content.confidence)
        kind, evidence, confidence = content.kind, content.evidence, 1 - doubt
        reasons.insert(0, content.reason)
    if column.personal:
        evidence, confidence = "declared", 1.0
        reasons.insert(0, "declared in the charter")
    severity = None if treatment else _severity(charter, confidence)
    remedy = "" if treatment else _remedy(charter, source, column, kind)
    reason = "; ".join(reasons) or "treated in the charter"
    return PersonalColumn(source.name, column.name, kind, evidence, confidence, reason, treatment, severity, remedy)


def _severity(charter: Charter, confidence: float) -> Severity:
    if charter.untreated_personal_data != "by_evidence":
        return charter.untreated_personal_data
    return "stop" if confidence >= CERTAIN else "warn"


def _remedy(charter: Charter, source: Source, column: Column, kind: str) -> str:
    """A line of YAML that may be pasted as it is: what is usually done with this kind in a column of this type."""
    where = "" if source is charter.source else f"source: {source.name}, "
    if column.name == charter.target.column and source is charter.source:
        usual = "treatment: keep, reason: it is what is to be predicted"
    elif kind == "date of birth" and column.type == "date":
        usual = "treatment: generalize, to: year, reason: the year of birth suffices"
    elif kind == "e-mail address" and column.type == "category":
        usual = "treatment: hash, reason: tells people apart without naming them"
    elif kind == "personal data":
        usual = "treatment: keep, reason: needed to answer the question"
    else:
        usual = "treatment: drop, reason: not needed to answer the question"
    return f"- {{{where}column: {column.name}, {usual}}}"

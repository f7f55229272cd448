"""Columns to ask about before they are used: those that tell the target too well, and those that name their row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crispstack.charter import Charter
from crispstack.data_understanding.exploration import Suspect, TargetAssociation
from crispstack.data_understanding.sample_columns import SampleColumn

TELLS_ALL = 0.9
"""A column that alone reaches this ROC AUC is asked about."""
TELLS_MUCH, AHEAD = 0.75, 0.05
"""So is one that reaches `TELLS_MUCH` and whose interval begins `AHEAD` of the next best column that may be used."""
MOSTLY_DIFFERENT = 0.95
"""Share of different values among those present from which a column names its row."""
ROWS_TO_TELL = 50


def suspects(found: Sequence[TargetAssociation], columns: Sequence[SampleColumn], charter: Charter) -> list[Suspect]:
    """Suspects of leakage, then identifiers; those that the charter excludes already are settled."""
    reasons = {exclusion.column: exclusion.reason for exclusion in charter.preparation.exclude}
    return [*_leakage(found, reasons), *_identifiers(columns, reasons, charter)]


def _leakage(found: Sequence[TargetAssociation], reasons: dict[str, str]) -> Iterator[Suspect]:
    for each in found:
        others = [other.roc_auc for other in found if other.column != each.column and not other.excluded]
        best = max(others, default=0.5)
        if each.roc_auc >= TELLS_ALL:
            evidence = f"ROC AUC {each.roc_auc:.3f} by itself, at least {TELLS_ALL:g}"
        elif each.roc_auc >= TELLS_MUCH and each.roc_auc_low >= best + AHEAD:
            evidence = f"ROC AUC {each.roc_auc:.3f} by itself, far ahead of the next best usable column ({best:.3f})"
        else:
            continue
        remedy = "is it known when a prediction is needed? If not, exclude it with that reason"
        yield _suspect(each.column, "leakage", evidence, remedy, reasons)


def _identifiers(columns: Sequence[SampleColumn], reasons: dict[str, str], charter: Charter) -> Iterator[Suspect]:
    for column in columns:
        if column.name != charter.target.column and is_identifier(column):
            present = int(column.present.sum())
            evidence = f"{column.distinct:,} different values in {present:,} rows"
            remedy = "exclude it with that reason: it says nothing about rows yet to come"
            yield _suspect(column.name, "identifier", evidence, remedy, reasons)


def is_identifier(column: SampleColumn) -> bool:
    """Whether nearly every row has a value of its own; measured numbers and free texts may, and are none."""
    present = int(column.present.sum())
    if column.column.type not in ("integer", "category") or present < ROWS_TO_TELL:
        return False
    return column.distinct >= MOSTLY_DIFFERENT * present


def _suspect(column: str, kind: str, evidence: str, remedy: str, reasons: dict[str, str]) -> Suspect:
    settled = column in reasons
    done = f"excluded already: {reasons[column]}" if settled else remedy
    return Suspect(column, kind, evidence, done, settled)  # type: ignore[arg-type]

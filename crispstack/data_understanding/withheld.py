"""What artifacts and pages do not show: the values of personal columns that the charter does not keep as they are."""

from __future__ import annotations

import dataclasses

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.data_understanding.personal_data import PrivacyReport

# Everything else of a column's profile is, or is computed so that it gives away, single values.
_SHOWN = frozenset({"name", "type", "count", "nulls", "distinct", "unparsable", "target_correlation"})


def withheld_columns(report: PrivacyReport, source: str) -> frozenset[str]:
    """Names of the source's columns whose values must not be shown: personal, and not kept with a reason."""
    return frozenset(
        each.column
        for each in report.columns
        if each.source == source and (each.treatment is None or each.treatment.treatment != "keep")
    )


def without_withheld(profile: DataProfile, report: PrivacyReport, source: str) -> DataProfile:
    """The profile of the source's table with counts alone for the columns whose values must not be shown."""
    names = withheld_columns(report, source)
    columns = tuple(_counts(column) if column.name in names else column for column in profile.columns)
    return dataclasses.replace(profile, columns=columns)


def _counts(column: ColumnProfile) -> ColumnProfile:
    return ColumnProfile(**{name: value for name, value in vars(column).items() if name in _SHOWN})

"""What artifacts and pages do not show: the values of personal columns that the charter does not keep as they are."""

from __future__ import annotations

import dataclasses
import math

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.charter import Charter
from crispstack.data_understanding.personal_data import PrivacyReport

# Everything else of a column's profile is, or is computed so that it gives away, single values.
_SHOWN = frozenset(
    {
        "name", "type", "count", "nulls", "empties", "distinct", "unparsable", "constant", "identifier_like",
        "looks_like", "case_variants", "target_correlation",
    }
)  # fmt: skip


def withheld_columns(report: PrivacyReport, source: str) -> frozenset[str]:
    """Names of the source's columns whose values must not be shown: personal, and not kept with a reason."""
    return frozenset(
        each.column
        for each in report.columns
        if each.source == source and (each.treatment is None or each.treatment.treatment != "keep")
    )


def without_withheld(profile: DataProfile, report: PrivacyReport, source: str) -> DataProfile:
    """The profile with counts alone for the columns whose values must not be shown; `source` is the main one.

    Of numbers that the charter generalizes to bands it shows mean and deviation, and the bands of the quantiles.
    """
    joined = tuple(
        dataclasses.replace(table, columns=_columns(table.columns, report, table.source)) for table in profile.joined
    )
    return dataclasses.replace(profile, columns=_columns(profile.columns, report, source), joined=joined)


def _columns(columns: tuple[ColumnProfile, ...], report: PrivacyReport, source: str) -> tuple[ColumnProfile, ...]:
    names = withheld_columns(report, source)
    widths = {
        each.column: each.treatment.size
        for each in report.columns
        if each.source == source and each.treatment and each.treatment.to == "band"
    }
    return tuple(_shown(column, widths.get(column.name)) if column.name in names else column for column in columns)


def _shown(column: ColumnProfile, width: float | None) -> ColumnProfile:
    counts = ColumnProfile(**{name: value for name, value in vars(column).items() if name in _SHOWN})
    if width is None or column.minimum is None or column.maximum is None:
        return counts
    return dataclasses.replace(
        counts,
        minimum=_band(column.minimum, width),
        maximum=_band(column.maximum, width),
        mean=column.mean,
        standard_deviation=column.standard_deviation,
        quantiles={share: _band(value, width) for share, value in (column.quantiles or {}).items()},
    )


def _band(value: float, width: float) -> float:
    """The lower bound of the value's band."""
    return math.floor(value / width) * width


def withheld_features(charter: Charter) -> set[str]:
    """Features with personal data that the charter does not keep as it is, and those derived from them."""
    treatments = {each.column: each.treatment for each in charter.row_treatments}
    names = {column.name for column in charter.row_columns if column.personal} | set(treatments)
    names -= {name for name, treatment in treatments.items() if treatment == "keep"}
    for each in charter.preparation.derive:
        if {each.column, each.other} & names:
            names.add(each.name)
    return names

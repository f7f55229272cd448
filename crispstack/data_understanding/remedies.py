"""What to do about a broken quality rule: the charter's key that would repair it, or what to ask of the source."""

from __future__ import annotations

from crispstack.business_understanding.quality_rules.rule import AnyRule, Rule, leaves
from crispstack.charter import Charter, Source

_MISSING = "add what stands for missing to `preparation.missing_values`, ask the source, or exclude the column"
_REPEATED = "remove the repeated rows at the source, or name another key"
_VALUES = "correct the values at the source, or widen the rule under `quality` if they are right"
_REMEDIES = {
    "AggregateMatch": "find out which of the two sources is incomplete",
    "ColumnCorrelation": "look at both columns in the profile: one of them changed its meaning",
    "ColumnCount": "declare the columns that the file has under `sources.columns`",
    "ColumnDataType": "correct the values, or the type under `sources.columns`; what does not parse is quarantined",
    "ColumnExists": "declare the column under `sources.columns`, or ask the source where it went",
    "ColumnLength": _VALUES,
    "ColumnNamesMatchPattern": "rename the columns under `sources.columns` and in the file",
    "ColumnValues": _VALUES,
    "Completeness": _MISSING,
    "CustomSql": _VALUES,
    "DataFreshness": "fetch newer data and name it under `sources.file`",
    "DistinctValuesCount": "look for misspelled values among the profile's top values",
    "Entropy": "compare the column's top values with those of an earlier run",
    "IsComplete": _MISSING,
    "IsPrimaryKey": _REPEATED,
    "IsUnique": _REPEATED,
    "Mean": "compare the column's distribution with that of an earlier run: a unit may have changed",
    "ReferentialIntegrity": "fetch both sources at the same time, or complete the one that is referred to",
    "RowCount": "check that the export is whole",
    "RowCountMatch": "check that both exports are whole",
    "SchemaMatch": "declare the same columns and types for both under `sources.columns`",
    "StandardDeviation": "look for outliers in the column's distribution",
    "Sum": "check that the export is whole and that no unit changed",
    "UniqueValueRatio": _REPEATED,
    "Uniqueness": _REPEATED,
}


def remedy(rule: AnyRule, source: Source, charter: Charter, checked: int) -> str:
    """What would repair the data, or the rule.

    Args:
        rule: that was broken.
        source: the rule's own.
        charter: whose keys the remedy names.
        checked: rows that the rule looked at.
    """
    if not checked:
        return "no row was looked at: correct the rule's filter, or fetch the data again"
    return "; ".join(dict.fromkeys(_of(leaf, source, charter) for leaf in leaves(rule)))


def _of(rule: Rule, source: Source, charter: Charter) -> str:  # noqa: ARG001 (grows with the plan of preparation)
    return _REMEDIES[rule.type]

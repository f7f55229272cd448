"""What a quality rule says, once it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
DATA_TYPES = ("Boolean", "Date", "Double", "Integer", "Long", "Timestamp")

FIGURES = frozenset(
    {
        "AggregateMatch",
        "ColumnCorrelation",
        "ColumnCount",
        "Completeness",
        "DistinctValuesCount",
        "Entropy",
        "Mean",
        "ReferentialIntegrity",
        "RowCount",
        "RowCountMatch",
        "SchemaMatch",
        "StandardDeviation",
        "Sum",
        "UniqueValueRatio",
        "Uniqueness",
    }
)
"""Types whose condition is about one figure of the whole table."""
NUMERIC = frozenset({"ColumnCorrelation", "Mean", "StandardDeviation", "Sum"})
"""Types that need a column of numbers."""
SCHEMA = frozenset({"ColumnCount", "ColumnExists", "ColumnNamesMatchPattern", "SchemaMatch"})
"""Types that ask about columns, not about rows."""
UNSUPPORTED = {
    "AllStatistics": "it is an analyzer, not a rule; the profile holds the statistics of every column",
    "DatasetMatch": "compare with ReferentialIntegrity, RowCountMatch or AggregateMatch",
    "DetectAnomalies": "it needs the figures of earlier runs; state a range instead",
    "FileFreshness": "versions of a source are named by their content; ask the column for its DataFreshness",
    "FileMatch": "versions of a source are named by their content, so equal files are equal versions",
    "FileSize": "use RowCount",
    "FileUniqueness": "versions of a source are named by their content, so equal files are equal versions",
}
"""Types of DQDL that cannot be asked here, and what to write instead."""


@dataclass(frozen=True)
class Missing:
    """No value: DQDL's NULL, EMPTY and WHITESPACES_ONLY are one thing in a text that was stripped."""


@dataclass(frozen=True)
class Moment:
    """A time before now, or after it where `hours` is negative."""

    hours: float


Value = float | str | Missing | Moment


@dataclass(frozen=True)
class Condition:
    """What is asked of a figure or of a value: an operator and what it compares with.

    `operator` is a comparison, "between" (both bounds left out, as in DQDL), "in", "matches", or "not " and one of
    these three.
    """

    operator: str
    values: tuple[Value, ...]

    def holds(self, figure: float) -> bool:
        """Whether the figure meets the condition; the operands are numbers."""
        numbers = [value for value in self.values if isinstance(value, int | float)]
        if self.operator.endswith("between"):
            return (numbers[0] < figure < numbers[1]) != self.operator.startswith("not")
        if self.operator.endswith("in"):
            return (figure in numbers) != self.operator.startswith("not")
        first = numbers[0]
        return {
            "=": figure == first,
            "!=": figure != first,
            "<": figure < first,
            "<=": figure <= first,
            ">": figure > first,
            ">=": figure >= first,
        }[self.operator]


@dataclass(frozen=True)
class Comparison:
    """One test of a filter. `operator` as in SQL: a comparison, "in", "between" with its bounds, "like", "is null"."""

    column: str
    operator: str
    values: tuple[float | str, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Combination:
    """Filters of which all ("and"), any ("or") or none ("not") must hold."""

    operator: Literal["and", "or", "not"]
    parts: tuple[Filter, ...]


Filter = Comparison | Combination


@dataclass(frozen=True)
class Aggregate:
    """A figure of a column: "count", "sum", "avg", "min" or "max". `column` is "*" in count(*)."""

    function: str
    column: str
    distinct: bool = False
    source: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule. What a type does not have is left at its default.

    Attributes:
        columns: what the rule is about, in its source.
        condition: of the figure, or of every value.
        threshold: of the share of rows that pass; all must where there is none.
        where: the rows that are looked at; all where there is none.
        pattern: what names of columns must look like.
        reference: another source, with its `reference_columns` in the order of `columns`.
        aggregates: one for CustomSql, two for AggregateMatch.
        selected: the rows that pass, for a CustomSql that selects rows.
    """

    type: str
    columns: tuple[str, ...] = ()
    condition: Condition | None = None
    threshold: Condition | None = None
    where: Filter | None = None
    pattern: str = ""
    reference: str = ""
    reference_columns: tuple[str, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    selected: Filter | None = None

    @property
    def asks_a_figure(self) -> bool:
        """Whether the condition is about one figure of the whole table, not about every row."""
        return self.type in FIGURES or bool(self.type == "CustomSql" and self.aggregates)

    @property
    def judges_rows(self) -> bool:
        """Whether each row keeps the rule or breaks it, so that the rows that break it can be listed."""
        return not self.asks_a_figure and self.type not in SCHEMA


@dataclass(frozen=True)
class Composite:
    """Rules of which all ("and") or any ("or") must hold."""

    operator: Literal["and", "or"]
    parts: tuple[AnyRule, ...]

    @property
    def judges_rows(self) -> bool:
        """Whether every part judges rows: then they are combined row by row."""
        return all(part.judges_rows for part in self.parts)


AnyRule = Rule | Composite


def leaves(rule: AnyRule) -> tuple[Rule, ...]:
    """The rules of which this one is made."""
    return (rule,) if isinstance(rule, Rule) else tuple(leaf for part in rule.parts for leaf in leaves(part))

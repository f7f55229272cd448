"""What data understanding leaves: what the columns of every source hold."""

from __future__ import annotations

from dataclasses import dataclass

from crispstack.artifacts.artifact import Artifact, InputReference
from crispstack.charter import ColumnType
from crispstack.phases import Phase


@dataclass(frozen=True)
class ValueCount:
    """How often a value occurs, and how often the target is positive there."""

    value: str
    count: int
    positives: int


@dataclass(frozen=True)
class Bin:
    """One bin of a histogram: lower edge (included), upper edge, rows, rows with a positive target."""

    lower: float
    upper: float
    count: int
    positives: int


@dataclass(frozen=True)
class ColumnProfile:
    """One column over the rows that are not set aside. Figures of numbers are None for other types.

    `nulls` are missing values, `empties` those among them without any text. `looks_like` is the type that nearly all
    values would fit, where it is not the declared one. `examples` are values that do not fit the declared type.
    """

    name: str
    type: ColumnType
    count: int
    nulls: int
    distinct: int
    unparsable: int
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    quantiles: dict[str, float] | None = None
    target_correlation: float | None = None
    histogram: tuple[Bin, ...] = ()
    top_values: tuple[ValueCount, ...] = ()
    empties: int = 0
    constant: bool = False
    identifier_like: bool = False
    looks_like: str = ""
    examples: tuple[str, ...] = ()
    case_variants: int = 0
    scripts: dict[str, int] | None = None
    shortest: int | None = None
    longest: int | None = None
    mean_length: float | None = None
    skewness: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    outliers: dict[str, int] | None = None
    coverage: TimeCoverage | None = None


@dataclass(frozen=True)
class TimeCoverage:
    """Which days a date or timestamp covers (ISO 8601): the first, the last, how many, and the longest gap in days."""

    first: str
    last: str
    days: int
    longest_gap: float = 0.0
    gap_from: str = ""


@dataclass(frozen=True)
class TableProfile:
    """A source that is joined: every column of all its rows."""

    source: str
    table: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    exact: bool = True


@dataclass(frozen=True)
class DataProfile(Artifact, phase=Phase.DATA_UNDERSTANDING):
    """Data understanding: every column in one scan. `rows` and `positives` leave out the `test_rows` set aside.

    These are figures of the source whose rows are predicted; `joined` are the others. Where not `exact`, distinct
    values, quantiles and what is made of them are approximate.
    """

    table: str
    rows: int
    test_rows: int
    positives: int
    columns: tuple[ColumnProfile, ...]
    bytes_scanned: int
    joined: tuple[TableProfile, ...] = ()
    exact: bool = True
    inputs: tuple[InputReference, ...] = ()

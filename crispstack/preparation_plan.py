"""The plan of data preparation, row by row: what is left out, cleaned and derived. A part of the charter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crispstack.joined_sources import Join, Window

Operator = Literal["==", "!=", "<", "<=", ">", ">="]
TextStep = Literal[
    "nfc", "nfkc", "strip_controls", "collapse_whitespace", "fold_accents", "lower", "upper", "casefold", "ascii"
]
DatePart = Literal["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "is_weekend"]
DerivationKind = Literal[
    "indicator",
    "ratio",
    "difference",
    "product",
    "log",
    "log1p",
    "root",
    "power",
    "bucket",
    "date_part",
    "sine",
    "cosine",
    "cross",
    "length",
]


CATEGORICAL_KINDS: frozenset[DerivationKind] = frozenset({"bucket", "cross"})
"""Derivations whose result is a text."""
PERIODS: Mapping[DatePart, float] = {
    "quarter": 4,
    "month": 12,
    "day": 31,
    "weekday": 7,
    "day_of_year": 365.25,
    "hour": 24,
    "minute": 60,
}
"""After how many steps a part of a date begins anew."""


@dataclass(frozen=True)
class Exclusion:
    """A column that must not become a feature, and why."""

    column: str
    reason: str


@dataclass(frozen=True)
class Condition:
    """What a row must meet to be used: a comparison with `value`, or one of `values`, or a value or none at all."""

    column: str
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "in", "not_in", "is_missing", "is_present"]
    value: float | str = 0
    values: tuple[float | str, ...] = ()


@dataclass(frozen=True)
class Outliers:
    """Which numbers lie too far out, and what becomes of them. `lower` and `upper` themselves do not.

    Bounds that are not fixed come from the profile: quantiles, quartiles -/+ factor x interquartile range, or
    mean -/+ factor x standard deviation.
    """

    action: Literal["clip", "missing", "quarantine", "flag"]
    bounds: Literal["fixed", "quantiles", "iqr", "standard_deviations"] = "fixed"
    lower: float | None = None
    upper: float | None = None
    lower_quantile: float = 0.01
    upper_quantile: float = 0.99
    factor: float = 3.0


@dataclass(frozen=True)
class Cleaning:
    """What is done to one column, in this order: text, round_to, outliers, missing."""

    column: str
    missing_values: tuple[str, ...] = ()
    invalid: Literal["quarantine", "missing"] = "quarantine"
    text: tuple[TextStep, ...] = ()
    maximum_length: int | None = None
    round_to: float | None = None
    outliers: tuple[Outliers, ...] = ()
    missing: Literal["keep", "quarantine", "constant"] = "keep"
    constant: float | str | None = None

    @property
    def flag(self) -> str:
        """Name of the feature that flags outliers; empty where none is asked for."""
        return f"{self.column}_outlier" if any(each.action == "flag" for each in self.outliers) else ""


@dataclass(frozen=True)
class Derivation:
    """A feature computed from columns of the same row, or from features derived before it."""

    name: str
    kind: DerivationKind
    column: str
    operator: Operator = "=="
    value: float | str = 0
    other: str = ""
    exponent: float = 2.0
    degree: int = 2
    edges: tuple[float, ...] = ()
    width: float | None = None
    quantiles: int | None = None
    part: DatePart | None = None
    period: float | None = None


@dataclass(frozen=True)
class Preparation:
    """Which values mean "missing", which columns and rows are used, what is cleaned and derived."""

    missing_values: tuple[str, ...] = ("",)
    include: tuple[str, ...] = ()
    exclude: tuple[Exclusion, ...] = ()
    derive_only: tuple[str, ...] = ()
    filter: tuple[Condition, ...] = ()
    clean: tuple[Cleaning, ...] = ()
    derive: tuple[Derivation, ...] = ()
    joins: tuple[Join, ...] = ()
    windows: tuple[Window, ...] = ()

    def cleaning(self, column: str) -> Cleaning:
        """What is done to the column; nothing where the plan does not name it."""
        return next((each for each in self.clean if each.column == column), Cleaning(column))

    def missing_words(self, column: str) -> frozenset[str]:
        """The texts that mean missing in this column, the empty one among them."""
        return frozenset({"", *self.missing_values, *self.cleaning(column).missing_values})

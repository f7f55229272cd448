"""What becomes of typed rows: the one path that the preparation job and a prediction share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crispstack.artifacts import Feature, FeatureKind
from crispstack.charter import Charter, ColumnType
from crispstack.data_preparation.categories import Column
from crispstack.data_preparation.cleaning import Rejection, clean
from crispstack.data_preparation.derivations import derive
from crispstack.data_preparation.privacy import treat
from crispstack.data_preparation.record_filter import left_out
from crispstack.data_understanding.column_types import NUMERIC_TYPES
from crispstack.preparation_plan import CATEGORICAL_KINDS, DatePart, Derivation, Preparation
from crispstack.privacy_plan import PrivacyTreatment


@dataclass(frozen=True)
class PreparedRows:
    """All columns of n rows, cleaned and derived, and the rows that cannot be used, first reason first."""

    columns: dict[str, Column]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True)
class RowPreparation:
    """What a charter's plan does to rows, worked out once."""

    plan: Preparation
    treatments: tuple[PrivacyTreatment, ...]
    types: Mapping[str, ColumnType]
    derivations: tuple[Derivation, ...]
    key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, charter: Charter, key: bytes = b"") -> RowPreparation:
        """The charter's, with the project's secret, from which the pseudonyms of hashed columns are made."""
        return cls(charter.preparation, charter.row_treatments, column_types(charter), derivations(charter), key)

    @property
    def touched(self) -> frozenset[str]:
        """Columns that it reads or changes; all others may be passed by it."""
        read = {name for each in self.derivations for name in (each.column, each.other)}
        read |= {each.column for each in self.treatments} | {each.column for each in self.plan.clean}
        return frozenset(read - {""} | {each.column for each in self.plan.filter})

    def prepare(self, typed: Mapping[str, Column]) -> PreparedRows:
        """Personal columns treated, then every column cleaned, rows filtered, features derived.

        Args:
            typed: columns of n rows as they are parsed, at least those `touched` that a prediction takes; further ones
                may be there to filter by.

        Raises:
            DataError: a bound or quantile was not taken from the profile, or the key is missing.
        """
        cleaned = clean(treat(typed, self.treatments, self.key), self.plan.clean)
        rejections = (*cleaned.rejections, *left_out(cleaned.columns, self.plan.filter, self.types))
        derived = derive(cleaned.columns, self.derivations, self.types)
        return PreparedRows({**cleaned.columns, **cleaned.flags, **derived}, rejections)


def column_types(charter: Charter) -> dict[str, ColumnType]:
    """The types of the columns that the plan may name."""
    return {column.name: column.type for column in (*charter.source.columns, *charter.feature_columns)}


def derivations(charter: Charter) -> tuple[Derivation, ...]:
    """What is derived: what the charter says, and parts of dates and times that are features, without being told.

    No part is derived twice, nor one whose name, ``<column>_<part>``, something else has.
    """
    plan = charter.preparation
    said = {(each.column, each.part) for each in plan.derive if each.kind == "date_part"}
    names = {*column_types(charter), *(each.name for each in plan.derive), *(each.flag for each in plan.clean)}
    implied = (
        Derivation(f"{column.name}_{part}", "date_part", column=column.name, part=part)
        for column in charter.feature_columns
        if column.name not in plan.derive_only
        for part in _PARTS.get(column.type, ())
        if (column.name, part) not in said and f"{column.name}_{part}" not in names
    )
    return (*plan.derive, *implied)


_PARTS: Mapping[ColumnType, tuple[DatePart, ...]] = {
    "date": ("year", "month", "day", "weekday", "day_of_year"),
    "timestamp": ("year", "month", "day", "weekday", "day_of_year", "hour"),
}
"""The date or time itself stays a feature too: the days or seconds since 1970, which order rows in time."""


def features(charter: Charter) -> tuple[Feature, ...]:
    """The model's inputs in order: feature columns as the source declares them, flags of outliers, derived ones."""
    plan = charter.preparation
    source = [
        Feature(column.name, _kind(column.type))
        for column in charter.feature_columns
        if column.name not in plan.derive_only
    ]
    kept = {column.name for column in charter.feature_columns}
    flags = [Feature(each.flag, "numeric") for each in plan.clean if each.flag and each.column in kept]
    derived = [
        Feature(each.name, "categorical" if each.kind in CATEGORICAL_KINDS else "numeric")
        for each in derivations(charter)
    ]
    return (*source, *flags, *derived)


def _kind(declared: ColumnType) -> FeatureKind:
    if declared in NUMERIC_TYPES:
        return "numeric"
    return "text" if declared == "text" else "categorical"

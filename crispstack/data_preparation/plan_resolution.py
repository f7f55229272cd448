"""The plan with its figures: what it takes from the profile is looked up once, and from then on fixed.

The profile leaves out the rows that are set aside, so that no bound knows the test set. Its figures are of the raw
values, before they are rounded or treated.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.charter import Charter
from crispstack.errors import DataError
from crispstack.preparation_plan import Cleaning, Derivation, Outliers, Preparation


def resolved(charter: Charter, profile: DataProfile) -> Charter:
    """The charter, with a plan in which every bound and every bucket's edge is a number.

    Raises:
        DataError: the profile has no figure for a column from which one is to be taken.
    """
    columns = {column.name: column for column in profile.columns}
    plan = charter.preparation
    clean = tuple(
        dataclasses.replace(each, outliers=tuple(_bounded(each, outliers, columns) for outliers in each.outliers))
        for each in plan.clean
    )
    derive = tuple(_with_edges(each, columns) for each in plan.derive)
    return dataclasses.replace(charter, preparation=dataclasses.replace(plan, clean=clean, derive=derive))


def with_plan(charter: Charter, preparation: Preparation | None) -> Charter:
    """The charter with the plan that an artifact keeps, or with its own where that needed no figures."""
    return dataclasses.replace(charter, preparation=preparation) if preparation else charter


def quantile(column: ColumnProfile, share: float) -> float:
    """The quantile by linear interpolation between those of the profile, its minimum and its maximum.

    Raises:
        DataError: the profile has no figures of this column.
    """
    if column.minimum is None or column.maximum is None:
        raise _unknown(column.name)
    inner = {float(key): value for key, value in (column.quantiles or {}).items()}
    points = sorted({0.0: column.minimum, **inner, 1.0: column.maximum}.items())
    below = max(point for point in points if point[0] <= share)
    above = min(point for point in points if point[0] >= share)
    if above[0] == below[0]:
        return below[1]
    return below[1] + (above[1] - below[1]) * (share - below[0]) / (above[0] - below[0])


def _bounded(cleaning: Cleaning, outliers: Outliers, columns: Mapping[str, ColumnProfile]) -> Outliers:
    if outliers.bounds == "fixed":
        return outliers
    column = _column(cleaning.column, columns)
    if outliers.bounds == "quantiles":
        lower, upper = quantile(column, outliers.lower_quantile), quantile(column, outliers.upper_quantile)
    elif outliers.bounds == "iqr":
        first, third = quantile(column, 0.25), quantile(column, 0.75)
        lower, upper = first - outliers.factor * (third - first), third + outliers.factor * (third - first)
    else:
        if column.mean is None or column.standard_deviation is None:
            raise _unknown(column.name)
        lower = column.mean - outliers.factor * column.standard_deviation
        upper = column.mean + outliers.factor * column.standard_deviation
    return dataclasses.replace(outliers, bounds="fixed", lower=lower, upper=upper)


def _with_edges(derivation: Derivation, columns: Mapping[str, ColumnProfile]) -> Derivation:
    if derivation.kind != "bucket" or derivation.quantiles is None:
        return derivation
    column = _column(derivation.column, columns)
    edges = {quantile(column, part / derivation.quantiles) for part in range(1, derivation.quantiles)}
    return dataclasses.replace(derivation, quantiles=None, edges=tuple(sorted(edges)))


def _column(name: str, columns: Mapping[str, ColumnProfile]) -> ColumnProfile:
    if name not in columns:
        raise _unknown(name)
    return columns[name]


def _unknown(name: str) -> DataError:
    remedy = "give fixed bounds or edges in the charter, or take the column out of the plan"
    return DataError(f"the profile has no figures of {name}, from which the plan takes some; {remedy}")

"""What must hold for the plan of data preparation: which columns it may name, and what fits their types."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from crispstack.business_understanding import derivation_checks
from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, Column
from crispstack.preparation_plan import Cleaning, Condition, Outliers, Preparation

_NUMBERS = ("integer", "number")
_TEXTS = ("category", "text")


def problems(charter: Charter) -> Iterator[Problem]:
    """Everything in the plan that contradicts the columns or itself."""
    yield from _columns_in(charter)
    for index, condition in enumerate(charter.preparation.filter):
        yield from _condition(charter, condition, ("preparation", "filter", index))
    seen: set[str] = set()
    for index, cleaning in enumerate(charter.preparation.clean):
        path: Path = ("preparation", "clean", index)
        if cleaning.column in seen:
            yield Problem((*path, "column"), f"{cleaning.column!r} is cleaned twice", "merge the two entries")
        seen.add(cleaning.column)
        yield from _cleaning(charter, cleaning, path)
    yield from derivation_checks.problems(charter)


def _columns_in(charter: Charter) -> Iterator[Problem]:
    plan = charter.preparation
    excluded = {exclusion.column for exclusion in plan.exclude}
    for index, name in enumerate(plan.include):
        path: Path = ("preparation", "include", index)
        if _column(charter.source.columns, name) is None:
            yield unknown(path, name, charter.source.columns)
        elif name == charter.target.column:
            yield Problem(path, "the target is included", "remove it here: the target never becomes a feature")
        elif name in excluded:
            yield Problem(path, f"{name!r} is included and excluded", "remove one of the two")
    for index, name in enumerate(plan.derive_only):
        path = ("preparation", "derive_only", index)
        if _column(charter.feature_columns, name) is None:
            yield unknown(path, name, charter.feature_columns)
        elif name not in _inputs(plan):
            cause = f"nothing is derived from {name!r}, joined by it or aggregated by it"
            yield Problem(path, cause, "derive something from it, or exclude it")


def _inputs(plan: Preparation) -> set[str]:
    """Columns from which something else is made."""
    derived = {name for each in plan.derive for name in (each.column, each.other)}
    joined = {key.left for join in plan.joins for key in join.keys}
    return derived | joined | {name for window in plan.windows for name in (*window.by, window.order)}


def _condition(charter: Charter, condition: Condition, path: Path) -> Iterator[Problem]:
    dropped = {each.column for each in charter.treatments(charter.source.name) if each.treatment == "drop"}
    columns = tuple(c for c in (*charter.source.columns, *charter.feature_columns) if c.name not in dropped)
    column = _column(columns, condition.column)
    if column is None:
        yield unknown((*path, "column"), condition.column, columns)
        return
    several = condition.operator in ("in", "not_in")
    if several != bool(condition.values):
        cause = "no `values` to compare with" if several else f"`values` are given to {condition.operator!r}"
        yield Problem((*path, "values"), cause, "give a list of `values` to `in` and `not_in`, one `value` to others")
    if condition.operator not in ("is_missing", "is_present"):
        field = "values" if several else "value"
        for value in condition.values if several else (condition.value,):
            yield from derivation_checks.comparable(charter, column.name, column.type, value, (*path, field))


def _cleaning(charter: Charter, cleaning: Cleaning, path: Path) -> Iterator[Problem]:
    column = _column(charter.feature_columns, cleaning.column)
    if column is None:
        yield unknown((*path, "column"), cleaning.column, charter.feature_columns)
        return
    is_text, is_number = column.type in _TEXTS, column.type in _NUMBERS
    fits = {
        "invalid": not is_text or cleaning.invalid == "quarantine",
        "text": is_text or not cleaning.text,
        "maximum_length": is_text or cleaning.maximum_length is None,
        "round_to": is_number or cleaning.round_to is None,
        "outliers": is_number or not cleaning.outliers,
    }
    for field, fitting in fits.items():
        if not fitting:
            cause = f"{field!r} means nothing for {column.name!r}, of type {column.type}"
            yield Problem((*path, field), cause, "remove it, or declare another type")
    for field, given in (("maximum_length", cleaning.maximum_length), ("round_to", cleaning.round_to)):
        if given is not None and given <= 0:
            yield Problem((*path, field), f"{field!r} is {given:g}", "give more than 0")
    yield from _constant(charter, cleaning, column, path)
    for index, outliers in enumerate(cleaning.outliers):
        yield from _outliers(charter, cleaning, outliers, (*path, "outliers", index))


def _constant(charter: Charter, cleaning: Cleaning, column: Column, path: Path) -> Iterator[Problem]:
    if (cleaning.missing == "constant") != (cleaning.constant is not None):
        remedy = "give `constant` with `missing: constant`, and only then"
        yield Problem((*path, "constant"), f"{column.name!r} has one of the two alone", remedy)
    elif cleaning.constant is not None and isinstance(cleaning.constant, str) != (column.type in _TEXTS):
        expected = "a text" if column.type in _TEXTS else "a number"
        yield Problem((*path, "constant"), f"{cleaning.constant!r} is not of type {column.type}", f"give {expected}")
    elif column.type in ("date", "timestamp") and cleaning.constant is not None:
        remedy = "let the model impute what is derived from it, or use `missing: quarantine`"
        yield Problem((*path, "constant"), f"a {column.type} has no constant that stands for none", remedy)
    elif isinstance(cleaning.constant, str) and cleaning.constant.strip(" ") in charter.preparation.missing_values:
        yield Problem((*path, "constant"), f"{cleaning.constant!r} means missing", "choose another text")


def _outliers(charter: Charter, cleaning: Cleaning, outliers: Outliers, path: Path) -> Iterator[Problem]:
    bounds = [each for each in (outliers.lower, outliers.upper) if each is not None]
    if (outliers.bounds == "fixed") != bool(bounds):
        cause = f"bounds are {outliers.bounds}, and {'none is' if not bounds else 'some are'} given"
        yield Problem(path, cause, "give `lower` or `upper` or both with `bounds: fixed`, and only then")
    if outliers.bounds != "fixed" and _column(charter.source.columns, cleaning.column) is None:
        yield Problem((*path, "bounds"), f"the profile knows no {cleaning.column!r}", "give fixed bounds")
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        yield Problem(path, f"nothing lies between {bounds[0]:g} and {bounds[1]:g}", "swap or change them")
    if not 0 <= outliers.lower_quantile < outliers.upper_quantile <= 1:
        cause = f"{outliers.lower_quantile:g} to {outliers.upper_quantile:g} are no quantiles"
        yield Problem(path, cause, "choose 0 <= lower_quantile < upper_quantile <= 1")
    if outliers.factor <= 0:
        yield Problem((*path, "factor"), f"{outliers.factor:g} bounds nothing", "choose more than 0")
    taken = {column.name for column in (*charter.source.columns, *charter.feature_columns)}
    if outliers.action == "flag" and cleaning.flag in taken:
        remedy = "clip instead, or rename the column"
        yield Problem((*path, "action"), f"the flag {cleaning.flag!r} is a column already", remedy)


def unknown(path: Path, name: str, columns: Sequence[Column]) -> Problem:
    """The problem that the plan names a column which may not be used there."""
    names = list(dict.fromkeys(column.name for column in columns))
    close = difflib.get_close_matches(name, names, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(names)}"
    return Problem(path, f"{name!r} is no column that may be used here", remedy)


def _column(columns: Sequence[Column], name: str) -> Column | None:
    return next((column for column in columns if column.name == name), None)

"""What must hold of the treatments of personal data: each fits its column, and says why."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, Column, Source
from crispstack.privacy_plan import PrivacyTreatment

_FITTING = {
    "band": ("integer", "number"),
    "month": ("date",),
    "year": ("date",),
    "prefix": ("category", "text"),
    "domain": ("category", "text"),
}
_TEXTS = ("category", "text")
_SIZED = ("band", "prefix")
FEWEST_DIGITS, MOST_DIGITS = 8, 64


def problems(charter: Charter) -> Iterator[Problem]:
    """Treatments of columns that do not exist, that do not fit them, that are given twice, or without a reason."""
    seen: set[tuple[str, str]] = set()
    for index, treatment in enumerate(charter.privacy):
        path: Path = ("privacy", index)
        source = next(
            (each for each in charter.sources if each.name == (treatment.source or charter.source.name)), None
        )
        if not source:
            known = ", ".join(each.name for each in charter.sources)
            yield Problem((*path, "source"), f"there is no source {treatment.source!r}", f"the sources are {known}")
            continue
        column = next((each for each in source.columns if each.name == treatment.column), None)
        if not column:
            yield _unknown_column(treatment, source, path)
            continue
        if (source.name, column.name) in seen:
            yield Problem((*path, "column"), f"{column.name!r} is treated twice", "remove one of the two")
        seen.add((source.name, column.name))
        if not treatment.reason.strip():
            yield Problem((*path, "reason"), f"no reason for what becomes of {column.name!r}", "give one")
        if source is charter.source and column.name == charter.target.column and treatment.treatment != "keep":
            remedy = "keep it with a reason, or predict something else"
            yield Problem((*path, "treatment"), "the target must stay as it is", remedy)
        yield from _parameters(treatment, path)
        yield from _fit(treatment, column, path)


def _unknown_column(treatment: PrivacyTreatment, source: Source, path: Path) -> Problem:
    names = [column.name for column in source.columns]
    close = difflib.get_close_matches(treatment.column, names, n=1)
    remedy = f"did you mean {close[0]!r}?" if close else f"the columns are {', '.join(names)}"
    return Problem((*path, "column"), f"{treatment.column!r} is not a column of {source.name}", remedy)


def _parameters(treatment: PrivacyTreatment, path: Path) -> Iterator[Problem]:
    kind = treatment.treatment
    if not FEWEST_DIGITS <= treatment.digits <= MOST_DIGITS:
        remedy = f"keep {FEWEST_DIGITS} to {MOST_DIGITS} hexadecimal digits"
        yield Problem((*path, "digits"), f"a hash of {treatment.digits} digits", remedy)
    if kind == "generalize" and not treatment.to:
        yield Problem((*path, "to"), "it is not said to what to generalize", f"choose one of {', '.join(_FITTING)}")
    if kind != "generalize" and treatment.to:
        yield Problem((*path, "to"), f"{kind} knows no `to`", "remove it, or generalize")
    if treatment.to in _SIZED and treatment.size <= 0:
        yield Problem((*path, "size"), f"a {treatment.to} needs a size above 0", "give the band's width or the length")
    if treatment.to == "prefix" and treatment.size % 1:
        yield Problem((*path, "size"), f"{treatment.size:g} characters", "give a whole number")
    if treatment.to not in _SIZED and treatment.size:
        yield Problem((*path, "size"), "only a band or a prefix has a size", "remove it")


def _fit(treatment: PrivacyTreatment, column: Column, path: Path) -> Iterator[Problem]:
    if treatment.treatment == "hash" and column.type not in _TEXTS:
        remedy = f"declare {column.name!r} a category: what comes out is text"
        yield Problem((*path, "treatment"), f"a {column.type} cannot be hashed", remedy)
    if treatment.to and column.type not in _FITTING[treatment.to]:
        fitting = [name for name, types in _FITTING.items() if column.type in types]
        remedy = f"use {' or '.join(fitting)}" if fitting else "drop it or keep it"
        yield Problem((*path, "to"), f"a {column.type} has no {treatment.to}", remedy)
    if treatment.to == "band" and column.type == "integer" and treatment.size % 1:
        yield Problem((*path, "size"), f"bands of {treatment.size:g} between whole numbers", "give a whole number")

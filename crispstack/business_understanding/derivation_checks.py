"""What must hold for derived features: names, inputs of the right kind, and the parameters that each kind needs."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter, ColumnType
from crispstack.preparation_plan import CATEGORICAL_KINDS, PERIODS, Derivation, DerivationKind

Kind = Literal["number", "time", "text"]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TIMES: Mapping[ColumnType, re.Pattern[str]] = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "timestamp": re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?"),
}
_KINDS: Mapping[ColumnType, Kind] = {
    "integer": "number",
    "number": "number",
    "boolean": "number",
    "date": "time",
    "timestamp": "time",
    "category": "text",
    "text": "text",
}


@dataclass(frozen=True)
class _Needs:
    """Kinds that the column may be of, whether there is another one of the same kind, and fields that must be given."""

    column: tuple[Kind, ...] = ("number",)
    other: Literal["needed", "possible", "none"] = "none"


_NEEDS: Mapping[DerivationKind, _Needs] = {
    "indicator": _Needs(("number", "time", "text")),
    "ratio": _Needs(other="needed"),
    "difference": _Needs(("number", "time"), other="possible"),
    "product": _Needs(other="needed"),
    "log": _Needs(),
    "log1p": _Needs(),
    "root": _Needs(),
    "power": _Needs(),
    "bucket": _Needs(),
    "date_part": _Needs(("time",)),
    "sine": _Needs(("number", "time")),
    "cosine": _Needs(("number", "time")),
    "cross": _Needs(("text",), other="needed"),
    "length": _Needs(("text",)),
}


def problems(charter: Charter) -> Iterator[Problem]:
    """Everything that is wrong with the derivations, in their order: each may read those before it."""
    types: dict[str, ColumnType | None] = {column.name: column.type for column in charter.feature_columns}
    kinds = {name: _KINDS[kind] for name, kind in types.items() if kind}
    taken = {column.name for column in (*charter.source.columns, *charter.feature_columns)}
    taken |= {cleaning.flag for cleaning in charter.preparation.clean}
    for index, derivation in enumerate(charter.preparation.derive):
        path: Path = ("preparation", "derive", index)
        yield from _name(derivation, taken, path)
        yield from _inputs(charter, derivation, kinds, path)
        yield from _parameters(charter, derivation, kinds, path)
        kind = types.get(derivation.column)
        if derivation.column in kinds and _compares(derivation):
            yield from comparable(charter, derivation.column, kind, derivation.value, (*path, "value"))
        taken.add(derivation.name)
        kinds[derivation.name] = "text" if derivation.kind in CATEGORICAL_KINDS else "number"


def comparable(
    charter: Charter, name: str, kind: ColumnType | None, value: float | str, path: Path
) -> Iterator[Problem]:
    """What is wrong with comparing the column with the value. `kind` is None for a derived feature."""
    if isinstance(value, str) and kind in ("date", "timestamp"):
        if not _is_time(value, kind):
            remedy = "compare with YYYY-MM-DD" + ("THH:MM, with a zone or in UTC" if kind == "timestamp" else "")
            yield Problem(path, f"{value!r} is no {kind}", remedy)
    elif isinstance(value, str) and kind not in (None, "category", "text"):
        yield Problem(path, f"{name!r} is compared with the text {value!r}", "compare with a number")
    if str(value) in charter.preparation.missing_words(name):
        remedy = "compare with another value, or do not let it mean missing"
        yield Problem(path, f"{value!r} means missing, so nothing compares with it", remedy)


def _is_time(text: str, kind: ColumnType) -> bool:
    try:
        parsed = dt.date.fromisoformat(text[:10]), dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return bool(parsed and _TIMES[kind].fullmatch(text))


def _compares(derivation: Derivation) -> bool:
    return derivation.kind == "indicator" or (derivation.kind == "difference" and not derivation.other)


def _name(derivation: Derivation, taken: set[str], path: Path) -> Iterator[Problem]:
    if not _NAME.fullmatch(derivation.name):
        cause = f"{derivation.name!r} cannot name a feature"
        yield Problem((*path, "name"), cause, "lower-case letters, digits and underscores only")
    if derivation.name in taken:
        yield Problem((*path, "name"), f"{derivation.name!r} exists already", "choose another name")


def _inputs(charter: Charter, derivation: Derivation, kinds: Mapping[str, Kind], path: Path) -> Iterator[Problem]:
    needs = _NEEDS[derivation.kind]
    yield from _input(charter, derivation, derivation.column, kinds, (*path, "column"))
    if needs.other == "none" and derivation.other:
        yield Problem((*path, "other"), f"{derivation.kind} takes one column", "remove `other`")
    elif needs.other == "needed" or derivation.other:
        yield from _input(charter, derivation, derivation.other, kinds, (*path, "other"))
    first, second = kinds.get(derivation.column), kinds.get(derivation.other)
    if derivation.kind == "difference" and first and second and first != second:
        yield Problem((*path, "other"), f"a {first} minus a {second} is nothing", "take two numbers or two times")


def _input(
    charter: Charter, derivation: Derivation, name: str, kinds: Mapping[str, Kind], path: Path
) -> Iterator[Problem]:
    allowed = _NEEDS[derivation.kind].column
    declared = next((column.type for column in charter.feature_columns if column.name == name), kinds.get(name))
    if not name:
        yield Problem(path, f"{derivation.kind} takes two columns", "name the second one as `other`")
    elif name in kinds and kinds[name] not in allowed:
        cause = f"{derivation.kind} needs a {' or '.join(allowed)}, {name!r} is of type {declared}"
        yield Problem(path, cause, "use another kind of derivation, or another column")
    elif name not in kinds and name in {column.name for column in charter.source.columns}:
        remedy = "derive from columns that are known when predicting"
        yield Problem(path, f"{name!r} is excluded or the target, so nothing may be derived from it", remedy)
    elif name not in kinds:
        close = difflib.get_close_matches(name, list(kinds), n=1)
        remedy = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(kinds)}"
        yield Problem(path, f"{name!r} is neither a column nor derived before {derivation.name!r}", remedy)


def _parameters(charter: Charter, derivation: Derivation, kinds: Mapping[str, Kind], path: Path) -> Iterator[Problem]:
    if derivation.kind == "bucket":
        yield from _buckets(derivation, path)
        profiled = {column.name for column in charter.source.columns}
        if derivation.quantiles is not None and derivation.column in kinds.keys() - profiled:
            cause = f"the profile knows no {derivation.column!r}"
            yield Problem((*path, "quantiles"), cause, "give edges or a width")
    if derivation.kind == "root" and derivation.degree < 2:
        yield Problem((*path, "degree"), f"{derivation.degree} is no degree of a root", "choose 2 or more")
    time = kinds.get(derivation.column) == "time"
    if derivation.kind == "date_part" and derivation.part is None:
        yield Problem((*path, "part"), "no part of the date is named", "name one, for instance `part: month`")
    if derivation.kind in ("sine", "cosine"):
        if time != (derivation.part is not None):
            remedy = "name the `part` of a time, and the `period` of a number"
            yield Problem((*path, "part"), f"{derivation.column!r} is a {'time' if time else 'number'}", remedy)
        elif derivation.period is None and derivation.part not in PERIODS:
            yield Problem((*path, "period"), "nothing says when it begins anew", "give the `period`")
        if derivation.period is not None and derivation.period <= 0:
            yield Problem((*path, "period"), f"{derivation.period:g} is no period", "choose more than 0")


def _buckets(derivation: Derivation, path: Path) -> Iterator[Problem]:
    given = [bool(derivation.edges), derivation.width is not None, derivation.quantiles is not None]
    if sum(given) != 1:
        yield Problem(path, "buckets need edges, a width or a number of quantiles", "give exactly one of the three")
    if list(derivation.edges) != sorted(set(derivation.edges)):
        yield Problem((*path, "edges"), "the edges do not rise", "list each once, smallest first")
    if derivation.width is not None and derivation.width <= 0:
        yield Problem((*path, "width"), f"{derivation.width:g} is no width", "choose more than 0")
    if derivation.quantiles is not None and not 2 <= derivation.quantiles <= 100:
        yield Problem((*path, "quantiles"), f"{derivation.quantiles} quantiles", "choose from 2 to 100")

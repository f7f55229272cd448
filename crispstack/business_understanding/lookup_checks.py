"""What must hold of what predictions look up: by columns that requests hold, and that may be kept as they are."""

from __future__ import annotations

from collections.abc import Iterator

from crispstack.business_understanding.problem import Path, Problem
from crispstack.charter import Charter

_REQUEST = "let requests bring the values: at_prediction: request"


def problems(charter: Charter) -> Iterator[Problem]:
    """Look-ups by what no request holds, or by personal data that the charter does not keep."""
    plan = charter.preparation
    known = {column.name for column in charter.feature_columns}
    treated = {each.column for each in charter.row_treatments if each.treatment != "keep"}
    for index, join in enumerate(plan.joins):
        if join.at_prediction != "lookup":
            continue
        on_the_right = {each.column for each in charter.treatments(join.source) if each.treatment != "keep"}
        for place, key in enumerate(join.keys):
            path = ("preparation", "joins", index, "keys", place)
            yield from _key(charter, key.left, (*path, "left"), known, treated)
            if key.right in on_the_right:
                yield _personal(key.right, (*path, "right"))
        known |= {column.feature for column in join.columns} - treated
    for index, window in enumerate(plan.windows):
        for name in window.by if window.at_prediction == "lookup" else ():
            yield from _key(charter, name, ("preparation", "windows", index, "by"), known, treated)


def _key(charter: Charter, name: str, path: Path, known: set[str], treated: set[str]) -> Iterator[Problem]:
    if name in treated:
        yield _personal(name, path)
    elif name not in known and name in {column.name for column in charter.row_columns}:
        cause = f"{name!r} is in no request, so that nothing can be looked up by it"
        if name == charter.target.column:
            remedy = f"it is what is to be predicted; {_REQUEST}"
        elif charter.preparation.include and name not in charter.preparation.include:
            remedy = f"list it in preparation.include and preparation.derive_only: no model sees it; or {_REQUEST}"
        else:
            remedy = f"list it in preparation.derive_only, not in exclude: no model sees it; or {_REQUEST}"
        yield Problem(path, cause, remedy)


def _personal(name: str, path: Path) -> Problem:
    return Problem(path, f"{name!r} is personal data to be treated; look-ups keep their keys as they are", _REQUEST)

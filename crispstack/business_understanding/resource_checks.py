"""What must hold for what the project needs, and for how long its answer is used."""

from __future__ import annotations

from collections.abc import Iterator

from crispstack.business_understanding.problem import Problem
from crispstack.charter import Charter


def problems(charter: Charter) -> Iterator[Problem]:
    """Resources of which there are less than none, a use of no time, a truth known before the prediction."""
    for index, each in enumerate(charter.resources):
        path = ("resources", index)
        if not each.resource.strip():
            yield Problem((*path, "resource"), "a resource without a name", "say who or what is needed")
        for name in ("quantity", "price"):
            if getattr(each, name) < 0:
                cause = f"a {name} of {getattr(each, name):g} for {each.resource!r}"
                yield Problem((*path, name), cause, "give 0 or more: what it costs is subtracted from what is earned")
    if charter.years_of_use <= 0:
        cause = f"an answer that is used for {charter.years_of_use:g} years earns nothing"
        yield Problem(("years_of_use",), cause, "give more than 0")
    days = charter.target.known_after_days
    if days is not None and days < 0:
        cause = f"the truth is known {-days:g} days before the prediction"
        yield Problem(("target", "known_after_days"), cause, "give 0 or more, or predict earlier")

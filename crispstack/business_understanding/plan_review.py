"""The review of the plan: assumptions with owners, risks with contingencies, time and money, law and decency."""

from __future__ import annotations

import dataclasses
import math

from crispstack.artifacts import Check
from crispstack.business_understanding import critical_path
from crispstack.business_understanding.duties import OF_PEOPLE
from crispstack.charter import Charter, Duties
from crispstack.phases import Phase


def checks(charter: Charter) -> list[Check]:
    """The questions about the plan."""
    return [
        _risks(charter),
        *_assumptions(charter),
        _use(charter),
        _duties(charter),
        _plan(charter),
        _resources(charter),
    ]


def _risks(charter: Charter) -> Check:
    without = [risk.risk for risk in charter.risks if not risk.contingency.strip()]
    answer = f"{len(charter.risks)} risks" + (f"; none for: {'; '.join(without)}" if without else "")
    return Check("Does every risk have a contingency?", answer, bool(charter.risks) and not without, "risks")


def _assumptions(charter: Charter) -> list[Check]:
    unverified = [each for each in charter.assumptions if not each.verified]
    open_ones = "; ".join(each.assumption for each in unverified)
    without = [each.assumption for each in unverified if not each.owner.strip()]
    owners = f"nobody for: {'; '.join(without)}" if without else "; ".join(sorted({each.owner for each in unverified}))
    return [
        Check(
            "Which assumptions are not verified?",
            open_ones or ("none" if charter.assumptions else "no assumption was written down"),
            bool(charter.assumptions),
            "assumptions",
        ),
        Check("Who answers for them?", owners or "nobody needs to", not without, "assumptions"),
    ]


def _use(charter: Charter) -> Check:
    personal = [column.name for column in charter.feature_columns if column.personal]
    return Check(
        "May the data be used?",
        f"license: {charter.source.license or 'not stated'}; personal: {', '.join(personal) or 'none declared'}",
        bool(charter.source.license.strip()),
        "sources.0.license",
    )


def _duties(charter: Charter) -> Check:
    personal = any(column.personal for source in charter.sources for column in source.columns)
    asked = [each.name for each in dataclasses.fields(Duties) if personal or each.name not in OF_PEOPLE]
    given = {name: str(getattr(charter.duties, name)).strip() for name in asked}
    still_open = [in_words(name) for name, answer in given.items() if not answer]
    kept = "; ".join(f"{in_words(name)}: {answer}" for name, answer in given.items() if answer)
    answer = f"not answered: {', '.join(still_open)}" + (f". {kept}" if kept else "") if still_open else kept
    return Check("What do law and decency ask?", answer, not still_open, "duties")


def in_words(name: str) -> str:
    """A key of the charter as words."""
    return name.replace("_", " ")


def _plan(charter: Charter) -> Check:
    missing = [in_words(phase) for phase in Phase if phase not in {stage.phase for stage in charter.plan}]
    if not charter.plan:
        return Check("Is there a plan for every phase?", "no plan", False, "plan")
    scheduled = critical_path.schedule(charter.plan)
    end, work = max(each.end for each in scheduled), math.fsum(each.stage.days for each in scheduled)
    path = " → ".join(in_words(each.stage.title) for each in scheduled if each.is_critical)
    answer = f"{len(charter.plan)} stages, {work:g} working days; done after {end:g} if nothing is late of {path}"
    said = f"{answer}; none for {', '.join(missing)}" if missing else answer
    return Check("Is there a plan for every phase?", said, not missing, "plan")


def _resources(charter: Charter) -> Check:
    currency = charter.money.currency
    once = math.fsum(each.cost for each in charter.resources if not each.every_year)
    yearly = math.fsum(each.cost for each in charter.resources if each.every_year)
    named = "; ".join(
        f"{each.resource}, {each.quantity:g} {each.unit or 'times'} at {each.price:g}" + " a year" * each.every_year
        for each in charter.resources
    )
    answer = f"{once:,.0f} {currency} once and {yearly:,.0f} a year: {named}" if named else "no resources are stated"
    return Check("What does the project need, and what does that cost?", answer, bool(named), "resources")

"""The drafted charter as text: YAML in which a comment explains every default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from crispstack.business_understanding.drafting.answers import AMOUNTS, Answers, described, framing, positive
from crispstack.business_understanding.drafting.candidates import targets, times
from crispstack.business_understanding.drafting.found import FoundColumn, FoundData
from crispstack.business_understanding.duties import DUTIES, OF_PEOPLE
from crispstack.charter import Acceptance, Charter, Framing, Modeling, Split

_CANDIDATES = 5
_OTHER_AMOUNTS: Mapping[Framing, Mapping[str, str]] = {
    "binary": {
        "true_negative": "not acting, rightly: 0 where nothing happens then",
        "false_negative": "not acting where it would have paid: less than 0 where more is lost than the gain",
    },
    "multiclass": {},
    "regression": {},
}


def draft(name: str, found: FoundData, answers: Answers) -> str:
    """The charter of a new project.

    Args:
        name: the project's.
        found: what its data seems to be.
        answers: what is known of the rest; what is not stands open, and a comment says so.
    """
    import jinja2  # noqa: PLC0415 (help must not import it)

    loader = jinja2.PackageLoader("crispstack.business_understanding.drafting", ".")
    template = jinja2.Environment(  # noqa: S701 (YAML, no HTML)
        loader=loader,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    template.filters["yaml"] = plain
    kind = framing(answers, found)
    return template.get_template("charter.yaml.j2").render(
        name=name,
        found={**vars(found), "columns": [_shown(column) for column in found.columns]},
        answers=answers,
        answered=_answered,
        objective=_objective(kind, found, answers),
        candidates=targets(found)[:_CANDIDATES],
        target=found.column(answers.target),
        framing=kind,
        positive=positive(answers, found),
        amounts=AMOUNTS[kind],
        other_amounts=_OTHER_AMOUNTS[kind],
        missing_values=["", *found.missing_values],
        excluded=list(_excluded(found, answers)),
        time=_time(found, answers),
        rules=list(_rules(found, answers)),
        personal=[_treatment(each, answers) for each in found.columns if each.personal],
        defaults={
            "split": Split(),
            "modeling": Modeling(),
            "acceptance": Acceptance(),
            "years_of_use": Charter.years_of_use,
        },
        assumptions=_assumptions(answers),
        duties=_duties(found),
    )


def plain(value: Any) -> str:
    """A value as YAML writes it on one line; mappings in braces, lists in brackets."""
    if value == "":
        return '""'
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str):
        value = " ".join(value.split())
    written: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    return written.removesuffix("\n").removesuffix("\n...")


def _answered(key: str, value: str, question: str) -> str:
    return f"{key}: {plain(value)}" if value else f'{key}: ""  # OPEN: {question}'


def _shown(found: FoundColumn) -> dict[str, Any]:
    column = found.column
    entry: dict[str, Any] = {"name": column.name, "type": column.type}
    optional = {"stored": column.stored, "thousands": column.thousands, "formats": list(column.formats)}
    optional["description"] = column.description
    entry |= {key: value for key, value in optional.items() if value}
    if column.decimal != ".":
        entry["decimal"] = column.decimal
    if found.personal:
        entry["personal"] = True
    return {"entry": entry, "described": described(found)}


def _objective(kind: Framing, found: FoundData, answers: Answers) -> str:
    column = answers.target
    if not column:
        return ""
    if kind == "multiclass":
        return f"Tell the classes of {column} apart, well enough to earn more than one class for all."
    if kind == "regression":
        return f"Predict {column} with errors that cost less than those of the best constant."
    least = answers.at_least
    condition = f"{column} = {positive(answers, found)}" if least is None else f"{column} of at least {least:g}"
    return f"Rank the cases by their probability of {condition}, well enough to act only where it pays."


def _excluded(found: FoundData, answers: Answers) -> Iterator[dict[str, str]]:
    for column in found.columns:
        if column.name == answers.target:
            continue
        if column.is_constant:
            yield {"column": column.name, "reason": "it is the same in every row"}
        elif column.is_identifier and column.column.type != "text":
            yield {"column": column.name, "reason": "it is another in every row, so it tells nothing about new ones"}


def _time(found: FoundData, answers: Answers) -> FoundColumn | None:
    """The column that orders rows in time, where the test set is to be the latest."""
    if answers.split:
        return found.column(answers.split)
    return next((each for each in times(found) if each.name != answers.target), None)


def _assumptions(answers: Answers) -> list[dict[str, Any]]:
    said = (
        "Cases to come resemble those in the data",
        "Every column but the excluded is known when a prediction is made",
    )
    return [{"assumption": each, "verified": False, "owner": answers.owner} for each in said]


def _duties(found: FoundData) -> dict[str, str]:
    """Questions of law and decency that this data raises, by their keys."""
    personal = any(column.personal for column in found.columns)
    return {key: question for key, question in DUTIES.items() if personal or key not in OF_PEOPLE}


def _rules(found: FoundData, answers: Answers) -> Iterator[dict[str, str]]:
    yield {"rule": f"RowCount >= {max(found.rows // 2, 1)}", "severity": "stop"}
    if answers.target:
        yield {"rule": f'Completeness "{answers.target}" > 0.5', "severity": "stop"}
    for column in found.columns:
        if column.is_identifier:
            yield {"rule": f'IsUnique "{column.name}"', "severity": "warn"}


def _treatment(column: FoundColumn, answers: Answers) -> str:
    if column.name == answers.target:
        return f"- {{column: {column.name}, treatment: keep, reason: it is what is to be predicted}}"
    return column.remedy

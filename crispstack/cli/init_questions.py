"""What `crisp init` asks in a terminal: what cannot be guessed, each question with what is known as its default."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from crispstack.cli.session import Session

if TYPE_CHECKING:
    from crispstack.business_understanding.drafting.answers import Answers
    from crispstack.business_understanding.drafting.found import FoundData

_OFFERED = 5


def ask(session: Session, found: FoundData, answers: Answers) -> Answers:
    """Ask what is open. An empty answer leaves a question open.

    Args:
        session: says what is known before it is asked.
        found: what the data seems to be; its candidates are offered as targets.
        answers: what was said with options, which is not asked again.
    """
    session.say("An empty answer leaves a question open; it then stands in the charter.")
    answers = _target(session, found, answers)
    return dataclasses.replace(
        answers,
        question=answers.question or _text("What does the business want to know?"),
        owner=answers.owner or _text("Who asks, and acts on the answer?"),
        currency=answers.currency or _text("In which currency is money told (EUR, USD, ...)?"),
        money=_money(found, answers),
    )


def _target(session: Session, found: FoundData, answers: Answers) -> Answers:
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding.drafting import answers as given  # noqa: PLC0415
    from crispstack.business_understanding.drafting import candidates  # noqa: PLC0415

    if not answers.target_is_sure:
        session.say("What may be predicted:")
        for each in candidates.targets(found)[:_OFFERED]:
            session.say(f"  {each.column.name} [dim]{escape(each.reason)}[/]")
        names = [column.name for column in found.columns]
        asked = _text("Which column is to be predicted?", answers.target, names)
        answers = dataclasses.replace(answers, target=asked, target_is_sure=True)
    column = found.column(answers.target)
    if column and column.common and not answers.positive and given.positive(answers, found):
        values = [value for value, _ in column.common]
        asked = _text("Which value is the one to act on?", given.positive(answers, found), values)
        answers = dataclasses.replace(answers, positive=asked)
    return answers


def _money(found: FoundData, answers: Answers) -> dict[str, float]:
    from crispstack.business_understanding.drafting.answers import AMOUNTS, framing  # noqa: PLC0415

    money = dict(answers.money)
    for name, question in AMOUNTS[framing(answers, found)].items() if answers.target else ():
        if name not in money and (amount := _number(question)) is not None:
            money[name] = amount
    return money


def _text(question: str, default: str = "", choices: list[str] | None = None) -> str:
    """The answer; one of the choices, or nothing."""
    while True:
        given = str(click.prompt(question, default=default, show_default=bool(default))).strip()
        if not given or choices is None or given in choices:
            return given
        click.echo(f"{given!r} is none of {', '.join(choices)}")


def _number(question: str) -> float | None:
    while True:
        given = _text(question)
        if not given:
            return None
        try:
            return float(given)
        except ValueError:
            click.echo(f"{given!r} is no number; write it as 12.50")

"""`crisp check`: is the charter valid, and is its question one for machine learning?"""

from __future__ import annotations

import dataclasses

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session


@click.command(cls=CommandWithExample, example="crisp check bank_marketing")
@click.argument("project")
@with_session
def check(session: Session, project: str) -> None:
    """Validate a project's charter and its data.

    Then review whether the question can be answered: the checklist that the first phase of a run goes through. Last,
    look for personal data, and whether the charter says what becomes of it.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.business_understanding import charter_file, feasibility  # noqa: PLC0415
    from crispstack.cli import personal_data  # noqa: PLC0415
    from crispstack.cli.data_check import checked, described  # noqa: PLC0415

    path = session.charter_path(project)
    charter = charter_file.load_project(path)
    found = checked(session, charter, path.parent)
    session.say(f"{path.relative_to(session.root)} is valid: {described(found)}")
    counts = found.get(charter.source.name)  # None for a table of a database, which the run reads
    checks = feasibility.review(charter, counts)
    for each in checks:
        mark = "[green]✓[/]" if each.passed else "[red]✗[/]"
        session.say(f"{mark} {escape(each.question)} [dim]{escape(each.answer)}[/]")
    privacy = personal_data.looked_for(session, charter, path.parent)
    session.answer(
        {
            "rows": counts.rows if counts else None,
            "positives": counts.positives if counts else None,
            "checks": [*map(dataclasses.asdict, checks)],
            "personal_data": [*map(dataclasses.asdict, privacy.columns)],
        }
    )
    if any(each.severity == "stop" for each in privacy.columns):
        raise click.ClickException("the charter does not say what becomes of personal data; see the columns marked ✗")
    if failed := sum(not each.passed for each in checks):
        raise click.ClickException(f"questions without a good answer: {failed} of {len(checks)}; see those marked ✗")

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

    Then review whether the question is one for machine learning and worth it: what it earns and costs, whether a rule
    does as well, how good a model must be, what the plan needs and owes. Last, look for personal data, and whether the
    charter says what becomes of it.
    """
    from crispstack.business_understanding import charter_file  # noqa: PLC0415 (help must not import it)
    from crispstack.cli import personal_data, review  # noqa: PLC0415
    from crispstack.cli.data_check import checked, described  # noqa: PLC0415

    path = session.charter_path(project)
    charter = charter_file.load_project(path)
    found = checked(session, charter, path.parent)
    session.say(f"{path.relative_to(session.root)} is valid: {described(found)}")
    counts = found.get(charter.source.name)  # None for a table of a database, which the run reads
    checks = review.reviewed(session, charter, path, counts)
    plan, dollars = review.planned(session, charter), review.training_price(session, charter)
    privacy = personal_data.looked_for(session, charter, path.parent)
    session.answer(
        {
            "rows": counts.rows if counts else None,
            "positives": counts.positives if counts else None,
            "checks": checks,
            "plan": plan,
            "training_us_dollars": dollars,
            "personal_data": [*map(dataclasses.asdict, privacy.columns)],
        }
    )
    if any(each.severity == "stop" for each in privacy.columns):
        raise click.ClickException("the charter does not say what becomes of personal data; see the columns marked ✗")
    if failed := sum(not each["passed"] for each in checks):
        raise click.ClickException(f"questions without a good answer: {failed} of {len(checks)}; see those marked ✗")

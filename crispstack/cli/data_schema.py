"""`crisp data schema`: what crawlers found in a run's data, and how it differs from the charter and the last run."""

from __future__ import annotations

import dataclasses

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session


@click.command(cls=CommandWithExample, example="crisp data schema bank_marketing")
@click.argument("project")
@click.option("--run", "run_id", help="The run; the latest by default.")
@with_session
def schema(session: Session, project: str, run_id: str | None) -> None:
    """Show the schema that crawlers found in a run's data, and every difference with its remedy."""
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.artifacts import SchemaReport  # noqa: PLC0415
    from crispstack.aws import outputs, runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.data_understanding import schema_changes  # noqa: PLC0415

    platform = outputs.platform(session.environment)
    found = runs.find(platform, project, run_id)[-1].run_id
    report, _ = ArtifactStore(platform.artifacts_bucket, project, found).read(SchemaReport)
    for each in report.schemas:
        session.say(f"{each.source} [dim]version {each.version}, table {each.table}[/]")
        for column in each.columns:
            session.say(f"  {column.name} [dim]{escape(column.type)}[/]")
    for difference in report.differences:
        session.say(f"[yellow]{difference.severity}[/] {escape(schema_changes.sentence(difference))}")
    compared = f"the charter and run {report.last_run}" if report.last_run else "the charter; no run was before it"
    session.say(f"{len(report.differences)} differences from {compared}")
    session.answer({"run_id": found, **dataclasses.asdict(report)})

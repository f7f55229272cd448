"""`crisp feedback`: tell what really became of predicted rows."""

from __future__ import annotations

from pathlib import Path

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session


@click.command(cls=CommandWithExample, example="crisp feedback bank_marketing outcomes.csv")
@click.argument("project")
@click.argument("file", type=click.Path(path_type=Path))
@with_session
def feedback(session: Session, project: str, file: Path) -> None:
    """Tell what really became of predicted rows.

    FILE is CSV with a header, or Parquet: request_id (the answer's header x-request-id), the target's column, and row,
    from 0, where requests had several rows. A later truth about the same row replaces an earlier one.
    """
    import datetime as dt  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import feedback as upload  # noqa: PLC0415
    from crispstack.aws import outputs  # noqa: PLC0415
    from crispstack.business_understanding import charter_file  # noqa: PLC0415
    from crispstack.deployment import feedback as truths_file  # noqa: PLC0415

    charter = charter_file.load_project(session.charter_path(project))
    truths = truths_file.read(file, charter)
    bucket = outputs.predictions_bucket(session.environment)
    uri = upload.upload(bucket, project, truths, dt.datetime.now(dt.UTC))
    session.say(
        f"[green]✓[/] {len(truths)} truth{'' if len(truths) == 1 else 's'} told; "
        f"[dim]see `crisp sql --name decisions-and-truth {project}`[/]"
    )
    session.answer({"truths": len(truths), "uri": uri})

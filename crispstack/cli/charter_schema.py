"""`crisp charter-schema`: the JSON Schema of charters, for editors."""

from __future__ import annotations

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError


@click.command("charter-schema", cls=CommandWithExample, example="crisp charter-schema --write")
@click.option("--write", is_flag=True, help="Write it to projects/charter.schema.json, which charters name.")
@with_session
def charter_schema(session: Session, write: bool) -> None:
    """Print the JSON Schema of charters, with which editors complete keys, tell their meaning and mark mistakes."""
    from crispstack.business_understanding import charter_schema as schema  # noqa: PLC0415 (help must not import it)

    reference = session.root / "docs" / "charter.md"
    if not reference.is_file():
        raise CrispError(f"{reference}: the meanings of the keys stand there; it is part of the repository")
    text = schema.text(reference.read_text(encoding="utf-8"))
    if not write:
        click.echo(text, nl=False)
        return
    path = session.root / "projects" / schema.FILE
    path.write_text(text, encoding="utf-8")
    session.say(f"wrote {path.relative_to(session.root)}")
    session.answer({"schema": str(path.relative_to(session.root))})

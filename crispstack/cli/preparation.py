"""`crisp data plan`: what a run's profile suggests for the plan of data preparation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session

if TYPE_CHECKING:
    from crispstack.data_preparation.suggested_plan import Suggestion


@click.command(cls=CommandWithExample, example="crisp data plan bank_marketing")
@click.argument("project")
@click.option("--run", "run_id", help="The run whose profile suggests it; the latest by default.")
@with_session
def plan(session: Session, project: str, run_id: str | None) -> None:
    """Print what a run's profile suggests for data preparation, as lines for the charter, each with its reason."""
    from crispstack.artifacts import DataProfile  # noqa: PLC0415 (help must not import it)
    from crispstack.aws import outputs, runs  # noqa: PLC0415
    from crispstack.aws.artifact_store import ArtifactStore  # noqa: PLC0415
    from crispstack.business_understanding import charter_file  # noqa: PLC0415
    from crispstack.data_preparation.suggested_plan import suggested_plan  # noqa: PLC0415

    charter = charter_file.load_project(session.charter_path(project))
    platform = outputs.platform(session.environment)
    chosen = runs.find(platform, project, run_id)[-1].run_id
    profile, _ = ArtifactStore(platform.artifacts_bucket, project, chosen).read(DataProfile)
    found = suggested_plan(profile, charter)
    for line in lines(found):
        session.console.print(line, markup=False, highlight=False, soft_wrap=True)
    if found:
        session.say(f"[dim]{len(found)} suggestions from run {chosen}; copy what you agree with into the charter[/]")
    else:
        session.say(f"run {chosen} suggests nothing for the columns that the plan leaves as they are")
    session.answer([{"part": each.part, "entry": each.plain(), "reason": each.reason} for each in found])


def lines(suggestions: Sequence[Suggestion]) -> Iterator[str]:
    """The suggestions as YAML for the charter, the reason of each as a comment."""
    import yaml  # noqa: PLC0415

    if suggestions:
        yield "preparation:"
    for part in ("exclude", "derive_only", "clean", "derive"):
        chosen = [suggestion for suggestion in suggestions if suggestion.part == part]
        if chosen:
            yield f"  {part}:"
        for suggestion in chosen:
            entry = yaml.safe_dump([suggestion.plain()], default_flow_style=True, sort_keys=False, width=10**6)
            yield f"    - {entry.strip()[1:-1]}  # {suggestion.reason}"
